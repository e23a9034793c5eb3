#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# transmission-gtk, learned and enforced. In a network namespace of its own, a
# transmission-daemon seeds a file; transmission-gtk, in Xvfb and with xdotool
# at its keyboard and mouse, opens the torrent, downloads it whole and is quit
# by its menu. Not one denial. The three of it go on at once, for they mostly
# wait.
#
# waits
# timeout 700

load helper
load world

# NAME TIMES SANDBOX PREFIX...: the whole of it in a namespace, PREFIX in front.
# SANDBOX is "sandbox", for the shipped profile, or empty.
begin() {
	local folder=$BATS_FILE_TMPDIR/$1 place='swarm_lib=$0
		. "$0/transmission.sh" && swarm_in_namespace "$@"'

	mkdir -p "$folder/swarm" "$folder/home"
	[ "$1" != user ] || chown nobody "$folder/swarm"
	work_begin "$1" 600 env HOME="$folder/home" sh -c "$place" "$lib" \
		"${@:4}" sh "$lib/transmission-learned.sh" "$folder/jail" \
		"$lib" "$folder/swarm" "$2" "$3"
}

setup_file() {
	export lib=$BATS_FILE_TMPDIR/lib downloads

	downloads=$(times 2 5)
	cp -r "$BATS_TEST_DIRNAME/../lib" "$lib"
	chmod -R a+rX "$lib"
	begin plain "$downloads" '' 3>&- &
	begin sandbox 1 sandbox 3>&- &
	[ "$EUID" -ne 0 ] || begin user "$downloads" sandbox setpriv \
		--reuid=nobody --regid=nogroup --clear-groups 3>&- &
}

# NAME TIMES
learned_and_enforced() {
	work_ended "$1"
	sed -n 's/^learned:/# &/p' "$BATS_FILE_TMPDIR/$1/out" >&3
	grep -qx "enforced $2" "$BATS_FILE_TMPDIR/$1/out"
	run_jail show --db "$BATS_FILE_TMPDIR/$1/swarm/jail.db" --json \
		transmission-gtk
	status_is 0
	jq -e '.denials == []' <<<"$stdout"
}

@test "transmission-gtk without a sandbox" {
	learned_and_enforced plain "$downloads"
}

@test "transmission-gtk in its sandbox, trained there and enforced there" {
	learned_and_enforced sandbox 1
}

@test "the same as an ordinary user, several downloads" {
	[ "$EUID" -eq 0 ] || skip "the test before this one was just that"
	learned_and_enforced user "$downloads"
}
