#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail join: one more program in a sandbox that runs is as confined as the first
# one, and nobody else's; jail stop, jail signal, --join-or-start.

load box

box_setup() {
	pids=()
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run SHELL=/bin/sh
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	jail=$BATS_TEST_TMPDIR/jail
	as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
	store=$HOME/.local/share/jail/jail.db
}

teardown() {
	[ "${#pids[@]}" = 0 ] || kill -9 ${pids[*]} 2>/dev/null || true
}

# begin NAME OPTION... PROGRAM...: a sandbox in the background.
begin() {
	local name=$1

	shift
	"${as[@]}" "$jail" enforce "${options[@]}" "--name=$name" "$@" \
		</dev/null >"$name.out" 2>&1 3>&- &
	supervisor=$!
	pids+=("$supervisor")
	await runs "$name" || {
		cat "$name.out" >&2
		return 1
	}
	program=$(id_of "$name")
}

# From here on it is root, with root's registry. Root's store does not go by HOME.
be_root() {
	as=()
	unset XDG_RUNTIME_DIR
	export JAIL_DB=$BATS_TEST_TMPDIR/root.db
}

# Of the users' registry, or root's.
id_of() {
	"${as[@]}" "$jail" ps --json | jq -r "select(.name==\"$1\").id"
}

runs() {
	[ -n "$(id_of "$1")" ]
}

join() {
	run_split "${as[@]}" "$jail" join "$@"
}

gone() {
	[ ! -e "/proc/$1" ] || [ "$(state "$1")" = Z ]
}

state() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f1
}

# The helper of who has joined: a child of the supervisor's.
helpers() {
	pgrep -P "$supervisor" -x jail-join
}

# What of a process should be the same: of the first program, PID, or inside.
# The namespaces of other tests come and go.
confinement='for f in user pid mnt net ipc uts cgroup; do
	readlink /proc/PID/ns/$f; done
	grep -E "^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups|Cpus_allowed:)" /proc/PID/status
	cat /proc/PID/limits
	cut -d" " -f 5- /proc/PID/mountinfo | grep -v ^/run/netns'

outside_confinement() {
	bash -c "${confinement//PID/$program}"
}

is_like_the_first() {
	join "$1" bash -c "${confinement//PID/self}"
	status_is 0
	stdout_is "$(outside_confinement)"
}

@test "what joins has the namespaces, filter, capabilities, limits and files of the first" {
	printf 'secret\n' >"$HOME/secret"
	begin box --net=none --private-dev --private-tmp \
		--rlimit-nofile=77 --nice=4 --cpu=0 --env=MARK=inside \
		--blacklist="$HOME/secret" sh -c 'touch /tmp/mine; sleep 60'
	is_like_the_first box
	[[ $stdout == *"Seccomp_filters:	1"* ]]
	join box sh -c 'echo $MARK; nice; ls /tmp/mine; cat ~/secret'
	status_is 1
	# Nobody takes back a higher one, of who runs the tests.
	nice=$(nice)
	stdout_is "$(printf 'inside\n%d\n/tmp/mine' $((nice > 4 ? nice : 4)))"
	stderr_has "Permission denied"
	join "$program" sh -c 'echo $PPID' # it is outside
	stdout_is 0
}

@test "as PID 1, with kept capabilities, an overlay, another root, as root" {
	begin one --as-pid-1 sleep 60
	is_like_the_first one
	begin kept --caps.keep=net_bind_service,sys_admin sleep 60
	is_like_the_first kept
	[[ $stdout == *"CapEff:	0000000000200400"* ]]
	begin over --overlay-tmpfs sh -c 'echo x >/usr/new; sleep 60'
	is_like_the_first over
	tree "$BATS_TEST_TMPDIR/tree" /bin/sh /bin/sleep /bin/ls
	chown -R "$USER_ID" "$BATS_TEST_TMPDIR/tree"
	begin other "--chroot=$BATS_TEST_TMPDIR/tree" sleep 60
	join other sh -c 'ls /usr /home; exec /bin/nothing'
	status_is 127
	join other bash
	status_is 127
	one_sentence
}

@test "root joins root's own, also with capabilities that undo mounts" {
	be_root
	begin jr$$ sleep 60
	is_like_the_first jr$$
	begin jc$$ --caps.keep=chown,sys_admin sleep 60
	is_like_the_first jc$$
	run_split "$jail" stop jr$$ jc$$
	status_is 0
}

