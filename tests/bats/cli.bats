#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line: usage, statuses, help, and bad input of every kind. jail
# answers with one sentence on stderr and a status that says whose fault it was.

load helper

# ---- usage ------------------------------------------------------------------

@test "jail alone prints its usage on stderr, status 2" {
	run_jail
	status_is 2
	stdout_is ""
	stderr_has "Usage: jail COMMAND"
}

@test "--version and --help" {
	run_jail --version
	status_is 0
	[[ $stdout =~ ^jail\ [0-9]+\.[0-9]+ ]]
	run_jail --help
	status_is 0
	stdout_has "Commands:"
	stdout_has "  learn "
	stdout_lacks "__rows"
}

@test "each command has a --help, and help COMMAND is the same" {
	for command in $("$JAIL" __rows names); do
		run_jail "$command" --help
		status_is 0
		stdout_has "Usage: jail $command "
		[ -z "$stderr" ] || unexpected "$command --help on stderr"
		help=$stdout
		run_jail help "$command"
		stdout_is "$help"
	done
}

@test "an unknown command: the nearest, status 2" {
	run_jail lern true
	status_is 2
	one_sentence
	stderr_has "did you mean 'learn'?"
	run_jail xyzzyplugh
	status_is 2
	stderr_lacks "did you mean"
}

@test "an unknown option: the nearest, 125 for learn and enforce, else 2" {
	for command in learn enforce; do
		run_jail $command --quite true
		status_is 125
		one_sentence
		stderr_has "did you mean --quiet?"
	done
	for command in add drop forget import syscalls; do
		run_jail $command --quite
		status_is 2
		one_sentence
		stderr_has "did you mean --quiet?"
	done
	for command in list show diff syscalls; do
		run_jail $command --jsno
		status_is 2
		one_sentence
		stderr_has "did you mean --json?"
	done
	run_jail export --fromat=list true
	status_is 2
	stderr_has "did you mean --format?"
}

@test "a missing operand is named" {
	for command in learn enforce; do
		run_jail $command
		status_is 125
		one_sentence
		stderr_has "PROGRAM is missing"
	done
	run_jail add name
	status_is 2
	one_sentence
	stderr_has "CALL... is missing"
	run_jail diff a
	status_is 2
	run_jail list too many
	status_is 2
	one_sentence
}

@test "an option without its argument, or with one too many" {
	run_jail learn --db
	status_is 125
	one_sentence
	stderr_has "--db needs an argument: FILE"
	run_jail enforce --seccomp= true
	stderr_has "--seccomp needs an argument, or no '=': [LIST]"
	run_jail learn --quiet=yes true
	status_is 125
	stderr_has "--quiet takes no argument"
}

@test "a value that an option does not take is a usage error" {
	local option

	while read -r wanted option; do
		# shellcheck disable=SC2086 # words
		run_jail $option
		status_is "$wanted"
		one_sentence
		stderr_has " --help')"
	done <<-END
		2 add --arch=arm p read
		2 syscalls --arch=arm
		2 export --format=xml p
		2 list --db=
		125 learn --db= true
		125 learn --caps.drop=chwon true
		125 learn --caps.keep= true
		125 learn --seccomp.keep=read true
		125 learn --no-sandbox --caps.keep=chown true
		125 learn --seccomp.block-secondary true
		125 enforce --caps.keep=chwon true
		125 enforce --seccomp.keep=raed true
		125 enforce --seccomp.keep.i386=@no-group true
		125 enforce --seccomp.block-secondary true
		125 enforce --deny=maybe true
		125 enforce --keep-fd=x true
	END
}

@test "values with = and as the next word are the same" {
	"$JAIL" add --db=one.db p read
	"$JAIL" add p --db two.db read
	[ "$("$JAIL" export --format=list --db one.db p)" = \
		"$("$JAIL" export --db=two.db --format list p)" ]
	[ ! -e "$JAIL_DB" ]
}

@test "the program's own options stay its own" {
	run_jail learn --quiet --name p echo --help -q -- --name
	status_is 0
	stdout_is "--help -q -- --name"
	run_jail learn --quiet --name p -- printf '%s ' --db --version -- -x
	status_is 0
	stdout_is "--db --version -- -x "
}

# ---- standard descriptors ---------------------------------------------------

@test "stdout that cannot be written is a failure" {
	for command in --version --help "learn --help" syscalls; do
		# shellcheck disable=SC2086 # words
		run_split sh -c '"$0" "$@" >/dev/full' "$JAIL" $command
		[ "$status" -ne 0 ] || unexpected "$command"
		one_sentence
		stderr_has "No space left on device"
	done
}

