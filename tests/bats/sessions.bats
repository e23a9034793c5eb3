#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sessions: what is known passes freely and the summary says so; sessions that
# end by a limit, that repeat, that follow processes which run already; and
# programs that tracing cannot learn.

load helper

# ---- what is known ----------------------------------------------------------

# So many sessions that what they saw is not counted once more.
learn_often() {
	local i
	for i in 1 2 3; do
		"$JAIL" learn -q "$@" || return
	done
}

@test "a later session: what is known passes, and the summary is no failure" {
	run_jail learn cat /dev/null
	status_is 0
	[[ $stderr =~ cat:\ ([0-9]+)\ calls\ seen\ in\ 00:00,\ ([0-9]+)\ of ]]
	[ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
	known=${BASH_REMATCH[1]}
	stderr_lacks "passed freely"
	for _ in 2 3; do
		run_jail learn cat /dev/null
		status_is 0
		stderr_has "cat: $known calls seen in 00:00, none of them new"
	done
	run_jail learn cat /dev/null
	status_is 0
	stderr_has "cat: nothing new in 00:00; $known known calls passed freely"
	stderr_has "run it confined: jail enforce cat"
	stderr_lacks "errors"
	stderr_lacks " openat"
	run_jail learn --json cat /dev/null
	jq -e --argjson known "$known" '.known == $known and
		.passing == $known and .complete and .limited == null and
		.calls == [] and .lost_privileges == [] and
		(.sessions | length) == 1 and .session == .sessions[0]' \
		<<<"$stdout"
}

@test "what passed in a later session is a lower bound in the list, too" {
	learn_often ls
	[ "$("$JAIL" show --json ls | jq '[.calls[].partial] | any')" = false ]
	run_jail learn --quiet ls
	"$JAIL" show --json ls | jq -e '.calls[] | select(.name == "read") |
		.partial'
	"$JAIL" show ls | grep -E '^ +[0-9]+\+ .* read '
}

@test "what is new in a later session stands in the summary alone" {
	learn_often --name t cat /dev/null
	run_jail learn --name t mkdir made
	stderr_has " new call"
	stderr_has "passed freely"
	[[ $stderr =~ new:.*\ mkdir ]]
	stderr_lacks exit_group
	list_of t | grep -qx 'x86_64 mkdir 83'
	run_jail learn --name t --json mkdir again
	jq -e '.calls[] | select(.name == "mkdir") | .calls == 1 and
		(.new or .partial | not)' <<<"$stdout"
}

@test "--full counts also what is known, and exactly" {
	"$JAIL" learn -q cat /dev/null
	run_jail learn --full cat /dev/null
	stderr_lacks "passed freely"
	[[ $stderr != *[0-9]+* ]] || unexpected "a number with +"
	[[ $stderr =~ \ 1\ +exit_group ]]
	run_jail learn --full --json cat /dev/null
	jq -e '.known > 10 and .passing == 0 and (.calls | length > 10 and
		all(.partial == false))' <<<"$stdout"
}

@test "a call that was dropped is seen again" {
	"$JAIL" learn -q mkdir one
	"$JAIL" drop -q mkdir mkdir
	run_jail learn mkdir two
	stderr_has "dropped from the whitelist earlier"
	stderr_has " mkdir"
	[ "$(grep -c ' mkdir 83$' <(list_of mkdir))" -eq 0 ]
}

@test "a first session: numbers of what passed uncounted have a +" {
	run_jail learn dd if=/dev/zero of=/dev/null bs=1 count=20000
	status_is 0
	[[ $stderr =~ [0-9]\+\ +0\+\ +read ]]
	[[ $stderr =~ \ 1\ +exit_group ]]
	stderr_has "+ means at least so many"
	run_jail show dd
	[[ $stdout =~ [0-9]\+\ +0\+\ +0\ +read ]]
	[[ $stdout =~ \ 1\ +0\ +231\ +exit_group ]]
	stdout_has "+: at least so many"
	run_jail show --by-exe dd
	[[ $stdout =~ [0-9]\+\ +0\+\ +0\ +read ]]
	run_jail show --json dd
	jq -e '[.calls, .executables[0].calls] | all(
		(.[] | select(.name == "read") | .partial) and
		(.[] | select(.name == "exit_group") | .partial | not))' \
		<<<"$stdout"
	"$JAIL" forget -q dd
	run_jail learn --json dd if=/dev/zero of=/dev/null bs=1 count=20000
	jq -e '.calls | any(.name == "read" and .partial)' <<<"$stdout"
}

