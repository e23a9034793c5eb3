#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: login.sh JAIL
#
# An ordinary user whose login shell is JAIL comes in by sshd and su, types,
# runs commands, fetches and brings files. Prints what happened. In the world of
# hostile/world.sh, as root.
set -u
jail=$1

. "$(dirname "$0")/ssh-setup.sh"
. "$(dirname "$0")/../lib/wait.sh"
mkdir home/.aws
echo 'true' >home/.bashrc
echo canary >home/.aws/credentials
ssh_setup 2222 2223 <<END
UsePAM no
Subsystem sftp /usr/lib/openssh/sftp-server
Match LocalPort 2222
DisableForwarding yes
END
sed "s|^\(wanderer:.*:\).*|\1$jail|" /etc/passwd >changed
cat changed >/etc/passwd
/usr/sbin/sshd -D -e -f "$PWD/sshd_config" 2>server.log &
server=$!
trap 'kill "$server"' EXIT
wait_at_most 30 test -s sshd.pid

remote() {
	ssh -F ssh_config host "$@"
}

confined='awk "/^Seccomp:/ { print \$2 }" /proc/self/status'
echo "command: $(remote 'echo "$(id -un) $0 $SHELL $PWD"' | sed "s|$PWD|.|")"
echo "confined: $(remote "$confined")"
echo "secret: $(remote 'cat .aws/credentials .ssh/authorized_keys 2>&1' |
	tr '\n' ' ')"
remote 'exit 3' || echo "status: $?"
remote 'echo false >>.bashrc; echo new >here; cat here' 2>&1 |
	sed 's/.*: //'
printf 'tty; echo "login $0"; sleep 5 & jobs; kill %%1; exit 7\n' |
	remote -tt >typed 2>&1 || echo "typed status: $?"
grep -aoE '^/dev/pts/[0-9]+|^login -bash|^\[1\]\+  Running' typed
seq 100000 | remote cksum
scp -q -F ssh_config host:numbers fetched && cmp fetched home/numbers &&
	echo 'scp fetches'
scp -q -F ssh_config fetched host:brought && cmp fetched home/brought &&
	echo 'scp brings'
scp -q -O -F ssh_config host:numbers old && cmp old home/numbers &&
	echo 'scp fetches as it did'
printf 'get numbers by-sftp\nput host.pub\n' |
	sftp -q -F ssh_config -b - host >sftp.out
cmp by-sftp home/numbers && cmp host.pub home/host.pub && echo 'sftp works'
# What sshd does itself no shell can refuse: its configuration has to.
for port in 2223 2222; do
	echo | timeout 10 ssh -F ssh_config -o LogLevel=INFO -p $port \
		-W 127.0.0.1:2222 host 2>&1 |
		grep -aoE "^SSH-2.0|administratively prohibited"
done
if command -v rsync >&-; then
	rsync -e "ssh -F ssh_config" host:numbers by-rsync &&
		cmp by-rsync home/numbers && echo 'rsync works'
fi
echo "su -: $(su - wanderer -c "$confined; echo \$0" | tr '\n' ' ')"
echo "su: $(su wanderer <<<"$confined" 2>&1)"
cat server.log >&2
