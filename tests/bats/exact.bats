# SPDX-License-Identifier: MIT
# exact: the calls that `jail learn` stored are those that the kernel's own
# tracepoint recorded in the same run (tests/lib/judge.c), none missed and none
# invented, for real programs, as root and as an ordinary user: in a first
# session, in a later one, which does not look at what the first has seen, and
# with --full; some of them in a sandbox, too. What jail itself made the program's tasks do is none of their
# calls; the record says that, too (tests/lib/judge_made.c).
# timeout 900

load helper

USER_ID=64321	# no account needs to have it
WORKLOADS=$BATS_TEST_DIRNAME/../exact/workloads

setup_file() {
	WORLD=$(mktemp -d /tmp/jail-exact.XXXXXX)
	export WORLD BUILD=${BUILD:-$BATS_TEST_DIRNAME/../../build}
	chmod 755 "$WORLD"
	cp "$BUILD/jail" "$BATS_TEST_DIRNAME/../exact/python.py" "$WORLD"
	cp "$BUILD"/tests/progs/{stress_threads,stress_processes,counts} \
		"$BUILD"/tests/progs/trap_{never,children,signals,stop} \
		"$BUILD"/tests/progs/trap_quiet_* \
		"$BUILD/tests/progs/as_tracers_do" "$WORLD"
	cat >"$WORLD/hello.c" <<-'END'
	#include <stdio.h>
	#include <time.h>
	int main(void)
	{
		printf("hello %d\n", time(NULL) > 0);
		return 0;
	}
	END
	gcc -m32 -o "$WORLD/hello32" "$WORLD/hello.c"
	gcc -m32 -static -o "$WORLD/hello32s" "$WORLD/hello.c"
	gcc -static -o "$WORLD/hello-static" "$WORLD/hello.c"
	install -m 711 /bin/cat "$WORLD/unreadable"
	printf '#!/bin/sh\n/bin/echo "$0"\n' >"$WORLD/script"
	printf 'echo no interpreter line\n' >"$WORLD/plain"
	chmod 755 "$WORLD/script" "$WORLD/plain"
}

teardown_file() {
	rm -rf "$WORLD"
}

more_setup() {
	as=() options=() sandbox=(--no-sandbox)
	kernel=$BATS_TEST_TMPDIR/kernel
	learned=$BATS_TEST_TMPDIR/learned
	store=$(mktemp -d "$WORLD/store.XXXXXX")
	export JAIL_DB=$store/jail.db
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a
	export GIT_COMMITTER_EMAIL=a GIT_CONFIG_NOSYSTEM=1
	in_a_new_folder
}

in_a_new_folder() {
	work=$(mktemp -d "$WORLD/work.XXXXXX")
	cd "$work" || return 1
	export HOME=$work TMPDIR=$work
}

# Reads the workload NAME.
workload() {
	IFS='|' read -r name who wanted command < <(
		grep "^$1 | " "$WORKLOADS")
	[ "$name" = "$1 " ]
}

# Learns and judges the workload that the test is named after.
exact() {
	local name who wanted command words

	workload "$BATS_TEST_DESCRIPTION"
	session "a first session"
	session "a later session"
	"$JAIL" forget w
	: >"$kernel.all"
	options=(--full)
	session "--full"
}

# The same in the sandbox that jail enforce would build.
exact_in_a_sandbox() {
	local name who wanted command words

	sandbox=()
	for one; do
		workload "$one"
		"$JAIL" forget w 2>/dev/null || :
		as=()
		: >"$kernel.all"
		session "$one: a first session"
		session "$one: a later session"
	done
}

# One run more; what is learned by now is what the kernel saw in all of them.
session() {
	in_a_new_folder
	eval "words=($command)"
	if [ "$who" = " user " ]; then
		as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
		chown "$USER_ID:$USER_ID" "$work" "$store"
	fi
	judged "${words[@]}"
	[ "$status" -eq "$wanted" ] || unexpected "$1: status, not $wanted"
	cat "$kernel" >>"$kernel.all"
	list_of w >"$learned"
	compare "$kernel.all" "$learned" || unexpected "$1"
}

# Runs PROGRAM ARG... under jail and the judge, with the options in "options".
judged() {
	local program

	program=$(type -P "$1")
	run_split timeout -k 5 100 "$BUILD/tests/judge" --program "$program" \
		--out "$kernel" -- "${as[@]}" \
		"$WORLD/jail" learn "${sandbox[@]}" --quiet "${options[@]}" \
		--name w -- "$program" "${@:2}" </dev/null
}

# What the judge wrote against what jail lists.
compare() {
	awk '
	$1 == "made" { next }
	FNR == NR { kernel[$1 " " $2] = "by " $4 " " $5; next }
	{
		learned[$1 " " $3] = 1
		if (!(($1 " " $3) in kernel))
			wrong = wrong "invented: " $0 "\n"
	}
	END {
		for (call in kernel)
			if (!(call in learned))
				wrong = wrong "missed: " call " " kernel[call] "\n"
		printf "%s", wrong > "/dev/stderr"
		exit wrong != "" || !FNR
	}' "$1" "$2"
}

