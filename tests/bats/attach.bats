# SPDX-License-Identifier: MIT
# attach: `jail learn --pid` follows processes that run already, and leaves them
# as they were.

load helper

state_is() { grep -q "^State:[[:space:]]*$2" "/proc/$1/status"; }
is_traced() { ! grep -q '^TracerPid:[[:space:]]*0$' "/proc/$1/status"; }
runs() { ! state_is "$1" T; }
is_free() { ! is_traced "$1"; }
all_are() {
	for task in "/proc/$2/task"/*; do
		"$1" "$2/task/${task##*/}" || return 1
	done
}
has_said() { grep -q "^$1" said; }

start_daemon() {
	"$PROGS/daemon" >said 3>&- &
	daemon=$!
	await has_said ready
}

attach() {
	"$JAIL" learn "$@" >out 2>err 3>&- &
	jail=$!
}

# Ends what jail does, as Ctrl-C does; $1 is its exit status.
let_go() {
	kill -INT "$jail"
	status=0
	wait "$jail" || status=$?
	[ "$status" -eq "$1" ] || { cat err; return 1; }
}

teardown() {
	for pid in $jail $daemon $other; do
		kill -CONT "$pid" 2>/dev/null || :
		kill -KILL "$pid" 2>/dev/null || :
	done
}

@test "all threads, new ones and children; then it is as it was" {
	start_daemon
	attach --pid "$daemon"
	await all_are is_traced "$daemon"
	kill -USR1 "$daemon"
	await has_said woken
	let_go 0
	all_are is_free "$daemon"
	runs "$daemon"
	list_of daemon >learned
	for call in getpgid getsid sched_getscheduler sched_getparam \
		sched_rr_get_interval exit_group; do
		grep "^x86_64 $call " learned || { cat learned; return 1; }
	done
	kill -USR1 "$daemon"
	await eval '[ "$(grep -c woken said)" -eq 2 ]'
	kill -TERM "$daemon"
	wait "$daemon"
	has_said "interrupted 0"
	[ -z "$(grep ^FAIL said)" ]
	grep -q '^daemon: ' err
}

@test "again and again, it never notices" {
	start_daemon
	for round in 1 2 3 4 5 6 7 8 9 10; do
		attach --quiet --pid "$daemon"
		await all_are is_traced "$daemon"
		let_go 0
		all_are is_free "$daemon"
	done
	kill -USR1 "$daemon"
	await has_said woken
	kill -TERM "$daemon"
	wait "$daemon"
	has_said "interrupted 0"
}

@test "stopped stays stopped, and continues" {
	start_daemon
	kill -STOP "$daemon"
	await state_is "$daemon" T
	attach --quiet --pid "$daemon"
	await all_are is_traced "$daemon"
	let_go 0
	all_are is_free "$daemon"
	await state_is "$daemon" T
	attach --quiet --pid "$daemon"
	await all_are is_traced "$daemon"
	kill -CONT "$daemon"
	await runs "$daemon"
	kill -STOP "$daemon"
	let_go 0
	await state_is "$daemon" T
	kill -CONT "$daemon"
	kill -USR1 "$daemon"
	await has_said woken
	kill -TERM "$daemon"
	wait "$daemon"
}

@test "its end is the session's end" {
	start_daemon
	attach --pid "$daemon"
	await all_are is_traced "$daemon"
	kill -TERM "$daemon"
	status=0
	wait "$jail" || status=$?
	[ "$status" -eq 0 ]
	wait "$daemon"
	list_of daemon | grep -q '^x86_64 exit_group '
}

@test "a tracer that is killed leaves it alive" {
	start_daemon
	attach --quiet --pid "$daemon"
	await all_are is_traced "$daemon"
	kill -KILL "$(awk '/^TracerPid/ { print $2 }' "/proc/$daemon/status")"
	status=0
	wait "$jail" || status=$?
	[ "$status" -eq 125 ]
	await all_are is_free "$daemon"
	kill -USR1 "$daemon"
	await has_said woken
	kill -KILL "$daemon"
}

@test "a front end that is killed leaves it alive" {
	start_daemon
	attach --quiet --pid "$daemon"
	await all_are is_traced "$daemon"
	kill -KILL "$jail"
	await all_are is_free "$daemon"
	kill -USR1 "$daemon"
	await has_said woken
	kill -KILL "$daemon"
}

@test "--time lets go of it" {
	start_daemon
	run_jail learn --time=0.5s --pid "$daemon"
	status_is 0
	all_are is_free "$daemon"
	kill -USR1 "$daemon"
	await has_said woken
	kill -KILL "$daemon"
}

@test "several: --pid \$(pidof ...)" {
	start_daemon
	"$PROGS/daemon" >said2 3>&- &
	other=$!
	await grep -q ready said2
	attach --pid "$daemon" "$other"
	await all_are is_traced "$daemon"
	await all_are is_traced "$other"
	kill -USR1 "$other"
	await grep -q woken said2
	let_go 0
	list_of daemon | grep -q '^x86_64 sched_rr_get_interval '
	kill -KILL "$daemon" "$other"
}

@test "what cannot be attached to is refused in a sentence" {
	run_jail learn --pid 4194304
	status_is 125
	one_sentence
	stderr_has 4194304
	run_jail learn --pid none
	status_is 125
	start_daemon
	attach --quiet --pid "$daemon"
	await all_are is_traced "$daemon"
	run_jail learn --pid "$daemon"
	status_is 125
	one_sentence
	stderr_has "already tracing"
	let_go 0
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail
	chmod 755 jail
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn --pid "$daemon"
	status_is 125
	one_sentence
	kill -KILL "$daemon"
}
