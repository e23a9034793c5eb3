#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Message buses, with a real session bus and a service on it: what a filter lets
# through and what it does not, that there is no way past it, and what is left
# when the filter, jail or the bus ends.

load box

USER_ID=65534	# dbus-daemon wants one that has a name

box_setup() {
	command -v xdg-dbus-proxy >/dev/null ||
		skip "xdg-dbus-proxy is not installed"
	cp "$BATS_TEST_DIRNAME/../lib/bus.py" bus.py
	mkdir run
	chmod 700 run
	chown "$USER_ID:$USER_ID" run
	export XDG_RUNTIME_DIR=$PWD/run
	unset DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS
	profile=$PWD/box.profile
}

teardown() {
	local pid

	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	return 0
}

# In front of what runs in the background, whose number counts.
as_user=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
bus=("${as_user[@]}" /usr/bin/python3 bus.py)

# A session bus at ADDRESS, and the service.
start_bus() {
	export DBUS_SESSION_BUS_ADDRESS=$1
	"${as_user[@]}" dbus-daemon --session --nofork "--address=$1" \
		>daemon.log 2>&1 3>&- &
	pids+=" $!"
	await "${bus[@]}" names
	"${bus[@]}" serve org.example.Echo org.example.Secret \
		org.freedesktop.portal.Desktop >up 2>&1 3>&- &
	pids+=" $!"
	await grep -q up up
}

session_bus() {
	start_bus "unix:path=$XDG_RUNTIME_DIR/bus"
}

# inside WHAT...: bus.py in the sandbox.
inside() {
	user /usr/bin/python3 "$PWD/bus.py" "$@"
}

# Whether a process is gone, or nobody waits for it.
ended() {
	[ -z "$(grep '^State:.[^Z]' "/proc/$1/status" 2>/dev/null)" ]
}

# says WHAT STATUS: of the last one.
says() {
	stdout_is "$1"
	status_is "${2:-0}"
}

UNKNOWN=org.freedesktop.DBus.Error.ServiceUnknown
DENIED=org.freedesktop.DBus.Error.AccessDenied

@test "talk: a name that is allowed answers, another is not there" {
	session_bus
	outside /usr/bin/python3 bus.py call org.example.Echo Say
	says Say
	outside /usr/bin/python3 bus.py call org.example.Secret Say
	says Say
	inside call org.example.Secret Say
	says Say
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.Echo' \
		>"$profile"
	inside call org.example.Echo Say
	says Say
	inside call org.example.Secret Say
	says "$UNKNOWN" 1
	inside names
	stdout_has org.example.Echo
	stdout_lacks org.example.Secret
	printf 'dbus-user filter\n' >"$profile"
	inside call org.example.Echo Say
	says "$UNKNOWN" 1
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.*' \
		>"$profile"
	inside call org.example.Secret Say
	says Say
}

@test "--check says what is filtered, and starts nothing" {
	session_bus
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.Echo' \
		'dbus-system filter' >"$profile"
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere user --check true
	status_is 0
	stdout_has "user: through xdg-dbus-proxy at unix:path=$PWD/run/bus"
	stdout_has "user: talk=org.example.Echo"
	stdout_has "system: hidden: there is no such bus"
	[ ! -e run/jail ] || [ -z "$(ls run/jail | grep bus)" ]
}

@test "see, own, call and broadcast" {
	session_bus
	printf '%s\n' 'dbus-user filter' 'dbus-user.see org.example.Secret' \
		'dbus-user.own org.example.Mine' \
		'dbus-user.call org.example.Echo=org.example.I.Say@/org/example/*' \
		>"$profile"
	inside names
	stdout_has org.example.Secret
	inside call org.example.Secret Say
	says "$DENIED" 1
	outside /usr/bin/python3 bus.py own org.example.Other
	says owned
	inside own org.example.Mine
	says owned
	inside own org.example.Other
	says "$UNKNOWN" 1
	inside call org.example.Echo Say
	says Say
	inside call org.example.Echo Say /org/example/below
	says Say
	inside call org.example.Echo Say /elsewhere
	says "$DENIED" 1
	inside call org.example.Echo Other
	says "$DENIED" 1
	inside hear org.example.Echo Say
	stdout_has silence
	echo 'dbus-user.broadcast org.example.Echo=org.example.I.Called' \
		>>"$profile"
	inside hear org.example.Echo Say
	stdout_has "heard Say"
}

