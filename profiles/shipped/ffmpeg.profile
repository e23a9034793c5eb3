# SPDX-License-Identifier: MIT
# The home, to read clips from and to write them to; no display and no sound.
include ffmpeg.local
# A codec asks for nodes of memory.
seccomp.allow-dangerous set_mempolicy
include no-display.inc
include default.profile