@test "the live line: calls that are new, and in later sessions the known" {
	script -qec "'$JAIL' learn sleep 1.2" first >/dev/null
	grep -qE '00:0[0-9]  1 process  [0-9]+ calls, [0-9]+ new in the last' first
	script -qec "'$JAIL' learn sleep 1.2" later >/dev/null
	grep -qE '1 process  [0-9]+ calls known, 0 new, 0 of them in' later
	script -qec "'$JAIL' learn sh -c 'sleep 1.2; strace true'" told >&2 || true
	grep -q $'\r\033\\[Kjail: .* wants to trace' told
}

# ---- limits -----------------------------------------------------------------

seconds_between() {
	[ "$SECONDS" -ge "$1" ] && [ "$SECONDS" -le "$2" ] ||
		unexpected "it took $SECONDS s"
}

@test "--time ends a session; the status is the program's" {
	SECONDS=0
	run_jail learn --time=2 sleep 60
	status_is 143
	seconds_between 0 30
	stderr_has "the time was up"
	list_of sleep | grep -q clock_nanosleep
	run_jail learn -q --time=3s -- sh -c 'trap "exit 7" TERM
		while :; do sleep 0.1; done'
	status_is 7
	run_jail learn --json --time=2 sleep 60
	jq -e '.limited == "time"' <<<"$stdout"
	[[ $stdout =~ \"seconds\":[0-9.]{3,8}, ]] || unexpected "many digits"
	run_jail learn --json --time=1h true
	status_is 0
	jq -e '.limited == null' <<<"$stdout"
}

@test "nothing learned: no list, and no advice to enforce it" {
	start_loop
	kill -STOP "$loop"
	run_jail learn --time=0.3 --name=idle --pid "$loop"
	kill -CONT "$loop"
	stderr_has "idle: 0 calls seen"
	stderr_has "nothing was learned; give it more time"
	stderr_lacks "its start was not seen"
	"$JAIL" learn -q true
	mapfile -t calls < <(list_of true | awk '{ print $2 }')
	"$JAIL" drop -q true "${calls[@]}"
	run_jail learn true
	stderr_has "jail add puts them back"
	stderr_has "the list is empty"
	stderr_lacks "run it confined"
}

@test "--until-quiet ends a session when nothing new comes" {
	SECONDS=0
	run_jail learn --until-quiet=0.5 --time=20 -- \
		sh -c 'while :; do :; done'
	status_is 143
	seconds_between 0 18
	stderr_has "nothing new was called for 0.5s"
	stderr_lacks "the time was up"
	run_jail learn --json --until-quiet=0.5 --time=20 --name=s sleep 60
	jq -e '.limited == "quiet"' <<<"$stdout"
	# In a later session even what is made all the time is not new.
	SECONDS=0
	"$JAIL" learn -q --name loop -- sh -c 'for i in 1 2 3; do sleep 0; done'
	run_jail learn -q --name loop --until-quiet=1 -- \
		sh -c 'while :; do sleep 0; done'
	status_is 143
	seconds_between 1 30
}

# ---- repetitions ------------------------------------------------------------

@test "--repeat: each run is a session, and the summary adds them up" {
	run_jail learn --repeat=3 cat /dev/null
	status_is 0
	[[ $stderr =~ run\ 1\ of\ 3:\ [0-9]+\ new\ calls ]]
	stderr_has "run 2 of 3: no new calls"
	stderr_has "run 3 of 3: no new calls"
	stderr_has "(3 runs)"
	[[ $stderr =~ [0-9]\ +[0-9]+\+\ +openat ]]
	[ "$(grep -c 'run it confined' <<<"$stderr")" -eq 1 ]
	[ "$(sqlite3 jail.db 'SELECT count(*) FROM sessions')" -eq 3 ]
	run_jail learn --repeat=4 --json --name=u true
	[[ $(grep -c ^run <<<"$stderr") -eq 4 ]]
	jq -e '(.sessions | unique | length) == 4 and .known == 0 and
		(.calls | any(.name == "openat" and .new and .partial))' \
		<<<"$stdout"
	run_jail learn -q --repeat=2 --name=v true
	[ -z "$stderr" ] || unexpected "nothing was expected on stderr"
}

@test "--repeat --full: numbers add up exactly" {
	"$JAIL" learn --full --json true >one
	run_jail learn --full --json --repeat=3 true
	jq -e --slurpfile one one '(.calls | map({key: .name, value: .calls}) |
		from_entries) == ($one[0].calls |
		map({key: .name, value: (.calls * 3)}) | from_entries)' \
		<<<"$stdout"
}

@test "--repeat: the first status that is not 0" {
	cat >count <<-'END'
		#!/bin/sh
		echo run >>runs
		case $(wc -l <runs) in 2) exit 3 ;; 3) exit 4 ;; esac
	END
	chmod +x count
	run_jail learn --repeat=4 ./count
	status_is 3
	stderr_has "run 2 of 4: "
	stderr_has ", exit status 3"
	[ "$(wc -l <runs)" -eq 4 ]
}

