# SPDX-License-Identifier: MIT
# The client: the home with its keys, and the agents that hold others; no
# display, so no forwarding of it. Learned: of fourteen different sessions the
# last seven brought no call; late came those of a master and of a jump.
include ssh.local
# What -f and ControlPersist leave in the background goes on; jail waits for it.
wait-all
include ssh-keys.inc
include no-display.inc
include default.profile
