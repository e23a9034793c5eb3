# SPDX-License-Identifier: MIT
# Lists travel: learned on this system they serve in Debian 13, whose libc and
# programs are newer, and the other way round; and for Busybox, which is static,
# and a program that is linked with musl. tests/real/elsewhere says how.
#
# waits
# timeout 600

load helper

setup_file() {
	local real=$BATS_TEST_DIRNAME/../real/elsewhere

	export ELSEWHERE=$BATS_FILE_TMPDIR
	without_leak_check
	cd "$ELSEWHERE" || return 1
	chmod a+x .. .
	sh "$real/tree.sh" tree >tree.log 2>&1 3>&- || return 0
	# What it found is said by the tests.
	/usr/bin/python3 "$real/elsewhere.py" "$JAIL" tree >rows 2>why 3>&- ||
		true
	touch done
}

# COLUMN of all rows: "alone/used/wrong".
column() {
	cut -f"$1" "$ELSEWHERE/rows"
}

more_setup() {
	[ -e "$ELSEWHERE/done" ] ||
		skip "no Debian 13: $(tail -n1 "$ELSEWHERE/tree.log")"
}

# Prints why, if any of COLUMN was denied something or went wrong.
all_clean() {
	if column "$1" | grep . | grep -vE '/0/0$'; then
		cat "$ELSEWHERE/rows" "$ELSEWHERE/why" >&2
		return 1
	fi
}

@test "the other system has another libc, and its lists alone do not serve" {
	[ "$(column 1 | wc -l)" -ge 17 ]
	[ "$(column 4 | grep -vc '^0/')" -ge 10 ]
}

@test "what was learned on this system serves in Debian 13" {
	all_clean 4
}

@test "what was learned in Debian 13 serves on this system" {
	all_clean 5
}

@test "what was learned of a tool serves for its static build" {
	[ "$(column 6 | grep -c .)" -ge 7 ]
	all_clean 6
}
