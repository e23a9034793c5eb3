# SPDX-License-Identifier: MIT
# dangerous: what learning never opens, and the filters that a profile asks for,
# by the whole program. Every call works outside first.

load helper

# try [OPTION...] -- ATTEMPT [ARG...]: under the whitelist alone.
try() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	run_jail enforce --profile=none "--seccomp.keep=$LIBC,$MORE" \
		"${options[@]}" "$PROGS/enf_try" "$@"
	stdout=${stdout//$'\n'/ }
}

outside() {
	run_split "$PROGS/enf_try" "$@"
	stdout_is "$result"
}

more_setup() {
	MORE=getppid
	result=0
}

# Numbers are those of x86_64.
IOCTL=16 SOCKET=41 PTRACE=101 PERSONALITY=135 KEYCTL=250 URING=425 PRCTL=157
UNSHARE=272 MEMFD=319 MPROTECT=10 MEMPOLICY=238

@test "a whitelisted call that is dangerous fails, is told and recorded" {
	outside call $PERSONALITY 0x40000
	MORE=personality try -- call $PERSONALITY 0x40000
	status_is 0
	stdout_is 1
	one_sentence
	stderr_has "enf_try failed with EPERM at personality (135, x86_64)"
	stderr_has "that is dangerous: it could switch off what protects memory"
	stderr_has "all the same: --seccomp.allow-dangerous=personality"
	stderr_lacks "whitelist"
	MORE=personality try -- call $PERSONALITY 0xffffffff
	stdout_is 0
	[ -z "$stderr" ]
	MORE=personality try --seccomp.allow-dangerous=personality -- \
		call $PERSONALITY 0x40000
	stdout_is 0
	[ -z "$stderr" ]
	"$JAIL" add --quiet enf_try read
	[ "$("$JAIL" show --json enf_try |
		jq -r '.denials[] | "\(.name) \(.action) \(.count)"')" \
		= "personality errno 1" ]
}

@test "a dangerous call that the profile's own list refuses is told no more" {
	outside call $MEMPOLICY 0 0 0
	run_jail learn -q --no-sandbox --name probe "$PROGS/enf_try" \
		call $MEMPOLICY 0 0 0
	stdout_is 0
	run_jail enforce --profile=none --name probe "$PROGS/enf_try" \
		call $MEMPOLICY 0 0 0
	stdout_is 1
	one_sentence
	stderr_has "in silence: --seccomp.drop=set_mempolicy:EPERM"
	run_jail enforce --profile=none --name probe \
		--seccomp.drop=set_mempolicy:EPERM "$PROGS/enf_try" \
		call $MEMPOLICY 0 0 0
	status_is 0
	stdout_is 1
	[ -z "$stderr" ]
	# It would take the place of the profile's own list.
	run_jail enforce --profile=none --name probe --seccomp.drop=reboot \
		"$PROGS/enf_try" call $MEMPOLICY 0 0 0
	stderr_has "that is dangerous"
	stderr_lacks "in silence"
	# Of ioctl(2) and its like only some uses are refused.
	MORE=ioctl try -- call $IOCTL 99 0x5412 0
	stderr_has "that is dangerous"
	stderr_lacks "in silence"
}

@test "what is not on the whitelist kills, dangerous or not; to open it takes both" {
	try -- call $KEYCTL 6 0 0
	status_is 159
	stderr_has "killed at keyctl (250, x86_64); that is dangerous"
	stderr_has "allow-dangerous=keyctl, and put it on the whitelist"
	try --seccomp.allow-dangerous=keyctl -- call $KEYCTL 6
	status_is 159
	stderr_lacks dangerous
	stderr_has "to allow it, add keyctl to seccomp.keep"
}

@test "unshare: namespaces fail, what threads have of their own does not" {
	outside call $UNSHARE 0x600
	outside call $UNSHARE 0x20000000
	MORE=unshare try -- call $UNSHARE 0x600
	stdout_is 0
	[ -z "$stderr" ]
	MORE=unshare try -- call $UNSHARE 0x20000000
	stdout_is 1
	stderr_has "failed with EPERM at unshare"
	MORE=unshare try --seccomp.allow-dangerous=unshare -- \
		call $UNSHARE 0x20000
	[ "$stdout" != 38 ]
}

