#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: nginx-many.sh
#
# Ten instances on one tree: one /etc, one /var, one name, the same pid file.
# Each is steered alone; one is replaced by another on the same port.
. "$(dirname "$0")/common.sh"
mount -t tmpfs -o mode=755 none /var/log/nginx
mount -t tmpfs -o mode=755 none /var/lib/nginx
mount -t tmpfs none /var/www
servers=()

configuration() {
	mkdir -p "/var/www/$1"
	echo "instance $1" >"/var/www/$1/index.html"
	cat >"$1.conf" <<-END
		user www-data;
		worker_processes 1;
		daemon off;
		pid /run/nginx.pid;
		error_log /var/log/nginx/$1.error;
		events {}
		http {
			access_log /var/log/nginx/$1.log;
			server {
				listen 127.0.0.1:80$1 reuseport;
				root /var/www/$1;
			}
		}
	END
}

answers() {
	[ "$(curl -sf "http://127.0.0.1:80$1/")" = "instance $1" ]
}

worker() {
	pgrep -P "$(pgrep -P "${servers[$1]}" -x nginx)"
}

all_workers() {
	for i in "${!servers[@]}"; do
		worker "$i"
	done
}

configuration 9
for round in 1 2; do
	start learn -- nginx -c "$PWD/9.conf"
	await answers 9
	kill -HUP "$server"
	sleep 0.2
	answers 9 || echo "no answer in training"
	kill -QUIT "$server"
	ended "training $round"
done

for i in $(seq 10 19); do
	configuration "$i"
	start enforce -- nginx -c "$PWD/$i.conf"
	servers[i]=$server
done
for i in "${!servers[@]}"; do
	await answers "$i" && echo -n "$i "
done
echo "answer"
all_workers >before
"$JAIL" signal nginx HUP 2>&1 | sed 's/;.*//'
"$JAIL" signal "$(pgrep -P "${servers[13]}" -x nginx)" HUP
replaced() {
	[ -n "$(worker 13)" ] && [ "$(worker 13 | wc -w)" -eq 1 ] &&
		! grep -qxF "$(worker 13)" before
}
await replaced
echo "others after a reload of one: $(all_workers | sort |
	comm -12 - <(sort before) | wc -l)"

# In place of an upgrade of the running one.
start enforce -- nginx -c "$PWD/15.conf"
new=$server
beside() {
	[ -n "$(pgrep -P "$(pgrep -P "$new" -x nginx)")" ]
}
await beside
kill -QUIT "${servers[15]}"
server=${servers[15]}
ended "the old one"
servers[15]=$new
answers 15 && echo "the new one answers"

kill -KILL "${servers[17]}"
await sh -c '! curl -s http://127.0.0.1:8017/'
unset 'servers[17]'
for i in "${!servers[@]}"; do
	answers "$i" && echo -n "$i "
done
echo "still answer"
for i in "${!servers[@]}"; do
	kill -QUIT "${servers[i]}"
	server=${servers[i]}
	ended "$i"
done
told nginx
