# SPDX-License-Identifier: MIT
# jail watch with logs that the test writes, and with the denials of sandboxes:
# what is told, counted, kept and asked. What real daemons write is read in
# watch-real.bats and its neighbours.

load helper

more_setup() {
	export TERM=xterm
	unset NO_COLOR
	serial=1000
	"$JAIL" add --quiet tool read
}

teardown() {
	if [ -n "${watcher:-}" ]; then
		kill "$watcher" || true
		wait "$watcher" || true
	fi
}

# record [FIELD VALUE]...: a line of audit.log; exe, number, code, pid, sig,
# arch, uid, time (seconds) and serial can be given.
record() {
	local -A f=([exe]='"/usr/bin/tool"' [number]=201 [code]=0x80000000
		[pid]=77 [sig]=31 [arch]=c000003e [serial]=$serial
		[time]=$(($(date +%s) - 2)) [node]='' [uid]=$EUID)
	while [ $# -gt 0 ]; do f[$1]=$2; shift 2; done
	serial=$((serial + 1))
	printf '%stype=SECCOMP msg=audit(%s.123:%s): auid=1000 uid=%s ' \
		"${f[node]:+node=${f[node]} }" "${f[time]}" "${f[serial]}" \
		"${f[uid]}"
	printf 'gid=1000 ses=3 pid=%s comm="tool" exe=%s sig=%s arch=%s ' \
		"${f[pid]}" "${f[exe]}" "${f[sig]}" "${f[arch]}"
	printf 'syscall=%s compat=0 ip=0x7f00 code=%s\n' "${f[number]}" \
		"${f[code]}"
}

watch_once() { run_jail watch --once --source="$PWD/log" "$@"; }

# What the store counts, "PROFILE:CALL:COUNT" each.
counted() {
	"$JAIL" review --json |
		jq -r '"\(.profile):\(.name):\(.count)"' | sort | paste -sd' '
}

# watcher OPTION...: a watch in the background; its output is in out and err.
start_watch() {
	"$JAIL" watch "$@" >out 2>err 3>&- &
	watcher=$!
	await grep -q watching err
}

stop_watch() {
	kill -"${1:-TERM}" "$watcher"
	status=0
	wait "$watcher" || status=$?
	unset watcher
}

# ---- what is told -----------------------------------------------------------

@test "a program of the store is told, by its name; others with --all" {
	{ record; record; record exe '"/usr/bin/other"'; } >log
	watch_once
	status_is 0
	[[ $stdout == *"tool was killed at time (201, x86_64), 2 times since "* ]]
	[[ $stdout != *other* ]] || false
	stderr_has "3 records of refused calls"
	stderr_has "1 record of programs that are not in the store"
	# As that says.
	stderr_has "(--all --since=TIME shows the former)"
	watch_once --all
	[ "$(counted)" = "tool:time:2" ]
	watch_once --all --since=1h
	[ "$(counted)" = "other:time:1 tool:time:2" ]
	{ record exe '"/usr/bin/other"'; } >>log
	watch_once --all
	[[ $stdout == *"other was killed at time"* ]]
	[ "$(counted)" = "other:time:2 tool:time:2" ]
}

@test "what was only refused is listed, shown and forgotten, no program" {
	record exe '"/usr/bin/other"' >log
	watch_once --all
	run_jail list
	[[ $stdout == *$'\n'other* ]]
	run_jail show other
	[[ $stdout == *"nothing was learned of it"*"time (201, x86_64)"* ]]
	run_jail show --json other
	jq -e '.calls == [] and .denials[0].name == "time"' <<<"$stdout"
	record exe '"/usr/bin/other"' >>log
	watch_once
	[ -z "$stdout" ]
	run_jail forget other
	status_is 0
	[[ "$("$JAIL" list)" != *other* ]] || false
}

@test "the executable of a session is the program's, whatever its name" {
	"$JAIL" learn --quiet --no-sandbox --name=mine -- true
	record exe '"/usr/bin/true"' >log
	watch_once
	[[ $stdout == *"mine was killed at time"* ]]
	# Replaced while it ran: then it is hexadecimal, too.
	exe=$(printf '/usr/bin/true (deleted)' | xxd -p | tr -d '\n' |
		tr a-f A-F)
	record exe "$exe" number 110 >>log
	watch_once
	[[ $stdout == *"mine was killed at getppid"* ]]
}

@test "calls without a name, of i386 and x32; and -1, which is none" {
	{
		record number 460
		record arch 40000003 number 13
		record number 1073741863
		record number -1
		record arch deadbeef
	} >log
	watch_once
	[[ $stdout == *"460 (x86_64)"* ]] || [[ $stdout == *"(460, x86_64)"* ]]
	[[ $stdout == *"time (13, i386)"* ]]
	[[ $stdout == *"getpid (39, x32)"* ]]
	stderr_has "2 records of a call that does not exist, such as -1"
}

@test "what jail answers to a newer libc is no denial" {
	{
		record number 435 code 0x50000 sig 0
		record number 999 code 0x50000 sig 0
		record number 110 code 0x50000 sig 0
	} >log
	watch_once --all
	[ "$(counted)" = "tool:getppid:1" ]
	stderr_has "2 records of jail's own sandboxes, which tell of them"
}

@test "an errno that records do not say is not shown as one" {
	record number 110 code 0x50000 sig 0 >log
	watch_once --all
	stdout_has "tool failed at getppid (110, x86_64)"
	run_jail show tool
	[[ $stdout =~ getppid\ \(110,\ x86_64\)\ +errno\  ]] ||
		unexpected "no errno"
}

@test "json: an object a line, with what the log says" {
	record node far number 110 uid 1000 >log
	watch_once --json
	jq -e '.profile == "tool" and .name == "getppid" and .host == "far" and
		.pid == 77 and .uid == 1000 and .exe == "/usr/bin/tool" and
		.comm == "tool" and .action == "killed" and .count == 1 and
		.source == "file"' <<<"$stdout"
}

@test "--yes allows what no user could have forged, and is not dangerous" {
	{ record; record number 101; } >log
	chmod 600 log
	watch_once --yes
	[ "$(counted)" = "tool:ptrace:1" ]
	"$JAIL" export --format=list tool | grep -q ' time '
	record number 110 >text
	sed -i 's/^type=SECCOMP msg=/Nov 22 10:00:00 host kernel: type=1326 /' text
	run_jail watch --once --yes --source="$PWD/text"
	[ "$(counted)" = "tool:getppid:1 tool:ptrace:1" ]
	[[ $stdout == *"a log that any local user can write"* ]]
}

@test "--yes, all and --denied leave out what another user could bring about" {
	{ record uid 4711; record uid 4711 number 110 exe '"/tmp/x/tool"'; } >log
	chmod 600 log
	watch_once --yes
	[[ $stdout == *"time (201, x86_64), once, at "*" (another user's: 4711)"* ]]
	run_jail review --yes
	stdout_has "not allowed by --yes: another user's"
	run_jail add --denied tool
	on_terminal "exit 1" 'expect=[?] ' send=a 'expect=[?] ' send=q end -- \
		"$JAIL" review
	[ "$("$JAIL" export --format=list tool | grep -c -w -e time \
		-e getppid)" = 0 ]
	record exe '"/opt/tool"' >>log
	watch_once --yes
	"$JAIL" export --format=list tool | grep -q ' time '
}

@test "a record that does not tell the user is nobody's word, either" {
	record uid 4294967295 >log
	chmod 600 log
	watch_once --yes
	stdout_has " (of a user that is not known)"
	[ "$(counted)" = "tool:time:1" ]
}

@test "never: it is counted, and not told any more" {
	record >log
	watch_once
	on_terminal "exit 0" 'expect=[q]uit ' send=n end -- "$JAIL" review
	record >>log
	watch_once
	[ -z "$stdout" ]
	[ "$(sqlite3 "$JAIL_DB" "SELECT sum(count) FROM denials")" = 2 ]
}

# ---- from where to where ----------------------------------------------------

@test "it goes on where the last one stopped, and --since goes back" {
	record >log
	watch_once
	[[ $stdout == *"once"* ]]
	watch_once
	[ -z "$stdout" ]
	stderr_has "0 records of refused calls"
	record >>log
	watch_once
	[[ $stdout == *"2 times"* ]]
	watch_once --since=1h
	stderr_has "2 records of refused calls"
	stderr_has "0 of them counted for the first time"
	[ "$(counted)" = "tool:time:2" ]
}

@test "the same records from another source count once" {
	{ record; record; record number 110; } >log
	watch_once
	cp log copy
	record number 110 >>copy
	run_jail watch --once --source="$PWD/copy"
	run_jail watch --once --source=- <log
	status_is 0
	[ "$(counted)" = "tool:getppid:2 tool:time:2" ]
}

@test "hosts are told apart" {
	{ record node one serial 5; record node two serial 5; } >log
	watch_once
	[ "$(sqlite3 "$JAIL_DB" "SELECT host FROM denials ORDER BY host" |
		paste -sd' ')" = "one two" ]
	[[ $stdout == *"2 times"* ]]
}

@test "two sources at once; damaged lines are counted" {
	record >log
	{ record number 110; echo 'type=SECCOMP msg=audit(1.2:3): pid=x'; } >more
	run_jail watch --once --source="$PWD/log" --source="$PWD/more"
	status_is 0
	[ "$(counted)" = "tool:getppid:1 tool:time:1" ]
	stderr_has "1 damaged"
}

# ---- live -------------------------------------------------------------------

@test "a log is followed, and all is stored when it ends" {
	touch log
	start_watch --source="$PWD/log"
	record >>log
	await grep -q 'tool was killed at time' out
	for _ in $(seq 50); do record number 110; done >>log
	await grep -q 'getppid' out
	for _ in $(seq 50); do record number 110; done >>log
	stop_watch
	[ "$status" -eq 0 ]
	[ "$(counted)" = "tool:getppid:100 tool:time:1" ]
	grep -q '101 records of refused calls' err
}

@test "killed without warning: what was told is stored, the rest comes again" {
	touch log
	start_watch --source="$PWD/log"
	record >>log
	await grep -q time out
	for _ in $(seq 20); do record number 110; done >>log
	stop_watch KILL
	watch_once
	[ "$(counted)" = "tool:getppid:20 tool:time:1" ]
}

@test "sandboxes of one's own are told without any log, at once" {
	"$JAIL" learn --quiet --no-sandbox --name=mine -- ls >/dev/null
	"$JAIL" drop --quiet mine getdents64
	cat >"$HOME/nothing" </dev/null
	start_watch --source="$HOME/nothing"
	run_jail enforce --profile=none --name=mine ls
	status_is 159
	await grep -q 'mine was killed at getdents64' out
	"$JAIL" add --quiet mine getdents64
	"$JAIL" enforce --profile=none --name=mine ls
}

@test "the store is replaced while it is watched" {
	touch log
	start_watch --source="$PWD/log"
	rm -f "$JAIL_DB"*
	"$JAIL" add --quiet tool write
	record >>log
	await grep -q 'tool was killed at time' out
	await eval '[ "$(counted)" = "tool:time:1" ]'
}

@test "a store that is busy gets it later" {
	touch log
	start_watch --source="$PWD/log"
	hold_store
	record >>log
	await grep -q 'records wait in memory' err
	touch release
	await grep -q 'tool was killed at time' out
}

@test "a million records: the memory does not grow, another program is seen" {
	record >log
	perl -ne 'for my $i (1 .. 1000000) { s/:\d+\)/":" . (2000 + $i) . ")"/e;
		print }' log >many
	record exe '"/usr/bin/other"' number 110 serial 9000000 >>many
	/usr/bin/time -f %M -o few "$JAIL" watch --once --all -q \
		--source="$PWD/log"
	/usr/bin/time -f %M -o size "$JAIL" watch --once --all -q \
		--source="$PWD/many"
	[ "$(counted)" = "other:getppid:1 tool:time:1000001" ]
	[ "$(sqlite3 "$JAIL_DB" "SELECT count(*) FROM denials")" -le 3 ]
	# asan's own memory grows with what is freed.
	[ "$(cat size)" -le $(($(cat few) + 16384)) ] ||
		nm "$JAIL" | grep -q __asan_init
}