@test "it counts for the limits of the control group" {
	run cat /sys/fs/cgroup/cgroup.controllers
	[[ $output == *pids* ]] ||
		skip "no control groups of version 2 with pids here"
	be_root
	begin jg$$ --pids-max=4 sleep 60
	join jg$$ sh -c 'for i in 1 2 3 4 5; do sleep 5 & done'
	stderr_has fork
}

@test "without a sandbox it is under the same filter, and ends with the first" {
	begin bare --profile=none --seccomp.drop=mkdir,mkdirat --deny=log \
		sleep 60
	join bare sh -c 'grep Seccomp_f /proc/self/status; mkdir x'
	status_is 1
	stdout_is "Seccomp_filters:	1"
	stderr_has "Operation not permitted"
	"${as[@]}" "$jail" join bare sh -c 'echo joined; exec sleep 61' >joined 3>&- &
	client=$!
	await [ -s joined ]
	kill "$program"
	status=0
	wait "$client" || status=$?
	status_is 137
	await gone "$supervisor"
}

@test "a call that is not allowed is refused, told to who joined, and recorded" {
	options=(--profile="$BATS_TEST_TMPDIR/box.profile")
	"${as[@]}" "$jail" learn --quiet --name=strict sleep 0.1
	begin strict sleep 60
	join strict mkdir /tmp/x
	status_is 159
	stderr_has "strict was killed at "
	stderr_has "jail add"
	[ "$("${as[@]}" "$jail" show --json strict | jq -r \
		'.denials[] | [.exe, .action] | join(" ")')" = \
		"/usr/bin/mkdir killed" ]
	await eval '[ "$("${as[@]}" "$jail" ps --json | jq .denied)" = 1 ]'
}

@test "status, signals and words are those of the program" {
	begin box sleep 60
	join box sh -c 'exit 7'
	status_is 7
	join box sh -c 'kill -TERM $$'
	status_is 143
	join box nothing-like-this
	status_is 127
	one_sentence
	stderr_has "in the sandbox: no program named"
	join box /etc/passwd
	status_is 126
	one_sentence
	join box printf '%s|' 'a b' '' "$(printf 'c\nd')"
	stdout_is "$(printf 'a b||c\nd|')"
	join box -- sh -c 'exit 8'
	status_is 8
	join -- box -- sh -c 'exit 9'
	status_is 9
	join nobody true
	status_is 125
	one_sentence
	run_split "${as[@]}" env SHELL=/no/shell "$jail" join box \
		< <(echo 'echo $0')
	stdout_is /no/shell
	status_is 0
}

@test "input, output and errors are the caller's files; folders are refused" {
	begin box sleep 60
	echo input >in
	run_split "${as[@]}" bash -c \
		"'$jail' join box sh -c 'cat; echo e >&2; ls /proc/self/fd' <in"
	stdout_is "$(printf 'input\n0\n1\n2\n3')"
	[ "$stderr" = e ]
	run_split "${as[@]}" bash -c "'$jail' join box true </"
	status_is 125
	stderr_has "is a folder"
	run_split "${as[@]}" bash -c "'$jail' join box true 5</ 6<in"
	status_is 0
}

@test "a signal for the one who joined is the program's" {
	begin box sleep 60
	for signal in TERM:143 INT:130 USR1:138 HUP:129; do
		"${as[@]}" "$jail" join box sh -c 'touch ~/there; exec sleep 61' \
			3>&- &
		client=$!
		await [ -e "$HOME/there" ]
		await pgrep -x sleep -u "$USER_ID"
		kill -"${signal%:*}" "$client"
		status=0
		wait "$client" || status=$?
		status_is "${signal#*:}"
		rm "$HOME/there"
	done
	await eval '! helpers'
}

@test "whoever joined is gone: the program gets SIGHUP" {
	begin box sleep 60
	"${as[@]}" "$jail" join box sh -c \
		'trap "echo hup >~/hup; exit" HUP; touch ~/there
		while :; do sleep 0.05; done' 3>&- &
	client=$!
	await [ -e "$HOME/there" ]
	kill -9 "$client"
	await [ -e "$HOME/hup" ]
	await eval '! helpers'
}

