#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The commands that look at the store and edit it.

load helper

# ---- list and show ----------------------------------------------------------

@test "list and show without a store say how to get one, status 1" {
	for command in list "show tool" "export tool" "drop tool read" \
		"forget tool"; do
		# shellcheck disable=SC2086 # words
		run_jail $command
		status_is 1
		one_sentence
		stderr_has "jail learn"
		stdout_is ""
		[ ! -e "$JAIL_DB" ]
	done
}

@test "list: a line a program, with --json an object a line" {
	make_tool
	"$JAIL" add --quiet "another tool" read
	"$JAIL" learn --quiet -- true
	run_jail list
	status_is 0
	[ "$(wc -l <<<"$stdout")" -eq 4 ]
	[[ $stdout =~ another\ tool\ +1\ +0\ +0\ +- ]]
	[[ $stdout =~ tool\ +4\ +0\ +0\ +- ]]
	[[ $stdout =~ true\ +[0-9]+\ +1\ +0\ +20[0-9][0-9]- ]]
	run_jail list --json
	[ "$(jq -c '[.program, .sessions, .denials]' <<<"$stdout")" = \
		$'["another tool",0,0]\n["tool",0,0]\n["true",1,0]' ]
	jq -es '.[2].last_learned | test("^20[0-9-]+T[0-9:.]+Z$")' <<<"$stdout"
	jq -es '.[1].calls == 4 and .[1].last_learned == null' <<<"$stdout"
}

@test "list: the columns stand under each other, whatever the names are" {
	for name in tool "$(printf 'caf\303\251')" \
		"$(printf '\346\274\242\345\255\227 tools')"; do
		"$JAIL" add --quiet "$name" read
	done
	for locale in C C.UTF-8; do
		stdout=$(LC_ALL=$locale "$JAIL" list)
		stdout_has "program     calls"
		stdout_has "$(printf 'caf\303\251            1')"
		stdout_has "$(printf '\346\274\242\345\255\227 tools      1')"
	done
}

@test "show: counts, errors and evidence; the architecture where it matters" {
	"$JAIL" learn --quiet --full --name cat -- cat /dev/null
	run_jail show cat
	status_is 0
	stdout_lacks "arch "
	[[ $stdout =~ \ 1\ +0\ +231\ +exit_group\ .*learned,\ 1\ session ]]
	stdout_lacks "at least so many"
	"$JAIL" add --quiet cat i386:time
	run_jail show cat
	[[ $stdout =~ -\ +-\ +13\ +i386\ +time\ .*added\ by\  ]]
	[[ $stdout =~ 231\ +x86_64\ +exit_group ]]
}

@test "show marks a lower bound of errors and explains the mark" {
	"$JAIL" learn --quiet --name dd -- \
		dd if=/dev/zero of=/dev/null bs=1 count=500 status=none
	run_jail show dd
	[[ $stdout =~ 0\+\ +1\ +write ]]
	stdout_has "+: at least so many"
}

@test "show --json is one object with all that is known" {
	"$JAIL" learn --quiet --full --name sh -- sh -c 'cat /dev/null; exit 0'
	run_jail show --json sh
	status_is 0
	[ "$(wc -l <<<"$stdout")" -eq 1 ]
	jq -e '.program == "sh" and .sessions == 1' <<<"$stdout"
	jq -e '.calls[] | select(.name == "exit_group") |
		.arch == "x86_64" and .number == 231 and .calls == 2 and
		.errors == 0 and .sessions == 1 and .evidence == "learned" and
		(.first_seen | endswith("Z"))' <<<"$stdout"
	jq -e '[.executables[].path] |
		any(endswith("/cat")) and any(test("/(da|ba)?sh$"))' \
		<<<"$stdout"
	jq -e '[.executables[].calls[] | select(.name == "exit_group") |
		.calls] | add == 2' <<<"$stdout"
	jq -e '.libraries | any(.path | contains("libc.so"))' <<<"$stdout"
	jq -e '.arguments | any(.name == "mprotect" and
		(.values | keys == ["prot"]))' <<<"$stdout"
	jq -e '.denials == []' <<<"$stdout"
}

