# SPDX-License-Identifier: MIT
# The home, for clips may be anywhere; display and sound. Learned: of six
# different sessions the last three brought no call; late came one. Another
# graphics card, or none, wants another list.
include mpv.local
# Without a graphics card it draws through memory of the X server's, and looks
# at no error.
keep-ipc
# A codec asks for nodes of memory.
seccomp.allow-dangerous set_mempolicy
include default.profile
