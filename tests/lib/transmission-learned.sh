#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains transmission-gtk until three sessions in a row bring nothing new, then
# enforces it, each time with a whole download between its start and its quit.
# Runs where lo has the address 10.99.0.1 (swarm_in_namespace).
#
#   usage: transmission-learned.sh JAIL LIB DIR TIMES [sandbox]
#
# With sandbox it is trained and enforced under its shipped profile, else
# without one. DIR is a folder for all files; the store is DIR/jail.db. What the
# program says on stderr goes to DIR/stderr. Prints a line for each session and
# each run.
set -u
jail=$1 swarm_lib=$2 dir=$3 times=$4
learn=--no-sandbox enforce=--profile=none
if [ "${5-}" = sandbox ]; then
	learn=--profile=transmission-gtk
	enforce=$learn
fi
. "$swarm_lib/transmission.sh"
unset DISPLAY
trap swarm_end EXIT
trap 'exit 1' HUP INT TERM

# The bar of the download is full: blue in eight tenths of the window's
# width, ten pixels high.
swarm_looks_done() {
	import -window "$swarm_id" "$dir/shown.png" 2>>"$dir/shown.log" ||
		return
	swarm_blue=$(convert "$dir/shown.png" -format %c histogram:info: |
		sed -n 's/^ *\([0-9]*\): .*#3584E4.*/\1/p')
	[ "${swarm_blue:-0}" -gt "$((10 * $(identify -format %w \
		"$dir/shown.png") * 8 / 10))" ]
}

swarm_shown() {
	wait_at_most 30 swarm_looks_done ||
		swarm_fail "the window does not show the finished download"
}

known() {
	"$jail" export --db "$dir/jail.db" --format=list transmission-gtk
}

# NAME PREFIX...: one download, which has to be whole and end well.
go() {
	label=$1
	shift
	swarm_download "$dir" "$@" 2>"$dir/stderr" &&
		[ "$swarm_status" -eq 0 ] && ! grep '^jail:' "$dir/stderr" && {
		echo "$label"
		return
	}
	echo "$label: failed, status $swarm_status" >&2
	tail -n 20 "$dir/stderr" >&2
	exit 1
}

swarm_begin "$dir" 10.99.0.1 6 && swarm_display "$dir" || exit
go native
dry=0 session=0
: >"$dir/known"
while [ "$dry" -lt 3 ]; do
	session=$((session + 1))
	[ "$session" -le 20 ] || { echo 'never dry' >&2; exit 1; }
	go "session $session" "$jail" learn "$learn" \
		--db "$dir/jail.db" --quiet --
	known >"$dir/list" || exit
	dry=$((dry + 1))
	cmp -s "$dir/known" "$dir/list" || { dry=0 found_in=$session; }
	mv "$dir/list" "$dir/known"
done
echo "learned: transmission-gtk, $(wc -l <"$dir/known") calls, the last new" \
	"one in session $found_in of $session"
run=0
while [ "$run" -lt "$times" ]; do
	run=$((run + 1))
	go "enforced $run" "$jail" enforce "$enforce" \
		--db "$dir/jail.db" --
done
