# SPDX-License-Identifier: MIT
# The home, read-only but for its own settings and downloads.
include mpv.local
# A codec asks for nodes of memory.
seccomp.allow-dangerous set_mempolicy
include default.profile
