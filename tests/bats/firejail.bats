#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Firejail itself runs what jail exports, and its table of names is the one that
# the exporter assumes.

load helper

more_setup() {
	command -v firejail >/dev/null || skip "firejail is not installed"
}

# firejail warns and goes on where a list is not as it likes it: nothing at all
# must be said.
under_firejail() {
	run_split firejail --quiet --profile="$@"
	[ -z "$stderr" ] || unexpected "firejail complains"
}

@test "firejail takes the exported profile and runs the program with it" {
	printf '%s\n' c a b >words
	"$JAIL" learn --quiet -- sort words
	"$JAIL" export sort >sort.profile
	under_firejail sort.profile sort words
	status_is 0
	stdout_is "a
b
c"
}

@test "firejail refuses what the exported profile does not list" {
	run_split firejail --quiet --noprofile mkdir outside
	[ -d outside ]
	"$JAIL" learn --quiet -- mkdir --help
	"$JAIL" export mkdir >mkdir.profile
	under_firejail mkdir.profile mkdir --help
	status_is 0
	run_split firejail --quiet --profile=mkdir.profile mkdir inside
	[ "$status" -ne 0 ]
	[ ! -d inside ]
}

@test "firejail takes a profile with calls of i386 and without a name" {
	"$JAIL" learn --quiet --name t -- true
	"$JAIL" add --quiet t i386:open '$999' '$469'
	"$JAIL" export t >t.profile
	grep -q '^#jail seccomp.keep.i386 ' t.profile
	grep -q '^seccomp.keep .*,\$469,\$999$' t.profile
	under_firejail t.profile true
	status_is 0
}

@test "every name in an exported list is one that firejail gives the number" {
	firejail --debug-syscalls | awk 'NF == 3 { print $3, $1 }' |
		sort >theirs
	[ "$(wc -l <theirs)" -gt 300 ]
	seq 0 500 | xargs "$JAIL" add --quiet all
	"$JAIL" export all | sed -n 's/^seccomp.keep //p' | tr , '\n' >items
	[ "$(wc -l <items)" -eq 501 ]
	grep -v '^\$' items | while read -r name; do
		echo "$name $("$JAIL" syscalls "$name")"
	done | sort >ours
	diff theirs ours
}
