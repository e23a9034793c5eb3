# SPDX-License-Identifier: MIT
# Of the home: downloads, its own mail and settings, how windows look. It shows
# mail as firefox-esr does pages, and has no list of calls for the same reason.
include thunderbird.local
# What a second one is to open it hands to the first, as firefox-esr does.
ignore dbus-user none
dbus-user filter
dbus-user.own org.mozilla.thunderbird.*
ignore seccomp.learned
seccomp
# It asks how much room a quota leaves, and its codecs for nodes of memory.
seccomp.allow-dangerous quotactl,set_mempolicy
noblacklist ${HOME}/.thunderbird
mkdir ${HOME}/.cache/thunderbird
mkdir ${HOME}/.thunderbird
whitelist ${DOWNLOADS}
whitelist ${HOME}/.cache/thunderbird
whitelist ${HOME}/.thunderbird
include whitelist-look.inc
include browser.inc
include default.profile
