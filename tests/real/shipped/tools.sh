#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: tools.sh JAIL TOOL [untrained]
#
# The work of a program that has a shipped profile, done by the ordinary user of
# hostile/world.sh, which runs this as root. TOOL.sessions has a session a line:
# a command in which $j stands in front of the program. Each is done without
# jail, then as training, to which the last three of them must bring nothing
# (what a thread does by chance may need a second round, or a third), and then
# enforced. A program that waits only where the machine is busy has a session
# that makes it wait. Where the profile does without a list, without training.
# What it prints has to be the same. Prints "done".
set -u
jail=$1 tool=$2 trained=${3:-trained} lib=$(realpath "$(dirname "$0")")
. "$lib/../../lib/wait.sh"
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=C
export GIT_COMMITTER_EMAIL=c@d GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_DATE='1700000000 +0000' GIT_PAGER=cat
export JAIL_DB=$PWD/store/jail.db HOME=$PWD/home PYTHONUNBUFFERED=1
servers=
trap 'kill $servers' EXIT

fail() {
	echo "$tool: $*" >&2
	exit 1
}

wait_for() {
	wait_at_most 30 "$@" || fail "this did not come true: $*"
}

as_user() {
	setpriv --reuid=64324 --regid=64324 --clear-groups "$@"
}

# Web servers at the ports 8080 and, with TLS, 8443; an ssh server at 2222.
serve() {
	mkdir -p site /run/sshd store home/.ssh
	seq 200000 >site/numbers
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-keyout key.pem -out cert.pem 2>/dev/null
	chmod a+r cert.pem
	/usr/bin/python3 "$lib/web.py" site cert.pem key.pem 2>web.log &
	servers=$!
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f home/.ssh/id_ed25519
	cp home/.ssh/id_ed25519.pub home/.ssh/authorized_keys
	echo "[localhost]:2222,[127.0.0.1]:2222 $(cut -d' ' -f1,2 host.pub)" \
		>home/.ssh/known_hosts
	chown -R 64324:64324 home store
	/usr/sbin/sshd -D -e -o UsePAM=no -o Port=2222 -o HostKey="$PWD/host" \
		-o ListenAddress=127.0.0.1 -o StrictModes=no -f /dev/null \
		-o Subsystem='sftp /usr/lib/openssh/sftp-server' 2>sshd.log &
	servers="$servers $!"
	wait_for curl -sf http://localhost:8080/numbers
	wait_for grep -q 'listening on' sshd.log
}

# MODE PREFIX...: all sessions; what they print goes to MODE.said.
round() {
	local mode=$1 line number=0

	shift
	rm -rf home/work
	as_user mkdir home/work
	while read -r line; do
		number=$((number + 1))
		(cd home/work && as_user env "j=$*" bash -c "$line") \
			</dev/null 2>"$mode.err" ||
			fail "$mode: session $number: $line: status $?" \
			     "$(tail -n 5 "$mode.err")"
		if grep '^jail:' "$mode.err" >&2; then fail "$mode: $line"; fi
		[ "$mode" != learn ] || count
	done <"$lib/$tool.sessions" >"$mode.said"
}

# How many calls are known after each session, in ./counts.
count() {
	as_user "$jail" export --format=list "$tool" | wc -l >>counts
}

train() {
	for _ in 1 2 3; do
		round learn "$jail" learn --quiet --
		diff bare.said learn.said >&2 ||
			fail 'not the same in training'
		[ "$(tail -n 4 counts | sort -u | wc -l)" -ne 1 ] || break
	done
	echo "calls: $(paste -sd' ' counts)"
	[ "$(tail -n 4 counts | sort -u | wc -l)" -eq 1 ] ||
		fail 'the last sessions brought new calls'
}

serve
round bare
[ "$trained" != trained ] || train
round enforce "$jail" enforce --
diff bare.said enforce.said >&2 || fail 'not the same in the sandbox'
denials=$(as_user "$jail" show --json "$tool" 2>/dev/null |
	jq -c '.denials[]')
[ -z "$denials" ] || fail "$denials"
echo done
