# SPDX-License-Identifier: MIT
# jobs: a program under jail is to the shell, the terminal and the processes
# around it what it is without. The terminal's side is played by
# tests/lib/jobs.py.
# timeout 200

load helper

LEARN=("$JAIL" learn --no-sandbox --quiet --name job --)

# job EXPECTED STEP... -- SCRIPT: the changes of the job that a shell sees, by
# tests/lib/jobs.py, first without jail and then with it.
job() {
	local expected=$1 steps=() prefix
	shift
	while [ "$1" != -- ]; do steps+=("$1"); shift; done
	terminal "$expected" env /bin/sh -c "$2"
	terminal "$expected" "${LEARN[@]}" /bin/sh -c "$2"
	# What was learned is kept however it ended.
	list_of job >learned
	grep -q "^x86_64 exit_group \|^x86_64 rt_sigaction " learned
}

terminal() {
	run_split /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/jobs.py" shown \
		"${steps[@]}" -- "${@:2}"
	[ "$(paste -sd, <<<"$stdout")" = "$1" ] ||
		unexpected "expected $1 of $2" "shown: $(cat -v shown)"
}

@test "Ctrl-C ends it" {
	job "signal 2" expect=ready send='\x03' end -- \
		'trap - INT; echo ready; exec sleep 100'
}

@test "Ctrl-C is its own affair" {
	job "exit 7" expect=ready send='\x03' end -- \
		'trap "exit 7" INT; echo ready; read x'
}

@test "Ctrl-C goes to a program that ignores it, and jail stays" {
	job "exit 4" expect=ready send='\x03' send='x\n' end -- \
		'trap "" INT; echo ready; read x; [ "$x" ] && exit 4'
}

@test "Ctrl-\\ ends it" {
	job "signal 3" expect=ready send='\x1c' end -- \
		'ulimit -c 0; echo ready; exec sleep 100'
}

@test "Ctrl-Z stops it, fg continues it" {
	job "stopped 20,exit 4" expect=ready send='\x1a' stopped fg \
		expect=again send='x\n' end -- \
		'trap "echo again" CONT; echo ready
		while ! read x; do :; done; exit 4'
}

@test "Ctrl-Z three times" {
	job "stopped 20,stopped 20,stopped 20,signal 15" expect=ready \
		send='\x1a' stopped fg expect=again send='\x1a' stopped fg \
		expect=again send='\x1a' stopped fg expect=again kill=TERM \
		end -- 'trap "echo again" CONT; echo ready; while :; do read x; done'
}

@test "Ctrl-Z stops it, bg lets it end" {
	# Without a child: a shell that waits for one of vfork(2) cannot stop.
	mkfifo go
	job "stopped 20,exit 0" expect=ready send='\x1a' stopped bg touch=go \
		end -- 'echo ready; read x <go; exit 0'
}

@test "it stops itself" {
	job "stopped 19,exit 6" stopped fg end -- 'kill -STOP $$; exit 6'
	job "stopped 20,exit 6" stopped fg end -- 'kill -TSTP $$; exit 6'
}

@test "in the background, it is stopped when it reads" {
	job "stopped 21,exit 9" background stopped fg send='hello\n' end -- \
		'read x; [ "$x" = hello ] && exit 9'
}

@test "in the background, it is stopped when it writes, if the terminal says so" {
	job "stopped 22,exit 9" tostop background stopped fg expect=hello end -- \
		'echo hello; exit 9'
}

@test "in the background, it ends by itself" {
	job "exit 5" background expect=hello end -- 'echo hello; exit 5'
}

@test "the terminal goes away" {
	job "signal 1" expect=ready hangup end -- 'echo ready; exec sleep 100'
}

@test "signals sent to jail are the program's" {
	job "exit 3" expect=ready kill=USR1 expect=usr1 kill=HUP expect=hup \
		kill=WINCH expect=winch kill=TERM end -- \
		'trap "echo usr1" USR1; trap "echo hup" HUP
		trap "echo winch" WINCH; trap "exit 3" TERM
		echo ready; while :; do read x; done'
}

@test "it is stopped and continued by signals to jail alone" {
	job "stopped 20,exit 4" expect=ready kill=TSTP stopped fg send='x\n' \
		end -- 'echo ready; while ! read x; do :; done; exit 4'
}

