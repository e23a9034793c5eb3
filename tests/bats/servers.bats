# SPDX-License-Identifier: MIT
# Servers as they are run: started by root or by their own user under their
# shipped profile, steered by signals to jail, many of them on one tree.
# tests/real/servers has what is done, in a world of its own;
# tests/bench/endure.py loads them for a minute each.
#
# waits
# timeout 600

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
	run_split timeout -k 5 300 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
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
	tells_caps ||
		skip "this kernel does not say which capabilities it asks for"
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

@test "a folder of /run that a server needs: training names it until it works" {
	in_world run-folder.sh
	stdout_is "write /var/run/own: allow it with --whitelist=/var/run/own
write /var/run/own: allow it with --read-write=/run/own
bound, and has /var/lib: True"
}

@test "postgres sees by System V IPC who works on its data, other servers have none" {
	mkdir -p world
	run_split sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		unshare --ipc sh -c '
		mkdir /run/postgresql
		ipcmk -M 64 >made
		for profile in postgres server; do
			"$0" enforce --quiet --profile=$profile \
				--ignore=seccomp.learned --seccomp.drop=reboot \
				sh -c "ipcs -m | grep -c 0x; ls /run
				touch /run/postgresql/x"
		done' ./jail
	stdout_is "1
postgresql
0"
	[ "$(grep -c postgresql <<<"$stderr")" -eq 1 ]
}

@test "postgres as its own user: asked, reloaded, and alone on its data" {
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >&- ||
		skip "postgresql is not installed"
	in_world postgres.sh
	stdout_is "enforce: ready
1250025000
pre-existing shared memory block
enforce: 0"
}

@test "a port below 1024 and chroot: the capabilities reach the network, and no further" {
	mkdir -p tree
	cat >server.py <<'END'
import os, socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 80))
print("bound")
top = os.open("/", os.O_RDONLY)
os.chroot(sys.argv[1])
print(os.listdir("/"))
# The way out of a folder by chroot ends at the sandbox's own root.
os.fchdir(top)
for _ in range(64):
    os.chdir("..")
os.chroot(".")
for path in sys.argv[2], "/etc/shadow":
    try:
        print(open(path).read())
    except OSError as error:
        print(error.strerror)
END
	mkdir hidden
	echo secret >hidden/file
	cat hidden/file /etc/shadow >outside
	run_split ./jail enforce --quiet --profile=server --net=none \
		--ignore=seccomp.learned --seccomp.drop=reboot \
		--seccomp.allow-dangerous=chroot \
		--caps.keep=net_bind_service,setpcap,sys_chroot \
		--blacklist="$PWD/hidden" \
		/usr/bin/python3 - /var/tmp "$PWD/hidden/file" <server.py
	status_is 0
	stdout_is "bound
[]
Permission denied
Permission denied"
	run_split ./jail enforce --check --profile=server \
		--ignore=seccomp.learned --seccomp.drop=reboot \
		--caps.keep=net_bind_service,sys_ptrace true
	stdout_has "user, a second one: for the capabilities that are kept, which reach no network"
}
