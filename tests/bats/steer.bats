#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sandboxes that run are steered: stopped, sent signals, found by their names,
# and joined on a terminal.

load box

box_setup() {
	pids=()
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run SHELL=/bin/sh TERM=xterm
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	jail=$BATS_TEST_TMPDIR/jail
	as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
}

teardown() {
	[ "${#pids[@]}" = 0 ] || kill -9 ${pids[*]} 2>/dev/null || true
}

# enforce OPTION... PROGRAM...: in the background.
enforce() {
	"${as[@]}" "$jail" enforce "${options[@]}" "$@" \
		</dev/null >>out 2>&1 3>&- &
	supervisor=$!
	pids+=("$supervisor")
}

begin() {
	local name=$1

	shift
	enforce "--name=$name" "$@"
	await runs "$name"
	program=$(ids "$name")
}

# The ids of the sandboxes of that name; of all.
ids() {
	"${as[@]}" "$jail" ps --json |
		jq -r ${1+"select(.name==\"$1\")|"}.id
}

runs() {
	[ -n "$(ids "$1")" ]
}

jail() {
	run_split "${as[@]}" "$jail" "$@"
}

@test "stop asks the program to end, and says that it did" {
	begin box sh -c 'trap "echo bye >~/bye; exit 3" TERM
		touch ~/ready; while :; do sleep 0.05; done'
	await [ -e "$HOME/ready" ]
	jail stop box
	status_is 0
	stdout_is "stopped box ($program)"
	[ "$(cat "$HOME/bye")" = bye ]
	status=0
	wait "$supervisor" || status=$?
	status_is 3
	[ -z "$(ids)" ]
	jail stop box
	status_is 1
	one_sentence
}

@test "stop kills what does not end, with all that is in the sandbox" {
	begin box sh -c 'trap "" TERM; touch ~/ready; while :; do sleep 77; done'
	await [ -e "$HOME/ready" ]
	await pgrep -x -f -u "$USER_ID" "sleep 77"
	jail stop --time=0.2s "$program"
	status_is 0
	stdout_has "killed box ($program): "
	! pgrep -x -f -u "$USER_ID" "sleep 77" || false
	begin one --as-pid-1 sleep 60 # has no handler, and gets no SIGTERM
	jail stop --time=0.2s one
	stdout_has "killed one"
	begin all --wait-all sh -c 'sleep 78 & sleep 60'
	await pgrep -x -f -u "$USER_ID" "sleep 78"
	jail stop --time=0.2s all
	stdout_has "killed all"
	! pgrep -x -f -u "$USER_ID" "sleep 78" || false
	begin rest --wait-all sh -c 'sleep 79 & sleep 0.3'
	await eval '[ ! -e "/proc/$program" ]'
	jail stop --time=1h rest # nobody is left who could be asked
	stdout_is "killed rest ($program): its program had ended, and the rest \
went on"
	! pgrep -x -f -u "$USER_ID" "sleep 79" || false
	begin bare --profile=none --seccomp.drop=mkdir --deny=log sleep 60
	jail stop bare
	stdout_has "stopped bare"
}

@test "one that is stopped by a signal ends, too" {
	begin box sleep 60
	kill -STOP "$program"
	jail stop --quiet box
	status_is 0
	stdout_is ""
	[ -z "$(ids)" ]
	begin box sleep 60
	kill -STOP "$supervisor" # jail itself
	jail stop box
	status_is 0
	stdout_is "stopped box ($program)"
	[ -z "$(ids)" ]
}

@test "several at once, and all of one's own" {
	begin a sleep 60
	begin b sleep 60
	begin c sleep 60
	jail stop a b nobody
	status_is 1
	stderr_has nobody
	[ "$(ids)" = "$(ids c)" ]
	jail stop
	status_is 2
	jail stop --all extra
	status_is 2
	begin d sleep 60
	jail stop --all
	status_is 0
	[ -z "$(ids)" ]
	jail stop --all
	status_is 0
	stdout_is ""
}

@test "a signal goes to the program, by name or number" {
	begin box sh -c 'trap "echo hup >>~/got" HUP; trap "echo usr >>~/got" USR1
		trap "echo rt >>~/got" 37
		touch ~/ready; while :; do sleep 0.05; done'
	await [ -e "$HOME/ready" ]
	for signal in HUP sighup 1 USR1 10 RTMIN+3 sigrtmax-27; do
		jail signal box "$signal"
		status_is 0
		await eval '[ -s ~/got ]'
		mv "$HOME/got" "$HOME/got.$signal"
	done
	[ "$(cd "$HOME" && cat got.{HUP,sighup,1,USR1,10,RTMIN+3,sigrtmax-27} |
		tr '\n' ' ')" = "hup hup hup usr usr rt rt " ]
	for signal in NOTHING 65 RTMIN+31 RTMAX-31 RTMIN-1 RTMINx RTMAX+0; do
		jail signal box "$signal"
		status_is 2
	done
	jail signal box KILL
	status_is 0
	status=0
	wait "$supervisor" || status=$?
	status_is 137
	jail signal box HUP
	status_is 1
	one_sentence
}

