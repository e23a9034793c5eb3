# SPDX-License-Identifier: MIT
# The profile of programs that have none of their own: their home, but for what
# it holds of secrets and of what others start; no bus, no agent, no service of
# the system but names, display and sound; the calls that were learned.
# Your own lines belong into default.local, in ~/.config/jail or /etc/jail.
include default.local
seccomp.learned

include hide-secrets.inc
include keep-startup.inc
include few-sockets.inc

nodvd
nogroups
noinput
notv
nou2f
novideo
