# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# wait_at_most SECONDS COMMAND...: tries it every 20 ms until it succeeds, for so
# long by the clock. What it prints is not shown.
# await COMMAND...: for half a minute, and says what did not come true.

wait_at_most() {
	wait_until=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$wait_until" ] || return 1
		sleep 0.02
	done
}

await() {
	wait_at_most 30 "$@" && return
	echo "this did not come true: $*" >&2
	return 1
}
