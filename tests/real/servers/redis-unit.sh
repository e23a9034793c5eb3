#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: redis-unit.sh COMMAND...
#
# COMMAND runs redis-server as Debian's unit does, with Debian's configuration:
# it is told when the server is ready, and the server does most of what one
# does. Prints what came of it.
. "$(dirname "$0")/common.sh"
for folder in /var/lib/redis /var/log/redis /run/redis; do
	mkdir -p $folder
	mount -t tmpfs -o mode=2755 none $folder
	chown redis: $folder
done
mkdir /run/systemd
notify_socket
cli() {
	redis-cli "$@"
}

"$@" >out 2>err &
server=$!
ready_or_gone() {
	grep -qx READY=1 notified || ! kill -0 $server
}
await ready_or_gone
if ! kill -0 $server 2>&-; then
	ended server
	exit
fi
echo ready
cli set key "$(seq 1000)" px 100000
cli mget key none | cksum
cli eval 'return redis.call("get", KEYS[1])' 1 key | cksum
cli config set appendonly yes
cli config set maxmemory 100mb
cli zadd sorted 1 one 2 two
cli xadd stream '*' field value >said
cli publish nobody hears
cli client list | grep -c cmd=client
cli info all | grep -c ^redis_version
for kind in bgsave:rdb_bgsave bgrewriteaof:aof_rewrite; do
	cli "${kind%:*}" >said
	await sh -c "redis-cli info persistence | grep -q ${kind#*:}_in_progress:0"
done
redis-benchmark -q -n 2000 -c 20 -P 4 -t set,get,lpush,hset,spop >said
redis-benchmark -q -n 20 -d 200000 -c 5 -t set,get >>said
cli slowlog get 1 >said
cli flushall async
cli set last one
# Its end finds a save in progress, which it breaks off.
cli eval 'for i = 1, 200000 do redis.call("set", i, i) end' 0 >said
cli bgsave >said
cli "${REDIS_END:-shutdown}" 2>&1
[ -z "${REDIS_END-}" ] || kill -TERM $server
ended server
grep -ac 'bye bye' /var/log/redis/redis-server.log
