# SPDX-License-Identifier: MIT
# enforce: what is not on the whitelist does not happen, what is on it does,
# and nobody notices jail in between. Each forbidden thing is first shown to
# work outside.

load helper

# try [OPTION...] -- ATTEMPT [ARG...]: tests/progs/enf_try under a whitelist of
# $LIBC and $MORE.
try() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	run_jail enforce "--seccomp.keep=$LIBC${MORE:+,$MORE}" "${options[@]}" \
		"$PROGS/enf_try" "$@"
}

outside() {
	run_split "$PROGS/enf_try" "$@"
	status_is 0
}

more_setup() {
	MORE=
	dir=$BATS_TEST_TMPDIR/made
}

no_dir() {
	[ ! -e "$dir" ] || unexpected "$dir was made"
}

# The denials of PROFILE in the store, a JSON object a line.
denials_of() {
	"$JAIL" add "$1" exit_group >&2
	"$JAIL" show --json "$1" | jq -c '.denials[]'
}

@test "a call off the list does not happen: killed, told, recorded, 159" {
	outside mkdir "$dir"
	stdout_is 0
	rmdir "$dir"
	try -- mkdir "$dir"
	status_is 159
	no_dir
	one_sentence
	stderr_has "enf_try was killed at mkdir (83, x86_64)"
	stderr_has "to allow it, add mkdir to seccomp.keep on the command line"
	MORE='mkdir' try -- mkdir "$dir"
	status_is 0
	stdout_is 0
	[ -d "$dir" ]
}

@test "the store's whitelist, and the remedy that the line names" {
	run_jail learn -q --name t "$PROGS/enf_try" exit 0
	run_jail enforce --name t "$PROGS/enf_try" mkdir "$dir"
	status_is 159
	no_dir
	stderr_has "to allow it: jail add t mkdir"
	cp "$JAIL_DB" "$JAIL_DB-copy"
	run_jail enforce --db="$JAIL_DB-copy" --name t "$PROGS/enf_try" mkdir x
	stderr_has "to allow it: jail add --db=$JAIL_DB-copy t mkdir"
	"$JAIL" add t mkdir write lseek
	run_jail enforce --name t "$PROGS/enf_try" mkdir "$dir"
	status_is 0
	stdout_is 0
}

@test "no whitelist: 125 and the remedy, and the program does not start" {
	run_jail enforce "$PROGS/enf_try" mkdir "$dir"
	status_is 125
	one_sentence
	stderr_has "no whitelist for \"enf_try\"; learn one with: jail learn $PROGS/enf_try"
	no_dir
}

@test "a profile's file brings the whitelist; what is none is refused" {
	echo "seccomp.keep $LIBC" >p.profile
	run_jail enforce --profile=p.profile "$PROGS/enf_try" exit 3
	status_is 3
	run_jail enforce --profile=p.profile "$PROGS/enf_try" mkdir "$dir"
	status_is 159
	stderr_has "add mkdir to seccomp.keep in p.profile"
	echo "# nothing" >q.profile
	run_jail enforce --profile=q.profile true
	status_is 125
	stderr_has "the profile 'q.profile' refuses no calls; learn a list with"
	run_jail enforce --profile=browser true
	status_is 125
	stderr_has "there is no profile 'browser'"
	run_jail enforce --profile=p.profile/x true
	status_is 125
	stderr_has "there is no profile 'p.profile/x'"
}

@test "a denial in the store has who, what, when and where" {
	try --name t -- mkdir "$dir"
	denials_of t >d.json
	[ "$(wc -l <d.json)" -eq 1 ]
	jq -e --arg host "$(uname -n)" --arg exe "$(realpath "$PROGS/enf_try")" \
		'.arch == "x86_64" and .number == 83 and .name == "mkdir" and
		.action == "killed" and .count == 1 and .uid == '$UID' and
		.comm == "enf_try" and .exe == $exe and .host == $host and
		.profile == "t" and .pid > 1 and
		.arguments[1] == "0x1c0" and .ip != "0x0" and
		.source == "jail" and
		(.code | test("/libc[.]so[.]6[+]0x[0-9a-f]+$")) and
		(.time | test("^20..-..-..T.*Z$"))' d.json
}

