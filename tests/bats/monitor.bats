# SPDX-License-Identifier: MIT
# jail monitor: what is told of sandboxes, and that nothing is missing. Others
# may run sandboxes beside: each test looks at its own names alone.

load helper

more_setup() {
	cp "$PROGS/monitored" .
	name=mon$BASHPID
	know "$JAIL"
}

# know COMMAND...: every call is on the whitelist, so that few are refused.
know() {
	"$JAIL" syscalls | awk 'NR > 1 { print $2 }' |
		xargs "$@" add --quiet "$name"
}

teardown() {
	if [ -n "${monitor:-}" ]; then
		kill -KILL "$monitor" || true
		wait "$monitor" || true
	fi
}

# start_monitor COMMAND...: in the background; its output is in out and err.
start_monitor() {
	rm -f err
	"$@" >out 2>err 3>&- &
	monitor=$!
	await grep -q monitoring err
}

# The lines of our sandboxes, all of them: the end was told.
stop_monitor() {
	await grep -q " $name:.* end " out
	kill -INT "$monitor"
	status=0
	wait "$monitor" || status=$?
	unset monitor
	status_is 0
	told=$(grep " $name:" out)
	id=$(sed -nE 's/^[^ ]+ +[^ ]*:([0-9]+) .*/\1/p' \
		<<<"$told" | tail -n 1)
}

# What was told, but for times and numbers.
words() {
	sed -E 's/^[^ ]+ +[^ ]+ +[0-9-]+ +//; s/by [0-9]+/by N/;
		s/ +/ /g; s/after [^,]*/after N/' <<<"$told"
}

count() {
	grep -cE "^[^ ]+ +[^ ]+ +[0-9-]+ +$1 " <<<"$told"
}

confined() {
	run_split timeout 60 "$JAIL" enforce --quiet --name="$name" "$@"
}

has_events() {
	grep -q "kernel's" err || skip "the kernel tells no process events here"
}