@test "what was never seen has no time of that, a decision has its own" {
	"$JAIL" learn --quiet --name t -- true
	"$JAIL" add --quiet t mseal
	run_jail show t
	grep -Eq 'mseal +- +- +added by [^,]+, 20[0-9-]+ [0-9:]+$' \
		<<<"$stdout"
	run_jail show --json t
	jq -e '.calls[] | select(.name == "mseal") | .first_seen == null and
		.last_seen == null and (.decided | endswith("Z")) and
		.denial == null and has("detail") == false' <<<"$stdout"
	jq -e '.calls[] | select(.name == "exit_group") | .decided == null' \
		<<<"$stdout"
}

@test "show: what was refused, those alike on one line" {
	"$JAIL" learn --quiet --name t -- true
	run_jail show t
	stdout_lacks "denials"
	"$JAIL" drop --quiet t brk
	for _ in 1 2 3; do
		run_jail enforce --name=t -- true
		status_is 159
	done
	run_jail show t
	status_is 0
	[[ $stdout =~ \ 3\ +brk\ \(12,\ x86_64\)\ +killed\ +20[0-9-]+\ [0-9:]+\ +/.*/true$ ]]
}

@test "show: of very many denials the latest, and how many others" {
	"$JAIL" learn --quiet --name t -- true
	"$JAIL" drop --quiet t brk
	run_jail enforce --name=t -- true
	sqlite3 "$JAIL_DB" 'WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
		INSERT INTO denials (program, time, last_time, count, host,
			boot_id, serial, pid, uid, exe, comm, arch, number, ip,
			action, errno)
		SELECT program, time + i, last_time + i, 2, host, boot_id, 0,
			pid, uid, exe, comm, arch, 1000 + i, ip, action, errno
		FROM denials, n'
	run_jail show t
	status_is 0
	[ "$(grep -c ' killed ' <<<"$stdout")" -eq 20 ]
	stdout_has " 1400 (x86_64)"
	stdout_has " 1381 (x86_64)"
	[ "$(tail -1 <<<"$stdout")" = \
		"       761  others ('jail show --json' has all)" ]
}

@test "show says what anybody could have forged, and what is never to be told" {
	"$JAIL" add --quiet t brk
	sqlite3 "$JAIL_DB" "INSERT INTO denials (program, time, last_time,
			count, host, boot_id, serial, pid, uid, exe, comm,
			arch, number, ip, action, errno, source, forgeable,
			code)
		VALUES ('t', 1, 1, 2, 'h', '', 0, 1, 1, '/bin/t', 't',
			'x86_64', 201, 0, 'trapped', 0, 'file', 1, ''),
		('t', 2, 2, 1, 'h', '', 0, 1, 1, '/bin/t', 't',
			'x86_64', 201, 0, 'trapped', 0, 'netlink', 0,
			'/lib/libc.so.6+0x10');
		INSERT INTO decisions (program, arch, number, verdict,
			evidence, time, author, since, batch)
		SELECT id, 'x86_64', 201, 'never', 'reviewed',
			1795356131000000, 'ann', 1795356131000000, 99
		FROM programs WHERE name = 't'"
	TZ=UTC run_jail show t
	status_is 0
	[[ $stdout =~ \ 2\ +time\ .*\ trapped\ .*/bin/t,\ on\ h\ \ \(forgeable\) ]]
	[[ $stdout =~ \ 1\ +time\ .*\ trapped\ .*/bin/t,\ on\ h$'\n' ]]
	[[ $(tail -1 <<<"$stdout") =~ \
		^\ +time\ \(201,\ x86_64\)\ +never,\ by\ ann,\ 2026-11-22\ 14:02$ ]]
	run_jail show --json t
	jq -e '[.denials[] | [.source, .forgeable, .code]] ==
		[["file", true, null],
		["netlink", false, "/lib/libc.so.6+0x10"]]' <<<"$stdout"
	jq -e '.never[0] | .name == "time" and .number == 201 and
		.who == "ann" and (.decided | startswith("2026-11-22T14:02:11"))' \
		<<<"$stdout"
}