@test "closed stdin, stdout and stderr: a failure, and the store stays whole" {
	"$JAIL" add p read
	sh -c '"$1" learn --name p -- true <&- >&-' sh "$JAIL"
	sh -c '"$1" learn --name p -- true <&- >&- 2>&-' sh "$JAIL"
	run_split sh -c '"$1" list >&-' sh "$JAIL"
	status_is 1
	one_sentence
	stderr_has "Bad file descriptor"
	run_split sh -c '"$1" export p >&- 2>&-' sh "$JAIL"
	status_is 1
	run_split sh -c '"$1" learn --json --name p true >&-' sh "$JAIL"
	status_is 125
	run_split sh -c '"$1" learn -q --name p cat <&-' sh "$JAIL"
	status_is 1
	stderr_has "Bad file descriptor"
	sqlite3 "$JAIL_DB" 'PRAGMA integrity_check' | grep -qx ok
	list_of p | grep -q '^x86_64 exit_group '
	sh -c '"$1" enforce --name p -- true <&- >&- 2>&-' sh "$JAIL"
}

# ---- programs that cannot be run --------------------------------------------

# What both commands must answer; enforce has a whitelist to begin with.
both_answer() {
	local wanted=$1 text=$2 command before
	shift 2

	"$JAIL" add p read write
	before=$(list_of p)
	for command in learn enforce; do
		run_jail $command --name p -- "$@"
		status_is "$wanted"
		one_sentence
		stderr_has "$text"
	done
	[ "$(list_of p)" = "$before" ] || unexpected "the whitelist changed"
	sqlite3 "$JAIL_DB" 'PRAGMA integrity_check' | grep -qx ok
}

@test "no such program: 127" {
	both_answer 127 "no-such-program" no-such-program
	both_answer 127 "/no/such/program" /no/such/program
}

@test "a file that is not executable: 126" {
	echo data >plain
	both_answer 126 plain ./plain
}

@test "a directory: 126" {
	mkdir folder
	both_answer 126 folder ./folder
}

@test "a script whose interpreter is missing: 126" {
	printf '#!/no/such/interpreter\n' >script
	chmod +x script
	both_answer 126 script ./script
}

@test "a file that no loader takes: 126" {
	printf 'neither ELF nor script' >blob
	chmod +x blob
	both_answer 126 blob ./blob
}

@test "an empty program" {
	"$JAIL" add p read
	for command in learn enforce; do
		run_jail $command --name p ""
		status_is 127
		one_sentence
	done
}

@test "more arguments than execve takes: 126" {
	printf '#!/bin/sh -%0200d\n' 0 >script
	chmod +x script
	"$JAIL" add p read
	for command in learn enforce; do
		run_split bash -c 'ulimit -s 1024; exec "$@"' bash \
			"$BATS_TEST_DIRNAME/../lib/too-long.py" \
			"$JAIL" $command --name p -- "$PWD/script"
		status_is 126
		one_sentence
	done
}

@test "five MiB of arguments arrive whole" {
	many=$(printf 'x%.0s' {1..1000})
	run_split bash -c 'ulimit -s unlimited
		mapfile -t words < <(yes "$2" | head -5000)
		"$1" learn --quiet --name p -- sh -c "echo \$#" sh "${words[@]}"' \
		bash "$JAIL" "$many"
	status_is 0
	stdout_is 5000
}

# ---- names ------------------------------------------------------------------

@test "names that are none" {
	for name in "" a/b $'a\nb' $'a\033b' $'a\302\233b' $'a\377b' \
			"$(printf 'x%.0s' {1..256})"; do
		for command in learn enforce; do
			run_jail $command --name "$name" -- true
			status_is 125
			one_sentence
			stderr_has "--name"
		done
		run_jail add "$name" read
		[ "$status" -ne 0 ] || unexpected "add took '$name'"
		one_sentence
		stderr_has "; give "
		stderr_lacks "--name"
	done
}

