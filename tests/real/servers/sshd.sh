#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: sshd.sh
#
# sshd itself in a sandbox, with its separation of privileges and PAM: an
# ordinary user runs a command, gets a terminal, brings and fetches files. What
# was not learned is refused to him, too.
. "$(dirname "$0")/common.sh"
mkdir /run/sshd home/.ssh
for key in host mine; do
	ssh-keygen -q -t ed25519 -N '' -f $key
done
cp mine.pub home/.ssh/authorized_keys
seq 1000 >home/numbers
chown -R 64324:64324 home
cat >sshd_config <<END
ListenAddress 127.0.0.1:2222
HostKey $PWD/host
AuthorizedKeysFile $PWD/home/.ssh/authorized_keys
StrictModes no
UsePAM yes
PasswordAuthentication no
DisableForwarding yes
Subsystem sftp internal-sftp
END
cat >ssh_config <<END
Host *
HostName 127.0.0.1
Port 2222
User wanderer
IdentitiesOnly yes
IdentityFile $PWD/mine
UserKnownHostsFile $PWD/known
BatchMode yes
LogLevel ERROR
END
echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 host.pub)" >known

there() {
	timeout 10 ssh -F ssh_config there "$@"
}

life() {
	start "$@"
	await there true
	there 'id -un; cksum <numbers; exit 3'
	echo "status: $?"
	there "awk '/^(CapEff|NoNewPrivs|Seccomp):/' /proc/self/status"
	there -tt 'tty | tr -d 0-9' </dev/null
	printf 'get numbers fetched\nput host.pub\n' |
		timeout 10 sftp -q -F ssh_config -b - there >sftp.out
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
