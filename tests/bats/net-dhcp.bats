# SPDX-License-Identifier: MIT
# ip dhcp: an address from a real dnsmasq, renewed and given back; and from
# servers that are dead, or lie.

load netbox

bridge() {
	ip -n "$host" link add br0 type bridge
	ip -n "$host" addr add 10.20.30.1/24 dev br0
	ip -n "$host" link set br0 up
}

# dnsmasq [OPTION...]: on that bridge.
dnsmasq_there() {
	ip netns exec "$host" dnsmasq --conf-file=/dev/null --no-resolv \
		--no-hosts --interface=br0 --bind-interfaces --no-ping \
		--dhcp-range=10.20.30.50,10.20.30.60,255.255.255.0,120 \
		--dhcp-authoritative --address=/there.example/192.0.2.99 \
		--dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --user=root \
		--log-facility="$BATS_TEST_TMPDIR/log" --pid-file= \
		--log-dhcp "$@" 3>&-
}

dhcp() {
	by_root --net=br0 --ip=dhcp "$@"
}

# How often the server has answered with EVENT.
told() {
	[ "$(grep -c "$1" "$BATS_TEST_TMPDIR/log")" -ge "$2" ]
}

nothing_left() {
	alive udhcpc && return 1
	alive jail && return 1
	# The test's own devices alone.
	[ "$(ip -n "$host" -o link | grep -cv -e ' lo:' -e ' br0:' \
		-e ' veth0@')" -eq 0 ]
}

@test "an address, a way out and name servers are the server's" {
	bridge
	dnsmasq_there
	dhcp sh -c 'ip -4 -br addr show eth0; ip route; cat /etc/resolv.conf
		getent ahostsv4 there.example'
	status_is 0
	[[ $stdout =~ 10\.20\.30\.(5[0-9]|60)/24 ]] || unexpected "no address"
	stdout_has "default via 10.20.30.1 dev eth0"
	stdout_has "nameserver 10.20.30.1"
	stdout_has "192.0.2.99"
	# It is given back.
	await told DHCPRELEASE 1
	await nothing_left
}

@test "what the profile says goes before what the server says" {
	bridge
	dnsmasq_there --dhcp-option=6,10.20.30.7,10.20.30.8
	dhcp --dns=192.0.2.53 --defaultgw=10.20.30.2 sh -c \
		'ip route; cat /etc/resolv.conf'
	status_is 0
	stdout_has "default via 10.20.30.2"
	stdout_has "nameserver 192.0.2.53"
	stdout_lacks "10.20.30.7"
	dhcp cat /etc/resolv.conf
	stdout_is $'nameserver 10.20.30.7\nnameserver 10.20.30.8'
	dhcp --defaultgw=10.99.99.99 true
	status_is 125
	one_sentence
	stderr_has "gateway"
}

@test "the lease is renewed while the program runs" {
	bridge
	dnsmasq_there
	in_back by_root --net=br0 --ip=dhcp sleep "$nap"
	await pgrep -xf "sleep $nap"
	told DHCPACK 1
	client=$(pgrep -f '^udhcpc -f' | while read -r pid; do
		[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink \
			"/proc/$(pgrep -xf "sleep $nap")/ns/net")" ] ||
			echo "$pid"
	done)
	kill -USR1 "$client"
	await told DHCPACK 2
	nsenter -t "$client" -n ip -4 -br addr show eth0 | grep -q 10.20.30.
	nsenter -t "$client" -n ip route | grep -q "default via 10.20.30.1"
	# Given back, it is no longer used.
	kill -USR2 "$client"
	await told DHCPRELEASE 1
	await no_address "$client"
	kill "$(pgrep -xf "sleep $nap")"
	await nothing_left
}

no_address() {
	! nsenter -t "$1" -n ip -4 -br addr show eth0 | grep 10.20.30. || false
}

@test "a jail that is killed takes it along" {
	bridge
	dnsmasq_there
	in_back by_root --net=br0 --ip=dhcp sleep "$nap"
	await pgrep -xf "sleep $nap"
	kill -9 "$(jail_there)"
	await nothing_left
	await told DHCPRELEASE 1
}

@test "a dead server is one sentence within seconds, and nothing is left" {
	bridge
	began=$SECONDS
	dhcp true
	status_is 125
	one_sentence
	stderr_has "net br0, ip dhcp: no DHCP server answered"
	[ $((SECONDS - began)) -le 30 ]
	await nothing_left
}

# A udhcpc that says what it is told to, as the script would.
liar() {
	printf '#!/bin/sh\nprintf "%%b" "%s"\nexec sleep 300\n' "$1" \
		>"$BATS_TEST_TMPDIR/liar"
	chmod 755 "$BATS_TEST_TMPDIR/liar"
	cat >"$BATS_TEST_TMPDIR/lie" <<-END
		mount --bind "$BATS_TEST_TMPDIR/liar" /usr/sbin/udhcpc
		exec "\$@"
	END
	on_host sh "$BATS_TEST_TMPDIR/lie" env \
		"HOME=$BATS_TEST_TMPDIR/scratch" "XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/scratch" \
		"$JAIL" enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/db" \
		--net=br0 --ip=dhcp sh -c 'ip -4 -br addr show eth0; ip route
			cat /etc/resolv.conf'
}

@test "what a server cannot mean is refused" {
	bridge
	while read -r line; do
		liar "$line\\n"
		status_is 125
		one_sentence
		stderr_has "no usable address"
	done <<-'END'
		dhcp|bound|10.20.30.5|255.255.255.255||
		dhcp|bound|10.20.30.5|255.0.255.0||
		dhcp|bound|10.20.30.5|0.0.0.0||
		dhcp|bound|10.20.30.0|255.255.255.0||
		dhcp|bound|10.20.30.255|255.255.255.0||
		dhcp|bound|127.0.0.1|255.0.0.0||
		dhcp|bound|224.0.0.5|255.255.255.0||
		dhcp|bound|0.0.0.0|255.255.255.0||
		dhcp|bound|10.20.30.5;reboot|255.255.255.0||
		dhcp|bound||||
		dhcp|bound
	END
}

@test "of what a server says too much the useful part is taken" {
	bridge
	many=$(printf '10.20.30.%d ' {100..140})
	lease="10.20.30.5|255.255.255.0|192.0.2.1|0.0.0.0 127.0.0.1 x $many"
	liar "noise\\ndhcp|deconfig||||\\ndhcp|bound|$lease\\n"
	status_is 0
	stdout_has "10.20.30.5/24"
	stdout_lacks "default"
	stdout_has "$(printf 'nameserver 10.20.30.%d\n' {100..103})"
	stdout_lacks "10.20.30.104"
	stdout_lacks "127.0.0.1"
}

@test "without udhcpc a sentence names the package" {
	bridge
	hidden=(/usr/sbin/udhcpc)
	[ -x /usr/bin/udhcpc ] && hidden+=(/usr/bin/udhcpc)
	dhcp true
	status_is 125
	one_sentence
	stderr_has "install the package udhcpc"
}

@test "of IPv6, a router's announcement gives an address and the way out" {
	bridge
	ip -n "$host" addr add fd00:1::1/64 dev br0 nodad
	dnsmasq_there --enable-ra --dhcp-range=fd00:1::,ra-only,64
	by_root --net=br0 sh -c 'until ip -6 addr show dev eth0 |
		grep -q "inet6 fd00:1:" && ip -6 route | grep -q "^default"; do
		sleep 0.05; done; echo both'
	status_is 0
	stdout_is both
}
