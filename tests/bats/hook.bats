# SPDX-License-Identifier: MIT
# jail watch --exec=CMD: what the command is told, and that it is one at a time.

load helper

more_setup() {
	"$JAIL" add --quiet tool read
	: >empty.log
	watcher=
}

teardown() {
	[ -z "$watcher" ] || kill "$watcher" || true
}

# deny NUMBER [COUNT [EXE]]: as jail's own supervisor would record it.
deny() {
	local now
	now=$(date +%s%6N)
	sqlite3 -cmd '.timeout 5000' "$JAIL_DB" "INSERT INTO denials (program,
		time, last_time, count, host, boot_id, serial, pid, uid, exe,
		comm, arch, number, ip, action, errno) VALUES ('tool', $now,
		$now, ${2:-1}, '', '', 0, 77, 0, ${3:-'/usr/bin/tool'}, 'tool',
		'x86_64', $1, 0, 'killed', 0)"
}

watch() {
	rm -f err
	"$JAIL" watch --source=./empty.log "$@" </dev/null >out 2>err 3>&- &
	watcher=$!
	await test -s err
}

@test "the command has what it is about in its environment" {
	# shellcheck disable=SC2016 # for the command
	watch --exec='env | grep ^JAIL_ >told.new; mv told.new told'
	deny 201 3 "'/tmp/x y'||char(27)||'\$(touch bad)'"
	await test -e told
	cat told
	for line in JAIL_PROFILE=tool JAIL_CALL=time JAIL_ARCH=x86_64 \
		JAIL_NUMBER=201 JAIL_ACTION=killed JAIL_COUNT=3 JAIL_HOST= \
		'JAIL_EXE=/tmp/x y?$(touch bad)' JAIL_MORE=0; do
		grep -qxF "$line" told
	done
	grep -q '^JAIL_TEXT=tool was killed at time (201, x86_64), 3 times' told
	[ ! -e bad ]
}

@test "its input is empty, and what it prints does not mix with offers" {
	watch --json --exec='cat; echo said; env -u JAIL_TEXT kill -l >&2;
		echo >told'
	deny 201
	await test -e told
	await grep -q said err
	kill "$watcher"
	wait "$watcher" || true
	watcher=
	! grep -q said out || false
	jq -es 'length == 1 and .[0].name == "time"' out
}

@test "one runs at a time; the next is told how many there were" {
	mkfifo go
	# shellcheck disable=SC2016 # for the command
	watch --exec='echo "$JAIL_NUMBER $JAIL_MORE" >>told; read x <go'
	deny 1000
	await grep -qx '1000 0' told
	for i in $(seq 1001 1010); do deny "$i"; done
	await grep -q '1010 (x86_64)' out
	[ "$(wc -l <told)" -eq 1 ]
	echo >go
	await grep -qx '1010 9' told
	echo >go
	[ "$(wc -l <told)" -eq 2 ]
}

@test "a command that is not there, or never ends, holds nothing up" {
	watch --exec=/nonexistent/command
	deny 201
	await grep -q nonexistent err
	deny 83
	await grep -q 'mkdir (83' out
	kill "$watcher"
	wait "$watcher" || true
	watch --exec='echo $$ >pid; exec sleep 100'
	deny 96
	await test -s pid
	deny 102
	await grep -q 'getuid (102' out
	SECONDS=0
	kill "$watcher"
	wait "$watcher" || true
	[ "$SECONDS" -lt 60 ]
	watcher=
	kill "$(cat pid)"
}
