# SPDX-License-Identifier: MIT
# The home, and what it is there for: its settings and the databases. No network:
# what could send them has none. `ignore net` in keepassxc.local gives it back,
# for the pictures of sites.
include keepassxc.local
net none
noblacklist ${HOME}/*.kdb
noblacklist ${HOME}/*.kdbx
noblacklist ${HOME}/.config/keepassxc
noblacklist ${HOME}/.keepass*
include default.profile
