# SPDX-License-Identifier: MIT
# helper: what the bats files share. Each test has a store, a home and a
# configuration of its own, and sees nothing of the user's.
#
#   load helper
#   @test "..." {
#   	run_jail learn --name t -- true
#   	status_is 0
#   	stderr_has "next:"
#   }

. "$BATS_TEST_DIRNAME/../lib/wait.sh"
BUILD=$(realpath "${BUILD:-$BATS_TEST_DIRNAME/../../build}")
JAIL=${JAIL:-$BUILD/jail}
PROGS=$BUILD/tests/progs
export BUILD JAIL PROGS

# What a dynamically linked program needs to get to main() and to print.
LIBC=brk,arch_prctl,mmap,munmap,mprotect,access,openat,newfstatat,fstat,read
LIBC+=,pread64,close,set_tid_address,set_robust_list,rseq,prlimit64,write
LIBC+=,getrandom,readlink,fcntl,lseek

setup() {
	export JAIL_DB=$BATS_TEST_TMPDIR/jail.db
	export HOME=$BATS_TEST_TMPDIR/home
	export LC_ALL=C.UTF-8
	unset XDG_DATA_HOME XDG_CONFIG_HOME SUDO_USER SUDO_UID
	mkdir -p "$HOME"
	cd "$BATS_TEST_TMPDIR" || return 1
	if [ "$(type -t more_setup)" = function ]; then more_setup; fi
}

# For a jail that is traced itself: LeakSanitizer needs ptrace.
without_leak_check() {
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# A copy of jail that every user can reach and run: ./jail.
jail_for_all() {
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	cp "$JAIL" jail
	chmod a+rx jail
}

# The same with the folder tests/lib, ./lib, and what tests/lib/transmission.sh
# needs: ./swarm.
swarm_setup() {
	jail_for_all
	cp -r "$BATS_TEST_DIRNAME/../lib" lib
	mkdir swarm
	chmod -R a+rX jail lib
	swarm_lib=$PWD/lib
	. lib/transmission.sh
}

# PROGRAM [REMEDY]: skips the test where there is none.
needs() {
	command -v "$1" >/dev/null ||
		skip "$1 is not installed${2:+: $2}"
}

# Whether the kernel says which capabilities it asks for, to root: where nobody
# has mounted tracefs jail does it itself.
tells_caps() {
	unshare --mount sh -c 'cd /sys/kernel/tracing || exit
		[ -e events ] || mount -t tracefs none .
		[ -e "$PWD/events/capability/cap_capable" ]' 2>/dev/null
}

# How often something is repeated: SHORT, or OFTEN with LONG=1.
times() {
	[ -z "${LONG-}" ] && echo "$1" || echo "$2"
}

# Holds the store until the file RELEASE is there.
hold_store() {
	/usr/bin/python3 - "$JAIL_DB" <<'END' 3>&- &
import os, sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN EXCLUSIVE")
open("held", "w")
while not os.path.exists("release"):
    time.sleep(0.01)
END
	await [ -e held ]
}

# Runs jail; $status, $stdout and $stderr are what came of it.
run_jail() {
	run_split "$JAIL" "$@"
}

run_split() {
	status=0
	"$@" >"$BATS_TEST_TMPDIR/.stdout" 2>"$BATS_TEST_TMPDIR/.stderr" \
		3>&- || status=$?
	stdout=$(tr -d '\0' <"$BATS_TEST_TMPDIR/.stdout")
	stderr=$(tr -d '\0' <"$BATS_TEST_TMPDIR/.stderr")
}

# Says what was seen, and fails.
unexpected() {
	printf '%s\n' "$@" "status: $status" "stdout: $stdout" \
		"stderr: $stderr" >&2
	return 1
}

status_is() {
	[ "$status" -eq "$1" ] || unexpected "expected status $1"
}

stdout_is() {
	[ "$stdout" = "$1" ] || unexpected "expected on stdout: $1"
}

stdout_has() {
	[[ $stdout == *"$1"* ]] || unexpected "expected in stdout: $1"
}

stderr_has() {
	[[ $stderr == *"$1"* ]] || unexpected "expected in stderr: $1"
}

stdout_lacks() {
	[[ $stdout != *"$1"* ]] || unexpected "not expected in stdout: $1"
}

stderr_lacks() {
	[[ $stderr != *"$1"* ]] || unexpected "not expected in stderr: $1"
}

# on_terminal EXPECTED STEP... -- COMMAND...: on a terminal, whose side is played
# by tests/lib/jobs.py; EXPECTED are the changes of the job that a shell sees,
# and $shown is what it showed.
on_terminal() {
	local expected=$1
	shift
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
		"$@"
	shown=$(sed 's/\r//g; s/\x1b\[K//g' shown)
	[ "$(paste -sd, <<<"$stdout")" = "$expected" ] ||
		unexpected "expected $expected" "shown: $(cat -v shown)"
}

shows() {
	[[ $shown == *"$1"* ]] || unexpected "not shown: $1" "$(cat -v shown)"
}

# One sentence from jail on stderr, and nothing else.
one_sentence() {
	[[ $stderr == "jail"*": "* && $stderr != *$'\n'* ]] ||
		unexpected "expected one sentence on stderr"
}

# The whitelist of NAME, one "ARCH NAME NUMBER" a line.
list_of() {
	"$JAIL" export --format=list "$1"
}

# A whitelist that no session learned: "tool", of two architectures.
make_tool() {
	"$JAIL" add --quiet tool read write '$999' i386:time
}
