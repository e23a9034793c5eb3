# SPDX-License-Identifier: MIT
# net user: the network of an ordinary user, through pasta and slirp4netns, on a
# host of the test's own.

load netbox

pasta=/usr/bin/pasta
slirp=/usr/bin/slirp4netns

# Servers on the host and outside; the user reaches all of them without jail.
servers() {
	serve "$outside" 192.0.2.1 8001
	serve "$host" 127.0.0.1 8002
	serve "$host" 0.0.0.0 8003
	for url in 192.0.2.1:8001 127.0.0.1:8002 127.0.0.1:8003 \
		192.0.2.2:8003 198.51.100.1:8003; do
		on_host "${as_user[@]}" curl -s "http://$url/"
		stdout_is "served"
	done
}

# What is outside is reached, and nothing that is the host's: by its addresses,
# by the gateway's, by those that the programs have of their own.
closed() {
	boxed sh -c 'curl -s http://192.0.2.1:8001/; for url in \
		127.0.0.1:8002 192.0.2.1:8002 192.0.2.2:8002 10.0.2.2:8002 \
		10.0.2.3:8002 169.254.1.1:8002 198.51.100.1:8002 \
		127.0.0.1:8003 192.0.2.1:8003 192.0.2.2:8003 10.0.2.2:8003 \
		198.51.100.1:8003; do
		{ curl -s -m 1 "http://$url/" && echo "$url"; } & done
		wait'
	status_is 0
	stdout_is "served"
}

# A server inside is nobody's outside.
unreached() {
	in_back here "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" --net=user --private sh -c '
			python3 -m http.server 8004 & sleep 0.1
			until curl -s -o /dev/null http://127.0.0.1:8004/; do
				sleep 0.1; done
			echo ready; wait'
	await grep -q ready "$BATS_TEST_TMPDIR/back"
	for url in 127.0.0.1 192.0.2.2 198.51.100.1; do
		on_host curl -s -m 1 "http://$url:8004/"
		[ "$status" -ne 0 ] || unexpected "$url is reached"
	done
}

@test "pasta: what the user reaches, but for the host itself" {
	hidden=("$slirp")
	servers
	closed
	unreached
}

@test "slirp4netns, where pasta is missing, does the same" {
	hidden=("$pasta")
	servers
	closed
	unreached
}

# Prints which of the host's addresses answer, on TCP and UDP port 8020, and which
# do so to a socket that is bound to the device $1.
reach='
import socket, sys
bound = sys.argv[1:]
def ask(family, kind, address, device):
    with socket.socket(family, kind) as sock:
        sock.settimeout(0.5 if bound else 10)  # which is what should answer
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                            device.encode())
        where = address, 8020
        if address.startswith("fe80"):
            link = bound[0] if bound else "veth0"
            where += 0, socket.if_nametoindex(link)
        try:
            sock.connect(where)
            sock.send(b"?")
            return sock.recv(10)
        except OSError:
            return None
for address in ("127.0.0.1", "::1", "198.51.100.1", "192.0.2.2",
                "203.0.113.1", "2001:db8::2", "2001:db8:1::1", "fe80::1:2"):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        for device in ["", *bound]:
            if ask(family, kind, address, device):
                print(address, kind.name, device)'

# The host answers on all of its addresses: also on those of its loopback device
# and of its link.
answer() {
	ip -n "$host" addr add 203.0.113.1/32 dev lo
	ip -n "$host" addr add 2001:db8:1::1/128 dev lo
	ip -n "$host" addr add 2001:db8::2/64 dev veth0 nodad
	ip -n "$host" addr add fe80::1:2/64 dev veth0 nodad
	ip -n "$outside" addr add 2001:db8::1/64 dev veth1 nodad
	ip -n "$host" -6 route add default via 2001:db8::1
	in_back ip netns exec "$host" /usr/bin/python3 -c '
import socket, threading
stream = socket.create_server(("::", 8020), family=socket.AF_INET6,
                              dualstack_ipv6=True)
def accept():
    while True:
        stream.accept()[0].send(b"here")
threading.Thread(target=accept).start()
datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
datagrams.bind(("::", 8020))
while True:
    datagrams.sendto(b"here", datagrams.recvfrom(10)[1])'
	await ip netns exec "$host" curl -s --http0.9 http://127.0.0.1:8020/
	on_host "${as_user[@]}" /usr/bin/python3 -c "$reach"
	[ "$(wc -l <<<"$stdout")" -eq 16 ] || unexpected "not all is reached"
}

# The kernel asks a device for whatever a socket that is bound to it wants.
unanswered() {
	answer
	boxed /usr/bin/python3 -c "$reach" eth0
	status_is 0
	stdout_is ""
}

@test "pasta: no address of the host answers, nor by a socket bound to eth0" {
	hidden=("$slirp")
	unanswered
}

@test "slirp4netns: no address of the host answers, either" {
	hidden=("$pasta")
	unanswered
}