@test "names that a program makes up: bounded" {
	for i in $(seq 600); do
		record exe "\"/tmp/x$i\""
	done >log
	watch_once --all
	[ "$(sqlite3 "$JAIL_DB" "SELECT count(DISTINCT program) FROM denials")" \
		-le 257 ]
	[ "$(sqlite3 "$JAIL_DB" "SELECT sum(count) FROM denials")" = 600 ]
}

# ---- on a terminal ----------------------------------------------------------

@test "--quiet: nothing is told or asked, all is recorded" {
	record >log
	on_terminal "exit 0" end -- "$JAIL" watch --once --quiet --source=./log
	[ -z "$shown" ]
	[ "$(counted)" = "tool:time:1" ]
}

@test "asked: yes, never, later, why; each is kept" {
	{
		for n in 201 201 201 110 110 111; do record number $n; done
		record number 96
	} >log
	on_terminal "exit 0" 'expect=[q]uit ' send=w 'expect=used by' \
		'expect=[q]uit ' send=y 'expect=whitelist of tool' \
		'expect=getppid' 'expect=[q]uit ' send=n \
		'expect=[q]uit ' send=l 'expect=[q]uit ' send=q end -- \
		"$JAIL" watch --once --source="$PWD/log"
	"$JAIL" export --format=list tool | grep -q ' time '
	[ "$(counted)" = "tool:getpgrp:1 tool:gettimeofday:1" ]
	"$JAIL" review --undo
	[ "$(counted)" = "tool:getpgrp:1 tool:getppid:2 tool:gettimeofday:1" ]
}

