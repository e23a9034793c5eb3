#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: windows.sh JAIL PROGRAM
#
# A program with windows that has a shipped profile, used by the ordinary user
# of hostile/world.sh, which runs this as root, on a display of its own. A
# session is a function PROGRAM_N of PROGRAM.bash: it starts the program by
# `open_window`, and xdotool is at the keyboard. Each is done without jail, then
# as training, to which the last three must bring nothing, and then enforced.
# What a thread does by chance may need a second round of training, or a third.
# What is left of the work in files has to be the same, and what is on the
# screen. Prints "done". All that is waited for has a bound; what is not there
# by then is said, with what the screen and the program show.
set -u
jail=$1 program=$2 lib=$(realpath "$(dirname "$0")")
. "$lib/../../lib/wait.sh"
export JAIL_DB=$PWD/store/jail.db HOME=$PWD/home NO_AT_BRIDGE=1
export DBUS_SESSION_BUS_ADDRESS=disabled: GSETTINGS_BACKEND=memory
export XDG_RUNTIME_DIR=$PWD/home/run GIO_USE_VFS=local GDK_BACKEND=x11
display='' window='' doing='the preparation'
trap 'kill $window $display 2>/dev/null' EXIT
trap 'fail "this took too long: $doing"' TERM

fail() {
	trap - TERM
	echo "$program: ${label-}: $*" >&2
	echo "windows: $(xdotool search --onlyvisible --name . \
		getwindowname %@ 2>&1 | paste -sd'|')" >&2
	tail -n 8 window.out window.err xvfb.log >&2
	exit 1
}

wait_for() {
	doing=$*
	wait_at_most 30 "$@" || fail "this did not come true: $*"
}

# A display that does not answer holds nobody up.
xdotool() {
	timeout --foreground 20 xdotool "$@"
}

as_user() {
	setpriv --reuid=64324 --regid=64324 --clear-groups "$@"
}

# ---- what sessions are made of ------------------------------------------

# TITLE COMMAND...: starts it, and waits for its window.
open_window() {
	local title=$1

	shift
	(cd home/work && exec setpriv --reuid=64324 --regid=64324 \
		--clear-groups "${prefix[@]}" "$@" </dev/null) \
		>window.out 2>window.err &
	window=$!
	expect "$title"
}

has_window() {
	xdotool search --onlyvisible --name "$1"
}

# Waits for a window, and gives it the keyboard.
expect() {
	wait_for has_window "$1"
	sleep 0.2
	xdotool search --onlyvisible --name "$1" windowraise windowfocus \
		2>/dev/null
	sleep 0.2
}

keys() {
	local key

	for key; do
		doing="the key $key"
		xdotool key "$key"
		sleep 0.2
	done
}

# The screen, when there is something and nothing moves: shot-LABEL.png.
shoot() {
	local now before=none

	doing='a picture of the screen'
	for _ in $(seq 50); do
		timeout --foreground 20 import -silent -window root "shot-$label.png"
		now=$(identify -format '%k %#' "shot-$label.png")
		[ "$now" = "$before" ] && [ "${now% *}" -gt 8 ] && return
		before=$now
		sleep 0.2
	done
	fail "nothing to be seen, or no rest: $before"
}

# Until nothing moves: a dialog that still reads its folder takes no name.
rest() {
	local label=rest

	shoot
}

ended() {
	! kill -0 "$window" 2>/dev/null
}

# Waits for the end, which has to be a good one.
close_window() {
	keys "$@"
	wait_for ended
	wait "$window" || fail "status $?"
	window=
	if grep '^jail:' window.err >&2; then fail 'jail had to say something'; fi
}

# ---- rounds --------------------------------------------------------------

# Whether there is something to be compared.
shown() {
	declare -f "${program}_$1" | grep -Eq 'shoot|work'
}

list() {
	compgen -A function "${program}_" | sed 's/.*_//' | sort -n
}

round() {
	local mode=$1 number

	shift
	prefix=("$@")
	rm -rf home/work
	as_user mkdir home/work
	for number in $(list); do
		label=$mode-$number
		[ "$mode" != bare ] || shown "$number" || continue
		"${program}_$number" </dev/null || fail "session $number"
		[ "$mode" != learn ] || count
	done
	(cd home/work && cksum -- *) >"$mode.said"
}

count() {
	as_user "$jail" export --format=list "$program" | wc -l >>counts
}

# The same picture, but for a caret that blinks, and rounding.
same_screens() {
	local number differ

	for number in $(list); do
		[ -e "shot-bare-$number.png" ] || continue
		differ=$(compare -metric AE -fuzz 5% "shot-bare-$number.png" \
			"shot-enforce-$number.png" null: 2>&1)
		[ "$differ" -lt 1500 ] ||
			fail "session $number looks different: $differ pixels"
	done
}

# Trains until the last sessions bring nothing.
train() {
	for _ in 1 2 3; do
		round learn "$jail" learn --quiet --
		[ "$(tail -n 4 counts | sort -u | wc -l)" -ne 1 ] || return 0
	done
	fail "the last sessions brought new calls: $(paste -sd' ' counts)"
}

# One that programs take for near, below 10; its socket is nobody else's. Not in
# the group of this script, so that it is there to be looked at when all of
# that is ended.
open_display() {
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ]
	mount -t tmpfs -o mode=1777 none /tmp/.X11-unix
	setsid setpriv --pdeathsig KILL Xvfb :7 -nolock -screen 0 \
		1280x1024x24 -nolisten tcp -noreset >xvfb.log 2>&1 &
	display=$!
	export DISPLAY=:7
	wait_for xdotool getdisplaygeometry
}

mkdir -p store home/run
chmod 700 home/run
# shellcheck source=/dev/null
. "$lib/$program.bash"
prepare
chown -R 64324:64324 home store
open_display
round bare env
train
echo "calls: $(paste -sd' ' counts)"
round enforce "$jail" enforce --
diff bare.said learn.said >&2 || fail 'not the same in training'
diff bare.said enforce.said >&2 || fail 'not the same in the sandbox'
same_screens
denials=$(as_user "$jail" show --json "$program" | jq -c '.denials[]')
[ -z "$denials" ] || fail "$denials"
echo "done"
