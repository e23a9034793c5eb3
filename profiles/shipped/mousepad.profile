# SPDX-License-Identifier: MIT
# The home, for what is edited may be anywhere; no network, no sound. Learned:
# of six different sessions the last three brought no call; late came two of
# the printing dialog, and two of a file that is saved again.
include mousepad.local
net none
nosound
include default.profile
