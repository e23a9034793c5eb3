#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail minimize: what is found agrees with what a program is known to need, and
# the program works with what was stored.
# timeout 600
load helper

# Without a sandbox the program finds its file, and starts sooner.
minimize() {
	run_jail minimize --profile=none --json "$@"
}

learn() {
	"$JAIL" learn --quiet --no-sandbox --name=t -- "$PROGS/minimal" "$@" \
		>/dev/null 2>&1 || [ $? -eq 7 ]
}

enforce() {
	run_jail enforce --profile=none --name=t -- "$PROGS/minimal" "$@"
}

# results NAME...: of these calls.
results() {
	local name

	for name; do
		jq -r --arg name "$name" '.calls[] | select(.name == $name) |
			.name + " " + .result + (if .answer then
			" " + .answer else "" end)' <<<"$stdout"
	done | paste -sd,
}

results_are() {
	local expected=$1

	shift
	[ "$(results "$@")" = "$expected" ] ||
		unexpected "expected $expected" "got: $(results "$@")"
}

# The stubs that the store has.
stubs() {
	sqlite3 "$JAIL_DB" "SELECT count(*) FROM decisions
		WHERE verdict = 'stub'"
}

# Those of NAME that run or have run, in the registry of all that root runs.
sandboxes() {
	"$JAIL" ps --all --json | jq -r --arg name "$1" \
		'select(.profile == $name).id'
}

@test "trials are not among the sandboxes" {
	name=trial$$.$RANDOM
	"$JAIL" learn --quiet --name="$name" -- sort /etc/hosts >/dev/null
	run_jail minimize --quiet --dry-run "$name" -- sort /etc/hosts
	status_is 0
	[ -z "$(sandboxes "$name")" ]
	"$JAIL" enforce --name="$name" sort /etc/hosts
	[ -n "$(sandboxes "$name")" ]
}

@test "what a program is known to need" {
	learn more
	minimize t -- "$PROGS/minimal"
	status_is 0
	results_are "getpriority stubbed ENOSYS,getpgid needed,getsid stubbed EPERM,getegid needed,sysinfo not made,write needed,exit_group not tried" \
		getpriority getpgid getsid getegid sysinfo write exit_group
	stderr_has "jail review --undo"
	# Enforced, it does what it did, and no denial is told.
	enforce
	status_is 0
	stdout_is done
	[ -z "$stderr" ] || unexpected "silence"
	run_jail show t
	stdout_has "stubbed with EPERM, by "
	run_jail show --json t
	jq -e '.stubs[] | select(.name == "getsid").answer == "EPERM"' \
		<<<"$stdout"
	# What was not made was not lost.
	enforce more
	status_is 0
	stdout_is done
	# A needed one that fails would show.
	run_jail enforce --profile=none --name=t --check -- "$PROGS/minimal"
	stdout_has "getsid of x86_64 fails with EPERM without a word"
	stdout_lacks "getpgid of"
}

@test "a stub leaves no record in the kernel's log" {
	cp "$PROGS/minimal" "quiet$$"
	"$JAIL" learn --quiet --no-sandbox --name=t -- "./quiet$$" >/dev/null 2>&1
	minimize t -- "./quiet$$"
	run_jail enforce --profile=none --name=t -- "./quiet$$"
	status_is 0
	dmesg >log 2>/dev/null || skip "the kernel's log cannot be read here"
	! grep "type=1326.*comm=\"quiet$$\"" log || false
}

@test "of two calls that replace each other one stays" {
	learn
	minimize t -- "$PROGS/minimal"
	status_is 0
	found=$(results sched_yield sched_getscheduler)
	[[ $found == "sched_yield stubbed ENOSYS,sched_getscheduler needed" ||
		$found == "sched_yield needed,sched_getscheduler stubbed ENOSYS" ]] ||
		unexpected "one of both: $found"
	enforce
	status_is 0
}

@test "a call is needed if the command hangs without it, or a child ends otherwise" {
	learn hang child
	minimize t -- "$PROGS/minimal" hang child
	status_is 0
	results_are "getuid needed,geteuid needed,wait4 needed" \
		getuid geteuid wait4
	# With both errors it was waited for.
	jq -e ".seconds > 2" <<<"$stdout"
	await eval '! pgrep -f "^$PROGS/minimal hang"'
}

@test "what works with EPERM alone, and two answers in one list" {
	learn
	minimize --dry-run t -- "$PROGS/minimal"
	status_is 0
	results_are "getsid stubbed EPERM" getsid
	stderr_has "nothing was stored"
	[ "$(stubs)" -eq 0 ]
	# The trials are kept: what is stored then takes few runs.
	minimize t -- "$PROGS/minimal"
	[ "$(jq .runs <<<"$stdout")" -le 12 ] || unexpected "few runs"
	[ "$(stubs)" -gt 0 ]
}

