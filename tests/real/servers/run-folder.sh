#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: run-folder.sh
#
# A server that has its socket in a folder of /run, calls it by its old name,
# and finds one there that is left over. Trained under the profile of servers,
# with the options that the training before named; prints what they were.
. "$(dirname "$0")/common.sh"
mkdir -m 755 /run/own
touch /run/own/socket
cat >server.py <<'END'
import os, socket
name = "/var/run/own/socket"
try:
    os.unlink(name)
except FileNotFoundError:
    pass
socket.socket(socket.AF_UNIX).bind(name)
print("bound, and has /var/lib:", os.path.exists("/var/lib"))
END
options=()
for round in 1 2 3 4; do
	"$JAIL" learn --full --name=own --profile=server "${options[@]}" -- \
		/usr/bin/python3 server.py 2>err
	said=$(sed -n 's/^refused by the sandbox: \(.*\/own\)/\1/p' err)
	[ -n "$said" ] || break
	echo "$said"
	options+=("${said##* }")
done