@test "add --denied: not what could be forged, nor what is never to be told" {
	"$JAIL" add --quiet t brk
	sqlite3 "$JAIL_DB" "
		INSERT INTO denials (program, time, last_time, count, host,
			boot_id, serial, pid, uid, exe, comm, arch, number, ip,
			action, errno, source, forgeable)
		SELECT 't', 1, 1, 1, 'h', '', 0, 1, 1, '/bin/t', 't', 'x86_64',
			column1, 0, 'killed', 0, column2, column2 = 'file'
		FROM (VALUES (83, 'file'), (201, 'netlink'));
		INSERT INTO decisions (program, arch, number, verdict,
			evidence, time, author, since, batch)
		SELECT id, 'x86_64', 201, 'never', 'reviewed', 1, 'ann', 1, 99
		FROM programs WHERE name = 't'"
	run_jail add --denied t
	status_is 1
	stderr_has "nothing was refused to 't' that could be added so"
	sqlite3 "$JAIL_DB" "UPDATE denials
		SET forgeable = 0, uid = $UID"
	run_jail add --denied t
	status_is 0
	stdout_is "t: mkdir (83, x86_64) added"
}

@test "show --json has the calls of list, by the same names" {
	make_tool
	run_jail show --json tool
	[ "$(jq -r '.calls[] | "\(.arch) \(.name) \(.number)"' \
		<<<"$stdout")" = "$(list_of tool)" ]
}

@test "show --by-exe has a table for each executable" {
	"$JAIL" learn --quiet --name sh -- sh -c 'cat /dev/null; exit 0'
	run_jail show --by-exe sh
	status_is 0
	[ "$(grep -c '^/' <<<"$stdout")" -eq 2 ]
	[ "$(grep -c ' exit_group ' <<<"$stdout")" -eq 2 ]
	make_tool
	run_jail show --by-exe tool
	status_is 1
	one_sentence
	stderr_has "jail learn"
}

@test "a program that is not there: the nearest one, or jail list" {
	make_tool
	for command in "show tol" "show --json tol" "export tol" \
		"drop tol read" "forget tol"; do
		# shellcheck disable=SC2086 # words
		run_jail $command
		status_is 1
		one_sentence
		stderr_has "did you mean 'tool'?"
	done
	run_jail show something-else
	status_is 1
	stderr_has "'jail list'"
}

@test "the store is one file: a copy of it alone has all" {
	"$JAIL" learn --quiet -- true
	[ ! -e "$JAIL_DB-wal" ]
	[ ! -e "$JAIL_DB-shm" ]
	cp "$JAIL_DB" copy.db
	[ "$("$JAIL" export --db copy.db true)" = "$("$JAIL" export true)" ]
	[ "$(sqlite3 copy.db 'PRAGMA integrity_check')" = ok ]
}

# ---- add, drop, forget ------------------------------------------------------