@test "--repeat ends with a program that is asked to end" {
	cat >asked <<-'END'
		#!/bin/sh
		echo run >>runs
		[ "$(wc -l <runs)" -lt 2 ] || kill -TERM $$
	END
	chmod +x asked
	run_jail learn --repeat=5 ./asked
	status_is 143
	stderr_has "run 2 of 5: "
	stderr_has "ended by SIGTERM; the others are left out"
	stderr_has "(2 runs)"
	[ "$(wc -l <runs)" -eq 2 ]
}

@test "--repeat ends at Ctrl-C" {
	# A shell has those in its background ignore the signal.
	env --default-signal=INT "$JAIL" learn --repeat=50 -- \
		sh -c ': >begun; exec sleep 60' 2>said 3>&- &
	await [ -e begun ]
	kill -INT $!
	wait $! || true
	stderr=$(cat said)
	stderr_has "run 1 of 50: "
	stderr_has "ended by SIGINT; the others are left out"
}

@test "--repeat: a limit is for each run" {
	SECONDS=0
	run_jail learn --repeat=2 --time=2 sleep 60
	status_is 143
	seconds_between 4 60
	stderr_has "run 2 of 2: no new calls, the time was up"
	stderr_lacks "ended by"
	[ "$(grep -c 'the time was up' <<<"$stderr")" -eq 2 ]
	run_jail learn --repeat=2 --until-quiet=2 sleep 60
	stderr_has "run 2 of 2: no new calls, nothing new was called for 2s"
	[ "$(grep -c 'nothing new was called' <<<"$stderr")" -eq 2 ]
}

@test "--repeat: each run has the files that jail was started with" {
	printf '%s\n' a b c >lines
	run_split sh -c '"$0" learn -q --no-sandbox --repeat=3 -- \
		sh -c "read line; echo \$line; echo \$line >&3; echo err >&2" \
		<lines 3>third' "$JAIL"
	status_is 0
	stdout_is $'a\nb\nc'
	[ "$stderr" = $'err\nerr\nerr' ]
	[ "$(cat third)" = $'a\nb\nc' ]
	run_split sh -c '"$0" learn -q --repeat=2 cat <&-' "$JAIL"
	status_is 1
	[ "$(grep -c 'Bad file descriptor' <<<"$stderr")" -eq 2 ]
}

@test "--repeat: who reads the output sees its end with the last program" {
	mkfifo pipe
	{ cat pipe >seen; : >read; } 3>&- &
	# The second ends when the reader has seen the end.
	"$JAIL" learn -q --repeat=2 -- sh -c 'echo x; exec >&-
		mkdir first 2>/dev/null && exit
		for i in $(seq 1500); do [ -e read ] && exit; sleep 0.02; done
		exit 9' >pipe
	wait
	[ "$(cat seen)" = $'x\nx' ]
}

