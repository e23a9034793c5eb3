# SPDX-License-Identifier: MIT
# traps: what is hard to trace. Every program of tests/progs named trap_* says
# on stdout what must be learned and what must not (tests/progs/trap.h); its
# output and its status are the same with jail as without. The name of the test
# is that of the program. In a sandbox the program has other numbers than the
# tracer knows it by, but no privileges: those that need some are left out there.
# timeout 1200

load helper

as=()	# who runs jail and the programs
sandbox=(--no-sandbox)
NEED_PRIVILEGES=" birth privileges quiet_limits quiet_privileges "

learns() {
	local name=$BATS_TEST_DESCRIPTION

	natively "$PROGS/trap_$name"
	learned "a first session" --quiet -- "$PROGS/trap_$name"
	learned_again "a later session" --quiet -- "$PROGS/trap_$name"
	forget_trap
	run_jail learn --quiet --name trap true
	learned_again "with little known" --quiet -- "$PROGS/trap_$name"
	learned "all of it" --quiet --full -- "$PROGS/trap_$name"
	[[ $NEED_PRIVILEGES == *" $name "* ]] || in_a_sandbox "$name"
	[ "$name" = plain ] || learned "under a filter of its own" --quiet \
		-- "$PROGS/filtered" "$PROGS/trap_$name"
	case $stdout in SKIP*) skip "${stdout#SKIP }" ;; esac
}

in_a_sandbox() {
	sandbox=()
	learned "in a sandbox" --quiet -- "$PROGS/trap_$1"
	learned_again "there again" --quiet -- "$PROGS/trap_$1"
	sandbox=(--no-sandbox)
}

natively() {
	run_split timeout --foreground -k 5 60 "${as[@]}" "$1" </dev/null
	native=$status
	cp .stdout native
	case $stdout in *FAIL*) unexpected "it fails without jail" ;; esac
}

forget_trap() {
	"${as[@]}" "$JAIL" forget trap >/dev/null 2>&1 || :
}

# learned HOW OPTION...: one run, compared with the one without jail.
learned() {
	forget_trap
	learned_again "$@"
}

# The same on top of what is known.
learned_again() {
	run_split timeout --foreground -k 5 60 "${as[@]}" "$JAIL" learn \
		"${sandbox[@]}" --name trap "${@:2}" </dev/null
	[ "$status" -eq "$native" ] || unexpected "$1: without jail $native"
	[ "$stderr" = "$(cat says 2>/dev/null)" ] ||
		unexpected "$1: something else was expected on stderr"
	diff native .stdout || unexpected "$1: another output"
	known_of trap >learned
	compare <.stdout || unexpected "$1"
}

# The whitelist of NAME, and of calls whose argument values are kept also one
# "ARCH NAME NUMBER LABEL=VALUE..." for each.
known_of() {
	list_of "$1"
	"$JAIL" show --json "$1" | jq -r '.arguments[] |
		"\(.arch) \(.name) \(.number) \(.values | to_entries |
		map("\(.key)=\(.value)") | join(" "))"'
}

# Reads what a program said and holds it against the file "learned".
compare() {
	awk '
	FILENAME == "learned" { learned[$0] = 1; next }
	/^! / {
		if (substr($0, 3) in learned)
			wrong = wrong "must not be learned: " $0 "\n"
		next
	}
	/^(x86_64|x32|i386) [^ ]+ [0-9]+( [a-z]+=[0-9]+)*$/ &&
			!($0 in learned) {
		wrong = wrong "was not learned: " $0 "\n"
	}
	END {
		for (line in learned)
			if (line ~ / (4294967295|-1)$/)
				wrong = wrong "no call: " line "\n"
		printf "%s", wrong > "/dev/stderr"
		exit wrong != ""
	}' learned -
}

@test "birth" { learns; }
@test "children" { learns; }
@test "clone" { learns; }
@test "clone3" { learns; }
@test "clone_ptrace" { learns; }
@test "daemon" { learns; }
@test "dies_at_once" { learns; }
@test "dispatch" { learns; }
@test "exec_enoent" { learns; }
@test "exec_thread" { learns; }
@test "filter_asleep" { learns; }
@test "filter_births" { learns; }
@test "filter_errno" { learns; }
@test "filter_hard" { learns; }
@test "filter_i386" { learns; }
@test "filter_kill" { learns; }
@test "filter_notif" { learns; }
@test "filter_prctl" { learns; }
@test "filter_trace" { learns; }
@test "filter_trap" { learns; }
@test "filter_tsync" { learns; }
@test "fork" { learns; }

