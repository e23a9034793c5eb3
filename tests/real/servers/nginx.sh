#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: nginx.sh
#
# Debian's nginx with Debian's own configuration, as root: port 80, workers of
# www-data, /run/nginx.pid. Trained, then enforced: it is reloaded, its logs are
# rotated, and it ends with grace, by signals to jail or by the sandbox's name.
. "$(dirname "$0")/common.sh"
mount -t tmpfs -o mode=755 none /var/log/nginx
mount -t tmpfs -o mode=755 none /var/lib/nginx
install -o www-data -g adm -m 640 /dev/null /var/log/nginx/access.log
mount -t tmpfs none /var/www
mkdir /var/www/html
seq 2000000 >/var/www/html/numbers
nginx=(nginx -g 'daemon off;')
host=http://127.0.0.1

workers() {
	pgrep -P "$(pgrep -P "$server" -x nginx)" | sort | paste -sd' '
}

# These were all replaced by others.
replaced() {
	[ -n "$(workers)" ] &&
		[ -z "$(comm -12 <(tr ' ' '\n' <<<"$1") \
			<(workers | tr ' ' '\n'))" ]
}

reload() {
	local before

	before=$(workers)
	kill -HUP "$server"
	await replaced "$before" && echo "reloaded"
	curl -sf $host/numbers | cksum
}

log=/var/log/nginx/access.log

# The master has made the new file, and the workers, which follow, write to it.
reopened() {
	local pid

	[ "$(stat -c %U $log)" = www-data ] || return
	for pid in $(workers); do
		[ -n "$(find -L "/proc/$pid/fd" -samefile $log)" ] || return
	done
}

# As logrotate does it; the new file is www-data's.
rotate() {
	mv $log $log.1
	# The registry has no sandbox in training.
	if [ "$verb" = learn ]; then
		kill -USR1 "$server"
	else
		"$JAIL" signal nginx USR1
	fi
	await reopened
	curl -sf $host/rotated -o page
	await grep -q rotated $log && echo "rotated"
	grep -c rotated $log.1
}

load() {
	local before

	curl -so page "$host/numbers?[1-100]" -r 0-99
	before=$(jails_memory)
	curl -so page "$host/numbers?[1-500]" -r 0-99 -w '%{http_code}\n' | grep -c 206 |
		tr '\n' ' '
	echo "answers, and $(flat "$before")"
}

# What has begun is finished, more of it than sockets hold; nobody else comes in.
quit() {
	exec 4<>/dev/tcp/127.0.0.1/80
	printf 'GET /numbers HTTP/1.0\r\n\r\n' >&4
	read -r line <&4
	kill -QUIT "$server"
	await sh -c "! curl -s $host/ -o page" && echo "closed"
	sed '1,/^\r$/d' <&4 | cksum
	exec 4>&-
}

life() {
	start "$@"
	await curl -sf $host/numbers -o page
	echo "$(ps -o user= -p "$(workers | tr ' ' ,)" | sort -u)"
	reload
	rotate
	[ "$verb" = learn ] || load
	quit
	ended "$verb"
}

life learn -- "${nginx[@]}" >learn.said
life learn -- "${nginx[@]}" >learn.said
life enforce -- "${nginx[@]}"
echo "the host's pid file: $(ls /run/nginx.pid 2>&1 | sed 's/.*: //')"
told nginx
cat learn.said >&2
