#!/bin/sh
# SPDX-License-Identifier: MIT
# s_server turns lines round for s_client; both run under "$@".
set -eu

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=localhost -keyout key -out cert 2>/dev/null
mkfifo told
"$@" openssl s_server -accept 127.0.0.1:4433 -key key -cert cert -rev \
	-naccept 3 >told 2>/dev/null &
server=$!
# s_server says ACCEPT when it listens.
exec 3<told
while read -r line <&3; do
	[ "$line" != ACCEPT ] || break
done
cat <&3 >/dev/null &
for i in 1 2 3; do
	{ echo "line $i"; echo CLOSE; } | "$@" openssl s_client -quiet \
		-connect 127.0.0.1:4433 -CAfile cert -verify_return_error \
		2>/dev/null
done
status=0
wait "$server" || status=$?
echo "server $status"
echo done