@test "Ctrl-Z in a question: it comes again, the terminal is the shell's" {
	record >log
	on_terminal "keys,stopped 19,lines,keys,exit 0" \
		'expect=[q]uit ' mode 'send=\x1a' stopped mode \
		fg 'expect=[q]uit ' mode 'send=q' end -- \
		"$JAIL" watch --source="$PWD/log"
}

@test "Ctrl-C in a question: what was read is stored, the terminal as it was" {
	record >log
	on_terminal "exit 0" 'expect=[q]uit ' 'send=\x03' end -- \
		sh -c 'trap : INT; "$0" "$@" || exit; stty -a >mode' \
		"$JAIL" watch --source="$PWD/log"
	grep -q ' icanon' mode
	grep -q ' echo ' mode
	[ "$(counted)" = "tool:time:1" ]
}

# ---- the hook ---------------------------------------------------------------

@test "--exec: what it is about is in the environment, never in the command" {
	exe=$(printf '/usr/bin/tool;touch bad $(touch bad)' | xxd -p |
		tr -d '\n' | tr a-f A-F)
	{ record; record exe "$exe" number 110; } >log
	watch_once --all --exec='printf "%s|%s|%s|%s\n" "$JAIL_PROFILE" \
		"$JAIL_CALL" "$JAIL_COUNT" "$JAIL_TEXT" >>hooked'
	status_is 0
	grep -q '^tool|time|1|tool was killed at time' hooked
	[ "$(wc -l <hooked)" -eq 2 ]
	[ ! -e bad ]
}

