# SPDX-License-Identifier: MIT
# The units under a systemd that is PID 1, of namespaces of its own
# (tests/lib/systemd-boot.sh): each is trained as it says itself, started, used,
# reloaded, killed and stopped.
#
# timeout 150

load helper

TOP=$BATS_TEST_DIRNAME/../..
EXAMPLES=/usr/local/share/doc/jail/examples

setup_file() {
	[ "$EUID" -eq 0 ] && [ -x /lib/systemd/systemd ] || return 0
	grep -q __asan_init "$JAIL" && return 0
	cd "$BATS_FILE_TMPDIR" || return 1
	make -C "$TOP" --no-print-directory BUILD="$BUILD" \
		DESTDIR="$PWD/installed" PREFIX=/usr/local install >made 2>&1 ||
		{ cat made >&2; return 1; }
	# This is the program that was built, unless it says where else.
	cp "$JAIL" installed/usr/local/bin/jail
	cp "$PROGS/logged_calls" installed/usr/local/bin
	mkdir booted
	timeout -k 1 -s KILL 140 bash "$TOP/tests/lib/systemd-boot.sh" \
		"$PWD/booted" "$PWD/installed" >said 2>&1 3>&- &
	echo $! >boot.pid
	find_init || return 0
	await inside test -S /run/systemd/private || return 0
	inside systemctl is-system-running --wait >state 2>&1 || true
	inside sh -c "cp $EXAMPLES/*.service /etc/systemd/system &&
		systemctl daemon-reload"
}

# The child of unshare, once it is systemd.
find_init() {
	local unshare

	for _ in $(seq 600); do
		kill -0 "$(<boot.pid)" || return 1
		unshare=$(pgrep -P "$(<boot.pid)") &&
			pgrep -P "$unshare" -x systemd >init.pid && return
		sleep 0.05
	done
	return 1
}

# By their group and by name: a number of what has ended may be another's by now.
teardown_file() {
	local group

	cd "$BATS_FILE_TMPDIR" || return 1
	[ -s boot.pid ] || return 0
	if grep -qs "$PWD/booted" "/proc/$(<boot.pid)/cmdline"; then
		kill -KILL "$(<boot.pid)" || true
	fi
	[ -s booted.group ] || return 0
	group=$(<booted.group)
	for _ in $(seq 100); do
		[ -d "$group" ] || return 0
		echo 1 >"$group/cgroup.kill" || true
		find "$group" -depth -type d -exec rmdir {} + 2>&- && return
		sleep 0.05
	done
	return 1
}

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can boot a system"
	[ -x /lib/systemd/systemd ] || skip "systemd is not installed"
	if grep -q __asan_init "$JAIL"; then
		skip "the units' settings and filters are not for sanitizers"
	fi
	cd "$BATS_FILE_TMPDIR"
	[ -s init.pid ] || skip "no systemd can be booted: $(tail -n1 said)"
	[ "$(<state)" = running ] || unexpected "booted: $(<state)"
}

# COMMAND... in the system that was booted.
inside() {
	timeout -k 5 60 nsenter --target "$(<init.pid)" --all env -i \
		PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 "$@"
}

# property NAME UNIT
property() {
	inside systemctl show --property="$1" --value "$2"
}

# is VALUE NAME UNIT: of a property, soon.
is() {
	[ "$(property "$2" "$3")" = "$1" ]
}

journal() {
	inside journalctl --no-pager --output=cat --unit="$1"
}

# What stop leaves: it was asked, it ended by itself, nothing is there.
stops_well() {
	inside systemctl stop "$1"
	[ "$(property Result "$1")$(property ActiveState "$1")" = \
		successinactive ] || { journal "$1" >&2; return 1; }
	[ "$(property ExecMainCode "$1")" != 2 ]
	[ ! -e "$(<booted.group)/system.slice/$1.service" ]
}

# The command that UNIT tells to train it by.
training_of() {
	sed -n '/^#\tsystemd-run/,/[^\\]$/s/^#\t*//p' \
		"installed$EXAMPLES/$1.service"
}

pings() {
	inside redis-cli ping 2>&1 | grep -qx PONG
}

train_redis() {
	inside sh -c "$(training_of redis-in-jail)"
	inside redis-cli set key "$1"
	inside redis-cli get key
	ends_while_it_saves redis-training
}

# Its end breaks the save off.
ends_while_it_saves() {
	inside redis-cli eval 'for i = 1, 200000 do
		redis.call("set", i, i) end' 0
	inside redis-cli bgsave
	stops_well "$1"
}

@test "redis-filtered: ready, filtered, and ends while it saves" {
	needs redis-server
	inside systemctl start redis-filtered
	pings
	main=$(property MainPID redis-filtered)
	inside grep -x 'Seccomp:	2' "/proc/$main/status"
	ends_while_it_saves redis-filtered
}

@test "redis-filtered: a call that is not on its list kills it, and is on record" {
	needs redis-server
	inside sed -i 's/ listen / /' /etc/systemd/system/redis-filtered.service
	inside systemctl daemon-reload
	run_split inside systemctl start redis-filtered
	[ "$status" -ne 0 ]
	stderr_has "fatal signal"
	inside systemctl stop redis-filtered
}

@test "jail-watch: records what is killed in other units, and stops" {
	setpriv --bounding-set=-all,+audit_read true ||
		skip "CAP_AUDIT_READ is not to be had here"
	# The kernel tells the first network namespace alone.
	inside sh -c 'd=/etc/systemd/system/jail-watch.service.d; mkdir $d
		printf "[Service]\nNetworkNamespacePath=/run/outside/net\n" \
			>$d/test.conf; systemctl daemon-reload'
	inside systemctl start jail-watch
	killed() {
		inside systemd-run --quiet --wait logged_calls 0 || true
		inside jail review --json logged_calls |
			jq -e 'select(.name == "getpgrp" and .action == "killed")'
	}
	await killed
	is active ActiveState jail-watch
	stops_well jail-watch
	[ "$(journal jail-watch | grep -c 'jail:')" -eq 0 ]
}

