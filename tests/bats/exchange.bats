#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whitelists as text: out of the store, into it, and the same again.

load helper

@test "export: a complete list, a line a call and a session" {
	"$JAIL" learn --quiet --name t -- true
	run_jail export t
	status_is 0
	stdout_has "# t: system calls on x86_64, exported by jail"
	[[ $stdout =~ \#\ session\ [0-9a-f]{8}\ on\ [^,]+,\ Linux\ [^,\ ]+,\ glibc ]]
	stdout_has "$(uname -r)"
	for call in brk mmap exit_group rt_sigreturn restart_syscall; do
		grep -qx "seccomp.call $call" <<<"$stdout" ||
			unexpected "$call is missing"
	done
	"$JAIL" add --quiet t i386:open '$999'
	run_jail export t
	grep -qx "seccomp.call i386:open" <<<"$stdout"
	grep -qx 'seccomp.call \$999' <<<"$stdout"
	stdout_is "$("$JAIL" export --format=text t)"
}

@test "export --format=firejail: what Firejail cannot do is a comment" {
	"$JAIL" learn --quiet --name t -- true
	run_jail export --format=firejail t
	status_is 0
	stdout_has "exported by jail; also a Firejail profile"
	stdout_has "seccomp.block-secondary"
	grep -q '^seccomp.keep .*,exit_group,' <<<"$stdout"
	"$JAIL" add --quiet t i386:open
	run_jail export --format=firejail t
	stdout_lacks "seccomp.block-secondary"
	[[ $stdout =~ \#jail\ seccomp.keep.i386\ [a-z0-9_,]*,open, ]]
	grep -v '^#' <<<"$stdout" >f.profile
	"$JAIL" import --quiet --db=other.db ./f.profile
}

@test "a profile as text is one that enforce runs" {
	"$JAIL" learn --quiet --no-sandbox -- mkdir made
	"$JAIL" export mkdir >mkdir.profile
	rmdir made
	run_jail enforce --db=other.db --profile=./mkdir.profile \
		--name=mkdir --read-write="$PWD" -- mkdir "$PWD/made"
	[ "$status" -eq 0 ] && [ -z "$stderr" ] || unexpected "it runs"
	grep -vx "seccomp.call mkdir" mkdir.profile >less.profile
	rmdir made
	run_jail enforce --db=other.db --profile=./less.profile \
		--name=mkdir -- mkdir "$PWD/made"
	status_is 159
	[ ! -d made ]
}

@test "an answer without a name is shown by its number" {
	printf 'seccomp.call %s\n' read write >t.profile
	echo "seccomp.stub 4094 mbind" >>t.profile
	"$JAIL" import --quiet --name=t t.profile
	run_jail show t
	stdout_has "stubbed with 4094, by"
	"$JAIL" show --json t | jq -e '.stubs[0].answer == "4094"'
	run_jail enforce --check --name=t true
	stdout_has "mbind of x86_64 fails with 4094 without a word"
}

@test "what a profile stubs fails without a word, what it expects is not offered" {
	"$JAIL" learn --quiet --no-sandbox --name=t -- "$PROGS/enf_try" \
		mkdir "$PWD/first" >/dev/null
	"$JAIL" export t >t.profile
	for line in "seccomp.stub EXDEV mkdir" "seccomp.expected mkdir"; do
		{ grep -v mkdir t.profile; echo "$line"; } >more.profile
		run_jail enforce --db=other.db \
			--name=t --profile=./more.profile -- \
			"$PROGS/enf_try" mkdir "$PWD/made"
		[ ! -d made ]
		[[ $line = *expected* ]] || {
			stdout_is 18
			[ -z "$stderr" ] || unexpected "not a word"
		}
		rm -f again.db*
		"$JAIL" import --quiet --db=again.db more.profile
		"$JAIL" export --db=again.db t | grep -qx "$line"
	done
	# The last one killed, and is not offered.
	status_is 159
	run_jail enforce --db=other.db --profile=./more.profile --deny=errno \
		--name=t -- "$PROGS/enf_try" mkdir "$PWD/made"
	stdout_is 1
	[ -z "$stderr" ] || unexpected "not a word"
}

@test "export --format=list is the whitelist and nothing else" {
	make_tool
	run_jail export --format=list tool
	stdout_is "i386 time 13
x86_64 read 0
x86_64 write 1
x86_64 999 999"
	run_jail export --format=xml tool
	status_is 2
	one_sentence
}

@test "export of an empty whitelist is refused" {
	"$JAIL" add --quiet tool read
	"$JAIL" drop --quiet tool read
	for format in text list firejail; do
		run_jail export --format=$format tool
		status_is 1
		one_sentence
		stdout_is ""
		stderr_has "jail learn"
	done
}

@test "export that cannot be written fails" {
	make_tool
	for format in text list; do
		run_split sh -c '"$0" export --format=$1 tool >/dev/full' \
			"$JAIL" $format
		status_is 1
		one_sentence
		stderr_has "No space left on device"
	done
}

@test "export, import, export: the same bytes, into this store and another" {
	"$JAIL" learn --quiet --name t -- sh -c 'cat /dev/null; :'
	"$JAIL" learn --quiet --name t -- true
	"$JAIL" add --quiet t i386:open x32:ioctl aarch64:openat '$999'
	"$JAIL" drop --quiet t brk
	"$JAIL" export t >first
	run_jail import --db other.db first
	status_is 0
	stdout_has " new calls imported"
	"$JAIL" export --db other.db t >second
	cmp first second
	"$JAIL" import --quiet first
	"$JAIL" export t >third
	cmp first third
	[ "$(grep -c '^# session ' third)" -eq 2 ]
	"$JAIL" import --quiet --db other.db third
	[ "$("$JAIL" list --db other.db --json | jq .sessions)" -eq 2 ]
	run_jail diff t ./second
	status_is 0
}

@test "import: a profile's own export changes nothing, dropped stays dropped" {
	make_tool
	"$JAIL" export tool >all
	run_jail import all
	stdout_has "tool: 0 new calls imported"
	"$JAIL" drop --quiet tool read i386:time
	before=$(list_of tool)
	run_jail import all
	status_is 0
	[[ $stdout =~ ^tool:\ 0\ new\ calls\ imported\ from\ a\ list\ of\ [0-9]+$'\n'(.*)$ ]]
	[ "${BASH_REMATCH[1]}" = \
		"tool: 1 call stays dropped: read; 'jail add' puts them back" ]
	[ "$(list_of tool)" = "$before" ]
}

@test "import: whose calls they are: --name, the header, the file's name" {
	make_tool
	"$JAIL" export tool >file.profile
	export JAIL_DB=$BATS_TEST_TMPDIR/other.db
	"$JAIL" import --quiet file.profile
	"$JAIL" import --quiet --name=chosen file.profile
	echo 'seccomp.keep read' >plain.profile
	"$JAIL" import --quiet ./plain.profile
	"$JAIL" import --quiet - --name=piped <plain.profile
	[ "$("$JAIL" list --json | jq -r .program)" = "chosen
piped
plain
tool" ]
	[ "$(list_of plain)" = "x86_64 read 0" ]
	run_jail import - <plain.profile
	status_is 1
	one_sentence
	stderr_has "--name"
}

@test "import: a file with a mistake changes nothing" {
	make_tool
	before=$(list_of tool)
	while read -r line; do
		printf 'seccomp.keep getpid\n%b' "$line" >bad.profile
		run_jail import --name=tool bad.profile
		status_is 1
		one_sentence
		stderr_has "bad.profile:2: "
	done <<-'EOL'
		seccomp.keep raed
		seccomp.keep read, write
		seccomp.kep read
		\0
		#jail seccomp.keep.vax read
		# learned in 1 session on Linux 6.1, glibc 2.36: nothing
	EOL
	head -c 3000 "$JAIL" >bad.profile
	run_jail import --name=tool bad.profile
	status_is 1
	one_sentence
	while read -r file remedy; do
		run_jail import --name=tool "$file"
		status_is 1
		one_sentence
		stderr_has "$remedy"
		run_jail diff tool "$file"
		status_is 2
		one_sentence
	done <<-EOL
		./. is a folder; name a profile in it
		/nowhere/at-all give the path of its file
		/dev/null 'jail export' prints a profile
		$JAIL not a text
		/etc/os-release jail.profile(5)
	EOL
	[ "$(list_of tool)" = "$before" ]
}

@test "import says that capabilities are not kept" {
	printf 'caps.drop all\nseccomp.keep read\n' >c.profile
	run_jail import c.profile
	status_is 0
	stdout_is "c: 1 new call imported from a list of 1"
	stderr_has "caps"
}

@test "import of all the noise there is ends in one sentence or none" {
	for seed in 1 2 3 4 5; do
		head -c 20000 <(openssl enc -aes-128-ctr -K "0$seed" -iv 0 \
			</dev/zero 2>/dev/null) >noise.profile
		run_jail import noise.profile
		status_is 1
		one_sentence
	done
	head -c 2000000 /dev/zero | tr '\0' '\n' >large.profile
	run_jail import large.profile
	status_is 1
	one_sentence
	stderr_has "too large"
}

@test "sessions of which a text told the name alone travel with the whole store" {
	"$JAIL" learn --quiet --no-sandbox --name=t true
	"$JAIL" export --all >whole
	"$JAIL" export t >text
	"$JAIL" import --quiet --db=other.db text
	"$JAIL" export --db=other.db --all >named
	grep -q '"fact":"session".*"started":null' named
	run_jail import --quiet --db=third.db named
	status_is 0
	"$JAIL" export --db=third.db --all | cmp - named
	# Who has both, as after a merge, knows the session.
	cat named whole >both
	run_jail import --quiet --db=fourth.db both
	status_is 0
	"$JAIL" export --db=fourth.db --all | grep '"fact":"session"' |
		cmp - <(grep '"fact":"session"' whole)
}