@test "io_uring does not exist, rare families are not supported" {
	MORE=io_uring_setup try -- call $URING 1 0
	stdout_is 38
	stderr_has "failed with ENOSYS at io_uring_setup"
	"$PROGS/enf_try" call $SOCKET 40 1 0 | grep -qx 0 ||
		skip "this kernel has no sockets of virtual machines"
	MORE=socket try -- call $SOCKET 40 1 0
	stdout_is 97
	stderr_has "failed with EAFNOSUPPORT at socket"
	MORE=socket try -- call $SOCKET 1 1 0
	stdout_is 0
	[ -z "$stderr" ]
	MORE=socket try --seccomp.allow-dangerous=socket -- call $SOCKET 40 1 0
	stdout_is 0
}

@test "learning opens nothing dangerous" {
	run_jail learn -q --no-sandbox --name poison "$PROGS/enf_try" \
		call $PERSONALITY 0x40000
	stdout_is 0
	list_of poison | grep -qx 'x86_64 personality 135'
	run_jail enforce --profile=none --name poison "$PROGS/enf_try" \
		call $PERSONALITY 0x40000
	stdout_is 1
	stderr_has "that is dangerous"
}

@test "--deny=log: dangerous calls pass and are told, but for the terminal's" {
	MORE=getppid try --deny=log -- call $PERSONALITY 0x40000
	stdout_is 0
	stderr_has "made personality (135, x86_64), which would have been denied"
	stderr_has "that is dangerous"
	# EPERM by the filter, where the kernel would say ENOTTY.
	result=9 outside call $IOCTL 99 0x5412 0
	MORE=ioctl try --deny=log -- call $IOCTL 99 0x100005412 0
	stdout_is 1
	stderr_has "failed with EPERM at ioctl"
	try --deny=log -- call $IOCTL 99 0x541c 0
	stdout_is 1
	MORE=ioctl try --deny=log -- call $IOCTL 99 0x5401 0
	stdout_is 9
	[ -z "$stderr" ]
}

@test "lists of a profile answer in silence" {
	local made=$BATS_TEST_TMPDIR/made

	run_jail learn -q --no-sandbox --name made "$PROGS/enf_try" \
		mkdir "$made"
	stdout_is 0
	rmdir "$made"
	# Of the kinds of lists one counts, and seccomp.keep is the first.
	run_jail enforce --profile=none --name made \
		--seccomp.drop=mkdir:ENOENT,rmdir "$PROGS/enf_try" mkdir "$made"
	stdout_is 2
	[ -z "$stderr" ]
	[ ! -e "$made" ]
	run_jail enforce --profile=none --name made "$PROGS/enf_try" \
		mkdir "$made"
	stdout_is 0
	MORE=memfd_create try --memory-deny-write-execute -- call $MEMFD 0 0
	stdout_is 1
	[ -z "$stderr" ]
	MORE=socket try --protocol=unix -- call $SOCKET 2 1 0
	stdout_is 95
	MORE=socket try --protocol=unix,inet -- call $SOCKET 2 1 0
	stdout_is 0
}

@test "learned arguments: other values are denied, and the message says which" {
	run_jail learn -q --no-sandbox --name args "$PROGS/enf_try" \
		call $PRCTL 3 0 0 0 0
	stdout_is 0
	run_jail enforce --profile=none --name args "$PROGS/enf_try" \
		call $PRCTL 38 1 0 0 0
	stdout_is 0
	run_jail enforce --profile=none --seccomp.args=learned --name args \
		"$PROGS/enf_try" call $PRCTL 3 0 0 0 0
	stdout_is 0
	run_jail enforce --profile=none --seccomp.args=learned --name args \
		"$PROGS/enf_try" call $PRCTL 38 1 0 0 0
	status_is 159
	stderr_has "at prctl (157, x86_64); it is on the whitelist, but not with"
	stderr_has "these arguments (option 0x26); to allow them: jail learn"
}