@test "--deny=errno: the call fails, the program goes on" {
	try --name t --deny=errno -- mkdir "$dir"
	status_is 0
	stdout_is 1
	stderr_has "t failed with EPERM at mkdir (83, x86_64)"
	try --name u --deny=errno=ENOSYS -- mkdir "$dir"
	status_is 0
	stdout_is 38
	stderr_has "u failed with ENOSYS at mkdir"
	no_dir
	denials_of u | jq -e '.action == "errno" and .errno == 38'
	for name in EOPNOTSUPP ENOTSUP 95; do
		try --name v --deny=errno=$name -- mkdir "$dir"
		stdout_is 95
	done
}

@test "--deny=log: the call is made, told and recorded" {
	try --name t --deny=log -- mkdir "$dir"
	status_is 0
	stdout_is 0
	[ -d "$dir" ]
	stderr_has "t made mkdir (83, x86_64), which would have been denied"
	denials_of t | jq -e '.action == "logged"'
}

@test "--deny and --keep-fd: what they do not take is a usage error" {
	for option in --retry=1 --ask-timeout=5 --ask-timeout=0 \
			--deny=errno=ENOTHING --deny=errno=0 --deny=errno=4095 \
			--deny=maybe --keep-fd=x --keep-fd=-1; do
		run_jail enforce "$option" true
		status_is 125
		one_sentence
	done
}

@test "--json: a denial is an object on stderr" {
	try --json --name t -- mkdir "$dir"
	status_is 159
	jq -e '.name == "mkdir" and .action == "killed" and .profile == "t"' \
		<<<"$stderr"
	without_leak_check
	strace -f -e write,writev -e signal=none -o writes "$JAIL" enforce \
		--json "--seccomp.keep=$LIBC" --deny=errno \
		"$PROGS/enf_try" mkdir "$dir" 2>said || true
	[ "$(grep -c 'write.*(2, ' writes)" -eq 1 ]
}

@test "repeats are counted, not told again" {
	try --name t --deny=errno -- repeat 20000 "$dir"
	status_is 0
	stdout_is 1
	one_sentence
	denials_of t >d.json
	[ "$(wc -l <d.json)" -eq 1 ]
	jq -e '.count == 20001' d.json
}

@test "int 0x80 is another architecture" {
	outside int80 "$dir"
	stdout_is 0
	rmdir "$dir"
	MORE='mkdir' try -- int80 "$dir"
	status_is 159
	no_dir
	stderr_has "mkdir (39, i386)"
	stderr_has "add mkdir to seccomp.keep.i386 on"
	for deny in errno log; do
		MORE='mkdir' try --deny=$deny -- int80 "$dir"
		status_is 0
		no_dir
	done
	stdout_is 38
	MORE='mkdir' try --seccomp.keep.i386=mkdir -- int80 "$dir"
	status_is 0
	stdout_is 0
	[ -d "$dir" ]
}

@test "x32 numbers never pass" {
	# 39: getpid; it cannot fail. Without x32 the kernel answers ENOSYS.
	outside number $((0x40000000 + 39))
	MORE=getpid try -- number $((0x40000000 + 39))
	status_is 159
	stderr_has "(39, x32)"
	stderr_has "calls of x32 are never allowed"
	MORE=getpid try --deny=log -- number $((0x40000000 + 39))
	status_is 0
	stdout_is 38
}

@test "numbers beyond the table answer ENOSYS and are no denial" {
	for number in 600 1000 0x3fffffff -1 0x7fffffff; do
		try -- number $number
		status_is 0
		stdout_is 38
		[ -z "$stderr" ]
	done
	try -- number 400
	status_is 159
	stderr_has "killed at 400 (x86_64)"
}