@test "another user can neither stop nor signal; a lie ends nobody" {
	begin box sleep 60
	sleep 60 3>&- &
	victim=$!
	pids+=("$victim")
	run_split setpriv --reuid=64327 --regid=64327 --clear-groups \
		"$jail" stop "$program"
	status_is 1
	entry=$(find "$XDG_RUNTIME_DIR" -name "$program-*" -type f)
	start=$(sed 's/.*) //' "/proc/$victim/stat" | cut -d' ' -f20)
	sed "s/^name .*/name lie/; s/^program .*/program $victim/
		s/^start .*/start $start/" "$entry" >"${entry%/*}/$victim-$start"
	chown "$USER_ID" "${entry%/*}/$victim-$start"
	chmod 600 "${entry%/*}/$victim-$start"
	for command in "stop lie" "stop $victim" "signal lie KILL"; do
		jail $command
		status_is 1
	done
	kill -0 "$victim"
	runs box
}

@test "the name is that of the option, of the directive, of the profile" {
	cp box.profile named.profile
	echo 'name given' >>named.profile
	enforce --profile="$PWD/named.profile" sleep 60
	await runs given
	enforce --profile="$PWD/named.profile" --name=other sleep 60
	await runs other
	enforce sleep 60
	await runs sleep
	[ "$(ids | wc -l)" = 3 ]
	for name in 123 a/b "$(printf 'a\033b')"; do
		jail enforce "${options[@]}" --join-or-start="$name" true
		status_is 125
		one_sentence
	done
}

@test "join-or-start starts one, and then joins it" {
	enforce --join-or-start=web sh -c 'touch /tmp/here; sleep 60' \
		--private-tmp
	await runs web
	first=$(ids web)
	jail enforce "${options[@]}" --join-or-start=web sh -c \
		'ls /tmp/here; exit 4'
	status_is 4
	stdout_is /tmp/here
	stderr_lacks runs
	jail enforce "${options[@]:1}" --join-or-start=web true
	status_is 0
	stderr_has "web ($first) runs"
	[ "$(ids)" = "$first" ]
	echo 'join-or-start web' >>box.profile
	jail enforce "${options[@]}" ls /tmp/here
	stdout_is /tmp/here
	jail stop web
	jail enforce "${options[@]}" sh -c 'exit 6'
	status_is 6
	[ -z "$(ids)" ]
}

# completed WORD...: what the completion offers for the last of them.
completed() {
	# Where the tree is he may not be let in.
	cp "$BUILD/completions/jail.bash" completions
	chmod a+r completions
	run_split "${as[@]}" env "PATH=$BATS_TEST_TMPDIR:$PATH" bash -c '
		. "$0"
		COMP_WORDS=(jail "$@") COMP_CWORD=$# COMPREPLY=()
		_jail
		echo "${COMPREPLY[*]}"' ./completions "$@"
}

@test "completion offers ids and names, then signals or programs" {
	begin box sleep 60
	completed stop ""
	stdout_is "$program box"
	completed signal b
	stdout_is box
	completed signal box US
	stdout_is "USR1 USR2"
	completed join --tty ""
	stdout_is "$program box"
	completed join box setpri
	stdout_has setpriv
	completed stop box b
	stdout_is box
}

@test "of ten that start at once, one starts and nine join" {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		enforce --join-or-start=ten sh -c \
			'echo $$ >>~/numbers; while [ ! -e ~/end ]; do
			sleep 0.05; done'
	done
	await eval '[ "$(wc -l <"$HOME/numbers")" = 10 ]'
	[ "$(ids | wc -l)" = 1 ]
	[ "$(sort -u "$HOME/numbers" | wc -l)" = 10 ] # in one PID namespace
	touch "$HOME/end"
	wait "${pids[@]}" || true
	[ ! -s out ]
}

@test "one that ends before it is joined is none, and another starts" {
	one_after_the_other() {
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			status=0
			"${as[@]}" "$jail" enforce "${options[@]}" \
				--join-or-start=short sh -c 'exit 7' ||
				status=$?
			echo "status $status"
		done
	}
	for i in 1 2 3 4; do
		one_after_the_other >"out.$i" 2>&1 3>&- &
		pids+=("$!")
	done
	wait "${pids[@]}" || true
	# What has joined ends with the first one, by SIGKILL.
	[ "$(cat out.? | grep -c '^status 7$\|^status 137$')" = 40 ]
	! grep '^jail:' out.? || false
}

# As while it ends, for as long as that takes.
@test "one that lets nobody in is told of once, and another follows it" {
	enforce --join-or-start=shut sleep 60
	await runs shut
	rm "$XDG_RUNTIME_DIR"/jail/*.door
	"${as[@]}" "$jail" enforce "${options[@]:1}" --join-or-start=shut \
		sh -c 'exit 7' >said 2>&1 3>&- &
	pids+=("$!")
	await grep -q "joins it" said
	sleep 0.2
	kill -9 "$supervisor"
	status=0
	wait "${pids[-1]}" || status=$?
	[ "$status" = 7 ]
	[ "$(grep -c "joins it" said)" = 1 ]
	[ "$(grep -c "it has ended" said)" = 1 ]
}

@test "whoever holds a name and dies leaves it to the next" {
	claims=$XDG_RUNTIME_DIR/jail/.claims
	jail enforce "${options[@]}" --join-or-start=x true
	status_is 0
	[ -f "$claims" ]
	/usr/bin/python3 - "$claims" 3>&- <<'END' &
import fcntl, struct, sys, time
file = open(sys.argv[1], "r+")
fcntl.fcntl(file, 37, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
open("held", "w")
time.sleep(60)
END
	holder=$!
	await [ -e held ]
	enforce --join-or-start=x sleep 60
	sleep 0.2
	[ -z "$(ids)" ]
	kill -9 "$holder"
	await runs x
}

# The terminal's side is played by tests/lib/jobs.py.
@test "on a terminal the program has one of the sandbox's own" {
	begin box sleep 60
	on_terminal "keys,exit 3,lines" wide 'expect=$ ' \
		'send=tty; stty size; ls /dev/pts\r' expect=/dev/pts/0 \
		'expect=50 200' expect=ptmx 'expect=$ ' mode \
		'send=exit 3\r' end mode -- "${as[@]}" "$jail" join box
}

@test "Ctrl-C, Ctrl-Z and a new size are the program's" {
	begin box sleep 60
	on_terminal "exit 0" 'expect=$ ' \
		'send=sh -c "echo h\"\"ere; exec sleep 61"\r' $'expect=here\r' \
		'send=\x03' 'expect=$ ' 'send=echo s=$?\r' expect=s=130 \
		'expect=$ ' \
		'send=sh -c "echo th\"\"ere; exec sleep 61"\r' \
		$'expect=there\r' 'send=\x1a' expect=Stopped 'expect=$ ' \
		'send=kill %1; fg; echo f=$?\r' expect=f=143 'expect=$ ' \
		'send=trap "w=1; stty size" WINCH; echo w\"\"ait\r' expect=wait \
		'expect=$ ' 'resize=33 99' \
		'send=until [ \"$w\" ]; do :; done\r' \
		'expect=33 99' 'expect=$ ' \
		'send=exit 0\r' end -- "${as[@]}" "$jail" join box
}

@test "a program that is stopped stops the one who joined, in the shell's eyes" {
	begin box sleep 60
	on_terminal "stopped 19,lines,keys,exit 5" \
		expect=ready stopped mode fg expect=on mode end -- \
		"${as[@]}" "$jail" join box sh -c \
		'echo ready; kill -STOP $$; echo on; sleep 0.3; exit 5'
}

@test "what it printed last, and what was denied, is shown; the terminal is as before" {
	begin box sleep 60
	on_terminal "exit 1,lines" end mode -- "${as[@]}" "$jail" join box \
		sh -c 'seq 5000; exit 1'
	[ "$(tail -n 1 <<<"$shown")" = 5000 ]
	[ "$(wc -l <<<"$shown")" = 5000 ]
	options=(--profile="$BATS_TEST_TMPDIR/box.profile")
	"${as[@]}" "$jail" learn --quiet --name=strict sleep 0.1
	begin strict sleep 60
	on_terminal "exit 159,lines" end mode -- "${as[@]}" "$jail" join \
		strict mkdir /tmp/x
	shows "jail: strict was killed at"
}

@test "a terminal that vanishes hangs the program up" {
	begin box sleep 60
	on_terminal "exit 129" expect=ready hangup end -- \
		"${as[@]}" "$jail" join box sh -c \
		'trap "touch ~/hup; exit" HUP; echo ready
		while :; do sleep 0.05; done'
	await [ -e "$HOME/hup" ]
	await eval '! pgrep -x jail-join -u "$USER_ID"'
}

@test "--tty gives a terminal where there is none" {
	begin box sleep 60
	run_split bash -c 'echo "tty; exit 9" |
		"$@"' - "${as[@]}" "$jail" join --tty box sh
	status_is 9
	stdout_has /dev/pts/0
	jail join box tty </dev/null
	status_is 1
}