@test "a shell with jobs of its own" {
	steps=(expect='$ ' send="sh -c 'echo rea''dy; read x; exit 4'\n"
		expect=ready send='\x1a' expect=Stopped expect='$ '
		send='fg\n' expect=read send='x\n' expect='$ '
		send='echo st=$?\n' expect=st=4 send='exit 5\n' end)
	terminal "exit 5" env PS1='$ ' bash --norc -i
	PS1='$ ' terminal "exit 5" "${LEARN[@]}" \
		"$(type -P env)" PS1='$ ' bash --norc -i
}

@test "jail is a job of a real shell" {
	local run
	for run in "" "$JAIL learn --no-sandbox --quiet --name job -- "; do
		steps=(expect='$ '
			send="${run}sh -c 'echo rea''dy; read x; exit 4'\n"
			expect=ready send='\x1a' expect=Stopped expect='$ '
			send='fg\n' expect=read send='x\n' expect='$ ' send='echo st=$?\n' expect=st=4
			send='exit 5\n' end)
		terminal "exit 5" env PS1='$ ' bash --norc -i
	done
}

@test "after Ctrl-C the summary is shown" {
	steps=(expect=ready send='\x03' end)
	terminal "signal 2" "$JAIL" learn --no-sandbox --name job -- \
		sh -c 'echo ready; exec sleep 100'
	grep -q 'calls  *errors  *call' shown
	grep -q 'jail enforce --name=job sh' shown
}

# ---- status ---------------------------------------------------------------

# The status of every way to end, as wait(2) has it, with the command before it.
every_end() {
	/usr/bin/python3 - "$PROGS/ends" "$@" <<-'END'
	import subprocess, sys
	ends, before = sys.argv[1], sys.argv[2:]
	stops = (19, 20, 21, 22)
	ways = [("exit", n) for n in range(256)]
	ways += [(how, n) for how in ("signal", "self")
	         for n in range(1, 32) if n not in stops
	         and (how == "signal" or n not in (17, 18, 23, 28))]
	for how, n in ways:
	    done = subprocess.run(before + [ends, how, str(n)])
	    print(how, n, done.returncode)
	END
}

@test "exit status and signal are the program's" {
	every_end >native
	grep -q '^exit 255 255$' native
	grep -q '^self 9 -9$' native
	grep -q '^signal 31 -31$' native
	every_end "${LEARN[@]}" | diff native -
}

@test "what never starts" {
	run_split "${LEARN[@]}" "$BATS_TEST_TMPDIR/none"
	status_is 127
	run_split "${LEARN[@]}" /etc/passwd
	status_is 126
}

# ---- pipes ----------------------------------------------------------------

@test "a pipeline ends when its reader does" {
	timeout 20 "${LEARN[@]}" "$(type -P yes)" | head -1 >out
	[ "${PIPESTATUS[0]}" -eq 141 ]
	[ "$(cat out)" = y ]
	list_of job | grep -q '^x86_64 write 1$'
}

# timeout(1) would hold the pipes open itself: around the whole pipeline.
pipeline() {
	mkfifo closed
	for prefix in env "${LEARN[*]}"; do
		run_split timeout 20 bash -c "prefix='$prefix'; $1"
		status_is 0
	done
}

@test "who reads from the program sees when it closes its output" {
	pipeline '$prefix sh -c "echo a; exec >&-; read x <closed; exit 3" |
		{ cat; echo b >closed; }; [ ${PIPESTATUS[0]} -eq 3 ]'
	stdout_is a
}

@test "who writes to the program sees when it closes its input" {
	pipeline '{ yes; echo b >closed; } |
		$prefix sh -c "exec <&-; read x <closed; exit 3"
		[ ${PIPESTATUS[1]} -eq 3 ]'
}

@test "a descriptor that the program inherits is closed when it closes it" {
	mkfifo other
	pipeline '{ cat other; echo b >closed; } &
		$prefix sh -c "exec 7>&-; read x <closed" 7>other'
}

@test "a pipe is closed when the program ends, though a daemon lives on" {
	pipeline '$prefix sh -c "(read x <closed) >&- 2>&- & echo a" |
		{ cat; echo b >closed; }'
}

# ---- what it is born with -------------------------------------------------

