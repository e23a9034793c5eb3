# SPDX-License-Identifier: MIT
# netbox: a host of the test's own, in network namespaces that it makes and
# removes: $host with the address 192.0.2.2, and $outside behind 192.0.2.1. In
# place of `load box`:
#
#   load netbox
#   @test "..." {
#   	on_host user enforce --net=user true
#   	status_is 0
#   }

load box

box_setup() {
	[ "$EUID" -eq 0 ] || skip "network namespaces are root's"
	needs pasta "install the package passt"
	needs slirp4netns
	host=jail-host-$BASHPID outside=jail-outside-$BASHPID
	options+=(--db="$HOME/db")
	ip netns add "$host"
	ip netns add "$outside"
	ip link add veth0 netns "$host" type veth peer name veth1 \
		netns "$outside"
	ip -n "$host" link set lo up
	ip -n "$outside" link set lo up
	ip -n "$host" link set veth0 up
	ip -n "$outside" link set veth1 up
	ip -n "$host" addr add 192.0.2.2/24 dev veth0
	ip -n "$host" addr add 198.51.100.1/24 dev veth0
	ip -n "$outside" addr add 192.0.2.1/24 dev veth1
	ip -n "$host" route add default via 192.0.2.1
	nap=3000$BASHPID	# seconds that nobody else sleeps
	made=()
	hidden=()
	write_script
}

# What it runs sees a /dev/net/tun that all may open, and not the programs in
# $hidden; $etc is laid over /etc, and $run is /run, if these are set.
write_script() {
	cat >"$BATS_TEST_TMPDIR/on-host" <<'END'
set -e
mount -t tmpfs none "$1"
mknod "$1/tun" c 10 200
chmod "${TUN_MODE:-666}" "$1/tun"
[ ! -e /dev/net/tun ] || mount --bind "$1/tun" /dev/net/tun
for program in $HIDDEN; do mount --bind /dev/null "$program"; done
if [ -n "$ETC" ]; then
	mkdir "$1/upper" "$1/work"
	cp -a "$ETC/." "$1/upper"
	cd "$1"
	mount -t overlay none -o lowerdir=/etc,upperdir=upper,workdir=work /etc
	cd - >/dev/null
fi
if [ -n "$RUN" ]; then
	mount -t tmpfs none /run
	cp -a "$RUN/." /run
fi
shift
exec "$@"
END
	mkdir "$BATS_TEST_TMPDIR/scratch"
}

# here COMMAND...: as root on that host. on_host COMMAND... keeps what came of
# it.
here() {
	ETC=${etc:-} RUN=${run:-} HIDDEN=${hidden[*]} \
		timeout -k 1 60 ip netns exec "$host" unshare -m \
		sh "$BATS_TEST_TMPDIR/on-host" "$BATS_TEST_TMPDIR/scratch" "$@"
}

on_host() {
	run_split here "$@"
}

# In front of a command: as the user.
as_user=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)

# boxed [OPTION...] PROGRAM [ARG...]: by the user, with net user.
boxed() {
	on_host "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" --net=user "$@"
}

# by_root [OPTION...] PROGRAM [ARG...]
by_root() {
	on_host env "HOME=$BATS_TEST_TMPDIR/scratch" \
		"XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/scratch" \
		"$JAIL" enforce "${options[@]}" \
		"--db=$BATS_TEST_TMPDIR/db" "$@"
}

# in_back COMMAND...: in the background until the end of the test; $back is its
# process.
in_back() {
	"$@" >"$BATS_TEST_TMPDIR/back" 2>&1 3>&- &
	back=$!
	made+=("$back")
}

# serve NAMESPACE ADDRESS PORT: an HTTP server, which is there. It asks nobody
# for its own name.
serve() {
	mkdir -p "$BATS_TEST_TMPDIR/www"
	echo "served" >"$BATS_TEST_TMPDIR/www/index.html"
	in_back ip netns exec "$1" /usr/bin/python3 -c '
import functools, http.server, socketserver, sys
class Server(http.server.ThreadingHTTPServer):
    server_bind = socketserver.TCPServer.server_bind
Server((sys.argv[1], int(sys.argv[2])), functools.partial(
    http.server.SimpleHTTPRequestHandler, directory=sys.argv[3])
    ).serve_forever()' "$2" "$3" "$BATS_TEST_TMPDIR/www"
	await ip netns exec "$1" curl -s "http://${2/#0.0.0.0/127.0.0.1}:$3/"
}

# Whether there are processes of these namespaces whose name begins with NAME.
alive() {
	{ ip netns pids "$host"; ip netns pids "$outside"; } |
		while read -r pid; do
		ps -o comm= -p "$pid"
	done | grep -q "^$1"
}

# Prints the number of the first jail that runs there.
jail_there() {
	ip netns pids "$host" | while read -r pid; do
		[ "$(ps -o comm= -p "$pid")" != jail ] || echo "$pid"
	done | head -1
}

teardown() {
	local pid

	[ "$host" ] || return 0
	for pid in "${made[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in $(ip netns pids "$host") $(ip netns pids "$outside"); do
		kill -9 "$pid" 2>/dev/null || true
	done
	ip netns del "$host"
	ip netns del "$outside"
}
