#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The logs of two hosts, which rsyslog brings to a third over the network, and
# one watch that reads what was collected. Each host is a network namespace
# with a name of its own and a rsyslogd; the records are the kernel's.

load helper
load ../lib/logs

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root may make hosts"
	command -v rsyslogd >/dev/null || skip "no rsyslogd"
	logs_setup
	net=mh$$
	hosts_start
}

teardown() {
	logs_teardown
	for host in centre alpha beta; do
		ip netns del "$net-$host" 2>/dev/null || true
	done
}

# ---- the hosts -----------------------------------------------------------------

# HOST COMMAND...: there, under its name.
on() {
	local host=$1

	shift
	ip netns exec "$net-$host" unshare -u \
		sh -c 'hostname "$0" && exec "$@"' "$host" "$@"
}

# A rsyslogd on HOST, whose configuration is on stdin.
rsyslogd_on() {
	cat >"$LOGS/$1.conf"
	logs_start "$1.out" ip netns exec "$net-$1" unshare -u \
		sh -c 'hostname "$0" && exec "$@"' "$1" \
		rsyslogd -n -f "$LOGS/$1.conf" -i "$LOGS/$1.pid"
	await test -s "$LOGS/$1.pid"
}

link() {
	ip link add "$net$2" netns "$net-centre" type veth \
		peer name eth0 netns "$net-$1"
	ip -n "$net-centre" addr add "10.9.$2.1/24" dev "$net$2"
	ip -n "$net-centre" link set "$net$2" up
	ip -n "$net-$1" addr add "10.9.$2.2/24" dev eth0
	ip -n "$net-$1" link set eth0 up
}

# alpha sends by TCP, beta by UDP.
hosts_start() {
	local host

	for host in centre alpha beta; do
		ip netns add "$net-$host"
		ip -n "$net-$host" link set lo up
		mkdir "$LOGS/$host"
	done
	link alpha 1
	link beta 2
	rsyslogd_on centre <<-END
		global(workDirectory="$LOGS/centre")
		module(load="imtcp")
		module(load="imudp")
		input(type="imtcp" port="514")
		input(type="imudp" port="514")
		action(type="omfile" file="$LOGS/central.log"
			template="RSYSLOG_FileFormat")
	END
	sender alpha 1 tcp
	sender beta 2 udp
	# Both arrive before anything is measured.
	for host in alpha beta; do
		await arrives "$host"
	done
}

sender() {
	rsyslogd_on "$1" <<-END
		global(workDirectory="$LOGS/$1")
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="$LOGS/$1.sock"
			RateLimit.Interval="0")
		action(type="omfwd" target="10.9.$2.1" port="514"
			protocol="$3" template="RSYSLOG_ForwardFormat")
	END
	await test -S "$LOGS/$1.sock"
}

arrives() {
	say "$1" "hello from $1"
	grep -q " $1 .*hello from $1" "$LOGS/central.log"
}

# HOST WORDS: to the log of HOST, as its kernel would.
say() {
	on "$1" logger -u "$LOGS/$1.sock" -p kern.notice -t kernel -- "$2"
}

# ---- the records ---------------------------------------------------------------

# A record that the kernel made of NAME, in $record. The kernel says no more
# than so many lines a second: it is asked again.
recorded() {
	[ -e "$1" ] || cp "$PROGS/refused" "$1"
	for _ in 1 2 3 4 5; do
		pid=$("./$1" log | head -1)
		for _ in 1 2 3 4 5; do
			record=$(dmesg | grep -o "audit: type=1326 .* pid=$pid .*" |
				tail -1)
			[ -z "$record" ] || return 0
			sleep 0.1
		done
	done
	skip "the kernel's log has no records: $(head -c 40 /proc/sys/kernel/dmesg_restrict)"
}

counted() {
	[ "$(sqlite3 "$JAIL_DB" "SELECT coalesce(sum(count), 0) FROM denials
		WHERE host = '$1' AND exe LIKE '%/$2'")" = "$3" ]
}

watch_central() {
	"$JAIL" watch --all --json --source="$LOGS/central.log" "$@" \
		>"$LOGS/watched" 2>"$LOGS/said" 3>&- &
	watch=$!
	logs_pids+=("$watch")
	await grep -q watching "$LOGS/said"
}

@test "one watch reads the logs of two hosts, and keeps the hosts apart" {
	watch_central
	# A line is about the latest host of those that are read together.
	for i in 1 2 3; do
		recorded worker
		say alpha "$record"
		await counted alpha worker "$i"
		[ "$i" = 3 ] || say beta "$record"
	done
	recorded other
	say beta "$record"
	await counted alpha worker 3
	await counted beta worker 2
	await counted beta other 1
	counted alpha other 0
	kill "$watch"
	wait "$watch" || true
	[ "$(jq -r 'select(.host) | .host' "$LOGS/watched" | sort -u)" = "alpha
beta" ]
	# Read again from the beginning, nothing is counted twice.
	run_jail watch --once --all --source="$LOGS/central.log" \
		--since=2020-01-01
	status_is 0
	counted alpha worker 3
	counted beta worker 2
}

@test "show and review say of which host a denial is" {
	recorded worker
	say alpha "$record"
	say beta "$record"
	recorded worker
	say beta "$record"
	await grep -q " beta .*type=1326 .*pid=$pid " "$LOGS/central.log"
	run_jail watch --once --all --source="$LOGS/central.log"
	status_is 0
	counted alpha worker 1
	counted beta worker 2
	run_jail show worker
	stdout_has alpha
	stdout_has beta
	run_jail show --json worker
	[ "$(jq -c '[.denials[] | [.host, .count]] | sort' <<<"$stdout")" = \
		'[["alpha",1],["beta",2]]' ]
	run_jail review --json worker
	stdout_has '"host":"'
}

@test "what one host learned, the store of another has: sessions and denials" {
	recorded worker
	say alpha "$record"
	await grep -q " alpha .*type=1326 " "$LOGS/central.log"
	"$JAIL" watch --once --all --quiet --source="$LOGS/central.log" \
		>/dev/null 2>&1
	for host in alpha beta; do
		on $host "$JAIL" learn --quiet --no-sandbox --db="$host.db" \
			--name=worker ./worker log >/dev/null
		"$JAIL" export --all --db="$host.db" |
			"$JAIL" import --quiet -
	done
	run_jail show worker
	stdout_has "alpha "
	stdout_has "beta "
	stdout_has "learned elsewhere, 2 sessions"
	[ "$("$JAIL" list --json | jq 'select(.program == "worker") |
		.sessions')" = 2 ]
	"$JAIL" learn --quiet --no-sandbox --name=worker ./worker log >/dev/null
	"$JAIL" show --json worker | jq -e '.calls |
		map(select(.evidence == "learned")) | length > 5 and
		all(.sessions == 3 and (.elsewhere | not))'
	counted alpha worker 1
}