# The host gets addresses while the program runs: on the device that leads out,
# and on another one.
later() {
	answer
	in_back here "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" --net=user /usr/bin/python3 -c "$asks" \
		203.0.113.77 2001:db8::77 10.77.0.1
	await grep -q ready "$BATS_TEST_TMPDIR/back"
	ip -n "$host" addr add 203.0.113.77/32 dev veth0
	ip -n "$host" addr add 2001:db8::77/64 dev veth0 nodad
	ip -n "$host" link add later0 type bridge
	ip -n "$host" addr add 10.77.0.1/24 dev later0
	ip -n "$host" link set later0 up
	on_host "${as_user[@]}" /usr/bin/python3 -c "$reads" 203.0.113.77 \
		2001:db8::77 10.77.0.1
	stdout_is $'203.0.113.77 here\n2001:db8::77 here\n10.77.0.1 here'
	await grep -q done "$BATS_TEST_TMPDIR/back"
	[ "$(cat "$BATS_TEST_TMPDIR/back")" = $'ready\ndone' ] ||
		unexpected "$(cat "$BATS_TEST_TMPDIR/back")"
}

# Prints which of the addresses $@ answer, to a socket that is bound to $device.
reads='
import socket, sys
def reads(device=b""):
    for address in sys.argv[1:]:
        with socket.socket(socket.AF_INET6 if ":" in address else
                           socket.AF_INET) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
            sock.settimeout(2)
            try:
                sock.connect((address, 8020))
                print(address, sock.recv(10).decode(), flush=True)
            except OSError:
                pass
reads()'

# The same, once the way to each of them is a local one.
asks='
import subprocess, sys, time
def is_own(address):
    return subprocess.run(["ip", "route", "get", address], capture_output=True,
                          text=True).stdout.startswith("local")
print("ready", flush=True)
while not all(map(is_own, sys.argv[1:])):
    time.sleep(0.02)'"$reads"'
reads(b"eth0")
print("done", flush=True)'

@test "pasta: addresses that the host gets later are closed, too" {
	hidden=("$slirp")
	later
}

@test "slirp4netns: addresses that the host gets later are closed, too" {
	hidden=("$pasta")
	later
}

# Members of groups on the host, which write down who they heard.
groups='
import selectors, socket, struct, sys
def member(group):
    ipv6 = ":" in group
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET,
                         socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((group, 8030, 0, socket.if_nametoindex("veth0")) if ipv6
              else (group, 8030))
    if ipv6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        socket.inet_pton(socket.AF_INET6, group) +
                        struct.pack("@I", socket.if_nametoindex("veth0")))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton(group) +
                        socket.inet_aton("192.0.2.2"))
    return sock
waits = selectors.DefaultSelector()
for group in sys.argv[1:]:
    waits.register(member(group), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in waits.select():
        print("heard", key.fileobj.recv(20).decode(), flush=True)'

# Sends to each group, and says what came of it.
sends='
import socket, sys
for group in sys.argv[2:]:
    ipv6 = ":" in group
    with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET,
                       socket.SOCK_DGRAM) as sock:
        try:
            sock.sendto((sys.argv[1] + " " + group[:4]).encode(),
                        (group, 8030, 0, socket.if_nametoindex("veth0" if
                         sys.argv[1] == "host" else "eth0"))
                        if ipv6 else (group, 8030))
        except OSError as failed:
            print(group, failed.strerror)
        else:
            print(group, "sent")'

# Also where rules of the user flush all others; with itself it may talk.
unheard() {
	local all="224.0.0.251 239.255.255.250 ff02::fb"

	ip -n "$host" addr add fe80::1:2/64 dev veth0 nodad
	ip -n "$host" addr add 2001:db8::2/64 dev veth0 nodad
	ip -n "$host" -6 route add default via 2001:db8::1
	# shellcheck disable=SC2086
	in_back ip netns exec "$host" /usr/bin/python3 -c "$groups" $all
	await grep -q ready "$BATS_TEST_TMPDIR/back"
	# shellcheck disable=SC2086
	on_host "${as_user[@]}" /usr/bin/python3 -c "$sends" host $all
	await grep -q "heard host ff02" "$BATS_TEST_TMPDIR/back"
	[ "$(grep -c "heard host" "$BATS_TEST_TMPDIR/back")" -eq 3 ]
	echo 'flush ruleset' >"$HOME/flush"
	for rules in --quiet --netfilter "--netfilter=$HOME/flush"; do
		# shellcheck disable=SC2086
		boxed "$rules" /usr/bin/python3 -c "$sends" box $all
		status_is 0
		stdout_has "224.0.0.251 Operation not permitted"
		stdout_lacks sent
	done
	boxed /usr/bin/python3 -c '
import socket
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.bind(("224.0.0.251", 8031))
lo = socket.inet_aton("127.0.0.1")
here.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                socket.inet_aton("224.0.0.251") + lo)
here.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, lo)
here.sendto(b"to itself", ("224.0.0.251", 8031))
here.settimeout(5)
print(here.recv(20).decode())'
	stdout_is "to itself"
	! grep "heard box" "$BATS_TEST_TMPDIR/back" || false
}