@test "the sandbox ends: what joined ends with it, and nothing is left" {
	begin box sleep 60
	for i in 1 2 3; do
		"${as[@]}" "$jail" join box sleep 61 3>&- 2>"err$i" &
		clients[i]=$!
	done
	await eval '[ "$(pgrep -x -f -u "$USER_ID" "sleep 61" | wc -l)" = 3 ]'
	inside=$(pgrep -x -f -u "$USER_ID" "sleep 61")
	kill "$program"
	for i in 1 2 3; do
		status=0
		wait "${clients[i]}" || status=$?
		status_is 137
		[ ! -s "err$i" ]
	done
	wait "$supervisor" || true
	for pid in $inside; do await gone "$pid"; done
	[ -z "$(find "$XDG_RUNTIME_DIR" -type s)" ]
}

@test "a supervisor that is killed takes all with it; its socket goes with the entry" {
	begin box sleep 60
	"${as[@]}" "$jail" join box sleep 61 3>&- &
	client=$!
	await helpers
	helper=$(helpers)
	kill -9 "$supervisor"
	status=0
	wait "$client" || status=$?
	status_is 137
	await gone "$helper"
	await gone "$program"
	join box true
	status_is 125
	one_sentence
	join "$program" true
	status_is 125
	entry=$(find "$XDG_RUNTIME_DIR" -name "$program-*" -type f)
	[ -S "$entry.door" ]
	touch -d '1 hour ago' "$entry"
	sed -i "s/^boot_id .*/boot_id $(tr a-f b-g </proc/sys/kernel/random/uuid)/" \
		"$entry"
	touch -d '1 hour ago' "$entry"
	"${as[@]}" "$jail" ps >/dev/null
	[ -z "$(find "$XDG_RUNTIME_DIR" -name "$program-*")" ]
}

@test "with wait-all the sandbox waits for what joined" {
	begin box --wait-all sh -c 'while [ ! -e ~/go ]; do sleep 0.05; done'
	"${as[@]}" "$jail" join box sh -c \
		'touch ~/go; while [ ! -e ~/end ]; do sleep 0.05; done
		exit 5' 3>&- &
	client=$!
	await gone "$program"
	kill -0 "$supervisor"
	touch "$HOME/end"
	status=0
	wait "$client" || status=$?
	status_is 5
	wait "$supervisor"
}

@test "what a joined program leaves behind goes on in the sandbox, confined" {
	begin box sleep 60
	join box sh -c '(trap "" HUP; while [ ! -e ~/go ]; do sleep 0.05; done
		touch ~/done; sleep 60) >/dev/null 2>&1 & :'
	status_is 0
	touch "$HOME/go"
	await [ -e "$HOME/done" ]
	left=$(pgrep -x -f -u "$USER_ID" "sleep 60")
	kill "$program"
	for pid in $left; do await gone "$pid"; done
}

@test "twenty at once, and no more than sixty-four" {
	begin box sleep 60
	for i in $(seq 20); do
		"${as[@]}" "$jail" join box sh -c "echo $i" >>all 3>&- &
		clients[i]=$!
	done
	for i in $(seq 20); do wait "${clients[i]}"; done
	[ "$(sort -n all)" = "$(seq 20)" ]
	for i in $(seq 64); do
		"${as[@]}" "$jail" join box sleep 61 3>&- 2>/dev/null &
	done
	await eval '[ "$(helpers | wc -l)" = 64 ]'
	join box true
	status_is 125
	stderr_has "64 programs have joined"
	one_sentence
}

@test "another user and root are refused, and so is who is in a sandbox" {
	begin box sleep 60
	chmod 711 "$XDG_RUNTIME_DIR"
	run_split setpriv --reuid=64327 --regid=64327 --clear-groups \
		"$jail" join "$program" true
	status_is 125
	one_sentence
	# Past the folder, and past what the client looks at.
	door=$(find "$XDG_RUNTIME_DIR" -name '*.door')
	chmod 777 "$XDG_RUNTIME_DIR/jail" "$door"
	for who in 64327 0; do
		run_split setpriv "--reuid=$who" "--regid=$who" \
			--clear-groups /usr/bin/python3 - "$door" <<'END'
import socket, sys
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.connect(sys.argv[1])
print(door.recv(4096)[12:].rstrip(b"\0").decode())
END
		stdout_has "nobody else can join it"
	done
	[ -z "$(helpers)" ]
}

