# SPDX-License-Identifier: MIT
# ask: a call that is not on the whitelist waits until a person has said what
# becomes of it. The terminal's side is played by tests/lib/jobs.py.
# timeout 300

load helper

more_setup() {
	dir=$BATS_TEST_TMPDIR/made
	options=()
	read -ra calls <<<"${LIBC//,/ }"
	"$JAIL" add --quiet t "${calls[@]}"
}

# ask EXPECTED STEP... -- ATTEMPT...: the changes of the job that a shell sees;
# what the terminal showed is in ./shown.
ask() {
	local expected=$1 steps=()
	shift
	while [ "$1" != -- ]; do steps+=("$1"); shift; done
	shift
	on_terminal "$expected" "${steps[@]}" -- "$JAIL" enforce --deny=ask \
		--name t "${options[@]}" "$PROGS/enf_try" "$@"
}

# How often a question was put.
questions() {
	grep -o '\[o\]nce' shown | wc -l
}

# "NAME ACTION COUNT" of what is in the store.
recorded() {
	"$JAIL" show --json t |
		jq -r '.denials[] | "\(.name) \(.action) \(.count)"' | sort |
		paste -sd,
}

Q='[w]hy'

@test "once: the call is made, the next one is asked about again" {
	ask "exit 0" expect="$Q" send=o expect="$Q" send=d end -- repeat 1 "$dir"
	[ -d "$dir" ]
	shows "jail: t wants mkdir (83, x86_64): "
	shows "[o]nce [a]lways [d]eny [k]ill [w]hy "
	shows $' once'
	shows $' denied\n1'
	[ "$(recorded)" = "mkdir errno 1,mkdir logged 1" ]
	! list_of t | grep mkdir || false
}

@test "always: one question, and it is on the whitelist from then on" {
	ask "exit 0" expect="$Q" send=a end -- repeat 20 "$dir"
	[ "$(questions)" -eq 1 ]
	[ -d "$dir" ]
	shows "mkdir (83, x86_64) is on the whitelist of t from its next start"
	[ "$(recorded)" = "mkdir logged 1" ]
	list_of t | grep -qx 'x86_64 mkdir 83'
	"$JAIL" show --json t | jq -e '.calls[] | select(.name == "mkdir") |
		.evidence == "reviewed" and .denial != null'
	rmdir "$dir"
	run_jail enforce --name t "$PROGS/enf_try" mkdir "$dir"
	status_is 0
	stdout_is 0
	run_jail review t
	status_is 0
}

@test "deny: it fails, and so do those like it, without a question" {
	ask "exit 0" expect="$Q" send=d end -- repeat 5 "$dir"
	[ ! -e "$dir" ]
	[ "$(questions)" -eq 1 ]
	shows $' denied\n1'
	[ "$(recorded)" = "mkdir errno 6" ]
}

# A program could put another question in the place of the one that is read.
@test "a key does not count at once behind a question that was withdrawn" {
	cat >swap.py <<-'END'
		import os, signal, time
		def child(call):
		    pid = os.fork()
		    if pid == 0:
		        call("made")
		        os._exit(0)
		    return pid
		first = child(os.mkdir)
		while not os.path.exists("asked"):
		    time.sleep(0.1)
		os.kill(first, signal.SIGKILL)
		second = child(os.rmdir)
		time.sleep(1.5)
		print("later", flush=True)
		os.wait(), os.wait()
	END
	touch asked
	"$JAIL" learn --quiet --name t -- /usr/bin/python3 swap.py
	"$JAIL" drop --quiet t mkdir rmdir
	# On a busy machine the key may come late, and count.
	for _ in 1 2 3 4 5; do
		rm -f asked
		mkdir -p made
		run_split /usr/bin/python3 \
			"$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
			expect="wants mkdir" touch=asked expect="wants rmdir" \
			send=o expect=later send=d end -- "$JAIL" enforce \
			--deny=ask --name t /usr/bin/python3 swap.py
		[ ! -d made ] || break
	done
	shown=$(cat shown)
	shows "denied"
	[ -d made ]
}

