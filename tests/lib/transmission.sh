# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# transmission: a swarm of two on one machine, and hands for the window. What
# the test of transmission-gtk and the demonstration share.
#
#   swarm_begin DIR ADDRESS MEGABYTES   tracker and seeder (transmission-daemon)
#   swarm_display DIR                   $DISPLAY, or Xvfb where there is none
#   swarm_download DIR [PREFIX...]      runs PREFIX transmission-gtk, which
#                                       opens the torrent, fetches it whole and
#                                       is quit by its menu; compares the bytes
#   swarm_end                           ends all that was started, by its pid
#
# Functions return 0, or 1 after a sentence on stderr; the status of the program
# is in $swarm_status. ADDRESS is not 127.x: Transmission takes no such peers.
# With swarm_in_namespace the caller runs where lo has another one.

swarm_lib=${swarm_lib:-tests/lib}
. "$swarm_lib/wait.sh"
swarm_pids=
swarm_ports=${swarm_ports:-45301}	# this one and the two after it

swarm_fail() {
	echo "transmission: $*" >&2
	return 1
}

# Runs "$@" in a network namespace of its own whose lo has the address
# 10.99.0.1, under the same uid. An ordinary user gets it through a user
# namespace, and out of it the old uid again. Where there is no display the
# sockets of X servers are its own, too: a server removes one that its network
# namespace does not show as taken.
swarm_in_namespace() {
	swarm_ready='ip link set lo up && ip addr add 10.99.0.1/24 dev lo'
	# Another may make it at the same moment.
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ] ||
		return
	[ -n "${DISPLAY:-}" ] || swarm_ready="$swarm_ready &&
		mount -t tmpfs -o mode=1777 x11 /tmp/.X11-unix"
	[ "$(id -u)" -ne 0 ] || {
		unshare -nm sh -c "$swarm_ready"' && exec "$@"' sh "$@"
		return
	}
	unshare -rnm sh -c "$swarm_ready"' && uid=$1 gid=$2 && shift 2 &&
		exec unshare -U --map-user="$uid" --map-group="$gid" "$@"' \
		sh "$(id -u)" "$(id -g)" "$@"
}

# Settings of both programs: no peers but the tracker's, no router asked, no
# questions. $1: folder of the files, $2: port, $3: folder of new torrents.
swarm_settings() {
	cat <<-END
		{
		    "bind-address-ipv4": "$swarm_address",
		    "blocklist-enabled": false,
		    "dht-enabled": false,
		    "download-dir": "$1",
		    "encryption": 0,
		    "incomplete-dir-enabled": false,
		    "inhibit-desktop-hibernation": false,
		    "lpd-enabled": false,
		    "peer-port": $2,
		    "pex-enabled": false,
		    "port-forwarding-enabled": false,
		    "preallocation": 0,
		    "rename-partial-files": true,
		    "rpc-enabled": false,
		    "rpc-port": 0,
		    "show-notification-area-icon": false,
		    "show-options-window": false,
		    "start-added-torrents": true,
		    "torrent-added-notification-enabled": false,
		    "torrent-complete-notification-enabled": false,
		    "torrent-complete-sound-enabled": false,
		    "trash-original-torrent-files": false,
		    "user-has-given-informed-consent": true,
		    "utp-enabled": false,
		    "watch-dir": "$3",
		    "watch-dir-enabled": true
		}
	END
}

swarm_peers() {
	[ "$(curl -s --noproxy '*' "http://$swarm_address:$swarm_ports/peers")" = \
		"$1" ]
}

swarm_begin() {
	swarm_address=$2
	mkdir -p "$1/seed" "$1/watch" "$1/daemon"
	head -c "$3M" /dev/urandom >"$1/seed/payload.bin"
	transmission-create -p -o "$1/payload.torrent" \
		-t "http://$2:$swarm_ports/announce" "$1/seed/payload.bin" \
		>"$1/create.log" 2>&1 || swarm_fail 'no torrent made' || return
	/usr/bin/python3 "$swarm_lib/tracker.py" "$2" "$swarm_ports" \
		>"$1/tracker.log" 2>&1 3>&- &
	swarm_pids="$swarm_pids $!"
	wait_at_most 30 swarm_peers 0 || swarm_fail 'no tracker' || return
	swarm_settings "$1/seed" "$((swarm_ports + 1))" "$1/watch" \
		>"$1/daemon/settings.json"
	cp "$1/payload.torrent" "$1/watch/"
	transmission-daemon -f -g "$1/daemon" >"$1/daemon.log" 2>&1 3>&- &
	swarm_pids="$swarm_pids $!"
	wait_at_most 30 swarm_peers 1 || swarm_fail 'the seeder did not announce'
}

swarm_display() {
	if [ -n "${DISPLAY:-}" ]; then
		export XAUTHORITY="${XAUTHORITY:-$HOME/.Xauthority}"
		return
	fi
	mkfifo "$1/display"
	# It would reset itself after each client that was alone, as xdotool
	# is, and turn away whoever comes meanwhile.
	Xvfb -noreset -displayfd 5 -screen 0 1024x768x24 -nolisten tcp \
		5<>"$1/display" >"$1/xvfb.log" 2>&1 3>&- &
	swarm_pids="$swarm_pids $!"
	read -r swarm_screen <"$1/display" || return
	export DISPLAY=":$swarm_screen"
}