@test "pasta: no member of a group on the host hears the program" {
	hidden=("$slirp")
	unheard
}

@test "slirp4netns: no member of a group on the host hears it, either" {
	hidden=("$pasta")
	unheard
}

@test "where both are missing a sentence names the packages" {
	hidden=("$pasta" "$slirp")
	boxed true
	status_is 125
	one_sentence
	stderr_has "install the package passt (or slirp4netns)"
}

@test "the program cannot change its network, and has no other device" {
	boxed sh -c 'ip -o link | cut -d" " -f2; ip link set eth0 down;
		ip addr flush dev lo; ip route add 10.0.0.0/8 via 192.0.2.1'
	[ "$status" -ne 0 ]
	stdout_is $'lo:\neth0:'
	[ "$(grep -c 'not permitted' <<<"$stderr")" -ge 3 ]
}

# jail's own number, of which pasta's keeper is a child.
start_sleeper() {
	in_back here "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" --net=user sleep "$nap"
	await sleeps
	jail=$(jail_there)
}

sleeps() {
	pgrep -xf "sleep $nap"
}

sleeps_no_more() {
	! sleeps || false
}

gone() {
	! alive "$1" || false
}

@test "it ends with the sandbox, and with a jail that is killed" {
	for program in 'pas[st]' slirp; do # pasta may call itself passt.avx2
		hidden=("$slirp")
		[ "$program" != slirp ] || hidden=("$pasta")
		boxed true
		gone "$program"
		gone jail-keeper
		for signal in TERM KILL; do
			start_sleeper
			alive "$program"
			kill "-$signal" "$jail"
			await sleeps_no_more
			await gone "$program"
			await gone jail
			await gone jail-keeper
		done
	done
}

@test "what hinders it is a sentence" {
	boxed --ignore=net true
	status_is 0
	TUN_MODE=600 boxed true
	status_is 125
	one_sentence
	stderr_has "/dev/net/tun"
	by_root --net=user true
	status_is 125
	one_sentence
	stderr_has "net user is for ordinary users"
	ip -n "$host" route del default
	boxed true
	status_is 125
	one_sentence
	stderr_has "net user: pasta failed: "
	stderr_has "device of the host's default route; give the host one"
	gone jail-keeper
}

@test "names are asked where they can be answered, and else nobody is" {
	etc=$BATS_TEST_TMPDIR/etc
	mkdir "$etc"
	printf 'nameserver 127.0.0.53\nsearch example\n' >"$etc/resolv.conf"
	boxed cat /etc/resolv.conf
	stdout_lacks "127.0.0.53"
	stdout_has "directive dns names another server"
	on_host "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" cat /etc/resolv.conf
	stdout_has "127.0.0.53"
	boxed --dns=192.0.2.53 --dns=2001:db8::53 cat /etc/resolv.conf
	stdout_is $'nameserver 192.0.2.53\nnameserver 2001:db8::53'
	boxed --dns=192.0.2.53 sh -c ': >/etc/resolv.conf'
	[ "$status" -ne 0 ]
	printf 'nameserver 127.0.0.1\nnameserver 192.0.2.7\nsearch a\n' \
		>"$etc/resolv.conf"
	boxed cat /etc/resolv.conf
	stdout_is $'nameserver 192.0.2.7\nsearch a'
	# Those that systemd-resolved asks.
	printf 'nameserver 127.0.0.53\n' >"$etc/resolv.conf"
	run=$BATS_TEST_TMPDIR/run
	mkdir -p "$run/systemd/resolve"
	printf 'nameserver 192.0.2.8\nsearch b\n' \
		>"$run/systemd/resolve/resolv.conf"
	boxed cat /etc/resolv.conf
	stdout_is $'nameserver 192.0.2.8\nsearch b'
	run=
	# The host's own address is closed, too.
	printf 'nameserver 198.51.100.1\nnameserver 192.0.2.7\n' \
		>"$etc/resolv.conf"
	boxed cat /etc/resolv.conf
	stdout_is "nameserver 192.0.2.7"
	rm "$etc/resolv.conf"
	ln -s /run/nowhere/stub-resolv.conf "$etc/resolv.conf"
	boxed --dns=192.0.2.53 cat /etc/resolv.conf
	stdout_is "nameserver 192.0.2.53"
}

@test "in a namespace that is there, the servers are those of ip-netns" {
	etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$etc/netns/$outside"
	echo "nameserver 192.0.2.77" >"$etc/netns/$outside/resolv.conf"
	by_root --netns="$outside" cat /etc/resolv.conf
	status_is 0
	stdout_is "nameserver 192.0.2.77"
}

@test "hosts-file is what the program sees as /etc/hosts" {
	echo "192.0.2.9 ninth" >"$HOME/names"
	boxed "--hosts-file=$HOME/names" --hostname=mine cat /etc/hosts
	stdout_is $'127.0.0.1\tmine\n192.0.2.9 ninth'
	boxed "--hosts-file=$HOME/none" true
	status_is 125
	one_sentence
	stderr_has "hosts-file"
}
