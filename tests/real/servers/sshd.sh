#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: sshd.sh
#
# sshd itself in a sandbox, with its separation of privileges and PAM: an
# ordinary user runs a command, gets a terminal, brings and fetches files. What
# was not learned is refused to him, too.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/../ssh-setup.sh"
ssh_setup <<END
UsePAM yes
DisableForwarding yes
Subsystem sftp internal-sftp
END

there() {
	timeout 30 ssh -F ssh_config there "$@"
}

life() {
	start "$@"
	await there true
	there 'id -un; cksum <numbers; exit 3'
	echo "status: $?"
	there "awk '/^(CapEff|NoNewPrivs|Seccomp):/' /proc/self/status"
	there -tt 'tty | tr -d 0-9' </dev/null
	printf 'get numbers fetched\nput host.pub\n' |
		timeout 30 sftp -q -F ssh_config -b - there >sftp.out
	cmp fetched home/numbers && cmp host.pub home/host.pub &&
		echo "sftp works"
}

finish() {
	kill -TERM "$server"
	ended "$verb"
}

for round in 1 2; do
	life learn --full -- /usr/sbin/sshd -D -e -f "$PWD/sshd_config" \
		>learn.said 2>&1
	finish >>learn.said
done
life enforce -- /usr/sbin/sshd -D -e -f "$PWD/sshd_config"
there 'perl -e "symlink 1, 2"; echo "perl: $?"' 2>&1
finish
told sshd
cat learn.said >&2
