#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: postgres.sh
#
# postgres as its own user under its profile: trained, enforced, asked, reloaded
# and ended. Meanwhile another one, on another port, must see that the data are
# taken. Which calls write a table depends on time: what is not on the list yet
# passes here.
. "$(dirname "$0")/common.sh"
PATH=$(printf '%s:' /usr/lib/postgresql/*/bin)$PATH
install -d -o postgres -m 755 home/postgres data /run/postgresql
export HOME=$PWD/home/postgres JAIL_DB=$PWD/home/postgres/jail.db
as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
cp "$JAIL" jail
JAIL=$PWD/as
printf '#!/bin/sh\nexec %s "$@"\n' "${as[*]} $PWD/jail" >as
chmod 755 as jail
"${as[@]}" initdb -D "$PWD/data" --auth=trust --no-sync >said
postgres=("$(command -v postgres)" -D "$PWD/data" -k /run/postgresql
	-c listen_addresses= -c fsync=off)

ask() {
	"${as[@]}" psql -h /run/postgresql -qtA -c "$1" postgres
}

life() {
	start "$@" -- "${postgres[@]}"
	await ask 'select 1' && echo "$1: ready"
	ask 'create table numbers as select * from generate_series(1, 50000)'
	ask 'select sum(generate_series) from numbers'
	ask 'drop table numbers'
	ask checkpoint
	kill -HUP "$server"
	[ "$1" = learn ] || "$JAIL" "$@" --quiet -- "${postgres[@]}" \
		-p 5433 2>&1 | grep -o 'pre-existing shared memory block'
	kill -INT "$server"
	ended "$1"
}

life learn >learn.said
life enforce --deny=log
cat learn.said >&2