# ---- processes that run already ---------------------------------------------

# Waits until PID executes FILE: a shell forks first.
executes() {
	for _ in $(seq 500); do
		[ "/proc/$1/exe" -ef "$2" ] && return
		sleep 0.02
	done
	return 1
}

# A process of its own that makes calls, in $loop.
start_loop() {
	sh -c 'while [ ! -e stop ]; do sleep 0.05; done' 3>&- &
	loop=$!
	executes "$loop" /bin/sh
}

teardown() {
	: >"$BATS_TEST_TMPDIR/stop"
}

@test "--pid learns from a process and leaves it as it was" {
	start_loop
	run_jail learn --time=1 --pid "$loop"
	status_is 0
	name=$(basename "$(readlink -f /bin/sh)")
	stderr_has "$name: "
	stderr_has "the time was up; what runs goes on"
	stderr_has "its start was not seen; learn that, too: jail learn $(
		readlink -f /bin/sh)"
	# No session of it will ever see its start.
	run_jail learn --time=0.3 --pid "$loop"
	stderr_has "its start was not seen; learn that, too: jail learn $(
		readlink -f /bin/sh)"
	stderr_lacks "run it confined"
	run_jail learn --time=0.3 --json --pid "$loop"
	jq -e '.known > 0 and .passing == 0' <<<"$stdout"
	kill -0 "$loop"
	grep -q '^TracerPid:	0$' "/proc/$loop/status"
	list_of "$name" | grep -q '^x86_64 clock_nanosleep '
	list_of "$name" | grep -q '^x86_64 execve '
	: >stop
	wait "$loop"
}

@test "--pid ends with Ctrl-C: status 0, the process runs on" {
	start_loop
	run_split timeout --foreground --preserve-status -s INT 1 "$JAIL" learn \
		--pid="$loop" --json
	status_is 0
	jq -e '.calls | any(.name == "clock_nanosleep")' <<<"$stdout"
	kill -0 "$loop"
	: >stop
	wait "$loop"
}

is_traced() {
	grep -q '^TracerPid:	[1-9]' "/proc/$1/status"
}

@test "--pid ends with the process: status 0" {
	start_loop
	{ await is_traced "$loop"; : >stop; } 3>&- &
	run_jail learn --name t --pid "$loop"
	status_is 0
	stderr_lacks "goes on"
	list_of t | grep -q '^x86_64 exit_group '
}

@test "--pid with several: operands are further processes" {
	start_loop
	one=$loop
	start_loop
	"$JAIL" learn -q --time=0.5 --name t --pid "$one" "$loop" "$one"
	sleep 60 3>&- &
	other=$!
	executes "$other" /bin/sleep
	run_jail learn --pid "$one" "$other"
	status_is 125
	one_sentence
	stderr_has "$(readlink -f /bin/sleep)"
	stderr_has "--name"
	run_jail learn -q --time=0.5 --name both --pid="$one" --pid="$other"
	status_is 0
	list_of both | grep -q '^x86_64 clock_nanosleep '
	kill "$other"
}

@test "--pid of a program that was deleted: its name" {
	cp /bin/sleep mysleep
	./mysleep 60 3>&- &
	other=$!
	executes "$other" mysleep
	rm mysleep
	run_jail learn --json -q --time=0.3 --pid "$other"
	status_is 0
	[ "$(jq -r .program <<<"$stdout")" = mysleep ]
	cp /bin/sleep "odd (deleted)"
	"./odd (deleted)" 60 3>&- &
	odd=$!
	executes "$odd" "odd (deleted)"
	run_jail learn --json -q --time=0.3 --pid "$odd"
	[ "$(jq -r .program <<<"$stdout")" = "odd (deleted)" ]
	kill "$other" "$odd"
}