@test "threads, children and executed programs are under the filter" {
	outside thread "$dir"
	rmdir "$dir"
	MORE=clone,futex,rt_sigprocmask,rt_sigaction,madvise,exit \
		try -- thread "$dir"
	status_is 159
	no_dir
	outside child "$dir"
	rmdir "$dir"
	MORE=clone,wait4 try -- child "$dir"
	status_is 0
	stdout_is "child 9"
	no_dir
	stderr_has "process "
	stderr_has "was killed at mkdir"
	run_jail learn -q --name sh sh -c "'$PROGS/enf_try' exit 3; echo \$?"
	stdout_is 3
	run_jail enforce --name sh sh -c "'$PROGS/enf_try' mkdir '$dir'; echo \$?"
	status_is 0
	stdout_is 137
	stderr_has "/enf_try) was killed at mkdir"
	stderr_has "to allow it: jail add sh mkdir"
	no_dir
}

@test "the first execve needs no place on the list, a second one does" {
	outside exec /bin/true
	try -- exec /bin/true
	status_is 159
	stderr_has "killed at execve (59, x86_64)"
	MORE=execve try -- exec /bin/true
	status_is 0
}

@test "clone makes no namespace that was not learned; clone3 does not exist" {
	outside clone 0x04000000
	stdout_is 0
	MORE=clone try -- clone 0
	status_is 0
	stdout_is 0
	MORE=clone try -- clone 0x04000000
	stdout_is 1
	stderr_has "enf_try failed with EPERM at clone (56, x86_64); that is"
	MORE=clone try --seccomp.allow-dangerous=clone --caps.keep=sys_admin \
		-- clone 0x04000000
	stdout_is 0
	MORE=clone try -- number 435
	stdout_is 38
	[ -z "$stderr" ]
	MORE=clone3 try --allow-clone3 -- number 435
	stdout_is 22
	try -- number 435
	status_is 159
	run_jail learn -q --name ns "$PROGS/enf_try" clone 0x04000000
	run_jail enforce --name ns "$PROGS/enf_try" clone 0x04000000
	stdout_is 1
	stderr_has "--seccomp.allow-dangerous=clone"
	run_jail enforce --name ns --caps.keep=sys_admin \
		--seccomp.allow-dangerous=clone "$PROGS/enf_try" clone 0x04000000
	status_is 0
	stdout_is 0
	run_jail enforce --name ns --seccomp.allow-dangerous=clone \
		"$PROGS/enf_try" clone 0x20000000
	status_is 159
	stderr_has "not with these namespaces (flags 0x20000011)"
	[[ $stderr == *"to allow them: jail learn --name=ns $PROGS/enf_try" ]]
}

@test "every exit status passes" {
	for n in $(seq 0 255); do
		try -- exit "$n"
		status_is "$n"
		[ -z "$stderr" ]
	done
}

@test "a signal that ends the program ends jail" {
	for n in 1 2 3 6 9 11 13 14 15 31 34; do
		MORE=kill,getpid try -- kill "$n"
		status_is $((128 + n))
		[ -z "$stderr" ]
	done
}

@test "descriptors: none inherited above 2 but those kept, 0-2 never missing" {
	exec 9</dev/null
	outside fds
	[[ $stdout == *" 9 "* ]]
	try -- fds
	stdout_is "0 1 2 "
	try --keep-fd=9 --keep-fd=1 -- fds
	stdout_is "0 1 2 9 "
	try --keep-fd=77 -- fds
	status_is 125
	stderr_has "--keep-fd=77: no such file was open"
	stderr_has "77<FILE"
	exec 9<&-
	# 3 is free, then, and jail's own while it starts.
	try --keep-fd=3 -- fds
	status_is 125
	"$JAIL" enforce "--seccomp.keep=$LIBC" "$PROGS/enf_try" fds "$PWD/out" \
		<&- >&- 2>&- 3>&-
	[ "$(cat out)" = "0 1 2 " ]
}

