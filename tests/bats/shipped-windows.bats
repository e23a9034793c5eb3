# SPDX-License-Identifier: MIT
# The shipped profiles of programs with windows: each does its real work under
# its profile, found by name, as an ordinary user and with a keyboard; what is
# on the screen is what is there without jail. tests/real/shipped/windows.sh
# says how; NAME.bash there is the work. They mostly wait: all run at once.
#
# waits
# timeout 600

load helper
load world

PROGRAMS="evince mousepad mpv"

setup_file() {
	local program

	without_leak_check
	for program in $PROGRAMS; do
		world_begin windows.sh "$program" 3>&- &
	done
}

@test "evince: pages, search, a copy, the printing dialog; learned" {
	world_ended evince
}

@test "mousepad: writes, saves, replaces, prints; learned" {
	world_ended mousepad
}

@test "mpv: plays, seeks, with subtitles, lists, takes a picture; learned" {
	world_ended mpv
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