@test "a portal is a name as any other" {
	session_bus
	printf '%s\n' 'dbus-user filter' \
		'dbus-user.talk org.freedesktop.portal.Desktop' >"$profile"
	inside call org.freedesktop.portal.Desktop Say /org/freedesktop
	[ "$status" -eq 1 ] && [ "$stdout" != "$UNKNOWN" ]
	inside call org.freedesktop.portal.Desktop Say
	says Say
	inside call org.example.Echo Say
	says "$UNKNOWN" 1
}

@test "the filter is where the bus was, and the bus itself is nowhere" {
	session_bus
	printf '%s\n' 'dbus-user filter' >"$profile"
	user sh -c 'echo "$DBUS_SESSION_BUS_ADDRESS"
		ls -l "$XDG_RUNTIME_DIR/bus" | cut -c1
		ls -A "$XDG_RUNTIME_DIR/jail"'
	stdout_is "unix:path=$XDG_RUNTIME_DIR/bus
s"
	# Without the variable it is found, too, and filtered.
	user env -u DBUS_SESSION_BUS_ADDRESS /usr/bin/python3 "$PWD/bus.py" \
		names
	says org.freedesktop.DBus
	[ -z "$(ls -A run/jail | grep bus)" ]
	# Whatever a profile shows or spares.
	printf '%s\n' "noblacklist $PWD/run/bus" "whitelist $PWD/run/bus" \
		'dbus-user filter' "whitelist $PWD" >"$profile"
	inside names
	says org.freedesktop.DBus
}

@test "where a file system of the sandbox is, the socket is made in it" {
	session_bus
	printf '%s\n' 'dbus-user filter' "tmpfs $PWD/run" >"$profile"
	user sh -c 'echo "$DBUS_SESSION_BUS_ADDRESS"; ls "$XDG_RUNTIME_DIR"
		touch "$XDG_RUNTIME_DIR/mine" && echo made'
	stdout_is "unix:path=$XDG_RUNTIME_DIR/bus
bus
made"
	inside names
	says org.freedesktop.DBus
	# Not in one that is read-only.
	echo "read-only $PWD/run" >>"$profile"
	inside names
	says org.freedesktop.DBus
	user sh -c 'echo "$DBUS_SESSION_BUS_ADDRESS"'
	says unix:path=/dev/dbus-user
}

@test "a bus that is nowhere in the tree is seen through a socket in /dev" {
	session_bus
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.Echo' \
		"blacklist $PWD/run" >"$profile"
	inside call org.example.Echo Say
	says Say
	user sh -c 'echo "$DBUS_SESSION_BUS_ADDRESS"'
	says "unix:path=/dev/dbus-user"
	inside names
	stdout_lacks org.example.Secret
}

@test "dbus-run-session: a bus in /tmp, and the default profile's walls" {
	cat >session <<-END
		$PWD/jail enforce --profile=default --seccomp.drop=reboot \
			--ignore=seccomp.learned \
			--dbus-user=filter --dbus-user.own=org.example.Mine \
			sh -c 'cat $PWD/bus.py >~/bus.py; python3 ~/bus.py own \$1
				python3 ~/bus.py names' sh "\$@"
	END
	outside dbus-run-session -- sh session org.example.Mine
	says "owned
org.freedesktop.DBus"
	outside dbus-run-session -- sh session org.example.Other
	says "$UNKNOWN
org.freedesktop.DBus"
}