@test "kill: the process ends, 159 if it is the program" {
	ask "exit 159" expect="$Q" send=k end -- mkdir "$dir"
	[ ! -e "$dir" ]
	shows $' killed'
	[ "$(recorded)" = "mkdir killed 1" ]
	"$JAIL" add --quiet t clone wait4
	ask "exit 0" expect="t: process " expect="enf_try) wants mkdir" \
		send=k end -- child "$dir"
	shows "child 9"
}

@test "why, keys that mean nothing, and large letters" {
	ask "exit 0" expect="$Q" send=w expect=made\ in: expect="$Q" send=zy9 \
		send='\x1b[A' send=O end -- mkdir "$dir"
	shows "  does:"
	shows "libc.so.6+0x"
	[ -d "$dir" ]
}

@test "what the terminal says itself, as programs can have it do, is no answer" {
	ask "exit 0" expect="$Q" send='\x1b]4;1;rgb:aaaa/aaaa/aaaa\x1b\\' \
		send='\x1bP1+r6f6f=aoka\x1b\\' send='\x1b[Mao!' send='\x1b[1;1a' \
		send='\x9d4;1;rgb:aaaa\x07' send='\x1bOa' send=w \
		expect=made\ in: expect="$Q" send=d end -- mkdir "$dir"
	[ ! -e "$dir" ]
	shows $' denied\n1'
	list_of t | grep -c mkdir | grep -qx 0
}

@test "several threads wait, and one answer for good is for all of them" {
	"$JAIL" add --quiet t clone futex rt_sigprocmask rt_sigaction madvise \
		exit sched_getaffinity
	ask "exit 0" wide expect="(4 more wait)" send=o expect="(3 more wait)" \
		send=a end -- threads 5 "$dir"
	shows "5 made"
	[ "$(recorded)" = "mkdir logged 1,mkdir logged 1" ]
	rmdir "$dir"*
	"$JAIL" drop --quiet t mkdir
	ask "exit 0" wide expect="(4 more wait)" send=d end -- threads 5 "$dir"
	shows "0 made"
}

@test "more than a thousand threads: the others are denied at once" {
	"$JAIL" add --quiet t clone futex rt_sigprocmask rt_sigaction madvise \
		exit sched_getaffinity
	ask "exit 0" wide expect="failed with EPERM at mkdir" send=a end -- \
		threads 1040 "$dir"
	made=$(sed -nE 's/^([0-9]+) made.*/\1/p' shown)
	[ "$made" -ge 1024 ]
	[ "$(recorded)" = "mkdir errno $((1040 - made)),mkdir logged 1" ]
}

@test "the time is up: denied, and asked again the next time" {
	options=(--ask-timeout=5)
	ask "exit 0" expect="no answer in time" expect="$Q" send=o end -- \
		repeat 1 "$dir"
	[ -d "$dir" ]
	shows $' once\n0'
	[ "$(recorded)" = "mkdir errno 1,mkdir logged 1" ]
}

@test "no terminal: denied, and said once" {
	run_split setsid -w "$JAIL" enforce --deny=ask --name t \
		"$PROGS/enf_try" repeat 3 "$dir" </dev/null
	status_is 0
	stdout_is 1
	stderr_has "there is no terminal to ask at"
	stderr_has "t failed with EPERM at mkdir"
	[ "$(wc -l <<<"$stderr")" -eq 2 ]
	ask "exit 0" background end -- mkdir "$dir"
	shows "there is no terminal to ask at"
	[ ! -e "$dir" ]
}

@test "Ctrl-C ends a program that waits, and the terminal is as it was" {
	ask "keys,signal 2,lines" expect="$Q" mode send='\x03' end mode -- \
		mkdir "$dir"
	[ ! -e "$dir" ]
	[ -z "$(recorded)" ]
	ask "keys,exit 0,lines" expect="$Q" mode send=d end mode -- mkdir "$dir"
}

@test "Ctrl-D: nobody is asked any more" {
	ask "exit 0,lines" expect="$Q" send='\x04' end mode -- repeat 2 "$dir"
	shows "nobody is asked any more"
	shows "t failed with EPERM at mkdir"
	[ "$(questions)" -eq 1 ]
	[ "$(recorded)" = "mkdir errno 3" ]
}

# The hang-up ends the program, or jail sees it first, and denies.
@test "the terminal is closed: nothing waits for ever" {
	ask "signal 1" expect="$Q" hangup end -- mkdir "$dir" ||
		[ "$stdout" = "exit 0" ]
	[ ! -e "$dir" ]
}

