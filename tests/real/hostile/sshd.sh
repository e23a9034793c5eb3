#!/bin/bash
# SPDX-License-Identifier: MIT
# sshd under "$@", with privilege separation: an ordinary user logs in, does
# something, fails to, and fetches a file. While somebody connects, the part of
# sshd that speaks with a stranger is looked at: another user, in an empty root,
# and with one filter more than the server.
#
# In the world of world.sh, as root.
set -eu

. "$(dirname "$0")/../ssh-setup.sh"
. "$(dirname "$0")/../../lib/wait.sh"
ssh_setup <<END
UsePAM no
Subsystem sftp internal-sftp
END
ssh-keygen -q -t ed25519 -N '' -f strange
sed 's|/mine$|/strange|' ssh_config >strange_config

"$@" /usr/sbin/sshd -D -e -f "$PWD/sshd_config" 2>server.log &
server=$!
await test -s sshd.pid
main=$(cat sshd.pid)
trap 'kill "$main" || :; cat server.log >&2' EXIT

# The number of seccomp filters of process $1.
filters() {
	awk '/^Seccomp_filters:/ { print $2 }' "/proc/$1/status"
}

# $child is the process that speaks with a stranger: the child of a child.
before_login() {
	child=$(pgrep -P "$(pgrep -P "$main")") &&
		[ "$(filters "$child")" -gt "$(filters "$main")" ]
}

exec 3<>/dev/tcp/127.0.0.1/2222
read -r -t 20 _ <&3
printf 'SSH-2.0-stranger\r\n' >&3
await before_login
echo "a stranger speaks with $(stat -c %U "/proc/$child")," \
	"in $(readlink "/proc/$child/root" | sed "s|$PWD|.|")," \
	"with $(($(filters "$child") - $(filters "$main"))) filter more"
exec 3<&-

there() {
	ssh -F ssh_config "$@"
}

there box 'id -un; cksum <numbers; exit 3' || echo "status $?"
there -tt box 'tty | sed s/[0-9]*$//' </dev/null
seq 100000 | there box cksum
printf 'get numbers fetched\nput host.pub\n' |
	sftp -q -F ssh_config -b - box >sftp.out
cksum fetched
cmp host.pub home/host.pub
ssh -F strange_config box true 2>said || sed 's/.*: //' said
trap - EXIT
kill "$main"
status=0
wait "$server" || status=$?
echo "server $status"
echo done
