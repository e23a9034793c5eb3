#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: browser.sh JAIL BROWSER [untrained]
#
# A browser under its shipped profile, with the sandbox of its own inside, as
# the ordinary user of hostile/world.sh, which runs this as root: it shows a
# page of a web server on the loopback, whose scripts run. Trained until two
# sessions in a row bring nothing, unless the profile does without a list; then
# enforced. Which calls it makes depends on time, too: one that comes late is
# allowed, as its user would, twice at most. Without a list, a second one is
# started, as who follows a link elsewhere starts it: it hands the page to the
# first and ends. Prints how the sandbox inside was seen, and "done".
set -u
jail=$1 browser=$2 trained=${3:-trained} lib=$(realpath "$(dirname "$0")")
. "$lib/../../lib/wait.sh"
export JAIL_DB=$PWD/store/jail.db HOME=$PWD/home NO_AT_BRIDGE=1
export DBUS_SESSION_BUS_ADDRESS=disabled: GSETTINGS_BACKEND=memory
export XDG_RUNTIME_DIR=$PWD/home/run DISPLAY=:$((1000 + $$ % 30000))
case $browser in
chromium) options=--no-first-run quit=ctrl+shift+w ;;
*) options=--new-window quit=ctrl+q ;;
esac
children='' window='' doing='the preparation'
trap 'kill $children 2>/dev/null' EXIT
trap 'fail "this took too long: $doing"' TERM

fail() {
	trap - TERM
	echo "$browser: ${label-}: $*" >&2
	grep -v dbus browser.err | tail -n 8 >&2
	kill "$window" 2>/dev/null
	exit 1
}

wait_for() {
	doing=$*
	wait_at_most 100 "$@" || fail "this did not come true: $*"
}

# A display that does not answer holds nobody up.
xdotool() {
	timeout --foreground 20 xdotool "$@"
}

as_user() {
	setpriv --reuid=64324 --regid=64324 --clear-groups "$@"
}

ready() {
	xdotool search --onlyvisible --name '^page-ready' || ended
}

ended() {
	! kill -0 "$window" 2>/dev/null
}

# The box that a script drew, 200 to 80 in #cc0000, is on the screen.
is_drawn() {
	timeout --foreground 20 import -silent -window root \
		"shot-$label.png"
	[ "$(convert "shot-$label.png" -fill black +opaque '#cc0000' \
		-fill white -opaque '#cc0000' -format '%[fx:w*h*mean]' \
		info: | cut -d. -f1)" -ge 15000 ]
}

# LABEL PREFIX...: shows the page, looks, quits.
session() {
	label=$1
	shift
	as_user "$@" "$browser" "$options" http://127.0.0.1:8080/ \
		>browser.out 2>browser.err </dev/null &
	window=$!
	wait_for ready
	ended && fail 'it ended'
	wait_for is_drawn
	[ "$label" != enforced ] || inside
	[ "$trained" = trained ] || second
	sleep 1
	for _ in 1 2 3 4 5 6; do
		xdotool search --onlyvisible --name '^page-ready' windowfocus \
			key "$quit" 2>/dev/null
		sleep 1
		ended && break
		xdotool key Return	# are you sure?
	done
	wait_for ended
	wait "$window" || fail "status $?"
	if grep '^jail:' browser.err >&2; then fail 'jail had to speak'; fi
}

second() {
	as_user timeout 100 "$jail" enforce -- "$browser" \
		'http://127.0.0.1:8080/?second' >second.out 2>&1 </dev/null ||
		fail "the second: status $?"
	wait_for grep -q 'GET /?second' web.log
}

# What descends from jail.
descendants() {
	ps -eo pid=,ppid= | awk -v found="$window" '
		{ children[$2] = children[$2] " " $1 }
		END {
			for (list[at = last = 0] = found; at <= last; at++) {
				n = split(children[list[at]], more)
				for (i = 1; i <= n; i++)
					print list[++last] = more[i]
			}
		}'
}

# Processes in the sandbox: how many have changed their root and have a filter
# more, in how many user namespaces they are, and of how many mount namespaces
# all the sandbox is.
inside() {
	local pid mounts='' users='' own=0

	for pid in $(descendants); do
		[ "$(readlink "/proc/$pid/ns/mnt")" != \
			"$(readlink /proc/self/ns/mnt)" ] || continue
		mounts="$mounts$(readlink "/proc/$pid/ns/mnt") "
		case $(readlink "/proc/$pid/root") in /proc/*) ;; *) continue ;;
		esac
		grep -q '^Seccomp_filters:.*[2-9]' "/proc/$pid/status" || continue
		own=$((own + 1))
		users="$users$(readlink "/proc/$pid/ns/user") "
	done
	echo "chrooted and filtered again: $own"
	echo "their user namespaces: $(distinct "$users")"
	echo "mount namespaces: $(distinct "$mounts")"
}

distinct() {
	tr ' ' '\n' <<<"$1" | sort -u | grep -c .
}

known() {
	as_user "$jail" export --format=list "$browser" | wc -l
}

# Until two sessions in a row bring nothing.
train() {
	local counts=() n

	for n in 1 2 3 4 5 6 7 8 9; do
		session "session-$n" "$jail" learn --quiet --
		counts+=("$(known)")
		[ "$n" -lt 3 ] || [ "${counts[-3]}" != "${counts[-1]}" ] || break
	done
	echo "calls: ${counts[*]}"
}

denied() {
	as_user "$jail" show --json "$browser" 2>/dev/null |
		jq '.denials | length' | grep . || echo 0
}

mkdir -p store home/run
chmod 700 home/run
chown -R 64324:64324 home store
/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$lib/site" 8080 \
	2>web.log &
Xvfb "$DISPLAY" -screen 0 1024x768x24 -nolisten tcp -noreset 2>xvfb.log &
children=$(jobs -p | tr '\n' ' ')
wait_for xdotool getdisplaygeometry
wait_for curl -sf http://127.0.0.1:8080/
if [ "$trained" = trained ]; then
	train
else
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
	# Not by the function: the number is to be the bus's.
	setpriv --reuid=64324 --regid=64324 --clear-groups \
		dbus-daemon --session --nofork \
		"--address=$DBUS_SESSION_BUS_ADDRESS" 2>bus.log &
	children="$children $!"
	wait_for test -S "$XDG_RUNTIME_DIR/bus"
fi

for n in 1 2 3; do
	before=$(denied)
	(session enforced "$jail" enforce --) >seen && break
	[ "$n" -lt 3 ] && [ "$(denied)" -gt "$before" ] || exit 1
	as_user "$jail" add --quiet --denied "$browser" || exit 1
	echo "late: $(grep -c '^jail:' browser.err) call"
done
[ "$(denied)" -eq "$before" ] || fail 'something was refused'
cat seen
echo "done"
