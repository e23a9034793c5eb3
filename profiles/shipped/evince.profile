# SPDX-License-Identifier: MIT
# The home, for documents may be anywhere; no sound.
include evince.local
nosound
include default.profile
