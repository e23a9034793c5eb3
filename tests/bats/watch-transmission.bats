#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# From a kill to a repaired whitelist, in one key: transmission-gtk is trained
# briefly, and a menu is used that was not trained. An ordinary user, who may
# read no log, sees the offer, answers `y`, runs the program again, and it
# works. Xvfb, a mouse and a terminal stand in for the person.
#
# waits
# timeout 400

load helper

more_setup() { swarm_setup; }

story() {
	run_split swarm_in_namespace "$@" sh "$PWD/lib/transmission-repaired.sh" \
		"$PWD/jail" "$PWD/lib" "$PWD/swarm"
	status_is 0
	stdout_has "was killed: transmission-gtk was killed at "
	stdout_has "repaired x86_64 chmod 90"
	[[ $stdout == *"run "*" works" ]]
	# The evidence of the repair is the denial.
	run_jail show --db swarm/store/jail.db --json transmission-gtk
	jq -e '.calls[] | select(.name == "chmod") | .evidence' <<<"$stdout" >&2
}

@test "transmission-gtk: killed in a menu, repaired with one key" {
	if [ "$EUID" -ne 0 ]; then
		story
		return
	fi
	chown nobody swarm
	story setpriv --reuid=nobody --regid=nogroup --clear-groups
}
