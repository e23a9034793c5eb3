# SPDX-License-Identifier: MIT
# The home, the keys of ssh, and its own passwords; no display. It starts
# hooks, editors, pagers and filters, each with calls of its own (a hook in
# Python brought 13, an editor 19): no list but one of those that are refused.
# What it takes orders from stays as it is: `git config --global` needs a
# read-write in git.local.
include git.local
ignore seccomp.learned
seccomp
include ssh-keys.inc
noblacklist ${HOME}/.config/git/credentials
noblacklist ${HOME}/.git-credential*
include no-display.inc
include default.profile