@test "redis-in-jail: trained as it says, ready, and stopped" {
	needs redis-server
	train_redis 1
	train_redis 2
	inside systemctl start redis-in-jail
	pings
	[ "$(inside redis-cli get key)" = 2 ]
	inside runuser -u redis -- jail ps --json |
		jq -e 'select(.profile == "redis-server" and .denied == 0)'
	stops_well redis-in-jail
}

@test "redis-in-jail: it comes again when jail is killed, and when it is stopped" {
	needs redis-server
	inside systemctl start redis-in-jail
	inside kill -KILL "$(property MainPID redis-in-jail)"
	await is 1 NRestarts redis-in-jail
	await pings
	inside runuser -u redis -- jail stop redis-server
	await is 2 NRestarts redis-in-jail
	await pings
	stops_well redis-in-jail
}

@test "redis-in-jail: what is not allowed is told in the journal" {
	needs redis-server
	inside runuser -u redis -- jail drop --quiet redis-server listen
	run_split inside systemctl start redis-in-jail
	[ "$status" -ne 0 ]
	inside systemctl stop redis-in-jail
	journal redis-in-jail | grep -F "was killed at listen (50, x86_64)"
	inside runuser -u redis -- jail add --quiet redis-server listen
}

@test "export --format=systemd: Debian's own unit with the list that was learned" {
	needs redis-server
	inside sh -c 'd=/etc/systemd/system/redis-server.service.d; mkdir $d
		runuser -u redis -- jail export --quiet --format=systemd \
			redis-server >$d/50-jail.conf
		systemctl daemon-reload'
	inside systemctl start redis-server
	pings
	[[ $(property SystemCallFilter redis-server) == *epoll_wait* ]]
	[[ $(property SystemCallFilter redis-server) != *mount* ]]
	stops_well redis-server
}

@test "nginx-in-jail: trained, reloaded, its logs changed, stopped" {
	needs nginx
	answers() {
		inside curl -sf http://127.0.0.1/ -o /dev/null
	}
	for round in 1 2; do
		inside systemd-run --quiet --unit=nginx-training \
			--property=KillMode=mixed --property=KillSignal=QUIT \
			jail learn --quiet nginx -g 'daemon off;'
		await answers
		inside systemctl kill --kill-who=main --signal=HUP nginx-training
		sleep 0.2
		answers
		inside systemctl kill --kill-who=main --signal=USR1 nginx-training
		sleep 0.1
		stops_well nginx-training
	done
	inside systemctl start nginx-in-jail
	await answers
	workers() {
		inside pgrep -u www-data -x nginx | sort
	}
	before=$(workers)
	inside systemctl reload nginx-in-jail
	others() {
		answers && [ -z "$(comm -12 <(echo "$before") <(workers))" ]
	}
	await others
	inside mv /var/log/nginx/access.log /var/log/nginx/access.log.1
	inside systemctl kill --kill-who=main --signal=USR1 nginx-in-jail
	await inside test -e /var/log/nginx/access.log
	answers
	await inside grep -q GET /var/log/nginx/access.log
	inside jail ps --json | jq -e 'select(.profile == "nginx" and .denied == 0)'
	inside kill -KILL "$(property MainPID nginx-in-jail)"
	await is 1 NRestarts nginx-in-jail
	await answers
	stops_well nginx-in-jail
	[ -z "$(journal nginx-in-jail | grep jail:)" ]
}

@test "what a setting of systemd takes from jail is said" {
	run_split inside systemd-run --quiet --wait --pipe \
		--property=RestrictSUIDSGID=yes \
		jail enforce --seccomp --ignore=seccomp.learned true
	status_is 125
	stderr_has "systemd's RestrictSUIDSGID=; start jail without that"
}

@test "sockets and the watchdog of a unit are the program's" {
	inside sh -c 'cat >/usr/local/bin/served
		chmod +x /usr/local/bin/served' <<-'END'
		#!/usr/bin/python3
		import os, socket
		def tell(text):
		    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
		        s.sendto(text, os.environ["NOTIFY_SOCKET"])
		mine = [os.environ[name] == str(os.getpid())
		        for name in ("LISTEN_PID", "WATCHDOG_PID")]
		tell(b"READY=1\nSTATUS=%d %s" % (os.getpid(), str(mine).encode()))
		listener = socket.socket(fileno=3)
		while True:
		    with listener.accept()[0] as one:
		        one.sendall(b"served\n")
		    tell(b"WATCHDOG=1")
	END
	inside sh -c 'cd /etc/systemd/system
		printf "[Socket]\nListenStream=/run/served.sock\n" >served.socket
		cat >served.service; systemctl daemon-reload' <<-END
		[Service]
		Type=notify
		NotifyAccess=all
		WatchdogSec=30
		StateDirectory=jail
		ExecStart=/usr/local/bin/jail enforce --quiet --seccomp \
			--ignore=seccomp.learned served
	END
	inside systemctl start served.socket
	for round in 1 2; do
		[ "$(inside python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect("/run/served.sock")
print(s.recv(10).decode())')" = served ]
	done
	[ "$(property StatusText served)" = "2 [True, True]" ]
	inside systemctl stop served.socket
	stops_well served || [ "$(property ExecMainStatus served)" = 15 ]
}
