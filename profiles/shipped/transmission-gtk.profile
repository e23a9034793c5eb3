# SPDX-License-Identifier: MIT
# Of the home: downloads, its own settings, how windows look.
include transmission-gtk.local
# It asks how much room a quota leaves; to change one takes a capability.
seccomp.allow-dangerous quotactl
mkdir ${HOME}/.cache/transmission
mkdir ${HOME}/.config/transmission
whitelist ${DOWNLOADS}
whitelist ${HOME}/.cache/transmission
whitelist ${HOME}/.config/transmission
include whitelist-look.inc
include default.profile
