# SPDX-License-Identifier: MIT
# The home, for what is edited may be anywhere; no network, no sound.
include mousepad.local
net none
nosound
include default.profile
