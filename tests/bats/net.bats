# SPDX-License-Identifier: MIT
# Networks of root: bridges, cards, namespaces. In a network namespace of each
# test's own, which is "the host" here. What must not be reachable from a
# sandbox is first reached without one.

load ../lib/net

# The addresses of a device, "ADDRESS/PREFIX ...", and other facts, in a sandbox.
facts() {
	net "$@" sh -c 'ip -j addr; ip -j route'
	status_is 0
}

address_of() {
	jq -r --arg d "$1" 'arrays | .[] | select(.ifname == $d) |
		.addr_info[] | select(.family == "inet") |
		"\(.local)/\(.prefixlen)"' <<<"$stdout"
}

@test "a bridge: an address of its network, the gateway, and nothing is left" {
	facts --net=br0
	[[ $(address_of eth0) =~ ^10\.10\.20\.[0-9]+/24$ ]]
	[[ $(address_of eth0) != 10.10.20.@(0|1|255)/24 ]]
	jq -es '.[1] | map(select(.dst == "default")) |
		map([.gateway, .dev]) == [["10.10.20.1", "eth0"]]' <<<"$stdout"
	[ "$(jq -s '.[0] | length' <<<"$stdout")" -eq 2 ]
	[ -z "$stderr" ]
	no_cable
	# In a user namespace of its own, too.
	facts --net=br0 --noroot
	[[ $(address_of eth0) =~ ^10\.10\.20\.[0-9]+/24$ ]]
	no_cable
}

@test "what is asked for is set: address, mac, mtu, mask, gateway, names" {
	facts --net=br0 --ip=10.10.20.77 --mac=02:00:00:00:00:05 --mtu=1400 \
		--netmask=255.255.0.0 --defaultgw=10.10.30.9 --ip6=fd00::5/48
	[ "$(address_of eth0)" = 10.10.20.77/16 ]
	jq -es '.[0][1] | [.address, .mtu] == ["02:00:00:00:00:05", 1400]' \
		<<<"$stdout"
	jq -es '.[0][1].addr_info[] | select(.local == "fd00::5") |
		.prefixlen == 48' <<<"$stdout"
	jq -es '.[1][] | select(.dst == "default") |
		.gateway == "10.10.30.9"' <<<"$stdout"
	net --net=br0 --ip=none ip -j -4 addr show eth0
	status_is 0
	[ "$(jq '[.[].addr_info[]?] | length' <<<"$stdout")" -eq 0 ]
	behind named --net=br0 --veth-name=cable7 sh -c 'echo up; sleep 60'
	await grep -q up named.out
	ip -n "$ns" -j link show cable7 |
		jq -e '.[0] | .master == "br0" and .operstate == "UP"'
}

