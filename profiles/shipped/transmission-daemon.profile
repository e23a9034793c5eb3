# SPDX-License-Identifier: MIT
# No display and no sound. Where its downloads are, its settings say: the home
# and /var stay what they are.
include transmission-daemon.local
# It asks how much room a quota leaves; to change one takes a capability.
seccomp.allow-dangerous quotactl
whitelist /run/systemd/notify
writable-var-log
include no-display.inc
include default.profile
