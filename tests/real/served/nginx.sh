#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx under "$@" answers a hundred requests, reloads, and ends at QUIT.
set -eu

mkdir -p www logs tmp
seq 1 5000 >www/numbers
for i in $(seq 1 20); do seq 1 "${i}0" >"www/$i"; done
cat >nginx.conf <<'N'
worker_processes 2;
error_log logs/error.log;
pid nginx.pid;
events { worker_connections 128; }
http {
	access_log logs/access.log;
	client_body_temp_path tmp/body;
	proxy_temp_path tmp/proxy;
	fastcgi_temp_path tmp/fastcgi;
	uwsgi_temp_path tmp/uwsgi;
	scgi_temp_path tmp/scgi;
	sendfile on;
	gzip on;
	gzip_types *;
	server {
		listen 127.0.0.1:8080;
		root www;
		location /proxy/ { proxy_pass http://127.0.0.1:8080/; }
	}
}
N
# root's workers would become www-data, which takes capabilities
[ "$(id -u)" -ne 0 ] || sed -i '1i user root;' nginx.conf

"$@" /usr/sbin/nginx -p "$PWD" -c nginx.conf -e logs/error.log \
	-g 'daemon off;' &
server=$!
curl -s -o /dev/null --retry 100 --retry-delay 0 --retry-connrefused \
	--retry-max-time 20 http://127.0.0.1:8080/1
curl -s 'http://127.0.0.1:8080/[1-20]' | cksum
curl -s 'http://127.0.0.1:8080/proxy/[1-20]' | cksum
for i in $(seq 1 15); do curl -s "http://127.0.0.1:8080/numbers"; done | cksum
curl -s --compressed 'http://127.0.0.1:8080/[1-20]' | cksum
curl -s -r 100-199 http://127.0.0.1:8080/numbers | cksum
curl -s -o /dev/null -w '%{http_code}\n' 'http://127.0.0.1:8080/none[1-10]' |
	uniq -c
curl -s -o /dev/null -w '%{http_code}\n' -d @www/numbers \
	'http://127.0.0.1:8080/1'
curl -sI 'http://127.0.0.1:8080/[1-12]' | grep -c '200 OK'
kill -HUP "$(cat nginx.pid)"
sleep 0.3
curl -s 'http://127.0.0.1:8080/1' | cksum
kill -QUIT "$server"
status=0
wait "$server" || status=$?
echo "server $status"
wc -l <logs/access.log
echo done
