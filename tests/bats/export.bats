#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whitelists for other sandboxes: what their own programs make of them. A
# program of one's own tells what calls are answered; a program of the system
# does its work. runc and crun are in containers.bats.

load helper

# What the program says of the calls that it was learned with.
LEARNED="uname 0
getpid 0
inet 0
readable 0"
# Of others, where values of arguments cannot be told, and where they can.
BY_NAME="$LEARNED
netlink 0
executable 0
sethostname ENOSYS
ptrace ENOSYS
mseal ENOSYS"
BY_VALUE="$LEARNED
netlink ENOSYS
executable ENOSYS
sethostname ENOSYS
ptrace ENOSYS
mseal ENOSYS"

more_setup() {
	cp "$PROGS/answers" answers
	"$JAIL" learn --quiet --name answers -- ./answers learned >/dev/null
}

# Nothing but the shell and these two, as a session would have them.
learn_shell() {
	"$JAIL" learn --quiet --name shell -- \
		sh -c 'ls -l /usr/bin | sort | tail -n 1' >/dev/null
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

@test "export: every format is a choice, and the same bytes twice" {
	"$JAIL" export --help >help
	for format in text list json firejail oci systemd minijail kafel bpf
	do
		tr -s ' \n' ' ' <help | grep -q " $format: "
		"$JAIL" export -q --format=$format answers >first
		"$JAIL" export -q --format=$format answers >second
		[ -s first ]
		cmp first second
	done
}

@test "without the filter the calls are made" {
	run_split ./answers
	status_is 0
	stdout_has "$LEARNED"
	stdout_has "mseal EINVAL"
	stdout_lacks "ENOSYS"
}

@test "bwrap loads the filter" {
	needs bwrap
	"$JAIL" export -q --format=bpf --args answers >values.bpf
	"$JAIL" export -q --format=bpf answers >names.bpf
	run_split bwrap --ro-bind / / --seccomp 10 ./answers 10<values.bpf
	status_is 0
	# netlink is refused by the layer in front of the list.
	stdout_is "${BY_VALUE/netlink ENOSYS/netlink EAFNOSUPPORT}"
	run_split bwrap --unshare-pid --ro-bind / / --seccomp 10 ./answers \
		10<names.bpf
	status_is 0
	stdout_is "${BY_NAME/netlink 0/netlink EAFNOSUPPORT}"
	learn_shell
	"$JAIL" export -q --format=bpf --args shell >shell.bpf
	run_split bwrap --unshare-pid --ro-bind / / --dev /dev --seccomp 10 \
		sh -c 'ls -l /usr/bin | sort | tail -n 1' 10<shell.bpf
	status_is 0
	[ "$stdout" = "$(ls -l /usr/bin | sort | tail -n 1)" ]
	run_split bwrap --ro-bind / / --seccomp 10 chmod 600 answers \
		10<shell.bpf
	status_is 1
	stderr_has "not implemented"
}

@test "bwrap runs a server under its filter" {
	needs bwrap
	needs redis-server
	redis=(redis-server --port 0 --unixsocket s --save "" --dir "$PWD")
	work() {
		await redis-cli -s s ping
		redis-cli -s s set key value
		redis-cli -s s get key
		redis-cli -s s config set maxmemory 100mb
		redis-cli -s s shutdown nosave
	}
	"$JAIL" learn --quiet --no-sandbox --name redis -- "${redis[@]}" \
		>redis.log 3>&- &
	work >first
	wait $!
	"$JAIL" export -q --format=bpf --args redis >redis.bpf
	bwrap --bind / / --unshare-pid --seccomp 10 "${redis[@]}" \
		10<redis.bpf >redis.log 2>&1 3>&- &
	work >second
	wait $!
	cmp first second
	grep -q value second
}

@test "bpf is no text for a terminal, and kill kills" {
	on_terminal "exit 1" end -- "$JAIL" export --format=bpf answers
	shows "write it into a file"
	"$JAIL" export -q --format=bpf --deny=kill answers >kill.bpf
	needs bwrap
	run_split bwrap --ro-bind / / --seccomp 10 ./answers 10<kill.bpf
	[ "$status" -ne 0 ]
	stdout_lacks "mseal"
}

@test "firejail runs the profile" {
	needs firejail
	for form in "" --args; do
		"$JAIL" export -q --format=firejail $form answers >a.profile
		run_split firejail --quiet --profile=a.profile ./answers
		status_is 0
		[ -z "$stderr" ] || unexpected "firejail complains"
		if [ "$form" ]; then
			grep -qx 'protocol inet' a.profile
			stdout_is "${BY_VALUE/netlink ENOSYS/netlink EOPNOTSUPP}"
		else
			stdout_is "$BY_NAME"
		fi
	done
	"$JAIL" export -q --format=firejail --deny=errno=EACCES answers \
		>a.profile
	run_split firejail --quiet --profile=a.profile ./answers
	stdout_has "mseal EACCES"
}

# systemd does not run here: the unit is looked at by systemd, and carried out
# by libseccomp as systemd would.
@test "systemd takes the drop-in, and its filter does what it says" {
	needs systemd-analyze
	for form in "" --args; do
		"$JAIL" export -q --format=systemd $form answers >drop-in
		(cat drop-in; echo "ExecStart=$PWD/answers") >x.service
		run_split systemd-analyze verify --recursive-errors=yes \
			./x.service
		status_is 0
		[ -z "$stderr" ] || unexpected "systemd complains"
		run_split /usr/bin/python3 \
			"$BATS_TEST_DIRNAME/../lib/as_systemd.py" x.service
		status_is 0
		if [ "$form" ]; then
			# The families and W^X are settings of their own.
			grep -qx 'RestrictAddressFamilies=AF_INET' drop-in
			stdout_has "netlink EAFNOSUPPORT"
			stdout_has "executable EPERM"
		else
			stdout_is "$BY_NAME"
		fi
	done
	learn_shell
	"$JAIL" export -q --format=systemd --args shell >drop-in
	(cat drop-in; echo "ExecStart=/bin/sh -c 'ls -l /usr/bin | sort'") \
		>y.service
	systemd-analyze verify --recursive-errors=yes ./y.service
	run_split /usr/bin/python3 \
		"$BATS_TEST_DIRNAME/../lib/as_systemd.py" y.service
	status_is 0
	[ "$stdout" = "$(ls -l /usr/bin | sort)" ]
}

@test "systemd knows each name that is written" {
	needs systemd-analyze
	"$JAIL" add --quiet all $(seq 0 334) $(seq 424 450)
	run_jail export --format=systemd all
	status_is 0
	printf '%s\nExecStart=/bin/true\n' "$stdout" >all.service
	run_split systemd-analyze verify --recursive-errors=yes ./all.service
	status_is 0
}

@test "what is lost is said, and the exit status tells" {
	"$JAIL" add --quiet answers mseal '$999' i386:time
	for format in oci systemd; do
		run_jail export --format=$format answers
		status_is 1
		stdout_has mseal
		stderr_has "lost: 999: not among the names of libseccomp"
		stderr_has "lost: mseal: not among the names"
		stderr_has "i386"
		run_jail export -q --lossy --format=$format answers
		status_is 0
		stderr_lacks "more is allowed"
	done
	run_jail export --format=minijail answers
	status_is 1
	stdout_has "# lost: i386:time: code of i386 does not run there"
	[ "$(grep -c '^mseal:' <<<"$stdout")" -eq 0 ]
	run_jail export --format=kafel answers
	status_is 1
	stdout_has "SYSCALL[999]"
	stdout_has "SYSCALL[462] /* mseal */"
	"$JAIL" drop --quiet answers i386:time
	run_jail export --format=kafel answers
	status_is 0
	run_jail export --format=firejail answers
	status_is 0
	stdout_has ',$462,$999'
}

@test "what is dangerous is said: other sandboxes allow it" {
	"$JAIL" add --quiet answers ptrace
	run_jail export --format=oci answers
	stderr_has "more is allowed: ptrace: jail enforce refuses"
	"$JAIL" add --quiet made read
	run_jail export --format=oci --args made
	stderr_has "no values of arguments were recorded"
	run_jail export --format=bpf answers
	stderr_has "ptrace: dangerous; refused although"
}

# Docker before 23 passes over defaultErrnoRet.
@test "clone3 is answered ENOSYS by name where clone is allowed" {
	"$JAIL" add --quiet made clone
	for deny in kill errno=EPERM errno=ENOSYS; do
		run_jail export -q --format=oci --deny=$deny made
		status_is 0
		[ "$(jq -c '.syscalls[] | select(.errnoRet == 38) | .names' \
			<<<"$stdout")" = '["clone3"]' ]
	done
	"$JAIL" add --quiet made clone3
	run_jail export -q --format=oci made
	stdout_lacks errnoRet\":\ 38
}

@test "of what was seen on more hosts than there are, nothing is left" {
	run_jail export --min-hosts=2 answers
	status_is 1
	one_sentence
	stderr_has "2 hosts"
}

@test "options that mean nothing for a format are refused" {
	for words in "--args" "--deny=kill" "--format=list --args" "--all x" \
		"--format=oci --all" "--format=oci --deny=maybe" \
		"--format=oci --deny=errno=EWHAT" "--min-hosts=0"; do
		run_jail export $words answers
		status_is 2
		one_sentence
	done
}

# What every process may call is not imported: an export completes it again.
without_baseline() {
	grep -vwE "exit|exit_group|rt_sigreturn|restart_syscall|clock_gettime|\
clock_getres|gettimeofday|time|getcpu|getrandom|uretprobe|uprobe" | sort
}

# What comes back is the list, and what the export says that it added.
@test "what is read, too, comes back" {
	"$JAIL" export --format=list answers | without_baseline >list
	for format in firejail oci minijail; do
		run_jail export --format=$format --deny=kill answers
		status_is 0
		printf '%s\n' "$stdout" >file
		"$JAIL" import --quiet --db=other.db --name=$format file
		"$JAIL" export --db=other.db --format=list $format |
			without_baseline >back
		[ -z "$(comm -23 list back)" ] ||
			unexpected "lost: $(comm -23 list back)"
		for call in $(comm -13 list back | cut -d ' ' -f 2); do
			[[ $stderr == *"$call"* || $stderr == *" more: "* ]] ||
				unexpected "$call was not said"
		done
	done
	run_jail diff --db=other.db firejail minijail
	stdout_has execve
}
