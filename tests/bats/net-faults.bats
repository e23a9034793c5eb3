# SPDX-License-Identifier: MIT
# Each call that the network of a sandbox, its companions, display and message
# bus bring to the set-up fails once, in the build for that: see faults.bats. No
# device and no folder is left behind.

load ../lib/net

# make_place LINE...: a folder with the programs and a profile of these lines; in it
# is $place/home.
make_place() {
	place=$(mktemp -d "/tmp/jail-faults.XXXXXX")
	chmod 755 "$place"
	cp "$BUILD/faults/jail" "$PROGS/look" "$place/"
	mkdir -p "$place/home/.config/jail" "$place/home/.local/share/jail"
	printf '%s\n' "$@" seccomp >"$place/one.profile"
}

# sweep FILES [OPTION...]: calls that are made in such files of enforce/, by a
# program that the command in the array `first` starts.
sweep() {
	local files=$1

	shift
	run_split env "HOME=$place/home" \
		"JAIL_DB=$place/home/.local/share/jail/jail.db" \
		ip netns exec "$ns" "${first[@]}" python3 -B \
		"$BATS_TEST_DIRNAME/../faults/sweep.py" -i "enforce/$files/" \
		"$@" "$place/jail" "$place/look" EPERM -- \
		"--profile=$place/one.profile"
	rm -rf "$place"
	status_is 0
	echo "# $stdout" >&3
	no_cable
}

@test "on a bridge, with rules and names, each call once" {
	make_place 'net br0' 'ip 10.10.20.60' 'ip6 fd00::60' netfilter 'dns 10.10.20.1'
	sweep '(net|companion|run)'
}

@test "by DHCP, each call once" {
	make_place 'net br0' 'ip dhcp'
	there dnsmasq --conf-file=/dev/null --no-resolv --no-hosts \
		--interface=br0 --bind-interfaces --no-ping --user=root \
		--dhcp-range=10.10.20.50,10.10.20.240,255.255.255.0,120 \
		--dhcp-authoritative --dhcp-leasefile="$PWD/leases" \
		--pid-file= --log-facility="$PWD/log" 3>&-
	sweep '(net|companion)'
}

# users_place LINE...: one that is an ordinary user's.
users_place() {
	make_place "$@"
	mkdir -m 700 "$place/run"
	chown -R "$user:$user" "$place"
	export XDG_RUNTIME_DIR=$place/run
}

@test "with a display of its own, each call once" {
	local user=65534

	users_place 'net none' 'x11 xvfb'
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ]
	# Root's own, whoever made the machine's.
	local first=(sh -ec 'mount -t tmpfs -o mode=1777 x11 /tmp/.X11-unix
		exec "$@"' sh)
	sweep '(companion|display)' -u "$user"
}

@test "with a bus behind a filter, each call once" {
	local user=65534	# dbus-daemon wants one that has a name

	users_place 'net none' 'dbus-user filter'
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$place/bus
	ip netns exec "$ns" setpriv --reuid=$user --regid=$user --clear-groups \
		dbus-daemon --session --nofork \
		"--address=$DBUS_SESSION_BUS_ADDRESS" 3>&- &
	await [ -S "$place/bus" ]
	sweep companion -u "$user"
}

@test "a port of the host's through slirp4netns, each call once" {
	local user=65534

	needs slirp4netns
	users_place 'net user' 'net.user.forward tcp 8080 80' netfilter
	local first=(sh -ec 'mount -t tmpfs tun /mnt
		mknod -m 666 /mnt/tun c 10 200
		mount --bind /mnt/tun /dev/net/tun
		[ ! -e /usr/bin/pasta ] ||
			mount --bind /dev/null /usr/bin/pasta
		exec "$@"' sh)
	sweep '(net|companion)' -u "$user"
}
