#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: nginx-unit.sh UNIT
#
# nginx in jail as the unit has it: trained as the unit's first lines say, then
# started, reloaded, stopped as systemd would, by the signals of the unit.
. "$(dirname "$0")/common.sh"
unit=$1
mount -t tmpfs -o mode=755 none /var/log/nginx
mount -t tmpfs -o mode=755 none /var/lib/nginx
unset HOME

setting() {
	sed -n "s/^$1=//p" "$unit"
}

answers() {
	curl -sf http://127.0.0.1/ -o page
}

for round in 1 2; do
	start learn nginx -g 'daemon off;'
	await answers
	kill -HUP $server
	sleep 0.2
	answers
	kill -QUIT $server
	ended training
done
/usr/bin/python3 "$(dirname "$0")/../../lib/as_systemd.py" "$unit" \
	>unit.out 2>unit.err &
server=$!
await answers && echo "answers"
main=$(pgrep -P $server -x nginx)
echo "capabilities: $(awk '/^CapBnd/ { print $2 }' "/proc/$server/status")" \
	"inside: $(awk '/^CapBnd/ { print $2 }' "/proc/$main/status")"
before=$(pgrep -P "$main")
read -r reload signal _ <<<"$(setting ExecReload)"
$reload "$signal" $server
other() {
	[ -n "$(pgrep -P "$main")" ] && ! pgrep -P "$main" |
		grep -qxF "$before"
}
await other && echo "reloaded"
answers && echo "answers"
kill "-$(setting KillSignal)" $server
ended stopped
pgrep -x nginx -P "$main" || echo "nobody is left"
told nginx
cat unit.err
