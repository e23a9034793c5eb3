# SPDX-License-Identifier: MIT
# Limits, variables and abstract sockets of a sandbox, as the program meets them.

load box

@test "rlimits: soft and hard, and the program cannot raise them" {
	check() {
		status_is 0
		stdout_is $'40 40\n1000 1000\n4096'
	}
	[ "$(ulimit -Hn)" -gt 40 ]
	each --rlimit-nofile=40 --rlimit-sigpending=1000 --rlimit-fsize=4194304 \
		bash -c 'echo "$(ulimit -Sn) $(ulimit -Hn)"
			echo "$(ulimit -Si) $(ulimit -Hi)"; ulimit -f'
	check() {
		[ "$status" -ne 0 ] || unexpected "$1 has raised its limit"
	}
	each --rlimit-nofile=40 bash -c 'ulimit -n 41'
	user --rlimit-fsize=4194304 bash -c \
		'head -c 5000000 /dev/zero >~/big; wc -c <~/big'
	stdout_is 4194304
}

@test "a limit above jail's own is refused to the user" {
	run_split bash -c 'ulimit -n 50 && exec "$@"' bash setpriv \
		"--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups \
		"$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" \
		--rlimit-nofile=51 true
	refused "rlimit-nofile 51 is above the limit of 50"
}

@test "nice and cpu" {
	check() {
		status_is 0
		stdout_is "$(($(nice) + 3)) 1"
	}
	each --nice=3 --cpu=0 bash -c 'echo "$(nice) $(nproc)"'
	user --nice=-1 true
	refused "only root"
	root --nice=-1 nice
	stdout_is "$(($(nice) - 1))"
}

@test "timeout: TERM, and KILL five seconds later" {
	user --timeout=1 sleep 60
	status_is 143
	# It has this long to say what a signal is to do.
	user --timeout=4 bash -c 'trap "echo asked; exit 3" TERM
		while :; do sleep 0.1; done'
	status_is 3
	stdout_is asked
	begun=$EPOCHSECONDS
	user --timeout=4 bash -c 'trap "" TERM; while :; do sleep 0.1; done'
	status_is 137
	[ $((EPOCHSECONDS - begun)) -ge 8 ]
	user --timeout=60 true
	status_is 0
}

@test "timeout: of who has stopped itself, and of who outlives the program" {
	user --timeout=1 sh -c 'kill -STOP $$; sleep 60'
	status_is 143
	begun=$EPOCHSECONDS
	user --timeout=4 --wait-all sh -c 'sleep 60 & exit 4'
	status_is 4
	[ $((EPOCHSECONDS - begun)) -lt 50 ]
}

@test "memory and processes: limits, or a sentence with what to do" {
	for limit in memory-max=64M pids-max=20; do
		root "--$limit" true
		[ "$status" -eq 0 ] || refused "rlimit-as and rlimit-nproc"
		user "--$limit" true
		[ "$status" -eq 0 ] || refused "rlimit-as and rlimit-nproc"
	done
	run cat /sys/fs/cgroup/cgroup.controllers
	[[ $output == *memory* && $output == *pids* ]] ||
		skip "no control groups of version 2 with memory and pids here"
	root --pids-max=20 bash -c 'for i in $(seq 40); do sleep 5 & done'
	stderr_has "fork"
	root --memory-max=32M bash -c 'head -c 64m /dev/zero | tail -n 1'
	[ "$status" -ne 0 ]
	run bash -c 'ls -d /sys/fs/cgroup/jail/[0-9]*'
	[ "$status" -ne 0 ]
}

@test "variables: set, unset by pattern, in order" {
	export A_TOKEN=1 B_TOKEN=2 KEPT=3
	check() {
		stdout_is $'-\n4\n3\njail'
	}
	each '--rmenv=*_TOKEN' --env=B_TOKEN=4 bash -c 'echo "${A_TOKEN--}"
		echo "$B_TOKEN"; echo "$KEPT"; echo "$container"'
}

@test "abstract sockets of the host cannot be reached" {
	cat >abstract.py <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	name = "\0jail-test-" + sys.argv[2]
	if sys.argv[1] == "connect":
	    s.connect(name)
	else:
	    s.bind(name)
	    s.listen()
	    print("ready", flush=True)
	    sys.stdin.read()
	END
	mkfifo hold
	python3 abstract.py listen $$ <>hold >ready 3>&- &
	await grep -q ready ready
	outside python3 abstract.py connect $$
	status_is 0
	check() {
		status_is 1
		stderr_has "rror"
	}
	each --net=none python3 abstract.py connect $$
	user --check true
	[[ $stdout == *"cannot be reached (Landlock)"* ]] || {
		kill %1
		skip "no Landlock of Linux 6.12 here"
	}
	each python3 abstract.py connect $$
	kill %1
}

@test "descriptors: no folder, by which the program would leave" {
	for fd in 0 9; do
		user --keep-fd=9 true 9</ 0<"$([ "$fd" -eq 0 ] && echo / ||
			echo /dev/null)"
		status_is 125
		stderr_has "descriptor $fd is a folder"
	done
}
