#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail-watch.service: the unit as `make install` puts it, and jail watch under
# what the unit leaves it: one capability, and the calls of its list.

load helper

TOP=$BATS_TEST_DIRNAME/../..
PROFILE=$TOP/profiles/shipped/jail-watch.profile

# What the unit leaves of root's capabilities.
# shellcheck disable=SC2054 # the commas are setpriv's
ONLY=(setpriv --bounding-set=-all,+audit_read --inh-caps=-all --no-new-privs)

more_setup() {
	without_leak_check
	UNIT=$PWD/prefix/lib/systemd/system/jail-watch.service
}

# With other flags as well, as those of the sanitizers, nothing is built anew that
# other tests run.
install_unit() {
	make -C "$TOP" --no-print-directory BUILD="$BUILD" PREFIX="$PWD/prefix" \
		CFLAGS=-DOTHER install-built >made 2>&1 ||
		{ cat made >&2; return 1; }
	if grep -E '^ +(CC|LD|ROWS) ' made; then return 1; fi
	[ -s "$UNIT" ]
}

# setting NAME: what the unit says of it.
setting() {
	sed -n "s/^$1=//p" "$UNIT"
}

calls_of_profile() {
	sed -n 's/^seccomp.keep //p' "$PROFILE"
}

needs_audit() {
	[ "$EUID" -eq 0 ] || skip "reading audit records needs root"
	setpriv --bounding-set=-all,+audit_read true 2>said ||
		skip "CAP_AUDIT_READ is not to be had here: $(cat said)"
}

needs_list() {
	needs_audit
	if grep -q __asan_init "$JAIL"; then
		skip "sanitizers make calls that are not on the list"
	fi
}

# The arguments that the unit gives jail, for a store of ours.
arguments() {
	sed -n 's|^ExecStart=.*/bin/jail ||p' \
		"$TOP/auditlog/jail-watch.service.in"
}

# COMMAND... runs before "jail watch" as the service has it; then a program is
# killed, and the store knows; then SIGTERM ends it with 0.
watches() {
	local status=0

	read -r -a words < <(arguments)
	"$@" "$JAIL" "${words[@]}" --db="$PWD/watched/jail.db" \
		>said 2>&1 3>&- &
	watcher=$!
	await test -s watched/jail.db
	# The socket may be opened a little later than the store.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kills_and_knows && break
	done
	if [ "$(deaths)" -eq 0 ]; then
		kill -KILL $watcher || true
		cat said >&2
		return 1
	fi
	kill -TERM $watcher
	wait $watcher || status=$?
	[ "$status" -eq 0 ] || { cat said >&2; return 1; }
}

kills_and_knows() {
	local before

	kill -0 $watcher || return 1
	before=$(deaths)
	"$PROGS/logged_calls" 0 && return 1
	for _ in $(seq 50); do
		[ "$(deaths)" -gt "$before" ] && return
		sleep 0.02
	done
	return 1
}

# How many kills at getpgrp the watched store has: others make records, too.
deaths() {
	"$JAIL" review --json --db="$PWD/watched/jail.db" logged_calls \
		2>>reviewed | jq -s "map(select(.name == \"getpgrp\" and
			.action == \"killed\" and .source == \"netlink\" and
			.exe == \"$PROGS/logged_calls\").count) | add // 0"
}

@test "the unit is installed, whole, and systemd finds nothing wrong in it" {
	command -v systemd-analyze >/dev/null ||
		skip "systemd-analyze is not installed"
	install_unit
	if grep -n '@' "$UNIT"; then return 1; fi
	run_split systemd-analyze verify --man=no "$UNIT"
	status_is 0
	stderr_is_empty
	# It does tell: a unit that is wrong.
	sed 's/^NoNewPrivileges=.*/NoNewPrivileges=perhaps/' "$UNIT" \
		>wrong.service
	run_split systemd-analyze verify --man=no "$PWD/wrong.service"
	[ "$status" -ne 0 ] || [ -n "$stderr" ]
	make -C "$TOP" --no-print-directory BUILD="$BUILD" \
		PREFIX="$PWD/prefix" uninstall >made 2>&1
	[ ! -e "$UNIT" ]
}

stderr_is_empty() {
	[ -z "$stderr" ] || unexpected "expected nothing on stderr"
}

@test "the unit has the profile's calls, its capability, and no network of its own" {
	install_unit
	[ "$(setting SystemCallFilter)" = "$(calls_of_profile | tr , ' ')" ]
	[ "$(setting SystemCallFilter | wc -w)" -gt 30 ]
	[ "$(setting CapabilityBoundingSet)" = CAP_AUDIT_READ ]
	[ "$(sed -n 's/^caps.keep //p' "$PROFILE")" = audit_read ]
	[ "$(setting NoNewPrivileges)" = yes ]
	[ "$(setting PrivateNetwork)$(setting PrivateUsers)" = "" ]
	[ "$(setting ExecStart)" = "$PWD/prefix/bin/jail $(arguments)" ]
	[ -x "$PWD/prefix/bin/jail" ]
}

@test "every call of the list has a name, is there once, and none is dangerous" {
	calls_of_profile | tr , '\n' >calls
	while read -r call; do
		run_jail syscalls --arch=x86_64 "$call"
		status_is 0
	done <calls
	sort calls | uniq -d >twice
	[ ! -s twice ]
	for group in @debug @module @mount @raw-io @reboot @swap @clock; do
		"$JAIL" syscalls --quiet $group | awk '{ print $2 }' |
			sort >refused
		sort calls | comm -12 - refused >both
		[ ! -s both ] || { cat both >&2; return 1; }
	done
}

@test "the list has what other C libraries call instead" {
	# fstat: glibc 2.41 of Debian 13, for the newfstatat of 2.36.
	for call in fstat stat statx open ppoll faccessat2 pipe2; do
		calls_of_profile | tr , '\n' | grep -qx "$call" ||
			unexpected "the list lacks $call"
	done
}

@test "with that one capability it records a kill, and ends when asked" {
	needs_audit
	watches "${ONLY[@]}"
}

@test "without it, it says what is missing" {
	needs_audit
	read -r -a words < <(arguments)
	run_split timeout 60 setpriv --bounding-set=-all "$JAIL" "${words[@]}" \
		--db="$PWD/watched/jail.db"
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
	stderr_has CAP_AUDIT_READ
}

@test "with the calls of its list alone it records a kill, and ends when asked" {
	needs_list
	watches "${ONLY[@]}" "$JAIL" enforce --profile=none --name=jail \
		--caps.keep=audit_read --seccomp.keep="$(calls_of_profile)" --
	# A refusal would have been told.
	[ ! -s said ] || { cat said >&2; return 1; }
}

@test "in a sandbox, under the shipped profile, it does so as well" {
	needs_list
	mkdir watched
	watches "$JAIL" enforce --profile=jail-watch --name=jail-watch --
}
