#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: redis.sh USER
#
# redis-server as Debian's unit has it: told to be supervised by systemd, a
# socket and a pid file in /run/redis, both kinds of persistence. USER is root,
# or the server's own user, as whom jail itself runs then.
. "$(dirname "$0")/common.sh"
user=$1
as=()
mkdir data store home/"$user" /run/redis /run/systemd
if [ "$user" != root ]; then
	as=(setpriv "--reuid=$user" "--regid=$user" --clear-groups)
	chown "$user:" data store home home/"$user" /run/redis
fi
export HOME=$PWD/home/$user JAIL_DB=$PWD/store/jail.db
cat >redis.conf <<END
bind 127.0.0.1
port 6379
unixsocket /run/redis/redis-server.sock
unixsocketperm 770
pidfile /run/redis/redis-server.pid
dir $PWD/data
appendonly yes
appendfsync everysec
save 60 1
END

notify_socket

JAIL_COMMAND=$JAIL
JAIL=$PWD/as
printf '#!/bin/sh\nexec %s "$@"\n' "${as[*]} $JAIL_COMMAND" >as
chmod +x as

server() {
	: >notified
	start "$1" -- redis-server "$PWD/redis.conf" --supervised systemd \
		--daemonize no
	await grep -qx READY=1 notified && echo "$1: ready"
}

saved() {
	redis-cli info persistence | grep -q "$1:0"
}

# One life: writes, both kinds of saving, SHUTDOWN.
life() {
	server "$1"
	redis-cli set key "$2"
	redis-cli -s /run/redis/redis-server.sock set other "$2"
	redis-cli bgsave >said
	await saved rdb_bgsave_in_progress
	redis-cli bgrewriteaof >said
	await saved aof_rewrite_in_progress
	redis-cli info persistence | grep -oE 'last_bgsave_status:ok|'`
		`'aof_last_bgrewrite_status:ok'
	redis-cli shutdown
	ended "$1"
	await grep -qx STOPPING=1 notified && echo "STOPPING=1"
	ls /run/redis
}

life learn one >learn.said
life learn two >learn.said
life enforce three
server enforce
redis-cli mget key other
redis-benchmark -q -n 2000 -t set,get >said
before=$(jails_memory)
redis-benchmark -q -n 20000 -t set,get >said
flat "$before"
redis-cli set key four
kill -TERM $server
ended "asked to end"
server enforce
redis-cli get key
redis-cli set key five
# As appendfsync everysec promises.
sleep 1.2
kill -KILL $server
wait $server 2>&-
await sh -c '! redis-cli ping'
server enforce
redis-cli get key
redis-cli shutdown
ended "after a crash"
told redis-server
cat learn.said >&2