@test "an abstract bus: closed by Landlock, and refused where that cannot be" {
	start_bus "unix:abstract=$BATS_TEST_TMPDIR/bus"
	connects='import socket, sys
s = socket.socket(socket.AF_UNIX)
try: s.connect("\0" + sys.argv[1]); print("open")
except OSError as e: print(e.strerror)'
	user /usr/bin/python3 -c "$connects" "$BATS_TEST_TMPDIR/bus"
	says "Operation not permitted"
	outside /usr/bin/python3 -c "$connects" "$BATS_TEST_TMPDIR/bus"
	says open
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.Echo' \
		>"$profile"
	inside call org.example.Echo Say
	says Say
	inside call org.example.Secret Say
	says "$UNKNOWN" 1
	user /usr/bin/python3 -c "$connects" "$BATS_TEST_TMPDIR/bus"
	says "Operation not permitted"
	# An X server that listens on one keeps them open.
	number=$((1000 + $$ % 58000)) # nobody else's
	/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind("\0/tmp/.X11-unix/X" + sys.argv[1])
s.listen(); open("listens", "w"); time.sleep(60)' "$number" 3>&- &
	pids+=" $!"
	await [ -e listens ]
	DISPLAY=:$number inside names
	refused "listens on an abstract socket"
	DISPLAY=:$number user --x11=none /usr/bin/python3 "$PWD/bus.py" names
	stdout_has org.example.Echo
}

@test "the proxy dies: the bus is gone, and nothing opens" {
	session_bus
	printf '%s\n' 'dbus-user filter' 'dbus-user.talk org.example.Echo' \
		>"$profile"
	mkdir shared
	chmod 777 shared
	"${as_user[@]}" "$PWD/jail" enforce "${options[@]}" sh -c "
		cd $PWD/shared
		python3 $PWD/bus.py call org.example.Echo Say >before
		until [ -e go ]; do sleep 0.05; done
		python3 $PWD/bus.py call org.example.Echo Say >after 2>&1
		echo \$? >status" 3>&- &
	pids+=" $!"
	await grep -q Say shared/before
	proxy=$(pgrep -u "$USER_ID" -f "^xdg-dbus-proxy .*$PWD/run/jail/")
	kill -9 "$proxy"
	await ended "$proxy"
	touch shared/go
	await [ -s shared/status ]
	[ "$(cat shared/status)" -ne 0 ]
	grep -qi 'refused' shared/after
	wait "${pids##* }"
}

@test "it ends with jail, also one that was killed, which leaves nothing" {
	session_bus
	printf '%s\n' 'dbus-user filter' >"$profile"
	"${as_user[@]}" "$PWD/jail" enforce "${options[@]}" sh -c \
		'echo up; exec sleep 600' >up.2 3>&- &
	jail=$!
	await grep -q up up.2
	proxy=$(pgrep -u "$USER_ID" -f "^xdg-dbus-proxy .*$PWD/run/jail/")
	[ -n "$proxy" ]
	kill -9 "$jail"
	wait "$jail" || true
	await ended "$proxy"
	inside names
	says org.freedesktop.DBus
	[ -z "$(ls run/jail | grep bus)" ]
}

@test "no bus, or no proxy: hidden, and said once" {
	printf '%s\n' 'dbus-user filter' >"$profile"
	options=("--profile=$profile" --seccomp.drop=reboot)
	user sh -c 'echo "$DBUS_SESSION_BUS_ADDRESS"'
	says disabled:
	[ "$(grep -c dbus-user <<<"$stderr")" -eq 1 ]
	stderr_has "dbus-user filter: there is no such bus; the bus is hidden"
	user --quiet true
	[ -z "$stderr" ]
	[ "$EUID" -eq 0 ] || return 0
	# In a mount namespace in which the proxy is not to be found.
	session_bus
	cat >without <<-END
		mount --bind /dev/null /usr/bin/xdg-dbus-proxy
		exec setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups \
			$PWD/jail enforce ${options[*]} \
			/usr/bin/python3 $PWD/bus.py names
	END
	run_split unshare -m sh without
	[ "$status" -eq 1 ]
	stderr_has "xdg-dbus-proxy is not installed; the bus is hidden"
	stdout_lacks org.example
}

