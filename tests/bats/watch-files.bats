#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The watch and a log that logrotate rotates: by renaming and by copying, while
# the watch runs, and between two of them. What it read is counted by what it
# says at its end: the store would hide what came twice.

load helper

serial=0

more_setup() {
	[ "$EUID" -eq 0 ] || skip "logrotate is run as root"
	command -v logrotate >/dev/null || skip "no logrotate"
	chmod 755 .
	: >test.log
}

teardown() {
	[ ! -s watch.pid ] || kill -KILL "$(<watch.pid)" 2>/dev/null || true
	[ ! -s writer.pid ] || kill -KILL "$(<writer.pid)" 2>/dev/null || true
}

# COUNT records, with the numbers from $serial on.
records() {
	awk -v from="$serial" -v count="$1" 'BEGIN {
		for (i = from + 1; i <= from + count; i++)
			printf "type=SECCOMP msg=audit(%d.%03d:%d): auid=0 " \
				"uid=0 gid=0 ses=2 pid=%d comm=\"python3\" " \
				"exe=\"/usr/bin/python3.11\" sig=31 " \
				"arch=c000003e syscall=39 compat=0 " \
				"ip=0x7f09a6a4b829 code=0x80000000\n",
				1795289344 + i / 1000, i % 1000, i,
				1000 + i % 30000
	}'
	serial=$((serial + $1))
}

add() {
	records "$1" >new
	cat new >>test.log
}

# How logrotate is to do it, one directive each.
rotate_by() {
	{
		echo "$PWD/test.log {"
		printf '%s\n' "rotate 100" missingok "su root root" "$@"
		echo "}"
	} >rotate.conf
}

rotate() {
	logrotate -f -s "$PWD/rotate.state" rotate.conf
}

start_watch() {
	"$JAIL" watch --source=./test.log --all >out 2>err 3>&- &
	echo $! >watch.pid
	await grep -q watching err
}

end_watch() {
	kill -TERM "$(<watch.pid)"
	wait "$(<watch.pid)" || true
	: >watch.pid
}

in_store() {
	[ "$(sqlite3 "$JAIL_DB" 'SELECT sum(count) FROM denials')" = "$1" ]
}

# Each came, and each once; nothing was lost.
all_came() {
	grep -q " $1 records of refused calls, 0 damaged" err ||
		{ cat err >&2; false; }
	grep -q "^jail: $1 of them .*for the first time" err
	! grep -i "lost" err || false
}

watch_live() {
	start_watch
	for round in 1 2 3 4 5 6 7 8; do
		add 100
		rotate
		add 50
		# Sometimes it has time to look, sometimes not.
		[ $((round % 2)) = 0 ] || await in_store "$serial"
	done
	await in_store "$serial"
	end_watch
	all_came "$serial"
}

@test "live, over a rotation by renaming" {
	rotate_by create
	watch_live
	[ -s test.log.8 ]
}

@test "live, over a rotation by renaming with dates" {
	rotate_by create dateext "dateformat -%s"
	start_watch
	for _ in 1 2 3; do
		add 100
		rotate
		add 50
		sleep 1.1
	done
	await in_store "$serial"
	end_watch
	all_came "$serial"
}

@test "live, over a rotation by copying" {
	rotate_by copytruncate
	watch_live
	[ -s test.log.8 ]
}

@test "live, over a rotation by renaming and compressing at once" {
	rotate_by create compress
	start_watch
	for _ in 1 2 3; do
		add 100
		await in_store "$serial"
		rotate
		add 50
		await in_store "$serial"
	done
	end_watch
	all_came "$serial"
	[ -s test.log.3.gz ]
}

@test "live, a log that others write while it is rotated" {
	rotate_by nocreate
	start_watch
	records 3000 >all
	(while IFS= read -r line; do
		printf '%s\n' "$line" >>test.log
	done <all) 3>&- &
	echo $! >writer.pid
	while kill -0 "$(<writer.pid)" 2>/dev/null; do
		rotate
	done
	: >writer.pid
	await in_store 3000
	end_watch
	all_came 3000
}

watch_between() {
	local total=0

	# The first one has no past: it reads the log from its beginning.
	run_jail watch --once --source=./test.log --all
	for round in 1 2 3 4 5 6; do
		add 100
		for _ in $(seq $((round % 4))); do
			rotate
			add 50
		done
		run_jail watch --once --source=./test.log --all
		status_is 0
		[[ $stderr != *lost* ]] || unexpected "nothing lost"
		[[ $stderr =~ ,\ ([0-9]+)\ records?\ of ]]
		total=$((total + BASH_REMATCH[1]))
	done
	[ "$total" = "$serial" ]
	in_store "$serial"
}

@test "from where the last watch stopped, over rotations by renaming" {
	rotate_by create
	watch_between
}

@test "from where the last watch stopped, over rotations by copying" {
	rotate_by copytruncate
	watch_between
}

@test "a log without records is not read again, and is known when rotated" {
	rotate_by create
	echo "no record" >>test.log
	run_jail watch --once --source=./test.log --all
	stderr_has ": 10 bytes read"
	run_jail watch --once --source=./test.log --all
	stderr_has ": 0 bytes read"
	add 10
	rotate
	add 10
	run_jail watch --once --source=./test.log --all
	stderr_has " 20 records"
}

@test "a log is found in a folder that cannot be listed or watched" {
	mkdir -m 711 dark store
	chmod 777 store
	jail_for_all
	JAIL=(setpriv --reuid 65534 --regid 65534 --clear-groups "$PWD/jail")
	"${JAIL[@]}" watch --source=./dark/test.log --all --db=store/jail.db \
		>out 2>err 3>&- &
	echo $! >watch.pid
	await grep -q watching err
	records 5 >>dark/test.log
	JAIL_DB=store/jail.db await in_store 5
	# That it is gone is noticed, that it is there again is not.
	rm dark/test.log
	sleep 1
	records 5 >>dark/test.log
	JAIL_DB=store/jail.db await in_store 10
	end_watch
	all_came 10
}

@test "a rotation that compresses takes something away, which is said" {
	rotate_by create compress
	add 100
	run_jail watch --once --source=./test.log --all
	add 10
	rotate
	add 100
	run_jail watch --once --source=./test.log --all
	status_is 0
	stderr_has "compressed"
	in_store 200
}

@test "--since reads what was rotated, too" {
	rotate_by create
	add 2000
	rotate
	add 500
	run_jail watch --once --source=./test.log --all --since=2026-11-21T19:29:05Z
	status_is 0
	stderr_has " 1501 records of refused calls"
}

@test "what is no log is refused in a sentence" {
	run_jail watch --once --source=./none.log
	status_is 1
	stderr_has "none.log"
	run_jail watch --once --source=/
	status_is 1
	stderr_has "folder"
	# Where a machine has it.
	[ -e /dev/kmsg ] || return 0
	run_jail watch --once --source=/dev/kmsg
	status_is 1
	stderr_has "--source=kmsg"
}

@test "a user who may not read a log is told who may" {
	mkdir -m 755 logs
	records 1 >logs/a.log
	chown root:adm logs/a.log
	chmod 640 logs/a.log
	jail_for_all
	mkdir -m 777 store
	run_split setpriv --reuid 65534 --regid 65534 --clear-groups \
		./jail watch --once --source=./logs/a.log --db=store/jail.db
	status_is 1
	stderr_has "group adm"
}
