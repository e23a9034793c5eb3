# SPDX-License-Identifier: MIT
# What the scripts of this folder share. Each is run in the world of
# ../hostile/world.sh, as root, and prints what happened; tests/bats/servers.bats
# says what should have. JAIL and JAIL_DB are in the environment.
set -u
exec 3>&-
. "$(dirname "$0")/../../lib/wait.sh"

# As in wait.sh, but said where it is compared.
await() {
	wait_at_most 30 "$@" && return
	echo "this did not come true: $*"
	return 1
}

# start VERB [OPTION...] PROGRAM...: in the background; $server is jail. What it
# says is in VERB.err.
start() {
	verb=$1
	shift
	"$JAIL" "$verb" --quiet "$@" >"$verb.out" 2>"$verb.err" &
	server=$!
}

# ended NAME: waits for jail's end, and prints its status.
ended() {
	local status=0

	wait "$server" || status=$?
	echo "$1: $status"
}

# KiB that jail and what is process 1 in the sandbox have.
jails_memory() {
	local pid total=0 some

	for pid in "$server" $(pgrep -P "$server" -x "$(cat \
			"/proc/$server/comm")"); do
		some=$(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup")
		total=$((total + some))
	done
	echo $total
}

# flat BEFORE: it is still what it was, but for a page here and there.
flat() {
	local now

	now=$(jails_memory)
	if [ "$1" -gt 0 ] && [ "$now" -le $(($1 + 64)) ]; then
		echo "jail's memory is flat"
	else
		echo "jail's memory: $1, then $now KiB"
	fi
}

# The socket of systemd: what comes is added to the file "notified".
notify_socket() {
	export NOTIFY_SOCKET=/run/systemd/notify
	: >notified
	/usr/bin/python3 - >>notified <<'END' &
import os, socket
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("/run/systemd/notify")
os.chmod("/run/systemd/notify", 0o777)
listener.settimeout(60)
while True:
    for word in listener.recv(4096).decode().splitlines():
        print(word, flush=True)
END
	notifier=$!
	trap 'kill $notifier' EXIT
	await test -S $NOTIFY_SOCKET
}

# What jail said, and what the store has of refusals.
told() {
	grep -h '^jail' ./*.err
	"$JAIL" show --json "$1" | jq -r '.denials[] | "denied: \(.name)"'
}
