# SPDX-License-Identifier: MIT
# Of the home: downloads, its own settings, how windows look. Learned: the
# seventh of eight different sessions and later ones brought no call; late came
# chmod, of a download, and inotify_init1, of a dialog for files.
include chromium.local
noblacklist ${HOME}/.config/chromium
noblacklist ${HOME}/.pki
mkdir ${HOME}/.cache/chromium
mkdir ${HOME}/.config/chromium
mkdir ${HOME}/.pki
whitelist ${DOWNLOADS}
whitelist ${HOME}/.cache/chromium
whitelist ${HOME}/.config/chromium
whitelist ${HOME}/.pki
include whitelist-look.inc
include browser.inc
include default.profile