swarm_end() {
	for swarm_pid in $swarm_pids; do
		kill "$swarm_pid" 2>/dev/null
		wait "$swarm_pid" 2>/dev/null
	done
	swarm_pids=
}

# ---- the window ---------------------------------------------------------

swarm_window() {
	swarm_id=$(xdotool search --onlyvisible --name '^Transmission$' \
		2>/dev/null | head -n 1)
	[ -n "$swarm_id" ]
}

swarm_gone() {
	! kill -0 "$swarm_gtk" 2>/dev/null
}

swarm_window_or_gone() {
	swarm_window || swarm_gone
}

swarm_complete_or_gone() {
	cmp -s "$swarm_run/files/payload.bin" "$swarm_dir/seed/payload.bin" ||
		swarm_gone
}

# The menu "File" is at the left of the menu bar, "Quit" is its last entry.
swarm_quit() {
	xdotool windowraise "$swarm_id" windowfocus "$swarm_id" \
		key Escape sleep 0.1 \
		mousemove --window "$swarm_id" 20 12 click 1 sleep 0.3 \
		key Up sleep 0.1 key Return >&2
}

swarm_met_or_gone() {
	swarm_peers 2 || swarm_gone
}

# Transmission looks at its peers (asks for data, lets others ask) every ten
# seconds, or when a torrent is added: here, one from the watched folder $1.
swarm_nudge() {
	swarm_extra=$(mktemp -p "$swarm_dir" extra.XXXXXX)
	echo "$swarm_extra" >"$swarm_extra"
	transmission-create -o "$1/extra.torrent" "$swarm_extra" \
		>>"$swarm_dir/create.log" 2>&1
}

# A peer that calls, which the seeder does now and then: of a torrent that the
# program does not have, so that it hangs up.
swarm_call() {
	/usr/bin/python3 - "$swarm_address" "$((swarm_ports + 2))" <<-END \
		2>>"$swarm_dir/calls.log"
		import socket, sys
		caller = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
		caller.settimeout(5)
		caller.sendall(b"\\x13BitTorrent protocol" + bytes(8) + b"x" * 40)
		while caller.recv(4096):
		    pass
	END
}

swarm_called_or_gone() {
	swarm_call || swarm_gone
}

# Who is connected to whom, and what has come, tell the asker from the asked.
swarm_stalled() {
	ss -tanH exclude time-wait >&2
	ls -l "$swarm_run/files" >&2
	swarm_fail 'the download did not end'
}

swarm_drive() {
	wait_at_most 30 swarm_window_or_gone && ! swarm_gone ||
		swarm_fail 'no window came up' || return
	swarm_nudge "$swarm_run/watch"
	wait_at_most 30 swarm_met_or_gone && ! swarm_gone ||
		swarm_fail 'it did not ask the tracker' || return
	wait_at_most 30 swarm_called_or_gone && ! swarm_gone ||
		swarm_fail 'it did not take a call' || return
	wait_at_most 10 test -e "$swarm_run/watch/extra.torrent.added"
	swarm_nudge "$swarm_dir/watch"
	# A peer that did not answer twice is asked again after two minutes.
	wait_at_most 180 swarm_complete_or_gone && ! swarm_gone ||
		swarm_stalled || return
	swarm_shown || return
	for swarm_try in 1 2 3; do
		swarm_quit
		wait_at_most 10 swarm_gone && return
	done
	swarm_fail 'it did not quit'
}

# For the caller to replace: the window shows the finished download.
swarm_shown() { :; }

swarm_download() {
	swarm_dir=$1 swarm_run=$1/run
	rm -rf "$swarm_run"
	mkdir -p "$swarm_run/config" "$swarm_run/files" "$swarm_run/home" \
		"$swarm_run/watch"
	swarm_settings "$swarm_run/files" "$((swarm_ports + 2))" \
		"$swarm_run/watch" >"$swarm_run/config/settings.json"
	cp "$1/payload.torrent" "$swarm_run/"
	shift
	env HOME="$swarm_run/home" XDG_RUNTIME_DIR="$swarm_run/home" \
		XDG_CONFIG_HOME= XDG_DATA_HOME= XDG_CACHE_HOME= NO_AT_BRIDGE=1 \
		DBUS_SESSION_BUS_ADDRESS=disabled: GSETTINGS_BACKEND=memory \
		GDK_BACKEND=x11 GIO_USE_VFS=local LC_ALL=C.UTF-8 \
		"$@" transmission-gtk -g "$swarm_run/config" \
		"$swarm_run/payload.torrent" </dev/null 3>&- &
	swarm_gtk=$!
	swarm_drove=0
	swarm_drive || swarm_drove=1
	swarm_gone || [ "$swarm_drove" -eq 0 ] || kill "$swarm_gtk"
	swarm_status=0
	wait "$swarm_gtk" || swarm_status=$?
	return "$swarm_drove"
}