# Without namespaces of its own, as with --profile=none, a program has the door
# in its tree; but one filter more than whoever opens it.
@test "who is under one filter more than the jail is refused" {
	begin box sleep 60
	run_split "${as[@]}" /usr/bin/python3 - "$jail" box <<'END'
import ctypes, os, struct, sys
allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
filter = struct.pack("HxxxxxxP", 1, ctypes.addressof(allow))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filter, 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], [sys.argv[1], "join", sys.argv[2], "echo", "in"])
END
	status_is 125
	stdout_is ""
	one_sentence
	stderr_has "under a filter"
	stderr_has "; join it from"
	join box echo in
	stdout_is "in"
}

@test "nothing of the socket or the helper is to be had inside" {
	begin box sleep 60
	"${as[@]}" "$jail" join box sleep 61 3>&- &
	await helpers
	helper=$(helpers)
	door=$(find "$XDG_RUNTIME_DIR" -name '*.door')
	[ -S "$door" ]
	join box ls -A "${door%/*}"
	status_is 2
	run_split "${as[@]}" ls "/proc/$helper/fd"
	status_is 2
	join box sh -c 'grep -l jail-join /proc/[0-9]*/comm'
	status_is 1
	# What it keeps: nothing of the first program's.
	ls -l "/proc/$helper/fd" | sed 's/.* -> //' >files
	[ "$(grep -c notify files)" = 1 ]
	! grep -q "$XDG_RUNTIME_DIR" files || false
	[ "$(grep -c '^/dev/null$' files)" -ge 2 ]
}

@test "who looks from inside for what is born there finds nothing of jail's" {
	cat >watch.py <<'END'
import os, sys
home, seen = sys.argv[1], None
open(home + "/watches", "w").close()
while not os.path.exists(home + "/enough"):
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) in (1, os.getpid()):
            continue
        try:
            with open("/proc/%s/comm" % pid) as file:
                if file.read().startswith("jail"):
                    seen = open(home + "/seen", "w")
            for fd in os.listdir("/proc/%s/fd" % pid):
                to = os.readlink("/proc/%s/fd/%s" % (pid, fd))
                if to.split(":")[0] in ("socket", "anon_inode", "user", "mnt",
                                        "pid", "net", "uts", "ipc"):
                    print("fd", to)
        except OSError:
            pass
        try:
            open("/proc/%s/mem" % pid, "rb").close()
            with open("/proc/%s/comm" % pid) as file:
                if file.read().startswith("jail"):
                    print("memory of", pid)
        except OSError:
            pass
print("saw", seen is not None)
END
	begin box /usr/bin/python3 watch.py "$HOME"
	await [ -e "$HOME/watches" ]
	for i in $(seq 400); do
		[ "$i" -lt 20 ] || [ ! -e "$HOME/seen" ] || break
		join box true
		status_is 0
	done
	touch "$HOME/enough"
	wait "$supervisor"
	[ "$(cat box.out)" = "saw True" ]
}

@test "who says nothing, or nonsense, costs nobody anything" {
	begin box sleep 60
	door=$(find "$XDG_RUNTIME_DIR" -name '*.door')
	"${as[@]}" /usr/bin/python3 - "$door" 3>&- <<'END' &
import array, os, socket, struct, sys, time

def enter():
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(sys.argv[1])
    return door

def answer(door):
    try:
        return struct.unpack_from("Iii", door.recv(4096))
    except (ConnectionError, struct.error):
        return None

waits, _ = os.pipe()
files = array.array("i", [waits, 1, 2])
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)]
silent = [enter() for _ in range(5)]
good = struct.pack("IIHHII", 1, 0, 0, 0, 0, 1) + b"true\0"
for packet in (b"", b"x", good[:10], b"\xff" * 100, good[:-1], good + b"y",
               struct.pack("IIHHII", 2, 0, 0, 0, 0, 1) + b"true\0",
               struct.pack("IIHHII", 1, 0, 0, 0, 0, 4000000) + b"true\0",
               struct.pack("IIHHII", 1, 0, 0, 0, 60, 1) + b"true\0",
               good + b"z" * 140000):
    door = enter()
    try:
        door.sendmsg([packet], rights)
    except OSError as error:
        print("not sent", error)
        continue
    got = answer(door)
    assert got is None or got[0] == 3, got
door = enter()
door.send(good)                         # without files
assert answer(door)[0] == 3
door = enter()
door.sendmsg([good], rights)            # as it should be
assert answer(door)[0] == 0
for order in (b"\1", b"", struct.pack("II", 9999, 1), b"x" * 9000):
    door = enter()
    door.sendmsg([good.replace(b"true\0", b"/bin/cat\0")], rights)
    assert answer(door)[0] == 0
    door.send(order)
