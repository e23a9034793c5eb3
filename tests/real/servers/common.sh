# SPDX-License-Identifier: MIT
# What the scripts of this folder share. Each is run in the world of
# ../hostile/world.sh, as root, and prints what happened; tests/bats/servers.bats
# says what should have. JAIL and JAIL_DB are in the environment.
set -u
exec 3>&-

# Waits, ten seconds at most, until a command succeeds.
await() {
	for _ in $(seq 500); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.02
	done
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

# What jail said, and what the store has of refusals.
told() {
	grep -h '^jail' ./*.err
	"$JAIL" show --json "$1" | jq -r '.denials[] | "denied: \(.name)"'
}
