#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The examples of the man pages are run, from top to bottom, in a home of their
# own with a file words.txt. An example is a line ".Dl $ COMMAND"; it ends with
# status 0, or with N if the line before it is `.\" status N`.

load helper

more_setup() {
	mkdir bin
	ln -s "$JAIL" bin/jail
	PATH=$PWD/bin:$PATH
	printf '%s\n' one two three four >words.txt
}

# Prints "STATUS COMMAND" for each example of a page.
examples() {
	awk '
		/^\.\\" status / { status = $3; next }
		sub(/^\.Dl \$ /, "") {
			gsub(/\\-/, "-")
			print status + 0, $0
		}
		{ status = 0 }' "$1"
}

run_page() {
	local expected command count=0

	while read -r expected command; do
		count=$((count + 1))
		run_split bash -c "$command"
		[ "$status" -eq "$expected" ] ||
			unexpected "$1: $command" "expected status $expected"
	done < <(examples "$BUILD/man/$1")
	[ "$count" -gt 0 ] || unexpected "$1 has no examples"
}

@test "jail.1" { run_page jail.1; }
@test "jail-doctor.1" { run_page jail-doctor.1; }
@test "jail-learn.1" { run_page jail-learn.1; }
@test "jail-enforce.1" { run_page jail-enforce.1; }
@test "jail-ps.1" { run_page jail-ps.1; }
@test "jail-review.1" { run_page jail-review.1; }
@test "jail-show.1" { run_page jail-show.1; }
@test "jail-export.1" { run_page jail-export.1; }
@test "jail-minimize.1" { run_page jail-minimize.1; }
@test "jail-stale.1" { run_page jail-stale.1; }
@test "jail-syscalls.1" { run_page jail-syscalls.1; }
@test "jail-watch.1" { run_page jail-watch.1; }
@test "jail.profile.5" { run_page jail.profile.5; }
@test "jail-network.7" { run_page jail-network.7; }

@test "every page is among these tests" {
	for page in "$BUILD"/man/*; do
		grep -q "^@test \"${page##*/}\"" "$BATS_TEST_FILENAME" ||
			unexpected "$page"
	done
}

# The literal blocks of jail.profile(5) from the line FROM to the line TO.
literal() {
	sed -n "/^\.Sh $1\$/,/^\.Sh $2\$/p" "$BUILD/man/jail.profile.5" |
		sed -n '/^\.Bd -literal$/,/^\.Ed$/p' | sed '/^\.Bd/d; /^\.Ed/d'
}

@test "what export writes in front of a profile, and the calls, are read" {
	literal "THE COMMENT IN FRONT" EXAMPLES >exported.profile
	grep -q '^seccomp.call i386:' exported.profile
	run_jail import exported.profile
	status_is 0
	run_jail show sort
	stdout_has "alpha"
}

@test "the profiles in the pages can be imported, and run what they say" {
	literal EXAMPLES "SEE ALSO" >all.profile
	grep -q '^seccomp.keep ' all.profile
	run_jail import all.profile
	status_is 0
	run_jail enforce --profile=all.profile true
	status_is 0
	run_split firejail --quiet --profile="$PWD/all.profile" true
	status_is 0
}

@test "the profiles for a sandbox in jail.profile(5) can be planned" {
	awk '/^\.Bd -literal -offset/ { file = ++count ".profile"; next }
		/^\.Ed/ { file = "" }
		file { print >file }' "$BUILD/man/jail.profile.5"
	for file in [0-9].profile; do
		run_jail enforce --check --profile="$PWD/$file" true
		status_is 0
	done
	[ "${file%.*}" -eq "$(grep -c '^\.Bd -literal -offset' \
		"$BUILD/man/jail.profile.5")" ]
}