# ---- under sudo -------------------------------------------------------------

@test "under sudo the store is the caller's, made and written as him" {
	[ "$EUID" -eq 0 ] || skip "only root can act for another"
	without_leak_check # who was root cannot be traced
	chmod a+rwx . home
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	cp "$JAIL" jail
	echo "ann:x:4711:4711::$HOME:/bin/sh" >passwd
	record >log
	chmod 600 log
	unset JAIL_DB
	run_split env SUDO_UID=4711 SUDO_GID=4711 SUDO_USER=ann \
		unshare --mount sh -c 'mount --bind passwd /etc/passwd &&
		exec ./jail watch --once --all --source="$PWD/log" \
		--exec="id -u >'"$HOME"'/id"'
	status_is 0
	[[ $stdout == *"tool was killed at time"* ]]
	[ "$(stat -c %u:%g "$HOME/.local/share/jail/jail.db")" = 4711:4711 ]
	[ "$(find "$HOME" -user 0 ! -path "$HOME" | wc -l)" = 0 ]
	[ "$(cat "$HOME/id")" = 4711 ]
	# A link of the caller's leads nowhere that he could not go himself.
	echo precious >root-only
	chmod 600 root-only
	rm -f "$HOME"/.local/share/jail/jail.db*
	ln -s "$PWD/root-only" "$HOME/.local/share/jail/jail.db"
	run_split env SUDO_UID=4711 SUDO_GID=4711 SUDO_USER=ann \
		unshare --mount sh -c 'mount --bind passwd /etc/passwd &&
		exec ./jail watch --once --all --source="$PWD/log"'
	status_is 125
	[ "$(cat root-only)" = precious ]
}

