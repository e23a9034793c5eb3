# SPDX-License-Identifier: MIT
# The home, and its own settings, which hold passwords.
include hexchat.local
noblacklist ${HOME}/.config/hexchat
include default.profile
