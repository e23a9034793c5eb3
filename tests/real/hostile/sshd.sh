#!/bin/bash
# SPDX-License-Identifier: MIT
# sshd under "$@", with privilege separation: an ordinary user logs in, does
# something, fails to, and fetches a file. While somebody connects, the part of
# sshd that speaks with a stranger is looked at: another user, in an empty root,
# and with one filter more than the server.
#
# In the world of world.sh, as root.
set -eu

mkdir /run/sshd home/.ssh
for key in host mine strange; do
	ssh-keygen -q -t ed25519 -N '' -f $key
done
cp mine.pub home/.ssh/authorized_keys
seq 1000 >home/numbers
chown -R 64324:64324 home
cat >sshd_config <<END
ListenAddress 127.0.0.1:2222
HostKey $PWD/host
PidFile $PWD/sshd.pid
AuthorizedKeysFile $PWD/home/.ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
Subsystem sftp internal-sftp
END
cat >ssh_config <<END
Host *
HostName 127.0.0.1
Port 2222
User wanderer
IdentitiesOnly yes
UserKnownHostsFile $PWD/known
BatchMode yes
LogLevel ERROR
END
echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 host.pub)" >known

"$@" /usr/sbin/sshd -D -e -f "$PWD/sshd_config" 2>server.log &
server=$!
for _ in $(seq 500); do
	[ ! -s sshd.pid ] || break
	sleep 0.02
done
main=$(cat sshd.pid)
trap 'kill "$main" || :; cat server.log >&2' EXIT

# The number of seccomp filters of process $1.
filters() {
	awk '/^Seccomp_filters:/ { print $2 }' "/proc/$1/status"
}

# Prints the process that speaks with a stranger: the child of a child.
before_login() {
	local child

	for _ in $(seq 500); do
		child=$(pgrep -P "$(pgrep -P "$main")") &&
			[ "$(filters "$child")" -gt "$(filters "$main")" ] &&
			echo "$child" && return
		sleep 0.02
	done
	return 1
}

exec 3<>/dev/tcp/127.0.0.1/2222
read -r -t 20 _ <&3
printf 'SSH-2.0-stranger\r\n' >&3
child=$(before_login 2>&-)
echo "a stranger speaks with $(stat -c %U "/proc/$child")," \
	"in $(readlink "/proc/$child/root" | sed "s|$PWD|.|")," \
	"with $(($(filters "$child") - $(filters "$main"))) filter more"
exec 3<&-

there() {
	ssh -F ssh_config "$@"
}

there -i mine there 'id -un; cksum <numbers; exit 3' || echo "status $?"
there -i mine -tt there 'tty | sed s/[0-9]*$//' </dev/null
seq 100000 | there -i mine there cksum
printf 'get numbers fetched\nput host.pub\n' |
	sftp -q -F ssh_config -i mine -b - there >sftp.out
cksum fetched
cmp host.pub home/host.pub
there -i strange there true 2>said || sed 's/.*: //' said
trap - EXIT
kill "$main"
status=0
wait "$server" || status=$?
echo "server $status"
echo done
