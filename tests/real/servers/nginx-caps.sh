#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: nginx-caps.sh
#
# An administrator who knows nothing of capabilities: trains nginx under the
# profile of servers, which keeps none, and does as jail says, until nothing is
# missing. Prints the caps.keep that came of it.
. "$(dirname "$0")/common.sh"
mount -t tmpfs -o mode=755 none /var/log/nginx
mount -t tmpfs -o mode=755 none /var/lib/nginx
install -o www-data -g adm -m 640 /dev/null /var/log/nginx/access.log
install -o www-data -g adm -m 640 /dev/null /var/log/nginx/error.log
keep=

worker() {
	local master

	master=$(pgrep -P "$server" -x nginx) && pgrep -P "$master" | head -n 1
}

# It serves, or has nobody who could, or is over.
settled() {
	! kill -0 "$server" ||
		grep -q 'exited with fatal code' /var/log/nginx/error.log ||
		curl -sfm 1 http://127.0.0.1/ -o page
}

# A worker that does not hear: it takes a signal to end it.
deaf_worker() {
	local deaf

	deaf=$(worker)
	[ -n "$deaf" ] || return 0
	kill -STOP "$deaf"
	kill -TERM "$server"
	for _ in $(seq 250); do
		kill -0 "$deaf" || return 0
		sleep 0.02
	done 2>&-
	kill -CONT "$deaf"
}

for round in $(seq 9); do
	: >/var/log/nginx/error.log
	"$JAIL" learn --full --profile=server ${keep:+--caps.keep="$keep"} -- \
		nginx -g 'daemon off;' >out 2>err &
	server=$!
	await settled
	deaf_worker
	kill -TERM "$server" 2>&-
	wait "$server"
	missing=$(sed -nE \
		's/^calls failed for want of .*--caps.keep=(.*)$/\1/p' err)
	[ -n "$missing" ] || break
	echo "round $round: $(sed -nE 's/^calls failed for want of the '`
		`'capabilities (.*): .*/\1/p' err)"
	keep=$missing
done
echo "learned: $(tr , '\n' <<<"$keep" | sort | paste -sd,)"
