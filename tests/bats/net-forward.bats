# SPDX-License-Identifier: MIT
# net.user.forward: ports of the host's loopback that lead to a network of a
# user, through pasta and slirp4netns, on a host of the test's own.

load netbox

pasta=/usr/bin/pasta
slirp=/usr/bin/slirp4netns

# In a sandbox: servers on TCP ports, and on UDP port 8006 one that answers.
answers='
import socket, sys, threading
def serve(port):
    with socket.create_server(("", port)) as server:
        while True:
            with server.accept()[0] as one:
                one.recv(1000)
                one.send(b"HTTP/1.0 200 OK\r\n\r\ninside\n")
for port in sys.argv[1:]:
    threading.Thread(target=serve, args=(int(port),)).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 8006))
while True:
    data, who = udp.recvfrom(100)
    udp.sendto(b"heard " + data, who)'

# serve_boxed [OPTION...]: that sandbox.
serve_boxed() {
	in_back here "${as_user[@]}" "$BATS_TEST_TMPDIR/jail" enforce \
		"${options[@]}" --net=user "$@" /usr/bin/python3 -c \
		"$answers" 8004 8011
}

# reached ADDRESS:PORT: whether who is there serves.
reached() {
	[ "$(ip netns exec "$host" curl -s -m 2 "http://$1/")" = inside ]
}

# Nothing but the loopback's port leads there; from outside none does.
only_there() {
	for place in 192.0.2.2:8005 198.51.100.1:8005 127.0.0.1:8004; do
		if reached "$place"; then unexpected "$place is reached"; fi
	done
	on_host ip netns exec "$outside" curl -s -m 1 http://192.0.2.2:8005/
	[ "$status" -ne 0 ]
	on_host ss -Hlnt
	stdout_has "127.0.0.1:8005"
	[ "$(wc -l <<<"$stdout")" -eq 1 ] || unexpected "more listens"
}

@test "pasta opens ports of the host's loopback, and no others" {
	hidden=("$slirp")
	serve_boxed "--net.user.forward=tcp 8005 8004" \
		"--net.user.forward=udp 8006" --netfilter
	await reached 127.0.0.1:8005
	only_there
	on_host /usr/bin/python3 -c '
import socket
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout(5)
udp.sendto(b"it", ("127.0.0.1", 8006))
print(udp.recv(100).decode())'
	stdout_is "heard it"
}

@test "slirp4netns, where pasta is missing, opens those of TCP" {
	hidden=("$pasta")
	serve_boxed "--net.user.forward=tcp 8005 8004"
	await reached 127.0.0.1:8005
	only_there
	# Nobody can ask it for others.
	nothing_lies_there
}

# Our own rules let in what is forwarded; those of a file are asked.
@test "slirp4netns: what is forwarded passes the rules, or does not" {
	hidden=("$pasta")
	serve_boxed --netfilter "--net.user.forward=tcp 8005 8004"
	await reached 127.0.0.1:8005
	echo 'table inet own { chain in { type filter hook input priority 0
		iifname "eth0" tcp dport 8004 reject with tcp reset; }; }' \
		>"$HOME/rules"
	serve_boxed "--net.user.forward=tcp 8009 8004" \
		"--net.user.forward=tcp 8010 8011" "--netfilter=$HOME/rules"
	await reached 127.0.0.1:8010
	! reached 127.0.0.1:8009 || false
}

@test "ports that cannot be forwarded are a sentence" {
	serve "$host" 127.0.0.1 8007
	while IFS='|' read -r ports text; do
		boxed "--net.user.forward=$ports" true
		status_is 125
		one_sentence
		stderr_has "$text"
	done <<-'END'
		tcp 8007 80|tcp port 8007 is in use on this host
		tcp 80|tcp port 80 is for root alone
		udp 53 5353|udp port 53 is for root alone
		tcp 0|net.user.forward takes tcp or udp
	END
	boxed "--net.user.forward=tcp 8008 80" \
		"--net.user.forward=tcp 8008 81" true
	status_is 125
	one_sentence
	stderr_has "tcp port 8008 leads to the sandbox already"
	hidden=("$pasta")
	boxed "--net.user.forward=tcp 8007 80" true
	status_is 125
	one_sentence
	stderr_has "tcp port 8007 is in use on this host"
	boxed "--net.user.forward=tcp 8008 80" "--net.user.forward=udp 8008" \
		true
	status_is 125
	one_sentence
	stderr_has "udp 8008 8008: slirp4netns forwards ports of TCP alone"
	stderr_has "install the package passt"
}

# Neither a socket that slirp4netns is asked by, nor its folder.
nothing_lies_there() {
	run_split find "$HOME" -name asked -o -name 'served-*'
	stdout_is ""
}

# News of an address would end what makes no device; this one has yet to come.
addresses_settled() {
	[ -z "$(ip -n "$host" addr show tentative)" ]
}

# liar ANSWER: a slirp4netns that says it is ready, and answers so what it is
# asked, or ends instead, or waits.
liar() {
	cat >"$BATS_TEST_TMPDIR/liar" <<-END
		#!/usr/bin/python3
		import os, re, signal, socket, sys
		word = """$1"""
		words = " ".join(sys.argv)
		path = re.search("--api-socket (.*)", words)[1]
		asked = socket.socket(socket.AF_UNIX)
		if word != "no socket":
		    asked.bind(path)
		    asked.listen()
		os.write(int(re.search("--ready-fd=(.*?) ", words)[1]), b"1")
		while word != "no socket":
		    one = asked.accept()[0]
		    while one.recv(5000):
		        pass
		    if word == "silence":
		        signal.pause()
		    if word == "death":
		        sys.exit()
		    one.send(word.encode())
		signal.pause()
	END
	chmod 755 "$BATS_TEST_TMPDIR/liar"
	cat >"$BATS_TEST_TMPDIR/lie" <<-END
		mount --bind "$BATS_TEST_TMPDIR/liar" $slirp
		exec "\$@"
	END
	hidden=("$pasta")
	on_host sh "$BATS_TEST_TMPDIR/lie" "${as_user[@]}" \
		"$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" --net=user \
		"--net.user.forward=tcp 8008 80" true
}

@test "what slirp4netns does not open is a sentence, and nothing is left" {
	await addresses_settled
	while IFS='|' read -r answer text; do
		liar "$answer"
		status_is 125
		one_sentence
		stderr_has "slirp4netns did not open tcp port 8008 of the host \
($text)"
	done <<-'END'
		{"error":{"desc":"bad request: add_hostfwd"}}|bad request: add_hostfwd
		{"error":7}|it gave no answer
		{"retu|it gave no answer
		[]|it gave no answer
		death|it gave no answer
		silence|Connection timed out
		no socket|No such file or directory
	END
	! alive jail-keeper || false
	nothing_lies_there
}
