#!/bin/bash
# SPDX-License-Identifier: MIT
# A service whose calls are confined as systemd does it, under "$@": what is not
# in its list fails with EPERM; without the list it fails with something else.
#
# $HERE: this folder; $CALLS: the list, a file; $TRY: calls that are tried.
set -eu

gcc -o service "$HERE/service.c" -lseccomp

serve() {
	local status=0

	rm -f told
	mkfifo told
	"$@" /usr/bin/python3 "$HERE/service.py" >told &
	read -r line <told
	echo "$line"
	curl -s 'http://127.0.0.1:8081/sum/[100-120]' | cksum
	for call in $TRY; do
		curl -s "http://127.0.0.1:8081/try/$call"
	done
	curl -s http://127.0.0.1:8081/end
	wait $! || status=$?
	echo "service $status"
}

serve env
serve "$@" ./service "$CALLS"
echo done
