# SPDX-License-Identifier: MIT
# Of the home: downloads and its own settings; no display and no sound.
include transmission-cli.local
# It asks how much room a quota leaves; to change one takes a capability.
seccomp.allow-dangerous quotactl
mkdir ${HOME}/.config/transmission
whitelist ${DOWNLOADS}
whitelist ${HOME}/.config/transmission
include no-display.inc
include default.profile
