#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What other tools and other hosts have, into the store: files that these tools
# made themselves, bundles that git merged, and what is refused whole.

load helper

# A store of the host NAME, in which PROGRAM was learned.
learn_on() {
	local host=$1 store=$2

	shift 2
	unshare -u sh -c 'hostname "$0" && exec "$@"' "$host" \
		"$JAIL" learn --quiet --no-sandbox --db="$store" "$@"
}

need_root() {
	[ "$EUID" -eq 0 ] || skip "a host name of its own is root's to give"
}

# ---- strace ------------------------------------------------------------------

# The calls of a trace, by strace's own words.
traced_calls() {
	sed -nE 's/^[0-9]+ +(<\.\.\. )?([a-z0-9_]+)(\(| resumed).*/x86_64 \2/p' \
		"$1" | sort -u
}

without_baseline() {
	cut -d' ' -f1,2 | grep -vE ' (exit|exit_group|rt_sigreturn|getrandom|time)$' |
		grep -vE ' (restart_syscall|gettimeofday|clock_get|getcpu)' |
		not_asleep | sort -u
}

# A shell that waits for what has ended already does not sleep, and blocks no
# signals to do so.
not_asleep() {
	grep -vE ' rt_sig(suspend|procmask)( |$)'
}

steady() {
	list_of "$1" | not_asleep
}

@test "a trace and a table of strace become the list that they show" {
	command -v strace >/dev/null || skip "no strace"
	strace -f -o sh.strace sh -c 'ls / | sort >/dev/null; (exit 3); true & wait'
	run_jail import sh.strace
	status_is 0
	[[ $stdout =~ ^sh:\ [0-9]+\ new\ calls\ imported\ from\ a\ list\ of\ [0-9]+\ \(strace\)$ ]] ||
		unexpected "what was imported"
	[ -z "$stderr" ] || unexpected "nothing was passed over"
	diff <(list_of sh | without_baseline) \
		<(traced_calls sh.strace | without_baseline)
	strace -f -c -o sh.txt sh -c 'ls / | sort >/dev/null; (exit 3); true & wait'
	run_jail import --name=table ./sh.txt
	status_is 0
	# What never returns is in no table.
	diff <(list_of table | without_baseline) \
		<(list_of sh | without_baseline)
}

@test "traces with all that strace puts in front of a call" {
	command -v strace >/dev/null || skip "no strace"
	strace -f -o plain sh -c 'ls / >/dev/null; true & wait'
	"$JAIL" import --quiet --name=plain plain
	for options in "-t" "-tt" "-ttt" "-r" "-i" "-n" "-y" "-Y" "-T" "-rtT" \
		"-k" "-v -s 9999" "-tt -i -n -yy"; do
		# shellcheck disable=SC2086
		strace -f $options -o trace sh -c 'ls / >/dev/null; true & wait'
		run_jail import --name=other trace
		status_is 0
		[ -z "$stderr" ] || unexpected "$options: all was read"
		diff <(steady plain) <(steady other) || unexpected "$options"
		"$JAIL" forget --quiet other
	done
	# Not into a file: [pid 7], and what the program itself prints.
	strace -f sh -c 'ls / >/dev/null; echo "read(me) not" >&2; true & wait' \
		2>mixed
	run_jail import --name=mixed mixed
	status_is 0
	diff <(steady plain) <(steady mixed)
}

@test "code of 32 bits in a trace is of i386" {
	command -v strace >/dev/null || skip "no strace"
	cat >small.c <<-'END'
	#include <sys/socket.h>
	#include <sys/wait.h>
	#include <unistd.h>
	int main(void)
	{
		if (!fork()) {
			socket(1, 1, 0);
			send(99, "a", 1, 0);
			_exit(0);
		}
		wait(0);
		return 0;
	}
	END
	gcc -m32 -o small small.c
	strace -f -o marked.out sh -c './small; true'
	strace -f sh -c './small; true' 2>marked.err
	strace -f -c -o table ./small
	"$JAIL" learn --quiet --no-sandbox --full -- ./small
	list_of small | grep '^i386' >wanted
	for trace in marked.out marked.err table; do
		run_jail import --name="$trace" "$trace"
		status_is 0
		list_of "$trace" | grep '^i386' >found
		# The list may have more (socketcall), but lacks nothing.
		comm -23 <(sort wanted) <(sort found) | without_baseline >lacks
		[ ! -s lacks ] || unexpected "$trace: $(cat lacks)"
		list_of "$trace" | grep -q '^i386 socketcall 102'
	done
	"$JAIL" import --db=none.db marked.out 2>&1 >&- | grep -q "32 bits"
}