@test "undo takes all back; add and drop decide on a stub" {
	learn
	before=$(list_of t)
	minimize t -- "$PROGS/minimal"
	[ "$(list_of t)" != "$before" ]
	run_jail add t getpriority
	stdout_has "added"
	run_jail drop t getsid
	stdout_has "stays off"
	run_jail enforce --profile=none --name=t --check -- "$PROGS/minimal"
	stdout_lacks "getpriority of"
	stdout_lacks "getsid of"
	enforce
	status_is 159
	"$JAIL" review --undo t 2>/dev/null
	"$JAIL" review --undo t 2>/dev/null
	enforce
	status_is 0
	"$JAIL" review --undo t 2>/dev/null
	[ "$(list_of t)" = "$before" ]
	"$JAIL" show t
}

@test "another command needs what the first one did not: it is allowed again" {
	learn
	minimize t -- "$PROGS/minimal"
	results_are "getpriority stubbed ENOSYS" getpriority
	found=$(stubs)
	# The same command finds the same, and changes nothing.
	minimize t -- "$PROGS/minimal"
	stderr_has "the list is as it was"
	[ "$(stubs)" -eq "$found" ]
	enforce priority
	status_is 8
	minimize t -- "$PROGS/minimal" priority
	status_is 0
	results_are "getpriority needed,getsid stubbed EPERM" \
		getpriority getsid
	enforce priority
	status_is 0
	run_jail minimize --profile=none --dry-run t -- "$PROGS/minimal"
	stdout_has "stubbed with"
}

@test "what works by luck is found out, and nothing else suffers" {
	learn luck
	minimize t -- "$PROGS/minimal" luck
	status_is 0
	results_are "getgroups needed,getpriority stubbed ENOSYS,getsid stubbed EPERM" \
		getgroups getpriority getsid
	# It had worked three times, as one that can be done without does.
	[ "$(stat -c %s luck)" -gt 3 ] || unexpected "$(stat luck)"
}

@test "a file is compared, too" {
	learn file
	minimize --dry-run t -- "$PROGS/minimal" file
	results_are "ftruncate stubbed ENOSYS" ftruncate
	minimize --compare="$PWD/made" --dry-run t -- "$PROGS/minimal" file
	results_are "ftruncate needed" ftruncate
	[ "$(cat made)" = with ]
}

@test "what protects is never a stub, though the program passes over its failure" {
	learn guards
	minimize t -- "$PROGS/minimal" guards
	status_is 0
	results_are "setresuid not tried,umask not tried,fchmod not tried,fsync not tried,chdir not tried,prctl not tried,getpriority stubbed ENOSYS" \
		setresuid umask fchmod fsync chdir prctl getpriority
	stdout_has "it gives up rights, which a run does not show"
}

@test "what stands behind nothing in a file is compared" {
	truncate -s 2T made || skip "no such file can be made here"
	learn file far
	minimize --compare="$PWD/made" --dry-run t -- "$PROGS/minimal" file far
	results_are "ftruncate needed" ftruncate
	[ "$(tail -c 5 made)" = with ]
}

@test "a file without bytes, of any size, does not hold it up" {
	learn large
	truncate -s 4T large || skip "no such file can be made here"
	minimize --dry-run --compare="$PWD/large" t -- "$PROGS/minimal" large
	status_is 0
}

@test "output with numbers is compared without them, and other output refused" {
	learn number word status
	minimize --dry-run t -- "$PROGS/minimal" number
	status_is 0
	results_are "write needed" write
	minimize --dry-run t -- "$PROGS/minimal" word
	status_is 125
	one_sentence
	stderr_has "standard output differs from run to run, in line 1: 'word "
	stderr_has "--status-only"
	minimize --dry-run --status-only t -- "$PROGS/minimal" word status
	status_is 0
	results_are "write stubbed ENOSYS,getpgid needed" write getpgid
}

@test "a command that cannot be a measure is refused, with the reason" {
	learn
	minimize t -- "$PROGS/minimal" child
	status_is 125
	one_sentence
	stderr_has "which is not on the list of \"t\""
	stderr_has "jail learn --name=t"
	minimize --timeout=200ms t -- sleep 5
	status_is 125
	minimize t -- no-such-command
	status_is 125
	minimize none -- true
	status_is 125
	stderr_has "'none' is not in the store"
	minimize t
	status_is 125
	"$JAIL" forget t
	minimize t -- true
	status_is 125
	printf 'seccomp.keep read,write\n' >p.profile
	"$JAIL" add --quiet p read
	run_jail minimize --profile="$PWD/p.profile" p -- true
	status_is 125
	stderr_has "p.profile, not the store's"
}

