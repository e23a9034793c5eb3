# SPDX-License-Identifier: MIT
# The profile of programs that root starts and that have none of their own.
# No capability is kept: what binds a port below 1024 or changes its user needs
# a line caps.keep.
include server.local
seccomp.learned

blacklist /etc/gshadow*
blacklist /etc/shadow*
blacklist /etc/ssh/ssh_host_*_key
blacklist /etc/sudoers
blacklist /etc/sudoers.d
blacklist /var/backups
blacklist /var/lib/sudo
blacklist /var/mail
blacklist /var/spool/cron
blacklist /var/spool/mail
include hide-secrets.inc
include keep-startup.inc
include few-sockets.inc
whitelist /run/systemd/notify

# /run is the server's own, for its pid file; what it has of the host's stays as
# it is.
read-write /run
read-only /run/*
# /run/shm leads there.
read-write /dev/shm

no3d
nodvd
nogroups
noinput
nosound
notv
nou2f
novideo
writable-var-log
