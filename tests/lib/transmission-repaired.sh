#!/bin/sh
# SPDX-License-Identifier: MIT
# The seed of all this, from a kill to a repaired whitelist: trains
# transmission-gtk briefly, enforces it, and uses a menu that was not trained
# (File, Open, which notes when it was last used). The program is killed; `jail
# watch`, on a terminal of its own meanwhile, offers the call and is answered
# `y`; the program runs again, until it gets through. Runs where lo has the
# address 10.99.0.1 (swarm_in_namespace).
#
#   usage: transmission-repaired.sh JAIL LIB DIR
#
# DIR is a folder for all files; the store is DIR/store/jail.db. Prints a line
# for each run.
set -u
jail=$1 swarm_lib=$2 dir=$3
store=--db=$dir/store/jail.db
. "$swarm_lib/transmission.sh"
unset DISPLAY
trap swarm_end EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "$*" >&2
	tail -n 20 "$dir/stderr" "$dir/answers" "$dir/screen" >&2
	exit 1
}

known() {
	"$jail" export "$store" --format=list transmission-gtk
}

dialog() {
	xdotool search --onlyvisible --name '^Open a Torrent$' >"$dir/dialog"
}

no_dialog() {
	! dialog
}

# The first entry of the menu File, and away with what it opens.
use_menu() {
	xdotool windowraise "$swarm_id" windowfocus "$swarm_id" \
		key Escape sleep 0.1 \
		mousemove --window "$swarm_id" 20 12 click 1 sleep 0.3 \
		key Down sleep 0.1 key Return >&2
	wait_at_most 30 dialog || swarm_fail 'the menu opened nothing' || return
	xdotool windowfocus "$(head -n 1 "$dir/dialog")" sleep 0.5 \
		key Escape >&2
	wait_at_most 30 no_dialog || swarm_fail 'the dialog stays' || return
	echo used >"$dir/menu"
}

# A person who looks at the watch and says yes.
begin_watch() {
	JOBS_LIMIT=90 /usr/bin/python3 "$swarm_lib/jobs.py" "$dir/screen" \
		expect='transmission-gtk was killed at ' expect='Allow it?' \
		send=y expect=' is on the whitelist of transmission-gtk' \
		send=q end -- "$jail" watch "$store" --since=10m \
		>"$dir/answers" 2>&1 &
	watch=$!
}

mkdir -p "$dir/store"
touch "$dir/answers" "$dir/screen"
swarm_begin "$dir" 10.99.0.1 1 && swarm_display "$dir" || exit
for session in 1 2; do
	swarm_download "$dir" "$jail" learn --no-sandbox "$store" --quiet -- \
		2>"$dir/stderr" && [ "$swarm_status" -eq 0 ] ||
		fail "training failed, status $swarm_status"
	echo "trained $session"
done
known >"$dir/trained"

# From here on the menu is used, under the eyes of a watch.
swarm_shown() {
	begin_watch
	use_menu
}
for run in 1 2 3 4 5 6; do
	rm -f "$dir/menu"
	watch=
	swarm_download "$dir" "$jail" enforce --profile=none "$store" -- \
		2>"$dir/stderr"
	if [ "$swarm_status" -eq 0 ]; then
		kill "$watch"
		wait "$watch" || :
		[ -e "$dir/menu" ] || fail "the menu was not used"
		! grep '^jail:' "$dir/stderr" || fail "a denial, and it lives"
		known | diff "$dir/trained" - | sed -n 's/^> /repaired /p'
		echo "run $run works"
		exit
	fi
	[ "$swarm_status" -eq 159 ] || fail "status $swarm_status"
	# It may not even have come to the menu.
	[ -n "$watch" ] || begin_watch
	wait "$watch" || fail "the watch ended in $?"
	grep -qx 'exit 0' "$dir/answers" || fail "nobody was asked"
	echo "run $run was killed: $(grep -o 'transmission-gtk was killed.*' \
		"$dir/screen" | head -n 1)"
done
fail "six repairs were not enough"