@test "i386" { learns; }
@test "ignored" { learns; }
@test "leader_exit" { learns; }
@test "never" { learns; }
@test "numbers" { learns; }
@test "pidns" { learns; }
@test "plain" { learns; }
@test "privileges" { learns; }
@test "quiet_archs" { learns; }
@test "quiet_asleep" { learns; }
@test "quiet_births" { learns; }
@test "quiet_calls" { learns; }
@test "quiet_children" { learns; }
@test "quiet_dispatch" { learns; }
@test "quiet_eintr" { learns; }
@test "quiet_exec" { learns; }
@test "quiet_exec_threads" { learns; }
@test "quiet_filter" { learns; }
@test "quiet_filter_notif" { learns; }
@test "quiet_filter_tsync" { learns; }
@test "quiet_frames" { learns; }
@test "quiet_interrupted" { learns; }
@test "quiet_killed" { learns; }
@test "quiet_leader" { learns; }
@test "quiet_limits" { learns; }
@test "quiet_masks" { learns; }
@test "quiet_numbers" { learns; }
@test "quiet_privileges" { learns; }
@test "quiet_processes" { learns; }
@test "quiet_rain" { learns; }
@test "quiet_registers" { learns; }
@test "quiet_shared" { learns; }
@test "quiet_signals" { learns; }
@test "quiet_stacks" { learns; }
@test "quiet_state" { learns; }
@test "quiet_step" { learns; }
@test "quiet_stops" { learns; }
@test "quiet_threads" { learns; }
@test "quiet_untraced" { learns; }
@test "quiet_values" { learns; }
@test "quiet_vfork" { learns; }
@test "quiet_vsyscall" { learns; }
@test "restart" { learns; }
@test "restart_i386" { learns; }
@test "signals" { learns; }
@test "sigtrap" { learns; }
@test "stop" { learns; }
@test "stop_newborn" { learns; }
@test "thread" { learns; }
@test "traceme" {
	echo "jail: $PROGS/trap_traceme wants to trace a process with ptrace," \
		"and cannot: jail traces it already, and a process has one" \
		"tracer at most; learn it without a tracer: jail enforce" \
		"--deny=log --name=trap $PROGS/trap_traceme, and then: jail" \
		"add --denied trap" >says
	natively "$PROGS/trap_traceme"
	learned "a first session" --quiet -- "$PROGS/trap_traceme"
	learned_again "a later session" --quiet -- "$PROGS/trap_traceme"
	learned "all of it" --quiet --full -- "$PROGS/trap_traceme"
	in_a_sandbox traceme
}
@test "untraced" { learns; }
@test "untraced3" { learns; }
@test "vdso" { learns; }
@test "vfork" { learns; }
@test "vsyscall" { learns; }
@test "x32" { learns; }

@test "every thread that is born while a filter comes for all is counted" {
	for round in 1 2 3 4 5 6 7 8; do
		"$JAIL" learn --no-sandbox --name "births$round" --quiet -- \
			"$PROGS/trap_filter_births" >.stdout
		"$JAIL" show --json "births$round" | jq -e '[.calls[] |
			select(.name == "getpgid")] | .[0].calls == 40'
	done
}

# What a tracer may look into for root alone it cannot change as a user.
@test "programs of an ordinary user, which he may execute but not read" {
	as=(setpriv --reuid=64323 --regid=64323 --clear-groups env)
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	chmod 777 .
	cp "$JAIL" jail
	chmod 755 jail
	JAIL=$PWD/jail JAIL_DB=$PWD/user.db
	for name in calls exec numbers privileges stacks values; do
		install -m 711 "$PROGS/trap_quiet_$name" hidden
		natively ./hidden
		learned "$name" --quiet -- ./hidden
	done
}

@test "in the sandbox of an ordinary user" {
	as=(setpriv --reuid=64323 --regid=64323 --clear-groups env)
	sandbox=()
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	chmod -R 777 .
	chown -R 64323:64323 "$HOME"
	cp "$JAIL" jail
	JAIL=$PWD/jail JAIL_DB=$HOME/user.db
	for name in children exec_thread fork i386 leader_exit numbers plain \
		quiet_calls quiet_exec quiet_signals quiet_stacks \
		quiet_threads signals stop thread vfork vsyscall; do
		install -m 755 "$PROGS/trap_$name" mine
		natively ./mine
		learned "$name" --quiet -- ./mine
		learned_again "$name again" --quiet -- ./mine
	done
}

# Beside that which is there from the start.
@test "the quiet is long enough: after it a filter is there" {
	run_split "$PROGS/quiet"
	stdout_is 0
	run_jail learn --no-sandbox --quiet "$PROGS/quiet"
	stdout_is 2
}

@test "every program has its test" {
	(cd "$BATS_TEST_DIRNAME/../progs" && ls trap_*.c) |
		sed 's/^trap_//; s/\.c$//' >programs
	sed -n 's/^@test "\([a-z0-9_]*\)" {.*/\1/p' \
		"$BATS_TEST_FILENAME" | diff programs -
}
