# SPDX-License-Identifier: MIT
# Of the home: downloads, its own settings, how windows look.
include transmission-gtk.local
mkdir ${HOME}/.cache/transmission
mkdir ${HOME}/.config/transmission
whitelist ${DOWNLOADS}
whitelist ${HOME}/.cache/transmission
whitelist ${HOME}/.config/transmission
include whitelist-look.inc
include default.profile