# born COMMAND...: COMMAND, which ends in exec, with and without jail.
born() {
	"$@" "$PROGS/trap_birth" >native
	! grep FAIL native || false
	"$@" "${LEARN[@]}" "$PROGS/trap_birth" >with
	diff native with
}

@test "born as without jail" { born env; }

@test "born with signals ignored and blocked" {
	born env --ignore-signal=PIPE,HUP,CHLD,INT,TTOU --block-signal=USR1,TERM
}

@test "born with limits, nice, umask and another group" {
	born sh -c 'ulimit -n 99; ulimit -t 1000; umask 027; exec nice -n 3 "$@"' sh
	born taskset 1
	born setarch -R
}

@test "born with more and with fewer descriptors" {
	born sh -c 'exec "$@" 7</dev/null 9>&1' sh
	born sh -c 'exec "$@" <&-' sh
	born sh -c 'exec "$@" 2>&-' sh
	born sh -c 'exec "$@" <&- 2>&- 5>&1' sh
}

@test "born without any descriptor" {
	sh -c 'exec "$@" <&- >&- 2>&-' sh "$PROGS/ends" exit 3 || [ $? -eq 3 ]
	sh -c 'exec "$@" <&- >&- 2>&-' sh "${LEARN[@]}" "$PROGS/ends" exit 3 ||
		[ $? -eq 3 ]
	list_of job | grep -q '^x86_64 exit_group 231$'
}

@test "jail is born with children that are not its own" {
	local status=0
	timeout 20 sh -c '(exit 9) & sleep 0.2 & exec "$@"' sh "${LEARN[@]}" \
		/bin/sh -c 'sleep 0.4; exit 3' || status=$?
	[ "$status" -eq 3 ]
	status=0
	timeout 20 sh -c 'sleep 100 & echo $! >other; exec "$@"' sh \
		"${LEARN[@]}" "$PROGS/trap_children" >out || status=$?
	kill "$(cat other)"
	[ "$status" -eq 0 ]
	! grep FAIL out || false
}

# ---- jail is killed -------------------------------------------------------

# What it has called by then is in the store.
stored() {
	list_of job >learned && grep -q '^x86_64 kill 62$' learned &&
		grep -q '^x86_64 \(fchmodat\|chmod\) ' learned &&
		grep -q '^x86_64 clock_nanosleep 230$' learned
}

# Starts a program of two processes that says when it has made its calls, and
# waits until jail has stored them. $jail, $target, $tracer are what they say.
victim() {
	mkfifo ready
	"${LEARN[@]}" /bin/sh -c 'echo $$ >pid; sleep 1000 & echo $! >>pid
		kill -0 $$; chmod 600 pid; echo >ready; read x; read y <ready' \
		</dev/null 3>&- &
	jail=$!
	read -r _ <ready
	await stored
	target=$(head -1 pid)
	tracer=$(awk '/^TracerPid/ { print $2 }' "/proc/$target/status")
	[ "$tracer" -gt 0 ]
}

is_gone() {
	! grep -qs '^State:.[^ZX]' "/proc/$1/status" || false
}

nobody_survives() {
	local pid

	for pid in $(cat pid) "$jail" "$tracer"; do await is_gone "$pid"; done
	stored
}

@test "jail is killed: what was observed is kept, nothing survives" {
	victim
	kill -KILL "$jail"
	wait "$jail" || [ $? -eq 137 ]
	nobody_survives
}

@test "the tracer is killed: what was observed is kept, nothing survives" {
	local status=0
	victim
	kill -KILL "$tracer"
	wait "$jail" || status=$?
	[ "$status" -ne 0 ]
	nobody_survives
}

@test "the program is killed: the rest goes on" {
	local status=0
	victim
	kill -KILL "$target"
	kill "$(tail -1 pid)"
	wait "$jail" || status=$?
	[ "$status" -eq 137 ]
	nobody_survives
}

@test "the tracer is out of the terminal's reach and holds nothing" {
	victim
	[ "$(ps -o sid= -p "$tracer" | tr -d ' ')" != \
		"$(ps -o sid= -p "$target" | tr -d ' ')" ]
	! readlink "/proc/$tracer/fd/"[0-2] | grep -v '^/dev/null$' || false
	kill "$jail" "$(tail -1 pid)"
	wait "$jail" || [ $? -eq 143 ]
	nobody_survives
}