# PID has a thread beside its first.
has_thread() {
	local tasks=("/proc/$1/task"/*)

	[ "${#tasks[@]}" -gt 1 ]
}

@test "--pid: what is no process, or not to be had: one sentence, 125" {
	local words text

	python3 -c 'import threading, time
threading.Thread(target=time.sleep, args=(20,)).start()' 3>&- &
	threaded=$!
	await has_thread "$threaded"
	for tid in "/proc/$threaded/task"/*; do tid=${tid##*/}; done
	while read -r words; do
		read -r text
		# shellcheck disable=SC2086 # words
		run_jail learn --time=5 $words
		status_is 125
		one_sentence
		stderr_has "$text"
	done <<-END
		--pid x
		'x' is not the number of a process
		--pid 0
		'0' is not the number of a process
		--pid -1
		'-1' is not
		--pid 99999999999999999999
		is not the number
		--pid 4194304
		there is no process 4194304
		--pid 2
		runs no program
		--pid $$ true
		'true' is not
		--pid $$ $$ --time=1
		options stand before it
		--pid $tid
		is a thread of process $threaded; give that
		--pid $$ --repeat=2
		leave one of them out
	END
	kill "$threaded"
	run_jail learn --pid
	status_is 125
	stderr_has "--pid needs an argument: PID"
	[ ! -e jail.db ] || unexpected "a store was made"
}

@test "--pid: privileges of what runs cannot be changed" {
	for option in --no-sandbox --caps.keep=chown --caps.drop=all; do
		run_jail learn $option --pid $$
		status_is 125
		one_sentence
		stderr_has "the privileges of a running process cannot be changed"
	done
}

@test "--pid of another user's process: 125" {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail
	chmod 755 jail
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn --time=1 --pid $$
	status_is 125
	one_sentence
	stderr_has "not yours"
	stderr_has "try as root"
	run_split setpriv --bounding-set=-sys_ptrace "$JAIL" learn --time=1 \
		--pid $$
	status_is 125
	one_sentence
	stderr_has "this system does not let you look into process $$"
}

@test "--pid: the start of what has capabilities needs --caps.keep" {
	start_loop
	run_jail learn --time=0.3 --pid "$loop"
	stderr_has "name those that it needs with --caps.keep"
	: >stop
	wait "$loop"
	rm stop
	setpriv --bounding-set=-all sh -c \
		'while [ ! -e stop ]; do sleep 0.05; done' 3>&- &
	executes $! /bin/sh
	run_jail learn --time=0.3 --name=none --pid $!
	stderr_lacks "caps.keep"
}

@test "--pid: what a set-user-ID program loses to an ordinary user" {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail
	cp /bin/true special
	chmod 4755 special
	setpriv --reuid=64322 --regid=64322 --clear-groups \
		sh -c 'while [ ! -e stop ]; do ./special; sleep 0.1; done' 3>&- &
	executes $! /bin/sh
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups env \
		JAIL_DB="$PWD/user.db" ./jail learn --time=1 --pid $!
	stderr_has "special lost its set-user-ID privilege, because you trace"
	run_jail learn --time=1 --pid $!
	stderr_lacks " lost its "
}

# ---- what tracing cannot learn ----------------------------------------------

