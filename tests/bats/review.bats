# SPDX-License-Identifier: MIT
# jail review: what was refused and is not decided on, a key each. The terminal
# is played by tests/lib/jobs.py.

load helper

more_setup() {
	export TERM=xterm
	unset NO_COLOR
}

# The store has programs, and nothing was refused yet.
make_store() {
	"$JAIL" add --quiet tool read
	"$JAIL" add --quiet other read
}

# deny PROGRAM NUMBER [COLUMN VALUE]...: a denial in the store, as the kernel's
# record would be, but for the columns that are given.
deny() {
	local -A row=([program]="'$1'" [number]=$2 [count]=1 [host]="''"
		[boot_id]="''" [serial]=0 [pid]=77 [uid]=0 [comm]="'tool'"
		[exe]="'/usr/bin/tool'" [arch]="'x86_64'" [ip]=4096 [errno]=0
		[action]="'killed'" [source]="'netlink'" [code]="''"
		[time]=$(date +%s%6N))
	shift 2
	while [ $# -gt 0 ]; do row[$1]=$2; shift 2; done
	row[last_time]=${row[last_time]:-${row[time]}}
	local IFS=,
	sqlite3 "$JAIL_DB" \
		"INSERT INTO denials (${!row[*]}) VALUES (${row[*]})"
}

# keys EXPECTED KEYS [OPTION...]: jail review, a key at each question.
keys() {
	local expected=$1 steps=() i
	for ((i = 0; i < ${#2}; i++)); do
		steps+=("expect=[?] " "send=${2:i:1}")
	done
	on_terminal "exit $expected" "${steps[@]}" end -- \
		"$JAIL" review "${@:3}"
}

# What waits, "PROFILE:CALL" each.
waiting() {
	"$JAIL" review --json "$@" | jq -r '.profile + ":" + .name' |
		paste -sd' '
}

# try OPTION... -- ARG...: enf_try under the store's list of "t".
try() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	run_jail enforce --name=t "${options[@]}" "$PROGS/enf_try" "$@"
}

learn_t() {
	"$JAIL" learn --quiet --name=t -- "$PROGS/enf_try" exit 0
	"$JAIL" add --quiet t write lseek
}

# ---- without a terminal -----------------------------------------------------

@test "nothing refused: nothing waits, 0; a name that is not there: 1" {
	run_jail review
	status_is 1
	one_sentence
	[ ! -e "$JAIL_DB" ]
	make_store
	run_jail review
	status_is 0
	stdout_is ""
	stderr_has "nothing waits for a decision"
	run_jail review tol
	status_is 1
	one_sentence
	stderr_has "did you mean 'tool'?"
}

@test "what was let pass was not refused; a program is named once" {
	make_store
	deny tool 201 action "'logged'"
	deny tool 83 action "'logged'" count 2
	run_jail review
	stdout_has "tool: 2 calls were let pass 3 times since"
	keys 0 a
	shows "allowed: mkdir, time (tool); nothing waits"
	"$JAIL" review --undo --quiet
	run_jail review --yes
	stdout_is "tool: mkdir (83, x86_64) is allowed, let pass 2 times before
tool: time (201, x86_64) is allowed, let pass 1 time before"
}

@test "jail add and jail drop decide on what waits, as the hint says" {
	make_store
	deny tool 201
	deny tool 83
	deny bare 83
	run_jail review
	stderr_has "by --yes, or by jail add or jail drop"
	run_jail add tool time
	run_jail drop tool mkdir
	stdout_is "tool: mkdir (83, x86_64) was not there, and stays off"
	run_jail drop tool mkdir
	stdout_is "tool: mkdir (83, x86_64) was not there"
	run_jail drop bare mkdir
	status_is 0
	run_jail review
	status_is 0
	stderr_has "nothing waits for a decision"
	! list_of tool | grep mkdir || false
	"$JAIL" review --undo --quiet
	"$JAIL" review --undo --quiet
	[ "$(waiting | tr ' ' '\n' | sort | xargs)" = "bare:mkdir tool:mkdir" ]
}

@test "without a terminal it prints, and takes no answer from a pipe" {
	make_store
	deny tool 201 count 3
	deny tool 83
	deny other 83 count 9
	run_jail review < <(yes)
	status_is 1
	[[ $stdout == "other: 1 call was refused 9 times since 20"*$'\n'"  other was killed at mkdir (83, x86_64), 9 times since "??:??$'\n'"tool: 2 calls were refused 4 times since 20"*$'\n'"  tool was killed at time (201, x86_64), 3 times since "??:??$'\n'"  tool was killed at mkdir (83, x86_64), once, at "??:?? ]] ||
		unexpected "not that"
	stderr_has "3 calls are left to decide on: on a terminal, by --yes"
	[ "$(waiting)" = "other:mkdir tool:time tool:mkdir" ]
	run_jail review --quiet
	status_is 1
	[ -z "$stdout$stderr" ]
	run_jail review tool
	stdout_lacks "other"
}

@test "--json: an object a line, with all that is known of the denial" {
	make_store
	deny tool 201 count 3 host "'web1'" source "'file'" forgeable 1
	deny tool 101 code "'/lib/x.so+0x10'"
	run_jail review --json
	status_is 1
	[ -z "$stderr" ]
	jq -es 'length == 2' <<<"$stdout"
	jq -es '.[0] | .profile == "tool" and .name == "time" and .count == 3
		and .host == "web1" and .forgeable and .obstacle == "forgeable"
		and .dangerous == null and .action == "killed" and
		(.first_time | test("^20.*Z$")) and
		.last_time == .first_time' <<<"$stdout"
	jq -es '.[1] | .obstacle == "dangerous" and
		(.dangerous | test("other processes"))' <<<"$stdout"
}

@test "a forged, an old and a foreign denial are told as such" {
	make_store
	deny tool 201 forgeable 1 source "'file'" host "'web1'" count 2 \
		time "$(date -d '2 days ago 14:02' +%s)000000"
	run_jail review
	stdout_has "tool on web1 was killed at time (201, x86_64), 2 times since $(date -d '2 days ago' +%F) 14:02 (says a log that any local user can write)"
	stdout_has "not allowed by --yes: forgeable"
}

@test "what a target chose does not reach the terminal as it is" {
	make_store
	deny tool 201 exe "'/tmp/'||char(27)||'[2J'" comm "char(27)||'c'" \
		host "char(27)||'h'" code "char(7)||'x'"
	deny "x'||char(27)||'[31m" 201
	run_jail review
	[[ $stdout != *$'\033'* ]]
	stdout_has "x?[31m was killed"
	NO_COLOR=1 keys 1 wlq
	[[ $shown != *$'\033'* && $shown != *$'\a'* ]]
	shows "/tmp/?[2J (?c)"
}

# ---- --since ----------------------------------------------------------------

@test "--since takes times as people write them" {
	make_store
	deny tool 201 count 2 time "$(date -d '3 hours ago' +%s)000000"
	deny tool 83 time "$(date -d '3 days ago' +%s)000000"
	for since in 4h '4h ago' 2d 240m "$(date -d '4 hours ago' '+%F %H:%M')" \
		"$(date -d '4 hours ago' +%FT%H:%M:%S)" \
		"$(date -u -d '4 hours ago' +%FT%H:%M:%SZ)" \
		"$(TZ=IST-5:30 date -d '4 hours ago' +%FT%H:%M:%S.5+05:30)" \
		"$(date -d '4 hours ago' +%H:%M)" \
		"$(date -d '2 days ago' +%F)"; do
		[ "$(waiting --since="$since")" = tool:time ] ||
			unexpected "$since"
	done
	[ "$(waiting --since='4d')" = "tool:time tool:mkdir" ]
	for since in now 1h "$(date -d '2 hours ago' +%H:%M)"; do
		run_jail review --since="$since"
		status_is 0
	done
	TZ=UTC run_jail review --since=today
	[ "$status" -eq $(($(date -u +%-H) >= 3)) ]
	run_jail review --since=yesterday
	status_is 1
}

@test "--since: what is no time, or is still to come, is a usage error" {
	make_store
	for since in 12 2026 x 2h2 -1h '2h agos' 25:00 12:60 2026-02-30 \
		2026-13-01 2026-1 2025-01-01x '2025-01-01 12' \
		2025-01-01T12:00+1 3025-01-01; do
		run_jail review --since="$since"
		status_is 2
		one_sentence
	done
	stderr_has "'3025-01-01' is still to come"
}

# ---- keys -------------------------------------------------------------------

@test "y: the next start has the call; the other way round it is never" {
	learn_t
	try -- mkdir made
	status_is 159
	keys 0 y
	shows "t was killed at mkdir (83, x86_64), once, at "
	shows "mkdir (83, x86_64) is on the whitelist of t from its next start on"
	shows "allowed: mkdir (t); nothing waits for a decision"
	try -- mkdir made
	status_is 0
	stdout_is 0
	"$JAIL" show --json t | jq -e '.calls[] | select(.name == "mkdir") |
		.evidence == "reviewed" and .who == "root"'
	try --deny=errno -- number 39
	keys 0 n
	shows "getpid (39, x86_64) is never allowed to t, and not told of any more"
	shows "never: getpid (t); nothing waits"
	try --deny=errno -- number 39
	stdout_is 1
	run_jail review
	status_is 0
	stdout_is ""
}

@test "l puts it off, q ends; what was answered is stored at once" {
	make_store
	deny tool 201 count 9
	deny tool 83 count 8
	deny other 96 count 7
	keys 1 lnq
	shows "never: mkdir (tool); 2 calls are left to decide on"
	[ "$(waiting)" = "tool:time other:gettimeofday" ]
	keys 1 ll
	[ "$(waiting)" = "tool:time other:gettimeofday" ]
	on_terminal "exit 1" expect='[?] ' send='y' expect='[?] ' send='\x04' \
		end -- "$JAIL" review
	[ "$(waiting)" = "other:gettimeofday" ]
}

@test "a: the rest of the program that has no obstacle, taken back as one" {
	make_store
	deny tool 101 count 90
	deny tool 201 count 9
	deny tool 83 count 8 forgeable 1
	deny tool 96 count 7
	deny tool 999 count 6
	deny other 96
	keys 1 aq tool
	shows "ptrace (101, x86_64) is left: dangerous"
	shows "gettimeofday, time, 999 are on the whitelist of tool"
	[ "$(waiting)" = "tool:ptrace tool:mkdir other:gettimeofday" ]
	keys 1 uaq tool
	shows "time (201, x86_64) of tool: 'allowed' by root, 20"
	[ "$(grep -c 'is taken back; nothing is decided on it' <<<"$shown")" -eq 3 ]
	[ "$(waiting)" = "tool:ptrace tool:mkdir other:gettimeofday" ]
	list_of tool | grep -q '^x86_64 999 999$'
}

@test "s: what comes with the call is allowed, too, and undone with it" {
	make_store
	deny tool 4
	"$JAIL" add --quiet tool lstat
	"$JAIL" drop --quiet tool lstat
	list_of tool >before
	keys 0 s
	[[ $shown == *"stat, "*"are on the whitelist of tool"* ]]
	list_of tool >after
	for call in stat fstat newfstatat; do
		grep -q "^x86_64 $call " after
	done
	! grep -q "^i386\|lstat" after || false
	run_jail review --undo tool
	status_is 0
	list_of tool | diff before -
	[ "$(waiting)" = tool:stat ]
}

@test "u: the last answer, and that of an earlier review, are asked again" {
	make_store
	deny tool 201 count 9
	deny tool 83 count 8
	deny other 96 count 1
	keys 0 nyuyn
	shows "mkdir (83, x86_64) of tool: 'allowed' by root, "
	shows "allowed: mkdir (tool); never: time (tool), gettimeofday (other)"
	deny other 102
	keys 1 uulq
	shows "gettimeofday (96, x86_64) of other: 'never' by root"
	[ "$(waiting)" = "tool:mkdir other:gettimeofday other:getuid" ]
}

@test "w: what the call does, who needs it, what it costs, who made it" {
	make_store
	"$JAIL" add --quiet tool lstat
	deny tool 4 code "'/usr/lib/libc.so.6+0xd0a89'" count 3
	deny tool 101
	"$JAIL" add --quiet tool socket
	SUDO_USER=ann "$JAIL" drop --quiet tool socket
	deny tool 41 a0 16 a1 3 a2 768 a3 0 a4 0 a5 0
	keys 1 wlwlwq
	[[ $shown =~ "  does:       "[a-z].*"
  used by:    "[0-9]+" of "[0-9]+" known programs, "[0-9]+" of which cannot" ]]
	shows "lstat (on the list); "
	shows "newfstatat"
	shows "  likely:     stands for lstat, which is on the list; used by "
	shows "  risk:       9 of 10: it reads and changes other processes"
	shows "  made in:    /usr/lib/libc.so.6+0xd0a89"
	shows "  made by:    /usr/bin/tool (tool), process 77, user root (0)"
	shows "  when:       3 times, 20"
	shows "  known from: netlink"
	shows "  decided:    drop by ann, 20"
	shows "  dangerous:  it could read and change other processes"
	shows "  to allow:   dangerous: "
	shows "  arguments:  family 0x10, type 0x3, protocol 0x300"
	shows "  made in:    not known, at 0x1000"
}

@test "? and any other key say what the keys do" {
	make_store
	deny tool 201
	keys 1 '?xq'
	[ "$(grep -c '^  y  allow it' <<<"$shown")" -eq 2 ]
	on_terminal "exit 0" expect='[?] ' send='\x1b[A\x1bOP\xc3\xa4Y\n' end \
		-- "$JAIL" review
	! grep -q '^  y  allow it' <<<"$shown" || false
}

@test "each key may be followed by Enter" {
	make_store
	deny tool 201 count 2
	deny tool 83
	on_terminal "exit 0" expect='[?] ' send='y\n' expect='[?] ' \
		send='n\n' end -- "$JAIL" review
	shows "allowed: time (tool); never: mkdir (tool)"
}

# ---- what no yes allows -----------------------------------------------------

@test "dangerous: a yes puts it on the list, and says what it takes besides" {
	learn_t
	try --deny=errno -- call 101 0
	keys 0 y
	shows "dangerous: it could read and change other processes"
	shows "ptrace (101, x86_64) is on the whitelist of t"
	try -- call 101 0
	run_jail review
	status_is 0
	stdout_has "it is on the whitelist, but dangerous: "
	stdout_has "it takes --seccomp.allow-dangerous=ptrace"
	keys 0 ''
	shows "it is on the whitelist, but dangerous: "
	shows "nothing waits for a decision"
}

@test "on the whitelist and refused for its arguments: told, not asked" {
	make_store
	"$JAIL" add --quiet tool socket
	deny tool 41 a0 2 a1 3 a2 0 a3 0 a4 0 a5 0
	run_jail review
	status_is 0
	stdout_has "it is on the whitelist, but not with these arguments (family 0x2, type 0x3, protocol 0x0), or only since the program runs; to allow them: jail learn tool"
	deny tool 0
	run_jail review
	status_is 0
	stdout_has "it is on the whitelist, which counts from the next start on"
	keys 0 ''
}

@test "x32 is never allowed, and told" {
	make_store
	deny tool 39 arch "'x32'"
	run_jail review --yes
	status_is 0
	stdout_has "calls of x32 are never allowed"
	keys 0 ''
	shows "calls of x32 are never allowed"
	! list_of tool | grep x32 || false
}

@test "calls without a name, and of another architecture" {
	make_store
	deny tool 999 count 3
	deny tool 13 arch "'i386'" count 2
	deny tool 4000 arch "'i386'"
	keys 0 wyyy
	shows "  does:       not known"
	shows "  used by:    none of the known programs"
	shows "allowed: 999, i386:time, i386:4000 (tool)"
	list_of tool >after
	for line in 'x86_64 999 999' 'i386 time 13' 'i386 4000 4000'; do
		grep -qx "$line" after
	done
}

# ---- --yes, --undo ----------------------------------------------------------

@test "--yes allows what has no obstacle, and says why it leaves the rest" {
	make_store
	"$JAIL" add --quiet tool 102
	"$JAIL" drop --quiet tool 102
	deny tool 201 count 3
	deny tool 999
	deny other 83
	deny tool 101
	deny tool 96 forgeable 1
	deny tool 102
	run_jail review --yes
	status_is 1
	stdout_has "tool: time (201, x86_64) is allowed, refused 3 times before"
	stdout_has "tool: 999 (x86_64) is allowed, refused 1 time before"
	stdout_has "other: mkdir (83, x86_64) is allowed"
	stdout_has "tool: 3 calls were refused 3 times"
	stdout_has "not allowed by --yes: forgeable"
	stdout_has "not allowed by --yes: dropped 20"
	stdout_has "  dangerous: "
	stderr_has "3 calls are left to decide on: on a terminal, or by jail"
	run_jail review --yes
	status_is 1
	stdout_lacks "is allowed"
	run_jail review --yes other
	status_is 0
}

@test "--yes --json: what was allowed and what was not" {
	make_store
	deny tool 201
	deny tool 101
	run_jail review --yes --json
	status_is 1
	jq -es 'length == 2 and .[0].allowed and .[0].name == "time" and
		.[1].allowed != true and .[1].obstacle == "dangerous"' \
		<<<"$stdout"
	run_jail review --yes --quiet
	status_is 1
	[ -z "$stdout$stderr" ]
}

@test "--undo, repeated, until nothing is left" {
	"$JAIL" add --quiet tool read
	deny tool 201
	run_jail review --yes --quiet
	run_jail review --undo
	status_is 0
	stderr_has "time (201, x86_64) of tool: 'allowed' by root, 20"
	stderr_has "is taken back; nothing is decided on it any more"
	run_jail review --undo --json tool
	status_is 0
	jq -e '.profile == "tool" and .name == "read" and .was == "allow" and
		.is == "none" and .who == "root"' <<<"$stdout"
	run_jail review --undo
	status_is 1
	one_sentence
	run_jail review --undo --yes
	status_is 2
}

@test "the author is who called sudo" {
	make_store
	deny tool 201
	SUDO_USER=ann run_jail review --yes --quiet
	run_jail review --undo
	stderr_has "'allowed' by ann"
}

# ---- the terminal -----------------------------------------------------------

@test "colour only on a terminal that takes it" {
	make_store
	deny tool 201
	keys 1 q
	[[ $shown != *"1 call was refused"* ]]
	deny tool 83
	run_jail review
	[[ $stdout != *$'\033'* ]]
	keys 1 q
	shows $'\033[1mtool\033[m: 2 calls'
	NO_COLOR=1 keys 1 q
	[[ $shown != *$'\033'* ]]
	TERM=dumb keys 1 q
	[[ $shown != *$'\033'* ]]
}

@test "Ctrl-C ends it by the signal, with the terminal's mode as it was" {
	make_store
	deny tool 201 count 2
	deny tool 83
	on_terminal "exit 130" expect='[?] ' send=y expect='[?] ' send='\x03' \
		end -- sh -c 'trap : INT; stty -a >before; "$1" review
			status=$?; stty -a >after; exit $status' - "$JAIL"
	diff before after
	[ "$(waiting)" = tool:mkdir ]
}

@test "after q the terminal's mode is as it was; meanwhile it is not" {
	make_store
	deny tool 201
	on_terminal "exit 1" expect='[?] ' send=w expect='[?] ' send=q end -- \
		sh -c 'stty -a >before; "$1" review; status=$?
			stty -a >after; exit $status' - "$JAIL"
	diff before after
}

@test "a terminal that a killed program left behind" {
	make_store
	deny tool 201
	on_terminal "exit 1" expect='[?] ' send=w expect='[?] ' send=q end -- \
		sh -c 'stty raw -echo; exec "$1" review' - "$JAIL"
	[ "$(grep -c $'\r$' shown)" -ge 8 ]
	! grep -qv $'\r$' shown || false
}

@test "Ctrl-Z stops it, and the question is put again" {
	make_store
	deny tool 201
	on_terminal "stopped 20,exit 0" expect='[?] ' send='\x1a' stopped fg \
		expect='[?] ' send=y end -- "$JAIL" review
	deny tool 83
	on_terminal "stopped 20,stopped 22,exit 0" expect='[?] ' \
		send='\x1a' stopped bg stopped fg expect='[?] ' send=n end -- \
		"$JAIL" review
}

@test "each thing that can become of a call has its words" {
	make_store
	deny tool 0 action "'errno'"
	deny tool 201 action "'errno'" errno 38
	deny tool 83 action "'logged'"
	deny mine 83 action "'logged'" source "'jail'"
	deny tool 96 action "'trapped'"
	deny tool 102 action "'notified'"
	deny tool 104 action "'traced'"
	deny other 201 action "'killed'"
	run_jail review
	stdout_has "tool failed at read (0, x86_64), once"
	stdout_has "tool failed with ENOSYS at time (201, x86_64), once"
	stdout_has "tool made mkdir (83, x86_64), which its filter logs"
	stdout_has "mine made mkdir (83, x86_64), which is not on its whitelist"
	stdout_has "tool was sent SIGSYS at gettimeofday (96, x86_64), once"
	stdout_has "tool asked its supervisor for getuid (102, x86_64), once"
	stdout_has "tool had getgid (104, x86_64) skipped for want of a tracer"
	stdout_has "other was killed at time (201, x86_64), once"
}

@test "the terminal is closed: what was answered stays" {
	make_store
	deny tool 201 count 2
	deny tool 83
	on_terminal "signal 1" expect='[?] ' send=y expect='[?] ' hangup end \
		-- "$JAIL" review
	[ "$(waiting)" = tool:mkdir ]
}

@test "in the background it asks nothing" {
	make_store
	deny tool 201
	on_terminal "exit 1" background end -- "$JAIL" review
	shows "tool was killed at time"
}

# ---- many -------------------------------------------------------------------

@test "300 groups: all printed, in order; all allowed by one key" {
	make_store
	for i in $(seq 300); do
		echo "INSERT INTO denials (program, time, last_time, count,
			host, boot_id, serial, pid, uid, exe, comm, arch,
			number, ip, action, errno) VALUES ('tool', 1, 1, $i, '',
			'', 0, 1, 0, '/x', 'x', 'x86_64', $((1000 + i)), 0,
			'killed', 0);"
	done | sqlite3 "$JAIL_DB" "BEGIN;" ".read /dev/stdin" "COMMIT;"
	run_jail review --json
	jq -es 'length == 300 and .[0].number == 1300 and
		.[299].number == 1001' <<<"$stdout"
	keys 1 lllq
	[ "$(waiting | wc -w)" -eq 300 ]
	keys 0 ya
	shows "and 291 more are on the whitelist of tool"
	[ "$(list_of tool | wc -l)" -ge 300 ]
	run_jail review --undo
	[ "$(waiting | wc -w)" -eq 299 ]
}
