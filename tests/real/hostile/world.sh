#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: world.sh COMMAND [ARG...]
#
# Runs COMMAND as root in namespaces of its own: with lo alone, an empty /run,
# and an ordinary user, "wanderer", whose home is ./home and whom nothing
# outside knows.
set -eu
if [ "${1-}" != --inside ]; then
	exec unshare --net --mount -- sh "$0" --inside "$@"
fi
shift
ip link set lo up
mount -t tmpfs -o mode=755 none /run
mkdir -p -m 755 home
for file in passwd shadow group; do
	cp -p /etc/$file $file
done
echo "wanderer:x:64324:64324::$PWD/home:/bin/sh" >>passwd
echo 'wanderer:*:19000:0:99999:7:::' >>shadow
echo 'wanderer:x:64324:' >>group
for file in passwd shadow group; do
	mount --bind $file /etc/$file
done
chown 64324:64324 home
exec "$@"
