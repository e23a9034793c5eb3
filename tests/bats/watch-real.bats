#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The watch and the real parts that keep the kernel's records: auditd, rsyslogd,
# logrotate. Real programs are refused; the watch says which, what and how
# often, each once, whichever of them it was read from.
#
# serial
# timeout 600

load helper
load ../lib/logs

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root may run auditd"
	logs_setup
}

teardown() {
	logs_teardown
}

# Each action, by a program of that name, which has a space and a quote in it.
refuse_all() {
	refused 'a "kill' kill_process
	status_is 159
	refused 'a "kill' kill_process
	refused 'a "thread' kill_thread 2
	stdout_has lives
	refused 'a "trap' trap 4
	stdout_has lives
	refused 'a "errno' errno 5
	refused 'a "log' log 6
}

# One line each of what was offered of these programs.
all_of_them='"a \"errno time 201 x86_64 errno 5
a \"kill time 201 x86_64 killed 2
a \"log time 201 x86_64 logged 6
a \"thread time 201 x86_64 killed 2
a \"trap time 201 x86_64 trapped 4"'

they_are_offered() {
	[ "$(offered "select(.exe | startswith(\"$PWD/a\")) | [.comm, .name,
		.number, .arch, .action, .count] | map(tostring) | join(\" \")" |
		sort)" = "$(jq -rn "$all_of_them")" ] ||
		unexpected "other offers than the programs made"
}

# The COUNT records of the program that was refused last.
written() {
	[ "$(grep -c "pid=$pid " "$LOGS/${2:-audit.log}")" = "$1" ]
}

@test "audit.log of auditd, as it is and enriched: program, call and count" {
	for format in RAW ENRICHED; do
		rm -rf "$LOGS/audit.log" "$JAIL_DB"*
		auditd_start "$format"
		refuse_all
		await written 6
		auditd_stop
		run_jail watch "--source=$LOGS/audit.log" --once --all --json
		status_is 0
		they_are_offered
		[ "$(offered 'select(.profile == "a \"kill") | .exe')" = \
			"$PWD/a \"kill" ]
		[ "$(offered 'select(.profile == "a \"kill") | .uid')" = 0 ]
	done
}

@test "what was read before counts once, over the renaming of auditd" {
	auditd_start RAW
	refused prog kill_process
	await written 1
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	[ "$(offered 'select(.profile == "prog") | .count')" = 1 ]
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	[ -z "$(offered 'select(.profile == "prog")')" ]
	refused prog kill_process
	await written 1
	kill -USR1 "$auditd"
	await test -e "$LOGS/audit.log.1"
	refused prog kill_process
	await written 1
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	[ "$(offered 'select(.profile == "prog") | .count')" = 3 ]
	stderr_lacks lost
}

@test "an event counts once, though two sources have it" {
	auditd_start RAW
	watch_start --source=netlink --all --json
	refused prog errno 7
	await written 7
	await grep -q '"prog"' "$LOGS/out"
	watch_stop
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	run_jail review --json prog
	[ "$(offered '[.name, .count] | map(tostring) | join(" ")')" = "time 7" ]
}

@test "live: a line for each, as soon as it happens" {
	watch_start --source=netlink --all
	refused 'a prog' kill_process
	await grep -q ' a prog was killed at time (201, x86_64)' "$LOGS/out"
	[[ $(grep 'a prog' "$LOGS/out" | head -n 1) =~ \
		^20[0-9-]+\ [0-9:]+\ \ a\ prog\ was\ killed ]]
	watch_stop
	status_is 0
	grep -q 'records* of refused calls' "$LOGS/said"
}

@test "of programs that are not in the store only --all tells" {
	"$JAIL" add --quiet known read
	watch_start --source=netlink
	refused stranger kill_process
	refused known kill_process
	await grep -q 'known was killed at time' "$LOGS/out"
	! grep -q stranger "$LOGS/out" || false
	watch_stop
}

@test "on a terminal a key answers, and the program has the call" {
	cp "$PROGS/refused" prog
	"$JAIL" add --quiet prog read
	cat >session <<-'END'
		until "$JAIL" export --format=list prog | grep -q time; do
			./prog kill_process
			sleep 0.3
		done >/dev/null 2>&1 &
		exec "$JAIL" watch --source=netlink
	END
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" screen \
		expect='prog was killed at time (201, x86_64)' \
		expect='Allow it?' send=y expect='on the whitelist of prog' \
		send=q end -- sh session
	status_is 0
	stdout_is "exit 0"
	list_of prog | grep -q time
}

# ---- text that rsyslogd wrote ----------------------------------------------------

# The kernel's messages are limited to some in five seconds: until one is there.
one_comes_through() {
	refused "$name" kill_process
	grep -q "pid=$pid .*syscall=201" "$LOGS/$1"
}

# What else the kernel has in its memory is of earlier programs.
@test "kern.log of rsyslogd, in both formats: forgeable" {
	[ -e /dev/kmsg ] || skip "no /dev/kmsg"
	rsyslogd_start
	name="p $(date +%s)"
	for file in kern.log traditional.log; do
		for _ in $(seq 60); do
			one_comes_through "$file" && break
			sleep 0.5
		done
		rm -f "$JAIL_DB"*
		run_jail watch "--source=$LOGS/$file" --once --all --json
		status_is 0
		stdout=$(jq -r --arg name "$name" 'select(.profile == $name) |
			[.exe, .name, .action, .host, (.forgeable | tostring),
			.obstacle] | join(" ")' <<<"$stdout")
		stdout_is "$PWD/$name time killed $(hostname) true forgeable"
		rm -f "$JAIL_DB"*
		run_jail watch "--source=$LOGS/$file" --once --all
		stdout_has "  $name was killed at time (201, x86_64)"
		stdout_has "(says a log that any local user can write)"
	done
}

@test "nothing that is forgeable is allowed by --yes" {
	"$JAIL" add --quiet prog read
	echo 'Nov 22 12:00:00 host kernel: audit: type=1326' \
		'audit(1795289344.093:80): auid=0 uid=0 gid=0 ses=2 pid=544' \
		'comm="prog" exe="/bin/prog" sig=31 arch=c000003e syscall=39' \
		'compat=0 ip=0x7f09a6a4b829 code=0x80000000' >text.log
	run_jail watch --source=./text.log --once --yes
	stdout_has "any local user can write"
	list_of prog >list
	! grep getpid list || false
}

# ---- a burst ---------------------------------------------------------------------

# By a program that nobody else runs: "burst".
burst() {
	[ -e burst ] || cp "$PROGS/logged_calls" burst
	run_split sh -c './burst "$1"' sh "${1:-100000}"
	status_is 159
}

burst_is_whole() {
	run_jail review --json burst
	[ "$(offered 'select(.name == "getppid") | .count')" = "$1" ] ||
		unexpected "not all of the burst; the files have" \
			"$(cat "$LOGS"/audit.log* | grep -c syscall=110)" \
			"$(<"$LOGS/said")"
	[ "$(offered 'select(.name == "getpgrp") | .count')" = 1 ]
}

@test "100,000 at once by the audit socket: all, or the number that is missing" {
	watch_start --source=netlink --all --json
	burst
	await grep -q 'getpgrp.*"burst"' "$LOGS/out"
	watch_stop
	run_jail review --json burst
	came=$(offered 'select(.name == "getppid") | .count')
	missing=$(sed -nE 's/.* ([0-9]+) events never came.*/\1/p' "$LOGS/said" |
		awk '{ n += $1 } END { print n + 0 }')
	[ "$((came + missing))" -ge 100000 ]
}

@test "100,000 at once by audit.log, which auditd renames twenty times" {
	auditd_start RAW 1
	watch_start "--source=$LOGS/audit.log" --all --json
	burst
	await grep -q 'getpgrp.*"burst"' "$LOGS/out"
	watch_stop
	[ -e "$LOGS/audit.log.15" ]
	burst_is_whole 100000
	! grep -q lost "$LOGS/said" || false
}

# rsyslogd gathers what auditd writes, as a central host does.
@test "a central log, which logrotate renames and truncates meanwhile" {
	auditd_start RAW
	rsyslogd_start
	burst 10
	await grep -q 'burst".*syscall=111' "$LOGS/central.log"
	watch_start "--source=$LOGS/central.log" --all --json
	for _ in 1 2 3 4; do
		burst 5000
		rotate "$LOGS/central.log" create "postrotate" \
			"kill -HUP $rsyslogd" endscript
	done
	burst 5000
	all() {
		[ "$(cat "$LOGS"/central.log* |
			grep -c "$PWD/burst.*syscall=110")" = 25010 ]
	}
	await all
	refused last kill_process
	await grep -q '"last"' "$LOGS/out"
	watch_stop
	run_jail review --json burst
	stdout=$(offered '[.name, .count] | map(tostring) | join(" ")')
	stderr=$(cat "$LOGS/said"; cat "$LOGS"/central.log* |
		grep -o 'syscall=11[01]' | sort | uniq -c)
	stdout_is "getppid 25010
getpgrp 6"
	# Truncated while nobody writes, as copytruncate needs it.
	watch_start "--source=$LOGS/central.log" --all --json
	rotate "$LOGS/central.log" copytruncate
	refused later kill_process
	await grep -q '"later"' "$LOGS/out"
	watch_stop
	run_jail review --json burst
	[ "$(offered 'select(.name == "getppid") | .count')" = 25010 ]
}

@test "while a burst lasts another program is not hidden" {
	watch_start --source=netlink --all --json
	cp "$PROGS/logged_calls" burst
	./burst 300000 >/dev/null 2>&1 3>&- &
	logs_pids+=($!)
	await grep -q 'getppid.*"burst"' "$LOGS/out"
	refused other kill_process
	await grep -q '"other"' "$LOGS/out"
	watch_stop
	run_jail review --json other
	[ "$(offered .count)" = 1 ]
}

# Most systems give old logs a date, and compress them.
@test "logs that were rotated while nobody watched: all, or it is said" {
	auditd_start RAW
	rsyslogd_start
	look() {
		run_jail watch "--source=$LOGS/central.log" --once --all
		status_is 0
	}
	add() {
		refused prog errno "$1"
		await written "$1" central.log
	}
	rotate_so() {
		rotate "$LOGS/central.log" create "$@" postrotate \
			"kill -HUP $rsyslogd" endscript
	}
	count_is() {
		run_jail review --json prog
		[ "$(offered .count)" = "$1" ] || unexpected "not $1"
	}
	add 1
	look
	count_is 1
	add 2
	rotate_so dateext
	add 4
	look
	stderr_lacks "is gone"
	count_is 7
	# Twice, and what was written between is compressed.
	add 8
	rotate_so compress nodelaycompress
	add 16
	look
	stderr_has "the place where the last watch stopped is gone"
	count_is 23
}

# ---- under jail and firejail -------------------------------------------------------

@test "under firejail: the program, and what firejail's list refuses" {
	command -v firejail >/dev/null || skip "firejail is not installed"
	auditd_start RAW
	mkdir mnt
	run_split firejail --quiet --noprofile --seccomp \
		--seccomp-error-action=kill mount -t tmpfs none mnt
	[ "$status" -ne 0 ]
	await grep -q 'comm="mount"' "$LOGS/audit.log"
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	[ "$(offered 'select(.comm == "mount") | [.profile, .name, .action] |
		join(" ")')" = "mount mount killed" ]
}

# Its own filter kills the program, so that jail's supervisor sees nothing; what
# runs is known by the registry. That of a user is found in /run/user; here it
# is one of our own.
@test "in a sandbox of jail's it is the profile's, also another user's" {
	jail_for_all
	cp "$PROGS/refused" prog
	chmod a+rx prog
	chown 64326:64326 "$HOME"
	cat >script <<-'END'
		mount -t tmpfs none /run && mkdir -p /run/user/64326 &&
			chown 64326 /run/user/64326 && chmod 700 /run/user/64326
		. "$BATS_TEST_DIRNAME/../lib/watched-sandbox.sh"
	END
	export BATS_TEST_DIRNAME
	for who in 0 64326; do
		run_split unshare -m sh script "$who"
		jq -r --arg exe "$PWD/prog" 'select(.name == "time" and
			.exe == $exe) | [.profile, .count] |
			map(tostring) | join(" ")' out >line
		[ "$(cat line)" = "special 1" ] || unexpected "$who:" "$(cat line said)" "$(cut -c1-100 out)"
	done
}

@test "what jail's own supervisor has told is not told again" {
	"$JAIL" add --quiet prog ${LIBC//,/ }
	cp "$PROGS/refused" prog
	auditd_start RAW
	"$JAIL" enforce --quiet --profile=none --name=prog --deny=errno \
		./prog log >/dev/null 2>&1 || true
	await grep -q 'comm="prog".*code=0x7fc00000' "$LOGS/audit.log"
	run_jail review --json
	status_is 1
	before=$stdout
	run_jail watch "--source=$LOGS/audit.log" --once --all --json
	run_jail review --json prog
	stdout_is "$before"
}

# ---- as an ordinary user ------------------------------------------------------------

@test "who may read no log is told of his own sandboxes, and why" {
	jail_for_all
	chown 64326:64326 "$HOME" .
	as_user() {
		run_split setpriv --reuid=64326 --regid=64326 --clear-groups \
			env "JAIL_DB=$HOME/jail.db" ./jail "$@"
	}
	as_user add --quiet true read
	as_user watch --once
	status_is 0
	stderr_has CAP_AUDIT_READ
	stderr_has "watching no log"
	setpriv --reuid=64326 --regid=64326 --clear-groups \
		env "JAIL_DB=$HOME/jail.db" ./jail watch >"$LOGS/out" \
		2>"$LOGS/said" 3>&- &
	logs_pids+=($!)
	await grep -q "watching no log" "$LOGS/said"
	as_user enforce --quiet --profile=none true
	status_is 159
	await grep -q '  true was killed at ' "$LOGS/out"
}
