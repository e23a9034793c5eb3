# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# wait_at_most SECONDS COMMAND...: tries it every 50 ms until it succeeds, for so
# long by the clock. What it prints is not shown.

wait_at_most() {
	wait_until=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$wait_until" ] || return 1
		sleep 0.05
	done
}
