# SPDX-License-Identifier: MIT
# Servers as they are run: started by root or by their own user under their
# shipped profile, steered by signals to jail, many of them on one tree.
# tests/real/servers has what is done, in a world of its own;
# tests/bench/endure.py loads them for a minute each.
#
# waits
# timeout 200

load helper

SERVERS=$BATS_TEST_DIRNAME/../real/servers

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	jail_for_all
	without_leak_check
	mkdir world
}

# in_world SCRIPT [ARG...]: one of tests/real/servers; its output is $stdout.
in_world() {
	local script=$SERVERS/$1

	shift
	cd world
	run_split timeout -k 5 100 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
		ASAN_OPTIONS="${ASAN_OPTIONS-}" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		JAIL="$BATS_TEST_TMPDIR/jail" JAIL_DB="$BATS_TEST_TMPDIR/jail.db" \
		sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		bash "$script" "$@" </dev/null
	cd ..
	status_is 0
}

@test "nginx as Debian has it: reload, rotation and a graceful end by signals" {
	needs nginx
	in_world nginx.sh
	stdout_is "www-data
reloaded
$(seq 2000000 | cksum)
rotated
1
500 answers, and jail's memory is flat
closed
$(seq 2000000 | cksum)
enforce: 0
the host's pid file: No such file or directory"
	# The same as in training, but for that.
	[ "$(head -n 5 <<<"$stdout")" = "$(head -n 5 <<<"$stderr")" ] ||
		unexpected "training did something else"
}

@test "nginx: the capabilities that jail names, one after the other, are the profile's" {
	needs nginx
	[ -e /sys/kernel/tracing/events/capability/cap_capable ] ||
		skip "this kernel does not tell by a tracepoint"
	in_world nginx-caps.sh
	stdout_has "round 1: chown"
	stdout_has "learned: $(sed -n 's/^caps.keep //p' \
		"$BATS_TEST_DIRNAME/../../profiles/shipped/nginx.profile")"
}

@test "nginx: ten instances on one tree, each steered alone" {
	needs nginx
	in_world nginx-many.sh
	stdout_is "training 1: 0
training 2: 0
10 11 12 13 14 15 16 17 18 19 answer
jail: 10 sandboxes have the name 'nginx'
others after a reload of one: 9
the old one: 0
the new one answers
10 11 12 13 14 15 16 18 19 still answer
$(printf '%s: 0\n' 10 11 12 13 14 15 16 18 19)"
}

redis_lives() {
	needs redis-server
	in_world redis.sh "$1"
	stdout_is "enforce: ready
OK
OK
last_bgsave_status:ok
aof_last_bgrewrite_status:ok
enforce: 0
STOPPING=1
enforce: ready
three
three
jail's memory is flat
OK
asked to end: 0
enforce: ready
four
OK
enforce: ready
five
after a crash: 0"
}

@test "redis as root: told to systemd, both kinds of persistence, crash and restart" {
	redis_lives root
}

@test "redis as its own user: the same" {
	getent passwd redis >&- || skip "there is no user redis"
	redis_lives redis
}

@test "sshd itself in a sandbox: separated privileges, PAM, a terminal, sftp" {
	needs sshd
	in_world sshd.sh
	stdout_has "wanderer
$(seq 1000 | cksum)
status: 3
CapEff:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
/dev/pts/"
	stdout_has "sftp works"
	# Nobody learned this one, and PAM's keyrings are refused in silence.
	stdout_has "perl: 137"
	[ "$(grep ^denied: <<<"$stdout")" = "denied: symlink" ]
}

@test "what a server's /run has of the host's stays read-only, and keyctl refused" {
	mkdir -p world
	run_split sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" sh -c '
		mkdir -p /run/systemd/resolve /run/redis /run/other
		for profile in server redis-server; do
			"$0" enforce --quiet --profile=$profile \
				--ignore=seccomp.learned --seccomp.drop=reboot \
				sh -c "echo own >/run/a.pid
				touch /run/systemd/resolve/x /run/systemd/x
				touch /run/redis/x && echo redis; ls /run"
			[ ! -e /run/a.pid ] || echo "not its own"
		done
		"$0" enforce --quiet --profile=sshd --ignore=seccomp.learned \
			perl -e "print syscall(250, 0, -3, 0), int(\$!), qq(\n)"
		' ./jail
	stdout_is "a.pid
systemd
redis
a.pid
redis
systemd
-11"
	[ "$(grep -c 'systemd.*Read-only' <<<"$stderr")" -eq 4 ]
}