# Runs the two commands that jail said, TEXT in front of them.
run_remedy() {
	local text=$1 said first second

	said=$(sed -n "s/.*$text: \(jail enforce .*\)/\1/p" <<<"$stderr" |
		head -n 1)
	first=${said%, and then: *}
	second=${said##*, and then: }
	[ -n "$said" ] && [ "$first" != "$said" ] || unexpected "no remedy"
	[[ $first == "jail enforce --deny=log"* ]]
	(
		PATH=${JAIL%/*}:$PATH
		eval "$first" && eval "$second"
	) >remedy.out 2>remedy.err || unexpected "$(cat remedy.out remedy.err)"
}

# confined COMMAND...: enforced, once more if the order of threads or processes
# brought a call that the first run had not. What these programs do no list
# opens.
confined() {
	local dangerous=ptrace,process_vm_readv,process_vm_writev,personality

	for _ in 1 2 3; do
		run_jail enforce "--seccomp.allow-dangerous=$dangerous" "$@"
		[[ $stderr == *" was killed at "* ]] || break
		"$JAIL" add --quiet --denied "$1"
	done
	status_is 0
}

@test "strace cannot be traced: what works instead is said, and works" {
	run_jail learn strace -f -o trace sh -c 'ls; ls'
	stderr_has "jail: $(type -P strace) wants to trace a process with ptrace"
	stderr_has "the list is not complete; learn the rest with: jail enforce"
	[ "$(grep -c 'wants to trace' <<<"$stderr")" -eq 1 ]
	run_remedy "without a tracer"
	tail -n 1 trace | grep -q 'exited with 0'
	confined strace -f -o confined sh -c 'ls; ls'
	grep -q 'execve.*ls' confined
	tail -n 1 confined | grep -q 'exited with 0'
	run_jail learn --quiet --json --name=again strace -o trace true
	stderr_has "wants to trace"
	jq -e '.complete | not' <<<"$stdout"
}

@test "gdb cannot be traced: what works instead is said, and works" {
	local session=(-q -nx -batch -ex 'break main' -ex run -ex stepi
		-ex continue "$PROGS/trap_plain")

	without_leak_check
	run_jail learn gdb "${session[@]}"
	stderr_has "gdb wants to trace a process with ptrace"
	run_remedy "without a tracer"
	confined gdb "${session[@]}"
	stdout_has "Breakpoint 1, "
	stdout_has "exited normally"
}

@test "--deny=log needs no list to begin with; add --denied makes one" {
	run_jail enforce --deny=log cat /dev/null
	status_is 0
	stderr_has "there is no whitelist for \"cat\" yet"
	stderr_has "jail: to allow all that was recorded: jail add --denied cat"
	[ "$(wc -l <<<"$stderr")" -eq 2 ]
	run_jail show cat
	stdout_has "logged"
	run_jail add --denied cat
	status_is 0
	stdout_has "cat: openat (257, x86_64) added"
	run_jail enforce cat /dev/null
	status_is 0
	[ -z "$stderr" ] || unexpected "nothing was expected on stderr"
	"$JAIL" show --json cat | jq -e '[.calls[] | select(.number == 257)] |
		.[0].evidence == "reviewed" and .[0].denial > 0'
	run_jail add --denied cat
	stdout_has "openat (257, x86_64) was there already"
	run_jail enforce --quiet --deny=log true
	[ -z "$stderr" ] || unexpected "nothing was expected on stderr"
}

@test "--deny=log with a list: each call is told, and how to allow all" {
	"$JAIL" add -q cat read
	run_jail enforce --deny=log cat /dev/null
	status_is 0
	stderr_has "cat made openat (257, x86_64), which would have been denied"
	stderr_has "jail: to allow all that was recorded: jail add --denied cat"
	run_jail enforce --deny=log --seccomp.keep=read cat /dev/null
	stderr_lacks "to allow all"
	run_jail enforce cat /dev/null
	status_is 159
}

@test "add --denied: what it does not take" {
	run_jail add --denied cat
	status_is 1
	one_sentence
	[ ! -e jail.db ]
	make_tool
	run_jail add --denied tool
	status_is 1
	one_sentence
	stderr_has "nothing was refused to 'tool'"
	run_jail add --denied tol
	status_is 1
	stderr_has "did you mean 'tool'?"
	run_jail add --denied
	status_is 2
	stderr_has "NAME is missing"
	run_jail add --denied tool read
	status_is 2
	stderr_has "one word too many"
}

@test "programs that lost their privileges are named, the first of them" {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail
	for name in one two three four five; do
		cp /bin/true $name
		chmod u+s $name
	done
	chmod 2755 four
	chmod 755 jail
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn -- sh -c './one; ./one
		./two; ./three; ./four; ./five'
	status_is 0
	stderr_has "$PWD/five lost its set-user-ID privilege (no_new_privs)"
	stderr_has "$PWD/four lost its set-group-ID privilege (no_new_privs)"
	stderr_has "so did 2 other executables"
	[ "$(grep -c ' lost its ' <<<"$stderr")" -eq 3 ]
	# In a session where all calls are known, too.
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn --json ./one
	jq -e --arg one "$PWD/one" '.lost_privileges == [$one]' <<<"$stdout"
	run_jail learn --json --name=root ./one
	jq -e '.lost_privileges == []' <<<"$stdout"
}
