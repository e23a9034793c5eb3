# SPDX-License-Identifier: MIT
# The home, for what is sent may be anywhere, and its own settings, which hold
# passwords.
include filezilla.local
noblacklist ${HOME}/.config/filezilla
noblacklist ${HOME}/.filezilla
include default.profile