# closed_at FILE: the bus of FILE is reached, but with a policy for the user's
# bus, and toolkits are told.
closed_at() {
	local address=unix:path=$1 policy

	mkdir -p "${1%/*}"
	chown -R "$USER_ID:$USER_ID" "${1%/*}"
	"${as_user[@]}" dbus-daemon --session --nofork "--address=$address" \
		>closed.log 2>&1 3>&- &
	pids+=" $!"
	await "${as_user[@]}" env "DBUS_SESSION_BUS_ADDRESS=$address" \
		/usr/bin/python3 bus.py names
	reach=(env "DBUS_SESSION_BUS_ADDRESS=$address" /usr/bin/python3
		"$PWD/bus.py" names)
	echo >"$profile"
	user "${reach[@]}"
	says org.freedesktop.DBus
	for policy in none filter; do
		echo "dbus-user $policy" >"$profile"
		user "${reach[@]}"
		[ "$status" -eq 1 ] || unexpected "it is reached"
		user sh -c 'echo "$NO_AT_BRIDGE $GTK_A11Y"'
		says "1 none"
	done
}

@test "the bus of screen readers is hidden with the user's, and toolkits are told" {
	session_bus
	closed_at "$XDG_RUNTIME_DIR/at-spi/bus_0"
}

# On it is every key of every program.
@test "the bus of an input method likewise, wherever it is" {
	session_bus
	closed_at "$HOME/.cache/ibus/dbus-a"
	XDG_CACHE_HOME=$PWD/cache closed_at "$PWD/cache/ibus/dbus-b"
	closed_at "$XDG_RUNTIME_DIR/ibus/dbus-d"
	export IBUS_ADDRESS=unix:path=$PWD/else/c,guid=0
	closed_at "$PWD/else/c"
	# Its name for sandboxes, where there is a bus.
	user sh -c 'echo "${IBUS_USE_PORTAL-no}"'
	says 1
	user --dbus-user=none sh -c 'echo "${IBUS_USE_PORTAL-no}"'
	says no
}

@test "none is stronger than filter in a file, and an option than both" {
	session_bus
	printf '%s\n' 'dbus-user filter' 'dbus-user none' >"$profile"
	inside names
	[ "$status" -eq 1 ]
	stdout_lacks org.freedesktop.DBus
	user --dbus-user=filter --dbus-user.talk=org.example.Echo \
		/usr/bin/python3 "$PWD/bus.py" call org.example.Echo Say
	says Say
}

@test "the system's bus, likewise" {
	start_bus "unix:path=$XDG_RUNTIME_DIR/system"
	export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
	unset DBUS_SESSION_BUS_ADDRESS
	printf '%s\n' 'dbus-system filter' \
		'dbus-system.talk org.example.Echo' >"$profile"
	cat >client <<-'END'
		export DBUS_SESSION_BUS_ADDRESS=$DBUS_SYSTEM_BUS_ADDRESS
		exec python3 bus.py "$@"
	END
	user sh client call org.example.Echo Say
	says Say
	user sh client call org.example.Secret Say
	says "$UNKNOWN" 1
}

@test "rules that are none" {
	local rule

	for rule in talk=org talk=org..example own=-x 'talk=org.1x' \
		'call=org.example' 'call=org.example=' \
		'call=org.example=x@y' 'broadcast=org.example=;'; do
		user "--dbus-user.$rule" true
		status_is 125
		stderr_has "dbus-user.${rule%%=*}"
	done
	user --dbus-user=all true
	status_is 125
	stderr_has "dbus-user takes none or filter"
}
