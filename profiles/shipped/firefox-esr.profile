# SPDX-License-Identifier: MIT
# Of the home: downloads, its own settings, how windows look. Since version 147
# they are in ~/.config, unless they are in ~/.mozilla already. No list of calls
# but one of those that are refused: the one that was learned was not done after
# eight sessions, for it starts other programs when it is time for that.
include firefox-esr.local
# A second one hands its page to the first over the user's bus, by this name
# alone, and ends; without, it says that the first does not respond.
ignore dbus-user none
dbus-user filter
dbus-user.own org.mozilla.firefox.*
ignore seccomp.learned
seccomp
# It asks how much room a quota leaves, and its codecs for nodes of memory.
seccomp.allow-dangerous quotactl,set_mempolicy
noblacklist ${HOME}/.config/mozilla
noblacklist ${HOME}/.mozilla
mkdir ${HOME}/.cache/mozilla
mkdir ${HOME}/.config/mozilla
mkdir ${HOME}/.mozilla
whitelist ${DOWNLOADS}
whitelist ${HOME}/.cache/mozilla
whitelist ${HOME}/.config/mozilla
whitelist ${HOME}/.mozilla
include whitelist-look.inc
include browser.inc
include default.profile
