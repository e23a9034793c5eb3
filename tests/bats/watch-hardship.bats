# SPDX-License-Identifier: MIT
# jail watch and jail review where something is in the way: what is asked is
# answered elsewhere, the store is busy, descriptors are few. The terminal's
# side is played by tests/lib/jobs.py.

load helper

more_setup() {
	export TERM=xterm
	"$JAIL" add --quiet tool read
	for number in 201 110 110; do record "$number"; done >log
}

teardown() {
	touch release
	if [ -n "${watcher:-}" ]; then
		kill -9 "$watcher" || true
	fi
}

record() {
	serial=$((${serial:-1000} + 1))
	printf 'type=SECCOMP msg=audit(%s.123:%s): auid=0 uid=%s gid=0 ses=3 ' \
		"$(($(date +%s) - 2))" "$serial" "$UID"
	printf 'pid=77 comm="tool" exe="/usr/bin/tool" sig=31 arch=c000003e '
	printf 'syscall=%s compat=0 ip=0x7f00 code=0x80000000\n' "$1"
}

# The numbers of the calls that were answered.
reviewed() {
	sqlite3 "$JAIL_DB" "SELECT number FROM decisions
		WHERE evidence = 'reviewed' ORDER BY id" | paste -sd' '
}

# steps STEP... -- COMMAND...: on a terminal; $shown is what it showed.
steps() {
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
		"$@"
	shown=$(tr -d '\r' <shown)
}

shows() {
	[[ $shown == *"$1"* ]] || unexpected "not shown: $1" "$(cat -v shown)"
}

# elsewhere COMMAND...: what jail does when the file GO is there; then DONE is.
elsewhere() {
	(await [ -e go ] && "$JAIL" "$@" && touch done) 3>&- &
}

# ---- answered elsewhere -----------------------------------------------------

@test "watch: what is answered elsewhere is not asked any more" {
	elsewhere add --quiet tool getppid
	steps 'expect=getppid' 'expect=[q]uit ' touch=go \
		'expect=waits no longer' 'expect=at time (201' \
		'expect=[q]uit ' send=y 'expect=whitelist' send=q end -- \
		"$JAIL" watch --source=./log
	stdout_is "exit 0"
	shows "getppid (110, x86_64) of tool waits no longer"
	[ "$(reviewed)" = 201 ]
}

@test "watch: a program that is forgotten elsewhere does not come back" {
	elsewhere forget --quiet tool
	steps 'expect=[q]uit ' touch=go 'expect=waits no longer' send=y \
		send=q end -- "$JAIL" watch --source=./log
	stdout_is "exit 0"
	[[ "$("$JAIL" list)" != *tool* ]] || false
}

@test "review: an answer to what was answered elsewhere changes nothing" {
	"$JAIL" watch --quiet --once --source=./log
	elsewhere add --quiet tool getppid
	steps 'expect=getppid' 'expect=[?]' touch=go exists=done send=y \
		'expect=waits no longer' \
		'expect=at time (201' \
		'expect=[?]' send=q end -- \
		"$JAIL" review tool
	[ -z "$(reviewed)" ]
}

# ---- the terminal -----------------------------------------------------------

@test "Ctrl-\\ in a question leaves the terminal as it was" {
	steps mode 'expect=[q]uit ' mode 'send=\x1c' end mode -- \
		"$JAIL" watch --source=./log
	[ "$stdout" = $'lines\nkeys\nexit 0\nlines' ] || unexpected "modes"
}

# ---- the store --------------------------------------------------------------

# start_watch OPTION...: in the background; its output is in out and err.
start_watch() {
	"$JAIL" watch "$@" >out 2>err 3>&- &
	watcher=$!
	await grep -q watching err
}

end_watch() {
	status=0
	kill "$watcher"
	wait "$watcher" || status=$?
	unset watcher
}

in_store() {
	[ "$(sqlite3 "$JAIL_DB" "SELECT sum(count) FROM denials")" = "$1" ]
}

@test "a store that is busy at the end is waited for" {
	hold_store
	(sleep 2 && touch release) 3>&- &
	run_jail watch --once --source=./log
	status_is 0
	in_store 3
}

@test "a store that is busy when a key is pressed is waited for" {
	(await [ -e go ] && hold_store && touch done && sleep 2 &&
		touch release) 3>&- &
	steps 'expect=[q]uit ' touch=go exists=done send=y 'expect=whitelist' \
		'expect=[q]uit ' send=q end -- "$JAIL" watch --source=./log
	stdout_is "exit 0"
}

@test "what cannot be stored at the end is a failure, and comes again" {
	start_watch --source=./log
	await in_store 3
	rm -f "$JAIL_DB"*
	record 201 >>log
	await grep -q 'records wait in memory' err
	end_watch
	[ "$status" -eq 125 ]
	grep -q 'what was read last is not stored: .* was removed' err
	run_jail watch --once --all --source=./log
	in_store 4
}

@test "the store is replaced together with its folder" {
	mkdir folder
	export JAIL_DB=$PWD/folder/jail.db
	"$JAIL" add --quiet tool read
	start_watch --source=./log
	await in_store 3
	sleep 3 # till then it looks again for what it wrote itself
	mv folder away
	"$JAIL" add --quiet tool read
	# What another watch stores is seen.
	record 96 >other.log
	"$JAIL" watch --quiet --once --source=./other.log
	await grep -q 'killed at gettimeofday' out
}

@test "descriptors are few: all is read, or it fails" {
	for most in $(seq 4 14); do
		rm -f "$JAIL_DB"*
		"$JAIL" add --quiet tool read
		run_split bash -c "ulimit -n $most; \"\$@\"" - "$JAIL" \
			watch --once --source=./log
		if [ "$status" -eq 0 ]; then in_store 3; fi
	done
	status_is 0
}
