#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# transmission-gtk, learned and enforced. In a network namespace of its own, a
# transmission-daemon seeds a file; transmission-gtk, in Xvfb and with xdotool
# at its keyboard and mouse, opens the torrent, downloads it whole and is quit
# by its menu. Not one denial.
#
# late
# timeout 600

load helper

more_setup() { swarm_setup; }

# TIMES PREFIX...: the whole of it in a namespace, PREFIX in front.
# With $sandbox under the shipped profile, else without a sandbox.
learn_then_enforce() {
	local times=$1

	shift
	run_split swarm_in_namespace "$@" sh "$PWD/lib/transmission-learned.sh" \
		"$PWD/jail" "$PWD/lib" "$PWD/swarm" "$times" \
		"${sandbox-}"
	sed -n 's/^learned:/# &/p' .stdout >&3
	status_is 0
	stdout_has "enforced $times"
	run_jail show --db swarm/jail.db --json transmission-gtk
	status_is 0
	jq -e '.denials == []' <<<"$stdout"
}

@test "transmission-gtk without a sandbox" {
	learn_then_enforce 2
}

@test "transmission-gtk in its sandbox, trained there and enforced there" {
	sandbox=sandbox learn_then_enforce 1
}

@test "the same as an ordinary user, five downloads" {
	[ "$EUID" -eq 0 ] || skip "the test before this one was just that"
	chown nobody swarm
	sandbox=sandbox learn_then_enforce 5 \
		setpriv --reuid=nobody --regid=nogroup --clear-groups
}
