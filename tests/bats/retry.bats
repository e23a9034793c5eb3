# SPDX-License-Identifier: MIT
# retry: a program that a denial has ended starts again when a person has
# allowed something, until it lives. The terminal's side is played by
# tests/lib/jobs.py.
# timeout 200

load helper

more_setup() {
	dir=$BATS_TEST_TMPDIR/made
	options=()
	read -ra calls <<<"${LIBC//,/ }"
	"$JAIL" add --quiet t "${calls[@]}"
	"$JAIL" drop --quiet t write
}

# retry EXPECTED STEP... -- ATTEMPT...
retry() {
	local expected=$1 steps=()
	shift
	while [ "$1" != -- ]; do steps+=("$1"); shift; done
	shift
	on_terminal "$expected" "${steps[@]}" -- "$JAIL" enforce --retry \
		--name t "${options[@]}" "$PROGS/enf_try" "$@"
}

starts() {
	grep -c 'starts again' shown || true
}

Q='Allow it?'

@test "until it lives" {
	retry "exit 0" expect="at mkdir (83" expect="$Q" send=y \
		expect="at write (1" expect="$Q" send=y end -- mkdir "$dir"
	[ "$(starts)" -eq 2 ]
	[ -d "$dir" ]
	run_jail enforce --name t "$PROGS/enf_try" exit 3
	status_is 3
}

@test "until nothing is allowed: the status of the last run" {
	retry "exit 159" expect="$Q" send=y expect="at write (1" expect="$Q" \
		send=l end -- mkdir "$dir"
	[ "$(starts)" -eq 1 ]
	retry "exit 159" expect="$Q" send=n end -- mkdir "$dir"
	[ "$(starts)" -eq 0 ]
	# What is never allowed is not offered any more.
	retry "exit 159" end -- mkdir "$dir"
	[ "$(starts)" -eq 0 ]
}

@test "a program that was denied nothing ends as it ends" {
	retry "exit 7" end -- exit 7
	"$JAIL" add --quiet t getpid kill write
	retry "signal 15,lines" end mode -- kill 15
	options=(--deny=errno)
	retry "exit 0" end -- mkdir "$dir"
	[ "$(starts)" -eq 0 ]
}

@test "with --deny=errno: when the program failed" {
	local enforce=("$JAIL" enforce --retry --deny=errno --name mkdir mkdir)

	run_jail learn -q --no-sandbox --name mkdir mkdir "$HOME"
	"$JAIL" drop --quiet mkdir mkdir
	on_terminal "exit 1" expect="EPERM at mkdir" expect="$Q" send=l end -- \
		"${enforce[@]}" "$dir"
	[ ! -e "$dir" ]
	on_terminal "exit 0" expect="$Q" send=y end -- "${enforce[@]}" "$dir"
	[ "$(starts)" -eq 1 ]
	[ -d "$dir" ]
}

@test "a descendant that was killed" {
	run_jail learn -q --no-sandbox --name sh sh -c \
		"'$PROGS/enf_try' exit 3; exit \$?"
	on_terminal "exit 0" expect="was killed at mkdir" expect="$Q" send=y \
		expect="$Q" send=y expect="$Q" send=y end -- "$JAIL" enforce \
		--retry --name sh sh -c "'$PROGS/enf_try' mkdir '$dir'; exit \$?"
	[ -d "$dir" ]
}

@test "each start has the same standard files and descriptors" {
	echo input >in
	cat >script <<-END
		exec "$JAIL" enforce --retry --name t --keep-fd=7 \
			"$PROGS/enf_try" fds <in >out 7<in
	END
	on_terminal "exit 0" expect="$Q" send=y end -- sh script
	[ "$(cat out)" = "0 1 2 7 " ]
	# The second start reads on where the first one was ended.
	printf 'first\nsecond\n' >in
	run_jail learn -q --no-sandbox --name sh sh -c 'read x' <in
	on_terminal "exit 0" expect="at write" expect="$Q" send=y end -- sh -c \
		"exec '$JAIL' enforce --retry sh -c 'read x; echo \$x' <in >out \
		2>/dev/tty"
	[ "$(cat out)" = second ]
}

@test "no terminal: it says so, and ends as it would" {
	run_split setsid -w "$JAIL" enforce --retry --name t "$PROGS/enf_try" \
		mkdir "$dir" </dev/null
	status_is 159
	stderr_has "killed at mkdir"
	stderr_has "there is no terminal to ask at; to decide what is allowed: jail review t"
	run_split setsid -w "$JAIL" enforce --retry --name t "$PROGS/enf_try" \
		exit 3
	status_is 3
	[ -z "$stderr" ]
}

@test "what is not on the store's list cannot be repaired so" {
	options=("--seccomp.keep=$LIBC")
	retry "exit 159" end -- mkdir "$dir"
	shows "add mkdir to seccomp.keep on the command line"
	options=()
	retry "exit 159" expect="calls of x32 are never allowed" end -- \
		number $((0x40000000 + 39))
	[ "$(starts)" -eq 0 ]
}

@test "Ctrl-C at the question ends it, and the terminal is as it was" {
	retry "keys,signal 2,lines" expect="$Q" mode send='\x03' end mode -- \
		mkdir "$dir"
	list_of t >list
	! grep mkdir list || false
}

@test "an ordinary user, in a sandbox each time" {
	[ "$UID" -eq 0 ] || skip "only root can become another user"
	jail_for_all
	cp "$PROGS/enf_try" try
	mkdir -m 777 user
	export HOME=$PWD/user JAIL_DB=$PWD/user/jail.db
	run_split setpriv --reuid 1000 --regid 1000 --clear-groups ./jail \
		add --quiet t "${calls[@]}"
	status_is 0
	on_terminal "exit 0" expect="$Q" send=y end -- setpriv --reuid 1000 \
		--regid 1000 --clear-groups ./jail enforce --retry --name t \
		./try mkdir "$PWD/user/made"
	[ -d user/made ]
	[ "$(starts)" -eq 1 ]
}