@test "add: names, numbers, architectures; what happened, a line each" {
	run_jail add tool time 0 '$999' i386:time
	status_is 0
	stdout_is "tool: time (13, i386) added
tool: read (0, x86_64) added
tool: time (201, x86_64) added
tool: 999 (x86_64) added"
	run_jail add tool --arch=i386 exit x86_64:read
	stdout_is "tool: exit (1, i386) added
tool: read (0, x86_64) was there already"
	status_is 0
	[ "$(list_of tool)" = "i386 exit 1
i386 time 13
x86_64 read 0
x86_64 time 201
x86_64 999 999" ]
}

@test "add: a call of x32 is refused all the same, and that is said" {
	run_jail add tool x32:read
	status_is 0
	stdout_is "tool: read (0, x32) is on the list; jail enforce refuses it \
all the same, as every call of x32"
	stdout_lacks "added"
}

@test "options are taken only where they mean something" {
	make_tool
	"$JAIL" export tool >tool.profile
	while read -r line; do
		# shellcheck disable=SC2086 # words
		run_jail $line
		status_is 2
		one_sentence
		stderr_has "--help"
		stdout_is ""
	done <<-'EOL'
		add --json tool read
		drop --json tool read
		forget --json tool
		import --json tool.profile
		export --json tool
		show --quiet tool
		show --by-exe --json tool
		list --quiet
		diff --quiet tool tool
		syscalls --db=x read
	EOL
	[ "$(list_of tool | wc -l)" -eq 4 ]
}

@test "add and drop: one bad operand, and nothing is changed" {
	make_tool
	before=$(list_of tool)
	for command in add drop; do
		run_jail "$command" tool getpid read raed
		status_is 1
		one_sentence
		stderr_has 'did you mean "read"?'
		for bad in '' '$' -- -1 4294967296 x86_64: nowhere:read \
			$'re\nad'; do
			run_jail "$command" tool -- "$bad"
			[ "$status" -ne 0 ] || unexpected "'$bad'"
			one_sentence
		done
		run_jail "$command" tool --arch=vax read
		[ "$status" -ne 0 ]
		one_sentence
	done
	[ "$(list_of tool)" = "$before" ]
}

@test "drop: what was there goes, what was not is said" {
	make_tool
	run_jail drop tool write getpid
	status_is 0
	stdout_is "tool: write (1, x86_64) dropped
tool: getpid (39, x86_64) was not there"
	"$JAIL" add --quiet tool exit
	run_jail drop tool exit
	stdout_has "it stays allowed"
	[ "$(list_of tool)" = "i386 time 13
x86_64 read 0
x86_64 999 999" ]
}

@test "a dropped call stays dropped when it is seen again" {
	"$JAIL" learn --quiet --name t -- true
	list_of t | grep -q ' brk '
	"$JAIL" drop --quiet t brk
	"$JAIL" learn --quiet --name t -- true
	! list_of t | grep ' brk ' || false
	"$JAIL" add --quiet t brk
	list_of t | grep -q ' brk '
}

@test "forget: the program is gone, the others stay" {
	make_tool
	"$JAIL" add --quiet other read
	run_jail forget tool
	status_is 0
	stdout_is "tool: forgotten, with its sessions and denials"
	run_jail show tool
	status_is 1
	[ "$(list_of other)" = "x86_64 read 0" ]
}

@test "--quiet prints nothing" {
	for command in "add tool read" "drop tool read" "add tool write" \
		"forget tool"; do
		# shellcheck disable=SC2086 # words
		run_jail $command --quiet
		status_is 0
		stdout_is ""
		[ -z "$stderr" ]
	done
}

# ---- diff -------------------------------------------------------------------

@test "diff: statuses as of diff(1), - and +" {
	"$JAIL" add --quiet a read write i386:time
	"$JAIL" add --quiet b read getpid '$999'
	run_jail diff a a
	status_is 0
	stdout_is ""
	run_jail diff a b
	status_is 1
	stdout_is "- write
+ getpid
+ 999"
	run_jail diff a nothing
	status_is 2
	one_sentence
	run_jail diff ./nothing a
	status_is 2
	one_sentence
	run_split sh -c '"$0" diff a b >/dev/full' "$JAIL"
	status_is 2
}

@test "diff: i386 is told apart, what every program may make is left out" {
	"$JAIL" add --quiet a read i386:open
	"$JAIL" add --quiet b read exit_group open i386:exit
	run_jail diff --json a b
	status_is 1
	[ "$(jq -c '[.change, .arch, .number, .name]' <<<"$stdout")" = \
		'["removed","i386",5,"open"]
["added","x86_64",2,"open"]' ]
}

@test "diff: files, with and without the store" {
	make_tool
	"$JAIL" export tool >tool.profile
	run_jail diff tool tool.profile
	status_is 0
	"$JAIL" add --quiet tool getpid
	run_jail diff ./tool.profile tool
	status_is 1
	stdout_is "+ getpid"
	rm "$JAIL_DB"
	run_jail diff tool.profile ./tool.profile
	status_is 0
	echo 'seccomp.keep raed' >bad.profile
	run_jail diff bad.profile tool.profile
	status_is 2
	stderr_has "bad.profile:1: "
}
