# SPDX-License-Identifier: MIT
# No display and no sound. Where its downloads are, its settings say: the home
# and /var stay what they are.
include transmission-daemon.local
whitelist /run/systemd/notify
writable-var-log
include no-display.inc
include default.profile