@test "the program ends while a child of it waits" {
	"$JAIL" add --quiet t clone pause rt_sigaction
	ask "signal 15,lines" expect="$Q" kill=TERM end mode -- \
		beside "$dir" "$BATS_TEST_TMPDIR/out"
	[ ! -e out ]
	[ ! -e "$dir" ]
	options=(--profile=none)
	ask "signal 15,lines" expect="$Q" kill=TERM end mode -- \
		beside "$dir" "$BATS_TEST_TMPDIR/out"
	await grep -qx 1 out
	[ ! -e "$dir" ]
}

@test "Ctrl-Z, bg and fg: the question comes back" {
	"$JAIL" add --quiet t clone pause rt_sigaction
	ask "stopped 20,lines,keys,signal 15" expect="$Q" send='\x1a' stopped \
		mode bg expect="type fg to give it" fg expect="$Q" mode send=o \
		expect=once kill=TERM end -- beside "$dir" "$BATS_TEST_TMPDIR/out"
}

@test "what was typed before is no answer" {
	"$JAIL" add --quiet t poll
	ask "exit 0" expect=ready send='a\n' expect="$Q" send=d end -- \
		typed "$dir"
	[ ! -e "$dir" ]
	[ "$(recorded)" = "mkdir errno 1" ]
}

@test "x32, i386 and input for a terminal are never asked about" {
	ask "exit 0" expect=1 end -- number $((0x40000000 + 39))
	shows "failed with EPERM at getpid (39, x32)"
	shows "calls of x32 are never allowed"
	ask "exit 0" end -- int80 "$dir"
	[ ! -e "$dir" ]
	ask "exit 0" end -- call 16 99 0x5412 0
	shows "t failed with EPERM at ioctl"
	[ "$(questions)" -eq 0 ]
}

@test "what is dangerous: the cost is said, and values count" {
	"$JAIL" add --quiet t personality
	ask "exit 0" expect="(persona 0x40000); that is dangerous: it could" \
		send=o end -- call 135 0x40000
	shows $' once\n0'
	ask "exit 0" expect="$Q" send=a end -- call 135 0x40000
	shows "it takes --seccomp.allow-dangerous=personality"
	ask "exit 0" expect="$Q" send=d end -- call 135 0x40000
	shows $' denied\n1'
}

@test "a list that is not the store's: always is for this run" {
	options=("--seccomp.keep=$LIBC")
	ask "exit 0" expect="$Q" send=a end -- repeat 3 "$dir"
	[ "$(questions)" -eq 1 ]
	shows "that is for this run; to allow it, add mkdir to seccomp.keep"
	! list_of t | grep mkdir || false
}

@test "never: silent, and no question" {
	ask "exit 0" expect="$Q" send=d end -- mkdir "$dir"
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
		expect='Allow it' send=n end -- "$JAIL" review t
	stdout_is "exit 0"
	ask "exit 0" end -- repeat 3 "$dir"
	[ "$(questions)" -eq 0 ]
	[ "$shown" = 1 ]
	[ "$(recorded)" = "mkdir errno 1,mkdir errno 4" ]
	# But the end of the program has its cause.
	run_jail enforce --name t "$PROGS/enf_try" mkdir "$dir"
	status_is 159
	one_sentence
	stderr_has "killed at mkdir (83, x86_64); to allow it: jail add t mkdir"
}

@test "always while another program keeps the store: stored at the end" {
	hold_store
	ask "exit 0" expect="$Q" send=a expect="the store is busy" \
		touch=release end -- mkdir "$dir"
	wait
	[ -d "$dir" ]
	list_of t | grep -qx 'x86_64 mkdir 83'
}

@test "--deny=log: what was recorded is offered at the end, on a terminal" {
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
		expect="Allow it?" send=y end -- "$JAIL" enforce --deny=log \
		--name t "$PROGS/enf_try" mkdir "$dir"
	stdout_is "exit 0"
	list_of t | grep -qx 'x86_64 mkdir 83'
	"$JAIL" drop --quiet t mkdir
	run_jail enforce --deny=log --name t "$PROGS/enf_try" mkdir "$dir"
	stderr_has "to allow all that was recorded: jail add --denied t"
}
