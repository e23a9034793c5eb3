# SPDX-License-Identifier: MIT
# The home, for clips may be anywhere; display and sound.
include mpv.local
# A codec asks for nodes of memory.
seccomp.allow-dangerous set_mempolicy
include default.profile