open("said", "w").write("yes")
time.sleep(60)
END
	pids+=("$!")
	chmod 777 .
	await [ -e said ]
	join box echo fine
	stdout_is fine
	kill -0 "$supervisor"
}

# knock NUMBER: so many that come and say nothing; the file "there" is made when
# the last is in.
knock() {
	rm -f there
	"${as[@]}" /usr/bin/python3 - \
		"$(find "$XDG_RUNTIME_DIR" -name '*.door')" "$1" 3>&- <<'END' &
import socket, sys, time
silent = []
for _ in range(int(sys.argv[2])):
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(sys.argv[1])
    silent.append(door)
open("there", "w").close()
time.sleep(60)
END
	pids+=("$!")
	chmod 777 .
	await [ -e there ]
}

@test "a hundred who say nothing keep nobody out, and the sandbox from no end" {
	begin box sleep 60
	knock 100
	join box echo fine
	status_is 0
	stdout_is fine
	await eval '[ -z "$(helpers)" ]'
	kill "$program"
	await gone "$supervisor"
}

@test "those who came in vain to a jail that is stopped keep nobody waiting" {
	begin box sleep 60
	kill -STOP "$supervisor"
	await grep -q "State:.T" "/proc/$supervisor/status"
	knock 65
	join box echo fine
	status_is 125
	stderr_has "is stopped; continue it: kill -CONT $supervisor"
	one_sentence
	kill -CONT "$supervisor"
	join box echo fine
	stdout_is fine
}

@test "an entry that lies is joined by nobody" {
	begin box sleep 60
	entry=$(find "$XDG_RUNTIME_DIR" -name "$program-*" -type f)
	# A second one, of the same words, that nobody holds.
	sed "s/^name .*/name copy/; s/^program .*/program $$/" "$entry" \
		>"${entry%/*}/$$-1"
	chown "$USER_ID" "${entry%/*}/$$-1"
	chmod 600 "${entry%/*}/$$-1"
	join copy true
	status_is 125
	one_sentence
	# Somebody else listens in its place.
	door=$entry.door
	mv "$door" "$door.old"
	"${as[@]}" /usr/bin/python3 -c '
import socket, sys, time
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.bind(sys.argv[1])
door.listen()
time.sleep(60)' "$door" 3>&- &
	pids+=("$!")
	await [ -S "$door" ]
	await eval '"${as[@]}" "$jail" join box true 2>&1 | grep -q answers'
	join box true
	status_is 125
	stderr_has "and not the jail that runs it"
}

@test "one of several by the same name is joined by its id" {
	begin box sleep 60
	first=$program
	begin box sleep 60
	join box true
	status_is 125
	stderr_has "$first"
	one_sentence
	join "$first" true
	status_is 0
}

@test "what root calls by a name is root's own, and not what a user has called so" {
	local name=web$BASHPID

	# The user's entries are where root looks for them.
	cat >both <<'END'
set -e
mount -t tmpfs tmpfs /run/user
install -d -m 700 -o "$1" -g "$1" "/run/user/$1"
export XDG_RUNTIME_DIR=/run/user/$1 name=$2 user=$1
shift 2
setpriv --reuid=$user --regid=$user --clear-groups "$@" sleep 60 &
mkdir -p roots
HOME=$PWD/roots JAIL_DB=$PWD/roots.db "$@" sleep 60 &
until [ "$("$jail" ps --json | jq -r "select(.name==\"$name\").uid" |
	sort -n | paste -sd,)" = 0,$user ]; do sleep 0.05; done
"$jail" signal "$name" KILL
wait $! || true
"$jail" ps --json | jq -r "select(.name==\"$name\").uid"
"$jail" stop --quiet "$name"
wait
END
	export jail
	run_split timeout 120 unshare -m sh both "$USER_ID" "$name" "$jail" \
		enforce "${options[@]}" "--name=$name"
	status_is 0
	stdout_is "$USER_ID"
}

@test "a jail that is stopped is said to be" {
	begin box sleep 60
	kill -STOP "$supervisor"
	join box true
	status_is 125
	stderr_has "is stopped"
	kill -CONT "$supervisor"
	join box true
	status_is 0
}
