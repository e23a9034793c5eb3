#!/bin/bash
# SPDX-License-Identifier: MIT
# What shells do: pipelines, substitutions, jobs, traps, here-documents.
set -eu

seq 1 50000 | awk '{ print $1 * 7 % 5003 }' >heap
sort -n heap | uniq -c | sort -k1,1nr -k2,2n | sed -n "1,3p"
sort --parallel=2 -S 200K heap | sha256sum
diff <(sort heap) <(sort -r heap | tac) && echo same
tee >(cksum >sum) <heap | grep -c 7
for i in 1 2 3 4 5 6 7 8; do
	(exit "$i") || echo "subshell $?"
done
seq 1 12 | xargs -P 2 -n 3 sh -c 'expr $1 + $2 + $3' sh | sort -n
sh -c 'kill -TERM $$' || echo "killed $?"
trap 'echo trapped' USR1
kill -USR1 $$
sleep 0.1 &
sleep 0.05 &
wait
echo waited
coproc { read -r line; echo "$line and back"; }
exec {from}<&"${COPROC[0]}" # bash forgets COPROC as soon as it has ended
echo through the coprocess >&"${COPROC[1]}"
read -r line <&"$from"
echo "$line"
exec {fd}<heap
read -r first <&"$fd"
echo "$first"
sed -e 's/^/> /' <<-END | tr a-z A-Z
	here is a document
END
yes | head -n 1000 | wc -l
dash -c 'echo $((1 + 2)); set -- *; echo $#' | tail -n 2
printf '%s\n' "${BASH_VERSINFO[0]}" | grep -q '^[0-9]*$'
read -t 0.05 -r never < <(sleep 0.2) || echo timed out
wait
echo done
