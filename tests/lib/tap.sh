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

# All files but what was built. Not asked of git, which trusts no folder of
# another user, such as the one who called sudo.
files() {
	find . \( -path ./.git -o -path './build*' \) -prune -o \
		-type f -print | sed 's|^\./||' | sort
}

# The C files of the program.
sources() {
	files | grep '\.[ch]$' | grep -v ^tests/
}