@test "what a sandbox does is told, in order" {
	start_monitor "$JAIL" monitor
	has_events
	confined -- sh -c '/bin/echo a >/dev/null; sh -c "exit 3"; kill -9 $$'
	status_is 137
	stop_monitor
	[ "$(words | grep -v '^exec\|^denied')" = "start sh -c /bin/echo a \
>/dev/null; sh -c \"exit 3\"; kill -9 \$\$
fork by N
exit 0
fork by N
exit 3
exit killed by SIGKILL
end after N" ]
	[ "$(count exec)" = 3 ]
	grep -q "jail: .* lines about .*; none lost" err
}

@test "none of thousands of short processes is missing" {
	start_monitor "$JAIL" monitor
	has_events
	confined -- ./monitored storm 3000
	status_is 0
	stop_monitor
	grep -q "none lost" err
	[ "$(count fork)" = 3000 ]
	[ "$(count 'exit +3')" = 0 ]
	[ "$(grep -c ' exit    3$' <<<"$told")" = 3000 ]
}

@test "threads, vfork, daemons, siblings: each process once, and how it ended" {
	local kind
	for kind in threads=7 exec-thread=5 vfork=5 daemon=0 noexec=0 sibling=0
	do
		start_monitor "$JAIL" monitor
		has_events
		confined -- ./monitored "${kind%=*}"
		status_is "${kind#*=}"
		stop_monitor
		status=${kind#*=}
		[ "$stdout" = "$(count fork) $(($(count exec) - 1)) \
$(($(count exit) - 1))" ] || unexpected "$kind" "$told"
		[ "$(grep " $id  *exit " <<<"$told" | sed 's/.* //')" = \
			"${kind#*=}" ] || unexpected "$kind" "$told"
	done
}

@test "what a process becomes is told, once" {
	start_monitor "$JAIL" monitor
	has_events
	confined --caps.keep=setuid,setgid -- ./monitored ids
	status_is 0
	stop_monitor
	[ "$(words | grep ^ids | paste -sd';')" = \
		"ids gid 0 -> 65534;ids uid 0 -> 65534" ]
}

@test "what it became before it was looked at is told all the same" {
	start_monitor "$JAIL" monitor
	has_events
	kill -STOP "$monitor"
	confined_in_background --caps.keep=setuid,setgid -- setpriv \
		--reuid=65534 --regid=65534 --clear-groups sleep 60
	kill -CONT "$monitor"
	await grep -q " $name:$id .* ids " out
	kill -TERM "$id"
	stop_monitor
	[ "$(words | grep ^ids | sort | paste -sd';')" = \
		"ids gid 0 -> 65534;ids uid 0 -> 65534" ] || unexpected "$told"
}

@test "what jail kills is told, and at which call" {
	"$JAIL" drop --quiet "$name" mkdir mkdirat
	start_monitor "$JAIL" monitor
	has_events
	confined -- mkdir "$HOME/a"
	status_is 159
	stop_monitor
	[ "$(count 'exit +killed by jail at mkdir.* \(83, x86_64\)')" = 1 ] ||
		[ "$(grep -c 'exit    killed by jail at mkdir' <<<"$told")" = 1 ]
	[ "$(grep -c 'denied  mkdir (83, x86_64): killed' <<<"$told")" = 1 ]
	grep -q ' end .*, 1 call refused' <<<"$told"
}

@test "json: an object a line, with what there is to know" {
	"$JAIL" drop --quiet "$name" mkdir mkdirat
	start_monitor "$JAIL" monitor --json
	has_events
	confined --deny=errno=EPERM -- sh -c 'mkdir a; exit 4'
	status_is 4
	await jq -es "any(.name == \"$name\" and .event == \"end\")" out
	kill -INT "$monitor"
	wait "$monitor"
	unset monitor
	jq -es --arg name "$name" 'map(select(.name == $name)) |
		(map(.event) | unique) ==
			["denied", "end", "exec", "exit", "fork", "start"] and
		(map(select(.event == "fork")) | length == 1 and
			.[0].parent == .[0].id and .[0].late == false) and
		any(.event == "exit" and .status == 4 and .signal == null) and
		any(.event == "denied" and .denial.name == "mkdir" and
			.denial.errno == 1 and .count == 1) and
		all(.time | test("^20[0-9-]+T"))' out
}

@test "what runs before is told of as running; by id it ends with it" {
	confined_in_background -- sleep 60
	run_split "$JAIL" monitor no-such-name
	status_is 1
	one_sentence
	start_monitor "$JAIL" monitor "$id"
	await grep -q " $name:$id .* runs " out
	confined -- true
	kill -TERM "$id"
	status=0
	wait "$monitor" || status=$?
	unset monitor
	status_is 0
	told=$(grep " $name:" out)
	[ "$(words)" = "runs sleep 60
exit killed by SIGTERM
end after N" ] || unexpected "$told"
}

# The id of the sandbox of that name.
id_of() {
	"$JAIL" ps --json | jq "select(.name == \"$1\").id" | grep .
}

# begin NAME OPTION... PROGRAM...: in the background; $id.
begin() {
	local wanted=$1

	shift
	"$JAIL" enforce --quiet "$@" 3>&- &
	await id_of "$wanted"
	id=$(id_of "$wanted")
}

@test "an id is not a name that another has, nor a name a profile" {
	mkdir -p "$HOME/.config/jail"
	cp "$(command -v sleep)" "./$name"
	echo "name $name-other" >"$HOME/.config/jail/$name.profile"
	begin "$name-other" "./$name" 60
	first=$id
	begin "$first" --name="$first" --profile=default --deny=log sleep 60
	rm "$HOME/.config/jail/$name.profile"
	begin "$name" "./$name" 60
	start_monitor "$JAIL" monitor "$first"
	await grep -q " runs " out
	kill "$first"
	wait "$monitor"
	[ "$(grep -c " runs " out)" = 1 ]
	begin "$name-other" --name="$name-other" --profile=default --deny=log \
		sleep 60
	start_monitor "$JAIL" monitor "$name"
	await grep -q " runs " out
	"$JAIL" stop --quiet "$name"
	wait "$monitor"
	unset monitor
	[ "$(grep -c " runs " out)" = 1 ]
	"$JAIL" stop --quiet "$(id_of "$first")" "$name-other"
}

confined_in_background() {
	"$JAIL" enforce --quiet --name="$name" "$@" 3>&- &
	jail=$!
	await running_id
}

running_id() {
	id=$(pgrep -P "$jail" -x sleep)
}

# ---- without events ---------------------------------------------------------

@test "in another network namespace: by looks, and it is said why" {
	start_monitor unshare -n "$JAIL" monitor
	grep -q "by looks at /proc.*network namespace alone" err
	mkfifo go
	"$JAIL" enforce --quiet --name="$name" -- \
		sh -c 'sh -c "read x; exit 6"; exit 7' <>go 3>&- &
	jail=$!
	await grep -q " $name:.* fork " out
	echo >go
	status=0
	wait "$jail" || status=$?
	status_is 7
	stop_monitor
	grep -q ' start .*exit 7$' <<<"$told"
	# How it ended is known from Linux 6.15 on.
	grep -Eq ' exit +(6|how is not known)$' <<<"$told"
	grep -Eq ' exit +(7|how is not known)$' <<<"$told"
}

@test "in a container, where events are silent, it is said" {
	start_monitor unshare -U -r -p -f --mount-proc "$JAIL" monitor
	grep -q "by looks at /proc.*stay silent here, as they do in cont" err
	pkill -INT -P "$monitor"
	wait "$monitor"
	unset monitor
}

@test "an ordinary user is told of sandboxes of his own" {
	jail_for_all
	user=(setpriv --reuid 1000 --regid 1000 --clear-groups env
		HOME="$PWD/user" JAIL_DB="$PWD/user/jail.db"
		XDG_RUNTIME_DIR="$PWD/user")
	mkdir -m 700 user
	chown 1000:1000 user
	know "${user[@]}" ./jail
	start_monitor "${user[@]}" ./jail monitor
	"$JAIL" enforce --quiet --deny=log --name="root-$name" -- true
	mkfifo go
	"${user[@]}" ./jail enforce --quiet --name="$name" -- \
		sh -c 'read x; exit 4' <>go 3>&- &
	jail=$!
	await grep -q " $name:.* start " out
	echo >go
	status=0
	wait "$jail" || status=$?
	status_is 4
	stop_monitor
	grep -q ' exit    4$' <<<"$told"
	[ "$(grep -c "root-$name" out)" = 0 ]
}

# ---- who reads it -----------------------------------------------------------

@test "who reads it slowly, and late, is told all the same" {
	mkfifo pipe
	exec 9<>pipe
	"$JAIL" monitor >pipe 2>err 3>&- 9>&- &
	monitor=$!
	await grep -q monitoring err
	has_events
	# The first fills the pipe; the others come and go meanwhile.
	confined -- ./monitored storm 3000
	confined -- ./monitored storm 1000
	confined -- ./monitored storm 1000
	status_is 0
	cat <pipe >out 9>&- 3>&- &
	exec 9>&-
	await awk "/ $name:.* end / { n++ } END { exit n < 3 }" out
	stop_monitor
	[ "$(count fork)" = 5000 ]
	[ "$(count start)" = 3 ]
	[ "$(grep -c 'seen late' <<<"$told")" = 0 ]
	grep -q "none lost" err
}

# Descriptor 9.
pipe_is_full() {
	/usr/bin/python3 -c 'import select
poll = select.poll()
poll.register(9, select.POLLOUT)
raise SystemExit(bool(poll.poll(0)))'
}

@test "what nobody took is not said to be told" {
	mkfifo pipe
	exec 9<>pipe # never read
	"$JAIL" monitor >pipe 2>err 3>&- 9>&- &
	monitor=$!
	await grep -q monitoring err
	has_events
	confined -- ./monitored storm 3000
	await pipe_is_full
	kill -INT "$monitor"
	status=0
	wait "$monitor" || status=$?
	unset monitor
	status_is 0
	dd iflag=nonblock bs=64k status=none <&9 >out 3>&- || true
	exec 9>&-
	[[ $(tail -n 1 err) =~ jail:\ ([0-9]+)\ lines\ about.*\;\ ([0-9]+)\ more\ did.*was\ not\ read ]]
	[ "${BASH_REMATCH[1]}" -le "$(($(wc -l <out) + 1))" ]
	[ "${BASH_REMATCH[2]}" -gt 0 ]
}

@test "who has read enough, or takes nothing, ends it" {
	{ timeout 60 "$JAIL" monitor 2>err; echo $? >ended; } 3>&- |
		head -n 1 >first &
	await grep -q monitoring err
	confined -- ./monitored storm 10
	await test -s ended
	[ "$(cat ended)" = 0 ]
	{ timeout 60 "$JAIL" monitor >/dev/full 2>err2 || echo $? >full; } 3>&- &
	await grep -q monitoring err2
	confined -- true
	await test -s full
	[ "$(cat full)" = 1 ]
	grep -q "what was told did not arrive: No space" err2
}

@test "a terminal that vanishes ends it, in silence" {
	run_split timeout 60 /usr/bin/python3 - "$JAIL" <<'END'
import os, pty, sys, time
pid, side = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], ["jail", "monitor", "--quiet"])
def hears(): # SIGHUP, in a mask of those that it blocks or takes
    with open("/proc/%d/status" % pid) as file:
        return any(int(line.split()[1], 16) & 1 for line in file
                   if line.startswith(("SigBlk:", "SigCgt:")))
while not hears():
    time.sleep(0.05)
os.close(side)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
END
	stdout_is 0
}

# The rows of the store, and what was told of them by now.
all_told() {
	jq -r --arg name "x$name" 'select(.event == "denied" and
			.profile == $name) | "\(.denial.id) \(.count)"' out |
		awk '{ n[$1] += $2 } END { for (i in n) print i, n[i] }' |
		sort >sums
	/usr/bin/python3 - "$JAIL_DB" <<-'END' | sort | cmp - sums
		import sqlite3, sys
		store = sqlite3.connect(sys.argv[1])
		for row in store.execute("SELECT id, count FROM denials"):
		    print(*row)
	END
}