# $next is the command that jail said to type next, by TEXT in front of it.
next_is() {
	next=$(sed -n "s/.*$1: //p" <<<"$stderr")
	[ "$next" = "$2" ] || unexpected "expected next: $2"
	status=0
	(PATH=${JAIL%/*}:$PATH; eval "$next" <<<:) || unexpected "it fails: $next"
}

@test "the next step is a command that works as it is printed" {
	cp /bin/true ./mytrue
	cp /bin/true ./-x
	run_jail learn true
	next_is "run it confined" "jail enforce true"
	run_jail learn --name=report sh <<<:
	next_is "run it confined" "jail enforce --name=report sh"
	run_jail learn ./mytrue
	next_is "run it confined" "jail enforce ./mytrue"
	run_jail learn --db='my store.db' --name=mytrue ./mytrue
	next_is "run it confined" "jail enforce --db='my store.db' ./mytrue"
	run_jail learn --caps.keep=setgid,setuid --caps.drop=all ./mytrue
	next_is "run it confined" \
		"jail enforce --caps.keep=setgid,setuid --caps.drop=all ./mytrue"
	run_jail enforce --db=other.db --name="it's" ./mytrue
	next_is "learn one with" \
		"jail learn --db=other.db --name='it'\\''s' ./mytrue"
	PATH=.:$PATH run_jail enforce -- -x
	(PATH=.:$PATH; next_is "learn one with" "jail learn -- -x")
	"$JAIL" drop -- -x brk
	PATH=.:$PATH run_jail enforce -- -x
	status_is 159
	next_is "to allow it" "jail add -- -x brk"
}

@test "a program with a newline in its name needs --name" {
	cp /bin/true $'tr\nue'
	run_jail learn ./$'tr\nue'
	status_is 125
	one_sentence
	stderr_has "--name"
	run_jail learn --quiet --name newline ./$'tr\nue'
	status_is 0
	list_of newline | grep -q '^x86_64 exit_group '
}

@test "a program whose name is not UTF-8 needs --name; its JSON is whole" {
	cp /bin/true $'tr\377ue'
	run_jail learn --json ./$'tr\377ue'
	status_is 125
	stdout_is ""
	one_sentence
	stderr_has "--name"
	run_jail learn --json --name p ./$'tr\377ue'
	status_is 0
	jq -e '.program == "p" and .complete and (.calls | length > 5) and
		(.calls[] | select(.name == "exit_group") | .calls == 1 and
			.new and .arch == "x86_64")' <<<"$stdout"
}

@test "names of other alphabets, blanks and a leading dash" {
	for name in "mit blank" жук -dash .hidden; do
		run_jail learn --quiet --name "$name" -- true
		status_is 0
		list_of "$name" 2>/dev/null | grep -q exit_group ||
			"$JAIL" export --format=list -- "$name" |
				grep -q exit_group
	done
}

# ---- kernels and places that do not let us ----------------------------------

@test "ptrace refused: 125" {
	without_leak_check
	run_split "$BATS_TEST_DIRNAME/../lib/refuse.py" 1 101 \
		"$JAIL" learn --name p -- true
	status_is 125
	one_sentence
	stderr_has ptrace
}

@test "jail learn inside jail learn: 125 from the inner one" {
	without_leak_check
	run_jail learn --no-sandbox --quiet --name outer -- \
		"$JAIL" learn --name p -- true
	status_is 125
	stderr_has tracing
}

@test "already traced by strace: 125" {
	without_leak_check
	run_split strace -f -o strace.out "$JAIL" learn --name p -- true
	status_is 125
	stderr_has tracing
}

@test "no seccomp: 125" {
	"$JAIL" add p read
	for command in learn enforce; do
		# seccomp(2), and prctl(PR_SET_SECCOMP)
		run_split "$BATS_TEST_DIRNAME/../lib/refuse.py" 38 317 \
			"$BATS_TEST_DIRNAME/../lib/refuse.py" 22 157:22 \
			"$JAIL" $command --name p -- true
		status_is 125
		one_sentence
		stderr_has seccomp
	done
}

@test "a store that cannot be made or written: 125" {
	for place in /dev/null/jail.db /proc/jail.db "$BATS_TEST_TMPDIR"; do
		run_jail learn --db "$place" --name p -- true
		status_is 125
		one_sentence
		run_jail enforce --db "$place" --name p -- true
		status_is 125
		one_sentence
	done
}

@test "a file that is no store, or a newer one: 125, and unchanged" {
	echo "dear diary" >diary.db
	"$JAIL" add --db newer.db p read
	sqlite3 newer.db 'PRAGMA user_version = 9999'
	for file in diary.db newer.db; do
		before=$(sha256sum $file)
		for command in learn enforce; do
			run_jail $command --db $file --name p -- true
			status_is 125
			one_sentence
			stderr_has $file
		done
		[ "$(sha256sum $file)" = "$before" ] || unexpected "$file changed"
	done
}

@test "a full disk: 125, and the store stays whole" {
	mkdir mnt
	mount -t tmpfs -o size=256k none mnt
	"$JAIL" add --db mnt/jail.db p read
	dd if=/dev/zero of=mnt/fill bs=4k status=none || true
	run_jail learn --db mnt/jail.db --name p -- true
	rm mnt/fill
	whole=$(sqlite3 mnt/jail.db 'PRAGMA integrity_check' || true)
	after=$("$JAIL" export --format=list --db mnt/jail.db p || true)
	umount mnt
	status_is 125
	one_sentence
	[ "$whole" = ok ]
	[[ $after == *"x86_64 read 0"* ]]
}

@test "enforce without a whitelist says how to get one: 125" {
	"$JAIL" add other read
	run_jail enforce -- true
	status_is 125
	one_sentence
	stderr_has "jail learn"
	rm -f "$JAIL_DB"*
	run_jail enforce -- true
	status_is 125
	one_sentence
	stderr_has "jail learn"
}
