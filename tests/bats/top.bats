#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail top: what it shows, its keys, and that the terminal is given back however
# it ends. The terminal is played by tests/lib/jobs.py.

load box

box_setup() {
	pids=()
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run TERM=xterm
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	as_user=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
	top=("${as_user[@]}" "$BATS_TEST_TMPDIR/jail" top)
}

teardown() {
	[ "${#pids[@]}" = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
}

begin_run() {
	"${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" "$@" \
		3>&- &
	pids+=("$!")
	await runs "$!"
}

# The id of the sandbox of the jail PID.
runs() {
	"${as_user[@]}" "$BATS_TEST_TMPDIR/jail" ps --json |
		jq "select(.jail == $1).id" | grep .
}

two_runs() {
	begin_run --name=idle sleep 60
	begin_run --name=busy sh -c 'sleep 60 & while :; do :; done'
	await has_three "${pids[1]}"
}

has_three() {
	"${as_user[@]}" "$BATS_TEST_TMPDIR/jail" ps --json |
		jq -e "select(.jail == $1).processes == 3"
}

@test "once: the busiest first, as lines and as JSON" {
	two_runs
	run_split "${top[@]}"
	status_is 0
	[ -z "$stderr" ]
	[[ $(sed -n 1p <<<"$stdout") =~ ^\ *id\ +profile\ +cpu%\ +memory\ +processes\ +denied\ +uptime\ +user\ +program$ ]]
	[[ $(sed -n 2p <<<"$stdout") =~ ^\ *[0-9]+\ +busy\ +[0-9.]+\ +[0-9.]+[KM]\ +3\ +0\ +[0-9]+s\ +$USER_ID\ +sh ]]
	[[ $(sed -n 3p <<<"$stdout") =~ ^\ *[0-9]+\ +idle\ +0.0\ .*" sleep 60"$ ]]
	run_split "${top[@]}" --json --sort=processes
	[ "$(jq -sr 'map(.name) | join(",")' <<<"$stdout")" = busy,idle ]
	[ "$(jq -s '.[0].cpu_percent > 1 and .[1].cpu_percent < 1' \
		<<<"$stdout")" = true ]
	run_split "${top[@]}" --once --sort=denied
	[[ $(sed -n 2p <<<"$stdout") == *" idle "* ]]
	run_split "${top[@]}" --delay=0.01
	status_is 2
	stderr_has "at least 0.1s"
}

@test "live: it looks again, sorts by keys, and gives the terminal back" {
	two_runs
	on_terminal "keys,exit 0,lines" expect=" by cpu" expect=" busy " \
		expect="q quit" mode send=p expect=" by processes" \
		send=m expect=" by memory" send=d expect=" by denied" \
		send=c expect=" by cpu" expect=" by cpu" send=q end mode -- \
		"${top[@]}" --delay=0.1
	shows $'\e[?1049h'
	[[ $shown == *$'\e[?25h\e[?1049l'* ]]
}

@test "arrows choose, s asks before it stops" {
	two_runs
	idle=$(runs "${pids[0]}")
	on_terminal "exit 0" expect="q quit" $'send=\e[B' expect=$'\e[7m' \
		expect=" idle " send=s expect="stop idle ($idle)?" send=n \
		expect="q quit" send=s expect="stop idle ($idle)?" send=y \
		expect="$idle was asked to end" expect="1 sandbox, " \
		send=q end -- "${top[@]}" --sort=processes --delay=0.1
	! runs "${pids[0]}" || false
	runs "${pids[1]}"
}

@test "a long name leaves room for the answers" {
	long=$(printf 'n%.0s' {1..90})
	begin_run "--name=$long" sleep 60
	on_terminal "exit 0" expect="q quit" send=s expect="stop nnn" \
		expect=")? [y]es [k]ill [n]o" send=n expect="q quit" send=q \
		end -- "${top[@]}" --delay=0.1
}

@test "one that ends leaves its place to the next; a screen on; first and last" {
	begin_run --name=one sleep 60
	begin_run --name=two sleep 60
	begin_run --name=three sleep 60
	(await [ -e go ] && kill "${pids[1]}") 3>&- &
	on_terminal "exit 0" expect="q quit" $'send=\e[B' send=s \
		expect="stop two (" send=n touch=go expect="2 sandboxes, " \
		send=s expect="stop three (" send=n expect="q quit" \
		$'send=\e[Hs' expect="stop one (" $'send=n\e[4~s' \
		expect="stop three (" $'send=n\e[5~s' expect="stop one (" \
		$'send=n\e[6~s' expect="stop three (" $'send=n\e[15~s' \
		expect="stop three (" send=n expect="q quit" send=e \
		expect="nothing was refused to it" send=q end -- \
		"${top[@]}" --delay=0.1 --sort=denied
}

@test "what was refused to the chosen one" {
	options+=(--name=tool --deny=log)
	"${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce --quiet --profile=none \
		--name=tool --deny=log sh -c 'while sleep 0.1; do :; done' \
		3>&- &
	pids+=("$!")
	await runs "$!"
	await eval "'$BATS_TEST_TMPDIR/jail' show --json tool \
		--db='$HOME/.local/share/jail/jail.db' | grep denials"
	on_terminal "exit 0" expect="q quit" send=e expect="in all:" \
		expect="denials" expect=" logged " \
		expect="any key goes back" resize="30 100" expect="in all:" \
		expect="any key goes back" resize="8 60" expect="tool: " \
		expect="in all:" expect="any key goes back; " \
		expect=" more line" expect=": jail show tool" send=x \
		expect="q quit" \
		send=$'\r' expect="in all:" send=x expect="q quit" send=q \
		end -- "${top[@]}" --delay=0.1
}

@test "Ctrl-Z, fg and Ctrl-C leave the terminal as it was" {
	two_runs
	on_terminal "keys,stopped 19,lines,keys,signal 2,lines" \
		expect="q quit" mode $'send=\x1a' stopped mode fg \
		expect=$'\e[?1049h' expect="q quit" mode $'send=\x03' end mode -- \
		"${top[@]}" --delay=0.1
	on_terminal "signal 15,lines" expect="q quit" kill=TERM end mode -- \
		"${top[@]}"
	on_terminal "exit 0,lines" expect="q quit" $'send=\x04' end mode -- \
		"${top[@]}"
}

@test "a terminal that vanishes is the end" {
	two_runs
	on_terminal "signal 1" expect="q quit" hangup end -- "${top[@]}"
	on_terminal "exit 0" expect="q quit" hangup end -- \
		sh -c 'trap "" HUP; exec "$@"' sh "${top[@]}" --delay=0.1
}

@test "on a terminal of any size" {
	two_runs
	for size in "1 1" "2 3" "3 10" "5 20" "1 200"; do
		# shellcheck disable=SC2016 # it is the shell's
		on_terminal "exit 0" expect=$'\e[?1049h' expect=$'\e[H' \
			expect=$'\e[H' send=q end -- sh -c \
			'stty rows "$0" cols "$1"; shift; exec "$@"' \
			${size% *} ${size#* } "${top[@]}" --delay=0.1
	done
	# It grows while it runs.
	# shellcheck disable=SC2016
	on_terminal "exit 0" expect=$'\e[H' touch=shown expect="q quit" \
		send=q end -- sh -c 'stty rows 5 cols 20
			(until [ -e shown ]; do sleep 0.02; done
			stty rows 24 cols 80) </dev/tty & exec "$@"' sh \
		"${top[@]}" --delay=60
}

@test "a terminal that obeys nothing gets lines" {
	two_runs
	for term in TERM=dumb -uTERM; do
		on_terminal "exit 0" expect="busy" end -- env "$term" "${top[@]}"
		[[ $shown != *$'\e'* ]] || unexpected "$(cat -v shown)"
	done
}

@test "nothing runs, and then something does" {
	on_terminal "exit 0" expect="no sandbox is running" touch=go \
		expect="1 sandbox, " send=q end -- sh -c '
		(until [ -e go ]; do sleep 0.02; done
		setpriv --reuid='"$USER_ID"' --regid='"$USER_ID"' \
			--clear-groups '"$BATS_TEST_TMPDIR"'/jail enforce \
			'"${options[*]}"' sleep 3) </dev/null >/dev/null 2>&1 &
		exec "$@"' sh "${top[@]}" --delay=0.1
}
