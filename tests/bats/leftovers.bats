# SPDX-License-Identifier: MIT
# leftovers: of a sandbox nothing stays on the machine, however it ended: no
# mount, no folder, no process, no control group.
# serial

load helper

more_setup() {
	# The programs of this test are known by a number that nobody else has.
	unique=$((100000000 + $$ * 1000 + RANDOM % 1000))
	user=64332
	# A home that the user can reach, and that is not in /tmp.
	HOME=$(mktemp -d /home/jail-leftovers.XXXXXX)
	cd "$HOME"
	mkdir -p "$HOME/folder"
	touch "$HOME/file"
	run_dir=$HOME/run
	mkdir -m 700 "$run_dir"
	export XDG_RUNTIME_DIR=$run_dir
	marker=$BATS_TEST_TMPDIR/marker
}

teardown() {
	local pid
	for pid in $(members); do kill -9 "$pid" 2>&1 || true; done
	cd /
	rm -rf --one-file-system "$HOME"
}

# as user|root: from now on jail is run as...
as() {
	as=() mine=()
	[ "$1" = root ] || {
		mine=(-uid "$user")
		as=(setpriv "--reuid=$user" "--regid=$user" --clear-groups)
		chown -R "$user:$user" "$HOME"
		export JAIL_DB=$HOME/jail.db
	}
}

# Starts jail with a program that sleeps, in the background; $jail is its
# process. Options of jail may be given.
begin() {
	"${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		--private-tmp --tmpfs="$HOME/folder" --blacklist="$HOME/file" \
		"$@" -- sleep "$unique" 3>&- &
	jail=$!
}

# The processes of the sandbox: jail, the builder, init, the program.
members() {
	pgrep -f "sleep $unique" || true
}

# The program inside, once it runs.
program() {
	local pid
	for _ in $(seq 1000); do
		for pid in $(pgrep -x sleep); do
			[ "$(tr '\0' ' ' 2>&1 <"/proc/$pid/cmdline")" \
				= "sleep $unique " ] && echo "$pid" && return
		done
		sleep 0.01
	done
	echo "the program does not run" >&2
	return 1
}

# The first process of the sandbox.
init() {
	local pid
	for pid in $(members); do
		[ "$(awk '/^NSpid:/ { print NF == 3 && $3 == 1 }' \
			"/proc/$pid/status")" = 1 ] && echo "$pid" && return
	done
	echo "there is no init" >&2
	return 1
}

# What the machine looks like: mounts here and as the first process sees them,
# but for the network namespaces of others; control groups, and folders of ours.
machine() {
	cut -d' ' -f4- /proc/self/mountinfo | grep -v ' /run/netns'
	cut -d' ' -f4- /proc/1/mountinfo | grep -v ' /run/netns'
	find /sys/fs/cgroup -type d -iname '*jail*'
	ls -A "$XDG_RUNTIME_DIR" "$HOME" "$HOME/folder"
	find /tmp /var/tmp /run /dev/shm -maxdepth 2 -newer "$marker" \
		-iname '*jail*' "${mine[@]}" -not -path '/tmp/jail-tests*' \
		-not -path '/tmp/jail-fault*' -not -path '/run/netns/*' 2>&1 |
		grep -v 'Permission denied' || true
}

no_members() {
	[ -z "$(members)" ]
}

# Soon there is no member left.
all_gone() {
	await no_members && return
	echo "left: $(members | xargs -r ps -o pid,stat,args -p)" >&2
	return 1
}

# What one run makes of its own accord, such as the store, is made first.
before() {
	touch "$marker"
	CALLS=$("$JAIL" syscalls | awk '$1 ~ /^[0-9]/ { print $2 }' |
		paste -sd,)
	[ -n "$CALLS" ]
	"${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		--private-tmp --tmpfs="$HOME/folder" --blacklist="$HOME/file" \
		-- true
	machine | sort >"$BATS_TEST_TMPDIR/before"
}

nothing_left() {
	all_gone
	machine | sort >"$BATS_TEST_TMPDIR/after"
	[ -z "$(comm -13 "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" |
		tee /dev/stderr)" ]
}

normal_ends() {
	as "$1"
	before
	run_split "${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		-- sh -c "exit 3"
	status_is 3
	run_split "${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		-- /nonexistent/program
	status_is 127
	run_split "${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		--private="$HOME/absent" -- true
	status_is 125
	run_split "${as[@]}" "$JAIL" enforce --quiet "--seccomp.keep=$CALLS" \
		-- sh -c "sleep $unique & exit 0"
	status_is 0
	pkill_members
	nothing_left
}

# Descendants may outlive the program, where the directives say so.
pkill_members() {
	local pid
	for pid in $(members); do kill -9 "$pid"; done
}

killed() {
	as "$1"
	before
	begin
	program
	kill "-$3" "$("$2")"
	wait "$jail" || true
	nothing_left
}

jail_process() {
	echo "$jail"
}

# kill -9 of jail at any moment of its life.
at_any_moment() {
	as "$1"
	before
	for _ in $(seq "$2"); do
		begin
		sleep "0.0$((RANDOM % 40 + 10))"
		kill -9 "$jail"
		wait "$jail" || true
		all_gone
	done 2>"$BATS_TEST_TMPDIR/.ended" ||
		{ cat "$BATS_TEST_TMPDIR/.ended" >&2; return 1; }
	nothing_left
}

@test "a program that ends, fails, cannot be started (user)" {
	normal_ends user
}

@test "a program that ends, fails, cannot be started (root)" {
	normal_ends root
}

@test "jail is killed (user)" {
	killed user jail_process KILL
}

@test "jail is killed (root)" {
	killed root jail_process KILL
}

@test "jail is asked to end (user)" {
	killed user jail_process TERM
}

@test "the first process of the sandbox is killed (user)" {
	killed user init KILL
}

@test "the first process of the sandbox is killed (root)" {
	killed root init KILL
}

@test "the program is killed (user)" {
	killed user program KILL
}

@test "the program is killed (root)" {
	killed root program KILL
}

@test "jail is killed at any moment (user)" {
	at_any_moment user 60
}

@test "jail is killed at any moment (root)" {
	at_any_moment root 40
}