@test "of thousands of refusals in a moment none is told twice" {
	start_monitor timeout 60 "$JAIL" monitor --json
	timeout 60 "$JAIL" enforce --quiet --name="x$name" --deny=log -- \
		sleep 60 3>&- &
	await all_told
	await grep -q denied out
	for _ in 1 2 3; do
		/usr/bin/python3 - "$JAIL_DB" <<-'END'
			import sqlite3, sys, time
			store = sqlite3.connect(sys.argv[1], timeout=10)
			names = [row[1] for row in
			         store.execute("PRAGMA table_info(denials)")]
			names.remove("id")
			now = int(time.time() * 1e6)
			values = ["?" if name == "last_time" else name
			          for name in names]
			with store:
			    store.executemany(
			        "INSERT INTO denials (%s) SELECT %s FROM denials "
			        "WHERE id = 1" % (", ".join(names),
			                          ", ".join(values)),
			        [(now,)] * 700)
		END
		await all_told
	done
	"$JAIL" stop --quiet "x$name"
	await grep -q "\"event\":\"end\".*\"profile\":\"x$name\"" out
	all_told
	kill -INT "$monitor"
	wait "$monitor"
	unset monitor
}

# ---- what is believed -------------------------------------------------------

@test "an entry that lies tells nothing of another's process, a true one does" {
	jail_for_all
	cp "$BATS_TEST_DIRNAME/../lib/forger.py" forger.py
	chmod a+r forger.py
	cat >script <<-'END'
		mount -t tmpfs none /run/user
		run=/run/user/64331
		install -d -m 700 -o 64331 -g 64331 "$run" "$run/jail"
		as_user() {
			setpriv --reuid=64331 --regid=64331 --clear-groups \
				env HOME="$run" XDG_RUNTIME_DIR="$run" \
				JAIL_DB="$run/jail.db" "$@"
		}
		sh -c 'while sleep 0.1; do :; done' &
		victim=$!
		as_user /usr/bin/python3 forger.py "$run/jail" \
			program=$victim -- sleep 60 >said &
		forger=$!
		trap 'kill -9 $victim $forger $monitor; wait' EXIT
		until [ -s said ]; do sleep 0.01; done
		./jail monitor >out 2>err &
		monitor=$!
		until grep -q monitoring err; do sleep 0.01; done
		# Of another user only what runs can be verified.
		mkfifo go
		as_user ./jail enforce --quiet --deny=log --name="$1" -- \
			sh -c 'read x; exit 4' <>go &
		until grep -q " $1:.* start " out; do sleep 0.02; done
		echo >go
		until grep -q " $1:.* end " out; do sleep 0.02; done
	END
	run_split timeout 60 unshare -m bash script "$name"
	told=$(grep " $name:" out)
	[ "$(grep -cE ' [0-9]+ +exit ' <<<"$told")" = 1 ]
	[ "$(grep -c "forged" out)" = 0 ]
}