@test "true" { exact; }
@test "ls" { exact; }
@test "cp, mv, ln, stat, rm" { exact; }
@test "dd" { exact; }
@test "sort, in parallel" { exact; }
@test "find" { exact; }
@test "find -exec, xargs" { exact; }
@test "grep -r" { exact; }
@test "awk" { exact; }
@test "sed" { exact; }
@test "a pipeline that ends early" { exact; }
@test "tar and gzip" { exact; }
@test "tar and xz, two threads" { exact; }
@test "gzip" { exact; }
@test "git" { exact; }
@test "gcc" { exact; }
@test "make -j2" { exact; }
@test "sqlite3" { exact; }
@test "python: threads" { exact; }
@test "python: processes" { exact; }
@test "python: sockets" { exact; }
@test "python: an event loop" { exact; }
@test "python: files" { exact; }
@test "perl" { exact; }
@test "openssl speed" { exact; }
@test "openssl s_server and s_client" { exact; }
@test "redis" { exact; }
@test "bash: jobs and traps" { exact; }
@test "dash: 60 short processes" { exact; }
@test "an i386 program" { exact; }
@test "an i386 program without libraries" { exact; }
@test "i386 and x86_64 programs in one tree" { exact; }
@test "a static program" { exact; }
@test "a script" { exact; }
@test "1,000 threads" { exact; }
@test "3,000 processes" { exact; }
@test "calls that never return" { exact; }
@test "children" { exact; }
@test "signals" { exact; }
@test "stops" { exact; }
@test "a failing program" { exact; }
@test "killed by a signal" { exact; }
@test "exec by the shell" { exact; }
@test "coreutils (user)" { exact; }
@test "git (user)" { exact; }
@test "gcc (user)" { exact; }
@test "python (user)" { exact; }
@test "tar (user)" { exact; }
@test "a program that may not be read (user)" { exact; }
@test "an i386 program (user)" { exact; }
@test "threads (user)" { exact; }
@test "namespaces (user)" { exact; }
@test "set-user-id programs, without their privilege (user)" { exact; }
@test "new calls after a quiet" { exact; }
@test "new calls before, while and after it" { exact; }
@test "a quiet of threads" { exact; }
@test "a quiet of births" { exact; }
@test "a quiet of short processes" { exact; }
@test "a quiet of vfork children" { exact; }
@test "a quiet of several images" { exact; }
@test "a quiet that nobody may look into (user)" { exact; }
@test "what a tracer does, done by the program" { exact; }

@test "in a sandbox" {
	exact_in_a_sandbox ls "make -j2" "python: threads" "openssl speed" \
		"bash: jobs and traps" "an i386 program" "1,000 threads" \
		"a quiet of short processes" "killed by a signal"
}

@test "in a sandbox (user)" {
	exact_in_a_sandbox "git (user)" "gcc (user)" "python (user)" \
		"threads (user)" "an i386 program (user)"
}

@test "what a tracer made the tasks do is told apart" {
	judged "$WORLD/trap_quiet_threads"
	status_is 0
	grep -q '^made x86_64 317 [0-9]* ' "$kernel"
	[ -z "$(grep '^x86_64 317 ' "$kernel")" ]
	# As many memory maps as are made with another tracer, or with none.
	awk '$2 == 9 || $2 == 11 { print $2, $3 }' "$kernel" >by-jail
	"$BUILD/tests/judge" --program "$WORLD/trap_quiet_threads" \
		--out "$kernel" -- "$WORLD/trap_quiet_threads"
	awk '$2 == 9 || $2 == 11 { print $2, $3 }' "$kernel" >alone
	diff alone by-jail
	"$JAIL" forget w
	judged "$WORLD/as_tracers_do"
	status_is 0
	grep -q '^made x86_64 317 1 ' "$kernel"
	grep -q '^x86_64 317 1 ' "$kernel"
}

@test "a difference is a failure" {
	printf '%s\n' 'x86_64 0 1 9 /a' 'i386 3 1 9 /a' \
		'made x86_64 317 1 9 /a' >kernel
	printf '%s\n' 'x86_64 read 0' 'i386 read 3' >learned
	compare kernel learned
	sed -i 1d learned
	run compare kernel learned
	[ "$status" -eq 1 ] && [ "$output" = "missed: x86_64 0 by 9 /a" ]
	printf '%s\n' 'x86_64 read 0' 'i386 read 3' 'x32 read 0' >learned
	run compare kernel learned
	[ "$status" -eq 1 ] && [ "$output" = "invented: x32 read 0" ]
}

@test "every workload has its test" {
	grep -v '^#' "$WORKLOADS" | sed 's/ | .*//' >workloads
	sed -n 's/^@test "\(.*\)" { exact; }$/\1/p' "$BATS_TEST_FILENAME" |
		diff workloads -
}

@test "--full counts each call as often as the kernel does" {
	options=(--full)
	judged "$WORLD/counts"
	status_is 0
	"$JAIL" show --json w |
		jq -r '.calls[] | "\(.arch) \(.number) \(.calls)"' |
		sort >counts.jail
	awk '{ print $1, $2, $3 }' "$kernel" | sort >counts.kernel
	grep -q '^x86_64 110 5000$' counts.kernel
	diff counts.kernel counts.jail
}

# The judge itself: what it says of a run is what strace says.
@test "the judge agrees with strace" {
	run_split "$BUILD/tests/judge" --program "$(type -P ls)" --out kernel \
		-- strace -f -o strace.out "$(type -P ls)" -la /etc
	status_is 0
	sed -E 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/;/^[^a-z]/d;/ /d' strace.out |
		sed 1d | sort | uniq -c | awk '{ print $2, $1 }' |
		while read -r name count; do
			echo "x86_64 $("$JAIL" syscalls "$name" --json |
				jq .number) $count"
		done | sort >by-strace
	awk '{ print $1, $2, $3 }' kernel | sort | diff by-strace -
}