# ---- refused ----------------------------------------------------------------

@test "sources that are not there, times that are none" {
	run_jail watch --once --source=/nowhere/at.all
	status_is 1
	[[ $stderr == *"/nowhere"* ]]
	run_jail watch --once --source="$PWD"
	status_is 1
	run_jail watch --since=never
	status_is 2
	run_jail watch --once --source=netlog
	status_is 1
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "an ordinary user without a log watches his own sandboxes, and is told" {
	[ "$EUID" -eq 0 ] || skip "only root can become another user"
	jail_for_all
	chmod a+rwx .
	mkdir -m 777 theirs
	HOME=$PWD/theirs JAIL_DB=$PWD/theirs/jail.db setpriv --reuid 4711 \
		--regid 4711 --clear-groups ./jail watch >out 2>err 3>&- &
	watcher=$!
	await grep -q 'watching no log, but the denials' err
	grep -q 'CAP_AUDIT_READ' err
	stop_watch
	[ "$status" -eq 0 ]
}

@test "who does not read is waited for, and signals are heard meanwhile" {
	for n in $(seq 300); do record number "$n"; done >log
	mkfifo pipe
	exec 9<>pipe
	"$JAIL" watch --source="$PWD/log" >pipe 2>err 3>&- &
	watcher=$!
	# The reader of the pipe comes late: it is full.
	/usr/bin/python3 - <<-'END'
		import os
		fd = os.open("pipe", os.O_WRONLY | os.O_NONBLOCK)
		try:
		    while True:
		        os.write(fd, b"x" * 4096)
		except BlockingIOError:
		    pass
	END
	for n in $(seq 301 330); do record number "$n"; done >>log
	await grep -q watching err
	stop_watch
	[ "$status" -eq 0 ]
	exec 9>&-
	run_split sh -c '"$0" watch --once --since=1h --source="$PWD/log" |
		{ sleep 1; cat; } | wc -l' "$JAIL"
	[ "$stdout" -ge 320 ]
}

@test "ever new executables of a program: all counted, in few rows" {
	for i in $(seq 40); do record exe "\"/tmp/$i/tool\""; done >log
	record exe '"/usr/bin/tool"' number 110 >>log
	watch_once
	[ "$(counted)" = "tool:getppid:1 tool:time:40" ]
	[[ $stdout == *"40 times"* ]]
	[ "$(sqlite3 "$JAIL_DB" "SELECT count(*) FROM denials")" = 17 ]
}

@test "the end of standard input is the end of the watch; nothing of a flood is lost" {
	record >one
	perl -ne 'for my $i (1 .. 60000) {
		(my $l = $_) =~ s/:\d+\)/":" . (2000 + $i) . ")"/e;
		$l =~ s/tool" sig/$i\/tool" sig/; print $l }' one >log
	{ cat log; sleep 0.2; } | timeout 60 "$JAIL" watch --source=- >out 2>err
	grep -q '60000 records of refused calls' err
	[ "$(counted)" = "tool:time:60000" ]
}

@test "a kernel that is told not to record: that is said, by doctor as well" {
	[ "$EUID" -eq 0 ] || skip "only root can change what /proc says"
	[ -e /dev/kmsg ] || skip "no /dev/kmsg"
	echo "kill_process log" >logged
	run_split unshare --mount sh -c 'mount --bind logged \
		/proc/sys/kernel/seccomp/actions_logged &&
		"$0" watch --once --source=kmsg; "$0" doctor' "$JAIL"
	stderr_has "the kernel is told not to record: kill_thread trap errno"
	[[ $stdout == *"does not record: kill_thread trap errno"* ]]
}

@test "what is dangerous is said with the question" {
	record number 101 >log
	on_terminal "exit 0" 'expect=dangerous' 'expect=allow-dangerous=ptrace' \
		'expect=[q]uit ' send=q end -- \
		"$JAIL" watch --once --source="$PWD/log"
}