@test "of another user's that are over nothing is told, but how many they were" {
	jail_for_all
	cat >script <<-'END'
		mount -t tmpfs none /run/user
		run=/run/user/64331
		install -d -m 700 -o 64331 -g 64331 "$run" "$run/jail"
		as_user() {
			exec setpriv --reuid=64331 --regid=64331 \
				--clear-groups env HOME="$run" \
				XDG_RUNTIME_DIR="$run" JAIL_DB="$run/jail.db" \
				./jail enforce --quiet --deny=log --name="$@"
		}
		mkfifo go
		exec 9<>go
		: >out
		(as_user "$1" -- sh -c 'read x' <&9) &
		trap 'kill -9 $! $monitor; wait' EXIT
		until ./jail ps | grep -q "$1"; do sleep 0.02; done
		./jail monitor "$1" >out 2>err 9>&- &
		monitor=$!
		until grep -q " $1:.* runs " out; do sleep 0.02; done
		kill -STOP $monitor
		for each in 1 2 3; do
			(as_user "$1" -- true)
		done
		kill -CONT $monitor
		# They are found again in each look, and count once.
		(as_user "$1" -- sh -c 'read x' <&9) &
		until grep -q " $1:.* start " out; do sleep 0.02; done
		printf '1\n2\n' >&9
		wait $monitor
	END
	run_split timeout 60 unshare -m bash script "$name"
	status_is 0
	cat err
	grep -q 'about 2 sandboxes; none lost; 3 sandboxes of other users' err
	[ "$(grep -c " $name:.* end " out)" = 2 ]
}