# ---- runc, Docker, Podman, Firejail, minijail ----------------------------------

@test "a seccomp.json of Podman's, with what it has for others" {
	local file=/usr/share/containers/seccomp.json

	[ -r $file ] || skip "no profile of Podman"
	run_jail import $file --name=podman
	status_is 0
	stderr_has "more is allowed: personality, socket: conditions"
	stderr_has "bpf"
	stderr_has "capability"
	list_of podman | grep -qx "x86_64 read 0"
	list_of podman | grep -qx "i386 open 5"
	! list_of podman | grep -q ' bpf ' || false
	jq 'del(.archMap)' $file >native.json
	"$JAIL" import --quiet ./native.json
	! list_of native | grep -q i386 || false
	jq '.architectures = ["SCMP_ARCH_X86_64"]' $file >both.json
	run_jail import ./both.json
	status_is 1
	one_sentence
	[[ $stderr =~ both.json:[0-9]+:.*archMap ]] || unexpected "the place"
	jq '.defaultAction = "SCMP_ACT_ALLOW"' $file >open.json
	run_jail import ./open.json
	status_is 1
	stderr_has "seccomp.drop"
}

@test "what jail exports for others comes back" {
	"$JAIL" learn --quiet --no-sandbox -- ls
	list_of ls | cut -d' ' -f1,2 | without_baseline >ours
	for format in text list firejail oci minijail; do
		"$JAIL" export --lossy --quiet --format=$format ls >file.$format
		run_jail import --db=$format.db --name=ls file.$format
		status_is 0
		JAIL_DB=$format.db list_of ls | cut -d' ' -f1,2 |
			without_baseline >theirs
		# What runtimes call themselves is open in their files.
		[ -z "$(comm -23 ours theirs)" ] || unexpected "$format lacks"
		[ $format = oci ] || [ $format = minijail ] ||
			diff ours theirs
		# By force, too, and by the wrong force not.
		"$JAIL" import --quiet --db=$format.2.db --name=ls \
			--format=$format - <file.$format
		[ $format = oci ] || {
			run_jail import --db=no.db --format=oci file.$format
			status_is 1
			one_sentence
			[ ! -e no.db ]
		}
	done
}

@test "--format takes what is read, and nothing that is written alone" {
	echo >empty
	for format in text list firejail oci minijail strace json; do
		run_jail import --name=t --format="$format" empty
		status_is 1
		one_sentence
		stderr_lacks "not read"
	done
	for format in systemd kafel bpf frob; do
		run_jail import --name=t --format="$format" empty
		status_is 2
	done
}

