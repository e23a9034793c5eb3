# SPDX-License-Identifier: MIT
# learn: what happens to a session when its store, its limits or its users do
# something unexpected. What is learned has files of its own: traps, exact, real.

load helper

# A program that says that it runs, and goes on when it is told; and who waits
# for the one and does the other. Neither waits for ever.
BARRIER=': >started; for i in $(seq 5000); do [ -e go ] && break; sleep 0.02
	done; ls >listed'
AWAIT='for i in $(seq 1500); do [ -e started ] && break; sleep 0.02; done'

@test "a store that is removed meanwhile: one sentence, 125" {
	run_jail learn --quiet true
	{ eval "$AWAIT"; sleep 0.6; rm jail.db*; : >go; } &
	run_jail learn --quiet -- sh -c "$BARRIER"
	status_is 125
	one_sentence
	stderr_has "removed or replaced"
	wait
}

@test "a disk that is full for a while: the session is whole" {
	mkdir disk
	unshare -m sh -c '
		# Room for the session; one that is slow is stored more often.
		mount -t tmpfs -o size=4m none disk
		"$JAIL" learn --quiet --db disk/s.db true
		head -c 8M /dev/zero >disk/fill # all but what opening takes
		truncate -s -44k disk/fill
		{ eval "$2"
		for i in $(seq 1500); do
			grep -q "is full" said && break
			sleep 0.02
		done
		rm disk/fill; : >go; } &
		"$JAIL" learn --quiet --db disk/s.db --name kept -- sh -c "$1"
		echo $? >status
		"$JAIL" export --format=list --db disk/s.db kept >kept
		wait' sh "$BARRIER" "$AWAIT" 2>said || true
	[ "$(cat status)" -eq 0 ]
	grep -q '^x86_64 getdents64 217$' kept
	grep -q 'is full' said
	[ "$(wc -l <said)" -eq 2 ] # head's, and one of jail's
}

@test "a file size limit: a sentence, not SIGXFSZ; the program has its own" {
	run_split sh -c 'ulimit -f 40; exec "$@"' sh "$JAIL" learn --quiet -- \
		sh -c 'kill -XFSZ $$; echo not reached'
	[ "$status" -eq 125 ] || [ "$status" -eq $((128 + 25)) ]
	stdout_is ""
	run_split sh -c 'ulimit -f 8; exec "$@"' sh "$JAIL" learn --quiet true
	status_is 125
	one_sentence
}

@test "a program that stops itself and is continued from inside ends" {
	local stops='(while sleep 0.3 && kill -CONT $$; do :; done) 2>/dev/null &
		kill -STOP $$; echo done'

	run_split timeout 60 setsid -w "$JAIL" learn --quiet -- sh -c \
		"$stops"
	status_is 0
	stdout_is "done"
	run_split timeout 60 setsid -w "$JAIL" enforce -- sh -c \
		"$stops"
	status_is 0
	stdout_is "done"
}

@test "a signal that an ordinary user's program sends to all ends nobody" {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail # where the user can execute it
	chmod 755 jail
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn --quiet -- \
		sh -c 'trap "" USR1; kill -USR1 -1; echo alive'
	status_is 0
	stdout_is "alive"
}

@test "the threads of a program that an ordinary user cannot look into" {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod 777 .
	cp "$JAIL" jail
	cp "$PROGS/trap_filter_births" hidden
	chmod 755 jail
	chmod 711 hidden
	run_split setpriv --reuid=64322 --regid=64322 --clear-groups \
		env JAIL_DB="$PWD/user.db" ./jail learn --quiet -- ./hidden
	status_is 0
	JAIL_DB=$PWD/user.db "$JAIL" show --json hidden | jq -e '[.calls[] |
		select(.name == "getpgid")] | .[0].calls == 40'
}