# The server takes the address in its first moment; afterwards the kernel is as
# patient with others as it is elsewhere. Which is so again and again, though
# the kernel still answers for a sandbox that has just ended.
@test "ip6: an address that can be used at once, and that nobody has" {
	local usual settings="conf/br0/router_solicitation_delay
		conf/br0/dad_transmits neigh/br0/retrans_time_ms"

	cat >six.py <<-'END'
		import socket, sys
		if "eth0" in sys.argv[1]:
		    socket.create_server(("fd00::5", 8080),
		                         family=socket.AF_INET6)
		for path in sys.argv[1:]:
		    print(open("/proc/sys/net/ipv6/" + path).read(), end="")
	END
	# shellcheck disable=SC2086
	run_split there /usr/bin/python3 six.py $settings
	status_is 0
	usual=$stdout
	[ "$(wc -l <<<"$usual")" -eq 3 ]
	for option in --quiet --noroot --net=br0; do
		# shellcheck disable=SC2086
		net --net=br0 --ip6=fd00::5 "$option" /usr/bin/python3 six.py \
			${settings//br0/eth0}
		status_is 0
		stdout_is "$usual"
	done
	ip -n "$ns" addr add fd00::1/64 dev br0 nodad
	neighbour "$ns-other" 10.10.20.7/24 port7
	ip -n "$ns-other" addr add fd00::7/64 dev eth0 nodad
	for address in fd00::1 fd00::7; do
		net --net=br0 "--ip6=$address" true
		status_is 125
		one_sentence
		stderr_has "net br0: $address is in use by another"
	done
	no_cable
}

@test "four networks, each with an address of its own" {
	ip -n "$ns" link add br1 type bridge
	ip -n "$ns" addr add 10.10.21.1/28 dev br1
	ip -n "$ns" link set br1 up
	facts --net=br0 --ip=10.10.20.9 --net=br1 --net=br0 --net=br1 \
		--iprange=10.10.21.5,10.10.21.5
	[ "$(address_of eth0)" = 10.10.20.9/24 ]
	[[ $(address_of eth1) == 10.10.21.*/28 ]]
	[[ $(address_of eth2) == 10.10.20.*/24 ]]
	[ "$(address_of eth3)" = 10.10.21.5/28 ]
	[ "$(for d in eth0 eth1 eth2 eth3; do address_of "$d"; done |
		sort -u | wc -l)" -eq 4 ]
	[ "$(jq -s '.[1] | map(select(.dst == "default")) | length' \
		<<<"$stdout")" -eq 1 ]
	no_cable
}

@test "a device with less to choose from gets its address before others" {
	facts --net=br0 --iprange=10.10.20.30,10.10.20.31 \
		--net=br0 --iprange=10.10.20.30,10.10.20.30 \
		--net=br0 --net=br0 --ip=10.10.20.32
	[ "$(address_of eth0)" = 10.10.20.31/24 ]
	[ "$(address_of eth1)" = 10.10.20.30/24 ]
	[ "$(address_of eth3)" = 10.10.20.32/24 ]
}

@test "two sandboxes reach each other and the bridge, and nothing else" {
	local places=(neighbour=10.10.20.7:8080 bridge=10.10.20.1:81
		loopback=127.0.0.1:82 far=10.99.0.2:83 "unix=@$ns")

	new_space "$ns-far"
	ip -n "$ns-far" link add eth0 type veth peer name far0 netns "$ns"
	ip -n "$ns-far" addr add 10.99.0.2/24 dev eth0
	ip -n "$ns-far" link set eth0 up
	ip -n "$ns" addr add 10.99.0.1/24 dev far0
	ip -n "$ns" link set far0 up
	ip -n "$ns-far" route add default via 10.99.0.1
	serve "@$ns" 10.10.20.1:81 127.0.0.1:82
	space=$ns-far serve 10.99.0.2:83
	cat >server.py <<-'END'
		import socket
		s = socket.create_server(("", 8080))
		print("up", flush=True)
		while True:
		    s.accept()
	END
	behind one --net=br0 --ip=10.10.20.7 /usr/bin/python3 server.py
	await grep -q up one.out
	# Without a sandbox all are reached.
	run_split there /usr/bin/python3 -c "$reach" "${places[@]}"
	stdout_is $'neighbour\nbridge\nloopback\nfar\nunix'
	net --net=br0 /usr/bin/python3 -c "$reach" "${places[@]}"
	status_is 0
	stdout_is $'neighbour\nbridge'
	# With no network, nothing.
	net --net=none /usr/bin/python3 -c "$reach" "${places[@]}"
	stdout_is ""
}

@test "nginx in one sandbox, curl in another, wrk from outside" {
	echo hello >index.html
	cat >nginx.conf <<-END
		daemon off;
		worker_processes 1;
		pid $PWD/nginx.pid;
		error_log $PWD/error.log;
		events {}
		http { access_log off; server { listen 80; root $PWD; } }
	END
	chmod a+rx . && chmod a+r index.html
	behind web --net=br0 --ip=10.10.20.8 \
		--caps.keep=setuid,setgid,net_bind_service,chown,dac_override \
		nginx -p "$PWD" -c "$PWD/nginx.conf"
	await there curl -sS http://10.10.20.8/
	net --net=br0 curl -sS http://10.10.20.8/
	stdout_is hello
	[ -z "$stderr" ]
	run_split there wrk -t1 -c8 -d1s http://10.10.20.8/index.html
	status_is 0
	! grep -E 'Non-2xx|(connect|read|write) [1-9]' <<<"$stdout" || false
	[ "$(grep -oE '^ +[0-9]+ requests' <<<"$stdout" |
		tr -dc 0-9)" -gt 100 ]
}

@test "an address in use is found, and who has it" {
	local mac

	neighbour "$ns-other" 10.10.20.7/24 port7
	mac=$(ip -n "$ns-other" -j link show eth0 | jq -r '.[0].address')
	net --net=br0 --ip=10.10.20.7 true
	status_is 125
	one_sentence
	stderr_has "10.10.20.7 is in use by $mac"
	# The other two of the range are taken one after the other.
	behind one --net=br0 --iprange=10.10.20.6,10.10.20.8 \
		sh -c 'ip -4 -o addr show eth0; sleep 60'
	await grep -q inet one.out
	net --net=br0 --iprange=10.10.20.6,10.10.20.8 ip -4 -o addr show eth0
	status_is 0
	[ "$(cat one.out - <<<"$stdout" | grep -oE '10.10.20.[68]/' | sort |
		tr -d '\n')" = 10.10.20.6/10.10.20.8/ ]
	# What the host has seen on the bridge is not refused for that alone.
	for i in 1 2 3; do
		net --net=br0 --iprange=10.10.20.40,10.10.20.41 \
			/usr/bin/python3 -c "$reach" bridge=10.10.20.1:9
		status_is 0
	done
	net --net=br0 --iprange=10.10.20.7,10.10.20.7 true
	status_is 125
	one_sentence
	stderr_has "no free address from 10.10.20.7 to 10.10.20.7"
}

@test "twenty that start at once in a range of twenty: no two are alike" {
	local i

	for i in $(seq 20); do
		behind "s$i" --net=br0 --iprange=10.10.20.100,10.10.20.119 \
			sh -c 'ip -4 -o addr show eth0; exec sleep 60'
	done
	for i in $(seq 20); do await test -s "s$i.out"; done
	cat s*.err >&2
	[ "$(grep -ohE '10\.10\.20\.1[0-9]+/' s*.out | sort -u |
		wc -l)" -eq 20 ] || unexpected "$(sort -k4 s*.out)"
	net --net=br0 --iprange=10.10.20.100,10.10.20.119 true
	status_is 125
	stderr_has "no free address"
}

@test "one address wanted by ten at once: one has it" {
	local i

	for i in $(seq 10); do
		behind "s$i" --net=br0 --ip=10.10.20.50 \
			sh -c 'echo has; exec sleep 60'
	done
	for i in $(seq 10); do
		await sh -c "[ -s s$i.out ] || [ -s s$i.err ]"
	done
	[ "$(cat s*.out | grep -c has)" -eq 1 ]
	[ "$(cat s*.err | grep -c 'in use by another sandbox')" -eq 9 ]
}

@test "an address is free again when its sandbox has ended" {
	local i

	for i in $(seq 10); do
		net --net=br0 --ip=10.10.20.50 true
		status_is 0
	done
}

@test "the first sandbox of a machine leaves the registry its folder" {
	cat >first <<-END
		mount -t tmpfs -o mode=755 none /run
		$JAIL enforce ${options[*]} --db=$BATS_TEST_TMPDIR/db \
			--net=br0 true && $JAIL ps --json
		stat -c %a /run/jail
	END
	# Root's ps sees all that run, those of other tests as well.
	run_split there unshare -mpf --mount-proc sh first
	stdout_is 700
	# Other tests play tricks with entries of their own users at this time.
	! grep -vE '^$|an entry of user [1-9]' <<<"$stderr" || false
}

@test "a card: macvlan, which reaches the wire and not its own host" {
	new_space "$ns-wire"
	ip -n "$ns" link add card0 type veth peer name eth0 netns "$ns-wire"
	ip -n "$ns" addr add 10.10.22.1/24 dev card0
	ip -n "$ns" link set card0 up
	ip -n "$ns-wire" addr add 10.10.22.2/24 dev eth0
	ip -n "$ns-wire" link set eth0 up
	ip -n "$ns" route add default via 10.10.22.2
	serve 10.10.22.1:81
	space=$ns-wire serve 10.10.22.2:82
	facts --net=card0
	[[ $(address_of eth0) == 10.10.22.*/24 ]]
	jq -es '.[1][] | select(.dst == "default") |
		.gateway == "10.10.22.2"' <<<"$stdout"
	run_split there /usr/bin/python3 -c "$reach" host=10.10.22.1:81 \
		wire=10.10.22.2:82
	stdout_is $'host\nwire'
	net --net=card0 /usr/bin/python3 -c "$reach" host=10.10.22.1:81 \
		wire=10.10.22.2:82
	status_is 0
	stdout_is wire
	net --net=card0 --ip=10.10.22.2 --defaultgw=10.10.22.9 true
	status_is 125
	stderr_has "10.10.22.2 is in use by"
}

@test "netns: runs in a namespace that is there" {
	new_space "$ns-named"
	ip -n "$ns-named" link add only0 type veth peer name only1
	net "--netns=$ns-named" sh -c 'ip -o link; ls /sys/class/net'
	status_is 0
	[ "$(grep -c only0 <<<"$stdout")" -ge 2 ]
	stdout_lacks br0
	net "--netns=$ns-named" --noroot ip -o link
	status_is 0
	stdout_has only0
	net --netns=no-such true
	status_is 125
	one_sentence
	stderr_has "ip netns add no-such"
	echo >"/run/netns/$ns-file"
	net "--netns=$ns-file" true
	rm "/run/netns/$ns-file"
	status_is 125
	one_sentence
	stderr_has "is no network namespace"
}

@test "an ordinary user is told what he can have" {
	chmod a+x "$BATS_TEST_TMPDIR"
	for word in --net=br0 "--netns=$ns"; do
		run_split there setpriv "--reuid=$USER_ID" \
			"--regid=$USER_ID" --clear-groups env HOME=/ \
			"XDG_DATA_HOME=$HOME" "$BATS_TEST_TMPDIR/jail" enforce \
			"${options[@]}" "$word" true
		status_is 125
		one_sentence
		stderr_has "run jail as root, or with net user"
	done
}

@test "a sandbox cannot change its addresses, unless it keeps net_admin" {
	for option in --quiet --noroot; do
		net --net=br0 "$option" ip addr add 10.10.21.99/24 dev eth0
		[ "$status" -eq 2 ] || unexpected "$option: it could"
		stderr_has "Operation not permitted"
		net --net=br0 "$option" ip link set eth0 down
		[ "$status" -eq 2 ] || unexpected "$option: it could"
	done
	net --net=br0 --caps.keep=net_admin \
		ip addr add 10.10.21.99/24 dev eth0
	status_is 0
}

@test "what cannot be had is refused in one sentence, and leaves nothing" {
	ip -n "$ns" link add empty0 type bridge
	ip -n "$ns" link add down0 type bridge
	ip -n "$ns" link set empty0 up
	ip -n "$ns" link add slow0 type bridge stp_state 1
	ip -n "$ns" addr add 10.10.23.1/24 dev slow0
	ip -n "$ns" link set slow0 up
	there ip tuntap add tun0 mode tun
	neighbour "$ns-other" 10.10.20.7/24 port7
	while IFS='|' read -r words sentence; do
		read -ra words <<<"$words"
		net "${words[@]}" true
		status_is 125
		one_sentence
		stderr_has "$sentence"
	done <<-'END'
		--net=br9|there is no bridge or network card 'br9'
		--net=a-name-that-is-too-long|at most 15 characters
		--net=tun0|'tun0' is neither a bridge nor a network card
		--net=lo|net lo: the loopback is each network's own
		--net=port7|'port7' is a port of 'br0'; say net br0
		--net=down0|ip link set down0 up
		--net=empty0|'empty0' has no IPv4 address
		--net=slow0|stp_state 0
		--net=br0 --ip=10.10.20.1|10.10.20.1 is the host's own address
		--net=br0 --ip=10.10.20.255|are nobody's
		--net=br0 --ip=10.11.0.1|10.11.0.1 is in no network of 'br0'
		--net=br0 --iprange=10.10.20.9,10.10.21.9|goes beyond the network
		--net=br0 --defaultgw=10.11.0.1|defaultgw 10.11.0.1 is in no network
		--net=br0 --iprange=10.10.20.1,10.10.20.1|no free address
		--net=br0 --ip6=fd00::5 --mtu=1279|net br0: ip6 takes an mtu of 1280
		--net=br0 --veth-name=all|other than all and default
		--net=br0 --veth-name=br0|a device 'br0' already
		--net=br0 --net=user|contradict each other
		--net=none --net=br0|net none and net DEVICE contradict
		--net=none --ip=10.10.20.9|ip is about a network
		--ip=10.10.20.9 --net=br0|ip is about the net DEVICE
		--ip=10.10.20.9|ip is about the net DEVICE
		--net=br0 --mtu=99999|mtu takes a number from 68 to 65535
	END
	no_cable
	ip -n "$ns" link set slow0 type bridge stp_state 0
	net --net=slow0 true
	status_is 0
}

@test "jail killed at any moment leaves no device" {
	local i pid

	for i in $(seq 0 25); do
		HOME=$BATS_TEST_TMPDIR/roots ip netns exec "$ns" "$JAIL" \
			enforce "${options[@]}" --net=br0 \
			"--db=$BATS_TEST_TMPDIR/db" sleep 60 3>&- 2>/dev/null &
		pid=$!
		sleep "$(printf '0.%03d' $((i * 3)))"
		kill -9 "$pid"
		wait "$pid" 2>/dev/null || true
	done
	no_cable
	await sh -c "[ -z \"\$(ip netns pids '$ns')\" ]"
}

@test "training in the same network" {
	serve 10.10.20.1:81
	cat >client.py <<-'END'
		import socket
		socket.create_connection(("10.10.20.1", 81))
		print("reached")
	END
	run_split there "$JAIL" learn --quiet "--db=$BATS_TEST_TMPDIR/db" \
		"--profile=$BATS_TEST_TMPDIR/box.profile" --net=br0 \
		--name=client -- /usr/bin/python3 client.py
	status_is 0
	stdout_is reached
	run_split there "$JAIL" enforce --quiet "--db=$BATS_TEST_TMPDIR/db" \
		"--profile=$BATS_TEST_TMPDIR/box.profile" --net=br0 \
		--name=client -- /usr/bin/python3 client.py
	status_is 0
	stdout_is reached
	no_cable
}

@test "--check, and jail ps, say which network" {
	net --check --net=br0 --mtu=1400 --net=br1 --ip=dhcp true
	status_is 0
	stdout_has "network: eth0 on br0, with an address that nobody has, mtu"
	stdout_has "network: eth1 on br1, with an address by DHCP"
	stdout_has "network: cannot be had now: there is no bridge or network"
	net --check --net=br0 --ip=dhcp --netfilter true
	stdout_has "eth0 on br0"
	stdout_lacks "cannot be had"
	await sh -c "[ -z \"\$(ip netns pids '$ns')\" ]"
	net --check "--netns=$ns" true
	stdout_has "network: that of netns $ns"
	stdout_lacks "cannot be had"
	while IFS='|' read -r words sentence; do
		read -ra words <<<"$words"
		net --check "${words[@]}" true
		status_is 0
		stdout_has "network: cannot be had now: $sentence"
	done <<-'END'
		--netns=no-such|there is no network namespace 'no-such'
		--net=br0 --ip=10.11.0.1|10.11.0.1 is in no network of 'br0'
		--net=br0 --netfilter=/nowhere|netfilter /nowhere: cannot read
		--net=user|net user is for ordinary users
	END
	behind one --net=br0 --ip=10.10.20.30 sh -c 'echo up; exec sleep 60'
	await grep -q up one.out
	run_split there "$JAIL" ps --json
	status_is 0
	jq -es 'map(.address) |
		index("10.10.20.30/24 on br0") != null' <<<"$stdout"
}
