#!/bin/sh
# SPDX-License-Identifier: MIT
# redis-server under "$@" is driven by redis-benchmark, also under "$@"; it
# keeps an append-only file, saves in a child, and ends by SHUTDOWN.
set -eu

"$@" redis-server --port 6390 --bind 127.0.0.1 --dir "$PWD" --save '' \
	--appendonly yes --appendfsync everysec --io-threads 2 >log &
server=$!
cli() { redis-cli -p 6390 "$@"; }
tries=0
until [ "$(cli ping 2>/dev/null)" = PONG ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || { echo 'no server'; cat log; exit 1; }
	sleep 0.05
done
"$@" redis-benchmark -p 6390 -q -n 2000 -c 20 \
	-t ping,incr,lpush,sadd,hset,mset >figures 2>/dev/null
"$@" redis-benchmark -p 6390 -q -n 2000 -c 20 --threads 2 \
	-t set,get >>figures 2>/dev/null
tr '\r' '\n' <figures | grep -c 'requests per second, p50'
cli set key value
cli get key
cli bgsave
until cli info persistence | grep -q 'rdb_bgsave_in_progress:0'; do
	sleep 0.05
done
cli info persistence | grep -o 'rdb_last_bgsave_status:ok'
cli bgrewriteaof
until cli info persistence | grep -q 'aof_rewrite_in_progress:0'; do
	sleep 0.05
done
cli flushall async
cli dbsize
cli shutdown
status=0
wait "$server" || status=$?
echo "server $status"
echo done
