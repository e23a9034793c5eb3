# SPDX-License-Identifier: MIT
# tap: what the scripts of tests/checks/ share. They run in the top folder.
# check NAME COMMAND...: the check has passed if COMMAND prints nothing and
# succeeds; what it prints are the findings.
# shellcheck shell=sh
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
JAIL=${JAIL:-$BUILD/jail}
checks=0
failures=0

check() {
	name=$1
	shift
	checks=$((checks + 1))
	findings=$("$@" 2>&1) && [ -z "$findings" ] && {
		echo "ok $checks - $name"
		return
	}
	failures=$((failures + 1))
	echo "not ok $checks - $name"
	printf '%s\n' "$findings" | sed 's/^/# /'
}

finish() {
	echo "1..$checks"
	[ "$failures" -eq 0 ]
	exit
}

# The C files of the program, of data made from tables only the source.
sources() {
	git ls-files -co --exclude-standard -- '*.c' '*.h' | grep -v ^tests/
}
