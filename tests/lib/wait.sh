# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# wait_at_most SECONDS COMMAND...: tries it every 50 ms until it succeeds.

wait_at_most() {
	wait_tries=$(($1 * 20))
	shift
	until "$@"; do
		wait_tries=$((wait_tries - 1))
		[ "$wait_tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