@test "a Firejail profile: its list, and what is left out is named" {
	printf '%s\n' 'include disable-common.inc' 'net none' 'blacklist /a' \
		'seccomp.keep read,write' >tool.profile
	run_jail import ./tool.profile
	status_is 0
	stderr_has "include, net, blacklist: not imported"
	[ "$(list_of tool)" = "x86_64 read 0
x86_64 write 1" ]
	for profile in /etc/firejail/firefox.profile; do
		[ -r $profile ] || continue
		run_jail import $profile
		status_is 1
		one_sentence
		stderr_has "lists no call to allow"
	done
}

@test "a policy of minijail includes files of its folder, and no others" {
	mkdir -p policies/more outside
	echo 'write: 1' >policies/more/base.policy
	echo 'uname: 1' >outside/x.policy
	ln -s ../outside/x.policy policies/out.policy
	printf '@include ./loop.policy\n' >policies/loop.policy
	printf 'read: 1\n@include ./more/base.policy\nptrace: return 1\n' \
		>policies/tool.policy
	run_jail import policies/tool.policy
	status_is 0
	stdout_is "tool: 2 new calls imported from a list of 2 (minijail), and \
1 that fails without a word"
	run_jail export tool
	stdout_has "seccomp.stub EPERM ptrace"
	for include in ../outside/x.policy ./out.policy ./loop.policy \
		"$PWD/outside/x.policy" ./none .; do
		printf 'read: 1\n@include %s\n' "$include" >policies/bad.policy
		run_jail import --db=bad.db policies/bad.policy
		status_is 1
		one_sentence
		stderr_has "bad.policy:2: "
		[ ! -e bad.db ]
	done
	mkfifo policies/pipe
	printf 'read: 1\n@include ./pipe\n' >policies/bad.policy
	run_split timeout 30 "$JAIL" import --db=bad.db policies/bad.policy
	status_is 1
}

# ---- bundles --------------------------------------------------------------------

@test "a whole store travels through a pipe, and is the same" {
	for i in $(seq 50); do
		"$JAIL" add --quiet "program $i" read write "$((i + 100))"
	done
	"$JAIL" drop --quiet "program 7" read
	"$JAIL" learn --quiet --no-sandbox -- true
	"$JAIL" export --all | "$JAIL" import --db=other.db -
	"$JAIL" export --all >here
	"$JAIL" export --all --db=other.db >there
	# The decisions of elsewhere come as imported.
	sed 's/"evidence":"[a-z]*","answer":null,.*//' here >here.cut
	sed 's/"evidence":"[a-z]*","answer":null,.*//' there >there.cut
	cmp here.cut there.cut
	[ "$("$JAIL" list --db=other.db --json | wc -l)" -eq 51 ]
	"$JAIL" export --all | "$JAIL" import --db=other.db - >again
	grep -q '^51 programs: 0 new sessions imported (1 was known), 0 new' again
}

@test "two hosts add sessions, git merges, and both are there" {
	need_root
	git init -q -b main repo
	git -C repo config user.email a@example.org
	git -C repo config user.name A
	learn_on alpha alpha.db --name=t -- ls
	learn_on alpha alpha.db --name=t -- ls -l /
	for form in json text; do
		echo "merged.$form merge=union" >>repo/.gitattributes
		for name in plain merged; do
			"$JAIL" export --db=alpha.db --format=$form t \
				>repo/$name.$form
		done
	done
	git -C repo add . && git -C repo commit -qm start
	git -C repo branch beta
	learn_on alpha alpha.db --name=t -- mkdir made
	learn_on beta beta.db --name=t -- ls
	"$JAIL" import --quiet --db=beta.db repo/plain.json
	learn_on beta beta.db --name=t -- rmdir made
	for host in alpha beta; do
		[ $host = alpha ] || git -C repo checkout -q beta
		for form in json text; do
			"$JAIL" export --db=$host.db --format=$form t \
				>repo/merged.$form
		done
		git -C repo commit -qam $host
	done
	git -C repo checkout -q main
	git -C repo merge -q -m both beta
	run_jail import --db=merged.db repo/merged.json
	status_is 0
	stdout_has "t: 5 new sessions imported"
	run_jail show --db=merged.db t
	[[ $stdout =~ on\ alpha\ alone:.*\ mkdir, ]] || unexpected "mkdir"
	[[ $stdout =~ on\ beta\ alone:.*\ rmdir ]] || unexpected "rmdir"
	JAIL_DB=merged.db list_of t | grep -qx "x86_64 mkdir 83"
	JAIL_DB=merged.db list_of t | grep -qx "x86_64 rmdir 84"
	"$JAIL" import --quiet --db=text.db repo/merged.text
	JAIL_DB=text.db list_of t | grep -qx "x86_64 mkdir 83"
	JAIL_DB=text.db list_of t | grep -qx "x86_64 rmdir 84"
	# What was merged is sorted again, and says no more than both.
	"$JAIL" export --db=merged.db --format=json t >sorted
	diff <(sort sorted) <(sort -u repo/merged.json)
}

@test "sessions that two hosts add merge without a word, apart in the file" {
	need_root
	git init -q -b main repo
	git -C repo config user.email a@example.org
	git -C repo config user.name A
	for i in 1 2 3 4 5 6 7 8; do
		printf '{"fact":"session","program":"t","session":"%d0000000",' $i
		printf '"host":"a","kernel":"6","libc":"g","jail":null,"started":'
		printf '"2026-01-01T00:00:00.000000Z","ended":null,"status":0,'
		printf '"workload":null,"known":0,"sandbox":true,"full":true}\n'
	done >all
	profile='{"fact":"profile","program":"t","format":1}'
	{ echo "$profile"; sed -n '2p;5p' all; } >repo/t.json
	git -C repo add . && git -C repo commit -qm start && git -C repo branch b
	{ echo "$profile"; sed -n '1,3p;5p' all; } >repo/t.json
	git -C repo commit -qam a
	git -C repo checkout -q b
	{ echo "$profile"; sed -n '2p;5,8p' all; } >repo/t.json
	git -C repo commit -qam b
	git -C repo merge -q -m both main
	run_jail import repo/t.json
	stdout_has "t: 7 new sessions imported"
	sed '3i<<<<<<< HEAD' repo/t.json >marked
	run_jail import --db=no.db marked
	status_is 1
	one_sentence
	stderr_has "marked:3: here is a conflict"
	[ ! -e no.db ]
}

@test "calls that so many hosts needed" {
	need_root
	learn_on alpha a.db --name=t -- mkdir made
	learn_on beta b.db --name=t -- rmdir made
	for store in a b; do
		"$JAIL" export --db=$store.db --all | "$JAIL" import --quiet -
	done
	run_jail export --min-hosts=2 --format=list t
	stdout_has "x86_64 brk 12"
	stdout_lacks " mkdir "
	stdout_lacks " rmdir "
	run_jail export t
	stdout_has "# seen on alpha: mkdir"
	stdout_has "# seen on beta: rmdir"
	stdout_has " on alpha, Linux "
	run_jail show --json t
	[ "$(jq -c '[.hosts[].host]' <<<"$stdout")" = '["alpha","beta"]' ]
	[ "$(jq -c '[.hosts[] | select(.host == "alpha") |
		.not_everywhere[].name] | index("mkdir") != null' \
		<<<"$stdout")" = true ]
	"$JAIL" import --quiet --db=again.db - < <("$JAIL" export t)
	[ "$("$JAIL" list --db=again.db --json | jq .sessions)" -eq 2 ]
}

# ---- what is refused whole --------------------------------------------------------

@test "a bundle that lies changes nothing" {
	"$JAIL" learn --quiet --no-sandbox -- true
	"$JAIL" export --format=json true >good
	"$JAIL" add --quiet true getpid
	"$JAIL" export --all >before
	while IFS= read -r change; do
		sed -E "$change" good >bad
		cmp -s good bad && unexpected "$change changes nothing"
		run_jail import bad
		status_is 1
		one_sentence
		stderr_has "bad"
		run_jail import --db=none.db bad
		[ ! -e none.db ]
	done <<-'EOL'
		5s/.*/{"fact":"call"/
		5s/.*/\x0/
		$s/.{20}$//
		5s/"calls":[0-9]+/"calls":-1/
		5s/"calls":[0-9]+/"calls":1e999/
		5s/"calls":[0-9]+/"calls":1.5/
		5s/"number":[0-9]+/"number":99999999999/
		s/"started":"2026/"started":"1960/
		s/"started":"2026/"started":"2926/
		s/"fact":"call"/"fact":"weather"/
		s/"format":1/"format":2/
		1d
		2d
		s/"arch":"x86_64"/"arch":"vax"/
	EOL
	"$JAIL" export --all | cmp - before
	sed 's/"calls":[0-9]*/"calls":77/;5q' good | tail -1 | cat good - >bad
	run_jail import bad
	status_is 1
	stderr_has "contradicts line"
	head -c 70000000 </dev/zero | tr '\0' ' ' | cat good - >large
	run_jail import large
	status_is 1
	one_sentence
	stderr_has "more than 64 MB"
	"$JAIL" export --all | cmp - before
}

@test "a session of another architecture is kept, and is not ours" {
	"$JAIL" learn --quiet --no-sandbox -- true
	"$JAIL" export --format=json true |
		sed -E '/"fact":"call"/{s/"arch":"x86_64"/"arch":"aarch64"/
			s/"name":"[^"]*"/"name":"9"/; s/"number":[0-9]+/"number":9/}
			/"fact":"(argument|passed)"/d' |
		awk '!/"fact":"call"/ || !seen++' >arm.json
	sed -i 's/"name":"9"/"name":"lgetxattr"/' arm.json
	run_jail import --db=arm.db arm.json
	status_is 0
	[ "$(JAIL_DB=arm.db list_of true)" = "aarch64 lgetxattr 9" ]
}
