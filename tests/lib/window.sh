# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# window: programs with windows on a display of the test's own, looked at and
# given keys.
#
#   window_display              starts Xvfb, sets DISPLAY; once
#   window_start NAME COMMAND... runs it in the background, says what it prints
#                               to NAME.log
#   window_up TITLE             waits for a window; its number is $window
#   window_keys KEY...          for that window
#   window_shot FILE            the whole screen, once it has stood still
#   window_same FILE FILE       but for a blinking cursor
#   window_end                  waits for the program: its status is $window_status
#   window_close                ends what is left, the display too
#
# Functions return 0, or 1 after a sentence on stderr. $lib is this folder.

. "$lib/wait.sh"
window_pids= window_program=

window_fail() {
	echo "window: $*" >&2
	return 1
}

window_display() {
	mkfifo window.display
	Xvfb -noreset -displayfd 5 -screen 0 900x700x24 -nolisten tcp \
		5<>window.display >xvfb.log 2>&1 3>&- &
	window_pids="$! $window_pids"
	read -r window_screen <window.display || return
	export DISPLAY=":$window_screen"
}

window_start() {
	window_log=$1.log
	shift
	"$@" >"$window_log" 2>&1 </dev/null 3>&- &
	window_program=$!
}

window_gone() {
	! kill -0 "$window_program" 2>/dev/null
}

window_found() {
	window=$(xdotool search --onlyvisible --name "$1" 2>/dev/null |
		head -n 1)
	[ -n "$window" ] || window_gone
}

window_up() {
	wait_at_most 30 window_found "$1" && [ -n "$window" ] && return
	tail -n 5 "$window_log" >&2
	window_fail "no window '$1' came up"
}

window_keys() {
	xdotool windowraise "$window" windowfocus --sync "$window" key "$@"
}

# More than a few colours: something was drawn.
window_still() {
	import -window root "$1.new.png" && import -window root "$1" &&
		[ "$(identify -format %k "$1")" -gt 8 ] &&
		window_same "$1" "$1.new.png"
}

window_shot() {
	wait_at_most 30 window_still "$1" ||
		window_fail "it never stands still, or $1 shows nothing"
	rm -f "$1.new.png"
}

# At most 1 pixel in 2,000: less than a few letters.
window_same() {
	window_pixels=$(compare -metric AE -fuzz 5% "$1" "$2" null: 2>&1)
	[ "${window_pixels%%.*}" -lt 315 ] 2>/dev/null
}

window_end() {
	wait_at_most 30 window_gone || window_fail 'it did not end' || return
	window_status=0
	wait "$window_program" || window_status=$?
	window_program=
}

window_close() {
	for window_pid in $window_program $window_pids; do
		kill "$window_pid" 2>/dev/null
		wait "$window_pid" 2>/dev/null
	done
	window_pids= window_program=
}
