#!/bin/sh
# SPDX-License-Identifier: MIT
# The main job of jail, for you to see: transmission-gtk is trained, run
# confined, refused a call, repaired, and its profile exported. It downloads a
# file from a transmission-daemon on this machine; in your X display, or in an
# Xvfb where there is none.
#
#   usage: demo.sh JAIL
#
# All files, the store included, are in one new folder that is removed at the
# end; all processes that it started are ended. Both programs run in a network
# namespace of their own with nothing but lo, wherever that can be had.
set -u
swarm_lib=$(realpath "$(dirname "$0")/../tests/lib")
. "$swarm_lib/transmission.sh"

# Starts this script once more, inside the namespace; a display that is reached
# over the network cannot be seen from there.
enter_namespace() {
	case ${DISPLAY:-} in *[!:]:*) return ;; esac
	swarm_in_namespace true 2>/dev/null || return 0
	swarm_in_namespace env DEMO_ADDRESS=10.99.0.1 sh "$0" "$@"
	exit
}

say() { printf '\n== %s\n' "$*"; }

give_up() {
	echo "demo: $*" >&2
	cat "$dir/stderr" >&2
	exit 1
}

# Runs a command and shows it.
shown() {
	printf '\n$ %s\n' "$*"
	"$@"
}

# "$@" transmission-gtk, from its start to its quit; true if it went well.
session() {
	printf '\n$ %s transmission-gtk payload.torrent\n' "$*"
	swarm_download "$dir" "$@" 2>"$dir/stderr"
}

# What jail said on stderr, without the chatter of the program.
said() {
	grep -vE '^$|^transmission: |\(transmission-gtk:[0-9]+\)' "$dir/stderr"
}

# Runs the command that a denial names.
repair() {
	repair=$(said | sed -n 's/^jail: .*to allow it: //p')
	# shellcheck disable=SC2086 # words of a command
	[ -n "$repair" ] && shown $repair
}

# The program under its whitelist, whole. Should it make a call that one
# training did not bring, this is repaired as step 4 shows.
confined() {
	for _ in 1 2 3; do
		session jail enforce && {
			echo "It ended with status $swarm_status, and the file" \
				"came over whole."
			return
		}
		said | grep '^jail:' && repair || give_up 'it did not run confined'
	done
	exit 1
}

# The first ten lines and those from the summary on.
table() {
	said | sed -n '1,10p; 11s/.*/       ...  (one line for each call)/p'
	said | sed -n '/calls seen in/,$p'
}

clean_up() {
	swarm_end
	rm -rf "$dir"
}

jail=$(realpath "${1:?usage: demo.sh JAIL}") || exit
[ -n "${DEMO_ADDRESS:-}" ] || enter_namespace "$@"
if [ -z "${DEMO_ADDRESS:-}" ]; then
	DEMO_ADDRESS=$(hostname -I | cut -d ' ' -f 1)
	swarm_ports=$((20000 + $$ % 20000))
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/jail-demo.XXXXXX") || exit
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
export JAIL_DB="$dir/jail.db" PATH="${jail%/*}:$PATH"
: >"$dir/stderr"

say "A store for this demonstration: $JAIL_DB. Your own is not touched."
say "A transmission-daemon on this machine seeds a file."
swarm_begin "$dir" "$DEMO_ADDRESS" 6 || exit
swarm_display "$dir" || exit
say "1. Train. transmission-gtk starts on display $DISPLAY, opens the" \
	"torrent, downloads the file and is quit by its menu. jail notes" \
	"each call."
session jail learn || give_up 'the training failed'
table

say "2. Confine. The same again, with nothing else allowed."
confined

say "3. A denial. One day the program needs a call that it was never seen" \
	"to make. To play that, listen is taken off its list."
shown jail drop transmission-gtk listen || exit
session jail enforce && give_up 'nothing was refused'
said | grep '^jail:' || give_up 'no denial was told'
echo "It ended with status $swarm_status (128 + SIGSYS)."
[ "$swarm_status" -eq 159 ] || give_up 'not the status of a denial'

say "4. Repair, with the command that the line above gives."
repair || give_up 'no repair was told'
confined

say "5. Export: a profile for Firejail, as one of the forms."
shown jail export --format=firejail transmission-gtk || exit
shown jail list || exit

say "Done. Store, files and processes of this demonstration are removed."