@test "privileges: every capability set is empty, no_new_privs is set" {
	run_split grep -E '^CapEff:.0*[1-9a-f]' /proc/self/status
	status_is 0
	run_jail learn -q --name grep grep -E '^(Cap|NoNew)' /proc/self/status
	run_jail enforce --name grep grep -E '^(Cap|NoNew)' /proc/self/status
	status_is 0
	[ "$(grep -c '^Cap...:.0000000000000000$' <<<"$stdout")" -eq 5 ]
	stdout_has "NoNewPrivs:	1"
	run_jail enforce --name grep --caps.keep=net_raw,chown \
		grep -E '^Cap' /proc/self/status
	status_is 0
	for set in Prm Eff Bnd; do
		stdout_has "Cap$set:	0000000000002001"
	done
	for set in Inh Amb; do
		stdout_has "Cap$set:	0000000000000000"
	done
}

# As an ordinary user; jail is reached by its descriptor, because its folder may
# be root's alone.
as_user() {
	run_split setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "an ordinary user: enforced alike; capabilities cannot be kept" {
	exec 9<"$JAIL"
	as_user /proc/self/fd/9 enforce "--seccomp.keep=$LIBC,exit" /bin/true
	status_is 0
	as_user /proc/self/fd/9 enforce "--seccomp.keep=brk" /bin/true
	status_is 159
	stderr_has "true was killed at"
	stderr_has "the denial is not recorded"
	as_user /proc/self/fd/9 enforce --profile=none \
		"--seccomp.keep=$LIBC" --caps.keep=net_raw /bin/true
	status_is 125
	one_sentence
	stderr_has "only root can keep capabilities"
	exec 9<&-
}

@test "the program cannot look into its supervisor" {
	as_user sh -c 'sh -c "cat /proc/\$PPID/environ"; exit $?'
	status_is 0
	exec 9<"$JAIL"
	as_user /proc/self/fd/9 enforce --profile=none --deny=log \
		--seccomp.keep=read sh -c 'cat /proc/$PPID/environ'
	exec 9<&-
	status_is 1
	stderr_has "Permission denied"
}

@test "what cannot be executed: 126 and 127, in a sentence" {
	printf '#!/no/such/interpreter\n' >script
	printf 'echo no interpreter\n' >plain
	chmod +x script plain
	for program in ./script ./plain "$PWD" /etc/passwd; do
		run_jail enforce --name t --seccomp.keep=read "$program"
		status_is 126
		one_sentence
	done
	run_jail enforce --name t --seccomp.keep=read /no/such/program
	status_is 127
	one_sentence
}

@test "SIGCHLD ignored by whoever starts jail" {
	run_split timeout 20 /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$JAIL" enforce "--seccomp.keep=$LIBC" \
		"$PROGS/enf_try" exit 5
	status_is 5
}

# No process is left whose command line names this test's folder.
all_gone() {
	! grep -lsF "$BATS_TEST_TMPDIR/out" /proc/[0-9]*/cmdline || false
}

# The child of $supervisor has become the program, which is $program.
program_runs() {
	program=$(pgrep -P "$supervisor" -x enf_try)
}

@test "a child that outlives the program stays supervised" {
	MORE=clone,setsid,clock_nanosleep \
		try --profile=none --name t --deny=errno=EACCES -- daemon go "$dir" \
		"$BATS_TEST_TMPDIR/out"
	status_is 0
	[ -z "$stderr" ]
	touch go
	await [ -s out ]
	[ "$(cat out)" = 13 ]
	no_dir
	denials_of t | jq -e '.name == "mkdir" and .count == 1'
	await all_gone
}

@test "without its supervisor a denied call fails" {
	"$JAIL" enforce --profile=none \
		"--seccomp.keep=$LIBC,clock_nanosleep" --deny=log \
		"$PROGS/enf_try" later go "$dir" "$BATS_TEST_TMPDIR/out" \
		3>&- &
	supervisor=$!
	await program_runs
	kill -9 $supervisor
	wait $supervisor || true
	touch go
	await [ -s out ]
	[ "$(cat out)" = 38 ]
	no_dir
}

@test "the filter is one, and the kernel logs what it refuses" {
	"$JAIL" enforce --profile=none \
		"--seccomp.keep=$LIBC,clock_nanosleep" \
		"$PROGS/enf_try" later go "$dir" "$BATS_TEST_TMPDIR/out" \
		3>&- &
	supervisor=$!
	await program_runs
	run_split "$PROGS/enf_filter" "$program"
	filters=$(grep Seccomp_filters: "/proc/$program/status")
	kill -9 "$program"
	wait $supervisor || true
	stdout_is 2
	[ "$filters" = "Seccomp_filters:	1" ]
}

@test "under another supervisor: the kernel itself kills" {
	inner=("$JAIL" enforce --profile=none "--seccomp.keep=$LIBC" "$PROGS/enf_try")
	run_jail enforce --profile=none --deny=log --name outer \
		--seccomp.keep=read \
		"${inner[@]}" exit 7
	status_is 7
	run_jail enforce --profile=none --deny=log --name outer \
		--seccomp.keep=read \
		"${inner[@]}" mkdir "$dir"
	status_is 159
	no_dir
	stderr_has "enf_try was killed at a call off its whitelist"
	run_jail enforce --profile=none --deny=log --name outer \
		--seccomp.keep=read \
		"${inner[@]:0:4}" --deny=errno "${inner[@]:4}" mkdir "$dir"
	status_is 0
	stdout_is 1
	stderr_has "may have made calls off its whitelist"
}

# What a thread other than the first needs.
THREAD=clone,futex,rt_sigprocmask,rt_sigaction,madvise,exit

@test "a program that takes jail's descriptors away is killed all the same" {
	without_leak_check
	for most in 0 1 3 5; do
		for deny in log kill; do
			run_split timeout -s KILL 20 "$JAIL" enforce \
				--deny=$deny "--seccomp.keep=$LIBC,getppid" \
				"$PROGS/enf_try" limit $most "$dir"
			[ $deny = kill ] && break
			status_is 0
			stdout_is 0
			rmdir "$dir"
		done
		status_is 159
		no_dir
		[ -z "$stdout" ]
		stderr_has "enf_try was killed at mkdir"
	done
}

@test "few descriptors from the start: killed, or not started" {
	without_leak_check
	for most in $(seq 4 16); do
		run_split sh -c 'exec 4>&-; ulimit -n "$1"; shift; "$@"' \
			sh $most "$JAIL" enforce --profile=none \
			"--seccomp.keep=$LIBC,$THREAD" \
			"$PROGS/enf_try" thread "$dir"
		[ "$status" -eq 159 ] || status_is 125
		no_dir
		[ -z "$stdout" ]
	done
	status_is 159
}

@test "without /proc, and with that of other PIDs: killed, and nobody else" {
	without_leak_check
	# Of the true /proc only what sanitizers read their options from.
	cat >no_proc <<-'END'
		#!/bin/sh -e
		cat /proc/self/environ >environ
		mount -t tmpfs none /proc
		mkdir /proc/self
		mv environ /proc/self
	END
	chmod +x no_proc
	for call in mkdir thread child; do
		for around in ./no_proc :; do
			run_split unshare --mount --pid --fork sh -c \
				"$around; \"\$@\"; exit \$?" sh \
				"$JAIL" enforce --profile=none --name t \
				"--seccomp.keep=$LIBC,$THREAD,wait4" \
				"$PROGS/enf_try" "$call" "$dir"
			no_dir
			stderr_has "was killed at mkdir"
			if [ $call = child ]; then
				status_is 0
				stdout_is "child 9"
				stderr_has "(unknown) was killed"
			else
				status_is 159
				[ -z "$stdout" ]
				stderr_has "t was killed"
			fi
		done
	done
	denials_of t | jq -e '.exe == null or .exe == ""'
}

@test "a store that another program holds delays no answer and loses nothing" {
	"$JAIL" add t exit_group
	hold_store
	"$JAIL" enforce --name t --deny=errno "--seccomp.keep=$LIBC" \
		"$PROGS/enf_try" repeat 10 "$dir" >first 2>said 3>&- &
	first=$!
	"$JAIL" enforce --name t "--seccomp.keep=$LIBC,clone,wait4" \
		"$PROGS/enf_try" child "$dir" >second 2>&1 3>&- &
	second=$!
	await grep -q 'child 9' second
	await [ -s first ]
	[ "$(cat first)" = 1 ]
	grep -q 'was killed at mkdir' second
	kill -0 $first && kill -0 $second
	touch release
	wait $first && wait $second
	wait
	[ "$(grep -c . said)" -eq 1 ]
	"$JAIL" show --json t | jq -e '[.denials[].count] | sort == [1, 11]'
}

@test "the longest path and a name that a terminal would obey are told safely" {
	name=$'\e[31m\e]0;x\a'
	for _ in $(seq 16); do
		mkdir "$(printf 'd%.0s' {1..240})"
		cd "$(printf 'd%.0s' {1..240})"
	done
	cp "$PROGS/enf_try" "$name"
	for form in --quiet --json; do
		run_jail enforce $form --name t \
			"--seccomp.keep=$LIBC,clone,wait4" "./$name" child \
			"$BATS_TEST_TMPDIR/made"
		status_is 0
		stdout_is "child 9"
		[ ${#stderr} -gt 400 ] && [ ${#stderr} -lt 8192 ]
		[[ $stderr != *[[:cntrl:]]* ]] || unexpected "for a terminal"
	done
	jq -e '.exe | length > 3800' <<<"$stderr"
}

# stops LINES: $script does them in Python, and then makes two calls that "p" has
# not learned: the first is told of, and the second waits for that.
stops() {
	printf '%s\n' 'import os, termios' "$1" 'try: os.getpriority(0, 0)' \
		'except OSError: pass' 'try: os.sched_getscheduler(0)' \
		'except OSError: pass' >stops.py
	echo 'import os, termios' >trained.py
	"$JAIL" learn -q --no-sandbox --name=p -- /usr/bin/python3 trained.py
	"$JAIL" add -q p ioctl write fcntl
	script=("$JAIL" enforce --deny=errno --profile=none --name=p --
		/usr/bin/python3 stops.py)
}

@test "a full pipe on stderr holds nobody up: the denial is recorded" {
	stops 'os.set_blocking(2, False)
try:
    while True: os.write(2, b"x")
except BlockingIOError: pass
os.set_blocking(2, True)'
	mkfifo pipe
	exec 9<>pipe
	run_split timeout 30 sh -c '"$0" "$@" 2>&9' "${script[@]}"
	exec 9>&-
	status_is 0
	"$JAIL" show p | grep -q 'sched_getscheduler.*EPERM'
}

@test "the program's own locks on the store's log hold nobody up" {
	stops 'import fcntl
log = os.open(os.environ["JAIL_DB"] + "-shm", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.lockf(log, fcntl.LOCK_EX | fcntl.LOCK_NB, 9, 120)'
	run_split timeout -s KILL 8 "${script[@]}"
	status_is 0
	stderr_lacks "not recorded"
	"$JAIL" show p | grep -q 'getpriority.*EPERM'
	"$JAIL" show p | grep -q 'sched_getscheduler.*EPERM'
}

@test "a stopped terminal holds nobody up: the denial is recorded" {
	stops 'termios.tcflow(1, termios.TCOOFF)'
	echo 'termios.tcflow(1, termios.TCOON)' >>stops.py
	on_terminal "exit 0" end -- timeout --foreground 20 "${script[@]}"
	"$JAIL" show p | grep -q 'sched_getscheduler.*EPERM'
}
