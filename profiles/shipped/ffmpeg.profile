# SPDX-License-Identifier: MIT
# The home, to read clips from and to write them to; no display and no sound.
# Learned: of twelve different sessions the last seven brought no call; late
# came those of an address of the web, of x265 and of fonts.
include ffmpeg.local
# A codec asks for nodes of memory.
seccomp.allow-dangerous set_mempolicy
include no-display.inc
include default.profile