@test "stopped, it goes on where it was" {
	learn
	minimize --max-runs=15 t -- "$PROGS/minimal"
	status_is 125
	stderr_has "what was found is kept"
	[ "$(stubs)" -eq 0 ]
	minimize --max-runs=1000 t -- "$PROGS/minimal"
	status_is 0
	again=$(jq .runs <<<"$stdout")
	"$JAIL" review --undo t 2>/dev/null
	minimize --restart t -- "$PROGS/minimal"
	[ "$again" -lt "$(jq .runs <<<"$stdout")" ]
}

@test "Ctrl-C stops it; nothing is left running and what was found is kept" {
	learn hang
	"$JAIL" minimize --profile=none --json t -- "$PROGS/minimal" hang \
		>out 2>err 3>&- &
	found() { [ "$(sqlite3 "$JAIL_DB" 'SELECT count(*) FROM trials')" -gt 3 ]; }
	await found
	kill -INT $!
	status=0
	wait $! || status=$?
	status_is 130
	grep -q "what was found is kept" err
	[ ! -s out ]
	found
	[ "$(stubs)" -eq 0 ]
}

@test "runs side by side find the same" {
	learn
	minimize --dry-run t -- "$PROGS/minimal"
	results getpriority getpgid getsid getegid write >one
	minimize --dry-run --restart --jobs=3 t -- "$PROGS/minimal"
	status_is 0
	results getpriority getpgid getsid getegid write >three
	cmp one three
	minimize --jobs=2 --compare=x t -- "$PROGS/minimal"
	status_is 125
}

@test "ls, grep, sqlite3 and python work in their sandbox with what was found" {
	mkdir "$HOME/d"
	seq 100 >"$HOME/d/numbers"
	touch -d 2020-01-01 "$HOME/d"/*
	real() {
		local name=$1

		shift
		"$JAIL" learn --quiet --name="$name" -- "$@" >learned 2>/dev/null
		run_jail minimize "$name" -- "$@"
		status_is 0
		[ "$(sqlite3 "$JAIL_DB" "SELECT count(*) FROM decisions
			WHERE verdict = 'stub'")" -gt "${stubs:-0}" ]
		stubs=$(stubs)
		run_jail enforce --name="$name" -- "$@"
		status_is 0
		cmp "$BATS_TEST_TMPDIR/.stdout" learned
		[ -z "$stderr" ] || unexpected "silence"
	}
	real ls ls -l "$HOME/d"
	real grep grep -rn 7 "$HOME/d"
	real sqlite3 sqlite3 :memory: "SELECT 6 * 7"
	real python3 /usr/bin/python3 -c "print(sum(range(10)))"
}

@test "a script is confined with all that it starts, and its input is a file" {
	printf '#!/bin/sh\nread line\ngrep -c "$line" numbers && echo yes\n' >t.sh
	chmod +x t.sh
	seq 30 >numbers
	echo 2 >input
	"$JAIL" learn --quiet --no-sandbox --name=s -- ./t.sh <input >/dev/null \
		2>&1
	minimize --stdin=input s -- ./t.sh
	status_is 0
	results_are "execve needed" execve
	run_jail enforce --profile=none --name=s -- ./t.sh <input
	stdout_is "12"$'\n'"yes"
	minimize --stdin=nowhere s -- ./t.sh
	status_is 125
	stderr_has "nowhere"
}

@test "on a terminal it shows how far it is" {
	learn
	on_terminal "exit 0" end -- "$JAIL" minimize --profile=none t -- "$PROGS/minimal"
	shows "runs as usual"
	shows "to go"
	shows "calls that were made and tried are needed"
	shows "left as they were: "
}

@test "an option behind the name, and no command: a usage error says so" {
	run_jail minimize --profile=none t --status-only -- true
	status_is 125
	stderr_has "'--status-only' stands behind t"
	stderr_has "options stand in front"
	run_jail minimize t
	status_is 125
	stderr_has "COMMAND is missing"
	run_jail minimize t --
	status_is 125
	stderr_has "there is no command to run"
}

# completed WORD...: what the completion offers for the last of them.
completed() {
	run_split env "PATH=$BUILD:$PATH" bash -c '
		. "$0"
		COMP_WORDS=(jail "$@") COMP_CWORD=$# COMPREPLY=()
		_jail
		echo "${COMPREPLY[*]}"' "$BUILD/completions/jail.bash" "$@"
}

@test "completion offers the profile, then commands" {
	learn
	completed minimize ""
	stdout_is t
	completed minimize t setpri
	stdout_has setpriv
	completed minimize t -- setpri
	stdout_has setpriv
	completed minimize --status
	stdout_is --status-only
	completed help mini
	stdout_is minimize
}
