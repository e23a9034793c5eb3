# SPDX-License-Identifier: MIT
# The shipped profiles of programs with windows: each does its real work under
# its profile, found by name, as an ordinary user and with a keyboard; what is
# on the screen is what is there without jail. tests/real/shipped/windows.sh
# says how; NAME.bash there is the work. They mostly wait: all run at once.
#
# late
# timeout 300

load helper

PROGRAMS="evince mousepad mpv"

setup_file() {
	local program

	without_leak_check
	for program in $PROGRAMS; do
		begin "$program" 3>&- &
	done
}

begin() {
	local folder=$BATS_FILE_TMPDIR/$1 up

	[ "$EUID" -eq 0 ] && command -v Xvfb xdotool compare "$1" >&2 || return
	mkdir -p "$folder/world"
	for up in "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" \
			"$BATS_FILE_TMPDIR" "$folder"; do
		[ ! -d "$up" ] || chmod a+x "$up"
	done
	cp "$JAIL" "$folder/jail"
	chmod a+rx "$folder/jail"
	cd "$folder/world" || return
	timeout -k 5 250 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		bash "$BATS_TEST_DIRNAME/../real/shipped/windows.sh" \
		"$folder/jail" "$1" </dev/null >"$folder/out" 2>&1
	echo $? >"$folder/status"
}

# Waits for what setup_file began.
program() {
	local folder=$BATS_FILE_TMPDIR/$1

	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v "$1" >/dev/null || skip "$1 is not installed"
	for _ in $(seq 2600); do
		[ ! -s "$folder/status" ] || break
		sleep 0.1
	done
	sed -n 's/^calls:/# '"$1"', calls after each session:/p' \
		"$folder/out" >&3
	[ "$(tail -n 1 "$folder/out")" = "done" ] || {
		cat "$folder/out" >&2
		return 1
	}
}

@test "evince: pages, search, a copy, the printing dialog; learned" {
	program evince
}

@test "mousepad: writes, saves, replaces, prints; learned" {
	program mousepad
}

@test "mpv: plays, seeks, with subtitles, lists, takes a picture; learned" {
	program mpv
}

@test "keep-ipc: the memory of the system is there, else not" {
	local id key

	id=$(ipcmk -M 64 -p 0666 | grep -o '[0-9]*$')
	jail_for_all
	for key in "" --keep-ipc; do
		run_split ./jail enforce --quiet --deny=log --profile=default \
			$key ipcs -m -i "$id"
		[ -z "$key" ] || stdout_has "shmid=$id"
		[ -n "$key" ] || stdout_lacks "shmid=$id"
	done
	ipcrm -m "$id"
}
