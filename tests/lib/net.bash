# SPDX-License-Identifier: MIT
# net: what the tests of networks share: a system of their own, which is a
# network namespace with a bridge, and whatever else they put there. In place of
# `load box`:
#
#   load ../lib/net
#   @test "..." {
#   	net --net=br0 ip addr
#   	status_is 0
#   }

load box

box_setup() {
	[ "$EUID" -eq 0 ] || skip "network namespaces are root's"
	ns=jail$$-$BATS_TEST_NUMBER
	spaces=()
	new_space "$ns"
	ip -n "$ns" link add br0 type bridge
	ip -n "$ns" addr add 10.10.20.1/24 dev br0
	ip -n "$ns" link set br0 up
	mkdir -p roots
}

# A namespace that goes with the test.
new_space() {
	ip netns add "$1"
	spaces+=("$1")
	ip -n "$1" link set lo up
}

teardown() {
	local space pid

	disown -a # or bash tells of each
	for space in "${spaces[@]}"; do
		for pid in $(ip netns pids "$space"); do
			kill -9 "$pid" 2>/dev/null || true
		done
		ip netns del "$space" || true
	done
}

# there COMMAND...: in that system.
there() {
	HOME=$BATS_TEST_TMPDIR/roots ip netns exec "$ns" "$@"
}

# net [OPTION...] PROGRAM [ARG...]: in a sandbox there, as root.
net() {
	HOME=$BATS_TEST_TMPDIR/roots run_split timeout 60 ip netns exec "$ns" \
		"$JAIL" enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/db" \
		"$@"
}

# behind NAME [OPTION...] PROGRAM...: the same in the background, until the test
# ends; what it prints is in NAME.out and NAME.err.
behind() {
	local name=$1

	shift
	HOME=$BATS_TEST_TMPDIR/roots timeout 60 ip netns exec "$ns" "$JAIL" \
		enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/db" "$@" \
		>"$name.out" 2>"$name.err" 3>&- &
}

# A neighbour on the bridge: a namespace with an address there.
neighbour() {
	new_space "$1"
	ip -n "$1" link add eth0 type veth peer name "$3" netns "$ns"
	ip -n "$ns" link set "$3" master br0 up
	ip -n "$1" addr add "$2" dev eth0
	ip -n "$1" link set eth0 up
	await passes "$1"
}

# Whether packets pass from there to the bridge: a closed port says so.
passes() {
	ip netns exec "$1" /usr/bin/python3 -c '
import errno, socket, sys
s = socket.socket()
s.settimeout(1)
sys.exit(s.connect_ex(("10.10.20.1", 9)) != errno.ECONNREFUSED)'
}

# Nothing is left of sandboxes, the kernel's work queue included.
no_cable() {
	await sh -c "! ip -n '$ns' -o link | grep -E '^[0-9]+: jail'" ||
		unexpected "$(ip -n "$ns" link)"
}

# What of NAME=ADDRESS:PORT, or NAME=@ABSTRACT, can be reached.
reach='
import socket, sys
for word in sys.argv[1:]:
    name, _, place = word.partition("=")
    if place[0] == "@":
        s, to = socket.socket(socket.AF_UNIX), "\0" + place[1:]
    else:
        s = socket.socket()
        host, _, port = place.rpartition(":")
        to = (host, int(port))
    s.settimeout(1)
    try:
        s.connect(to)
        print(name)
    except OSError:
        pass
'

# serve PLACE...: listens there, in the namespace $space, or in that system.
serve() {
	ip netns exec "${space:-$ns}" /usr/bin/python3 -c '
import socket, sys
kept = []
for place in sys.argv[1:]:
    if place[0] == "@":
        s = socket.socket(socket.AF_UNIX)
        s.bind("\0" + place[1:])
    else:
        s = socket.socket()
        host, _, port = place.rpartition(":")
        s.bind((host, int(port)))
    s.listen(50)
    kept.append(s)
open(sys.argv[1] + ".served", "w")
while True:
    kept[-1].accept()
' "$@" 3>&- &
	await [ -e "$1.served" ]
}
