#!/bin/sh
# SPDX-License-Identifier: MIT
# The coreutils and their neighbours, each with output that never changes. At
# the end of a pipeline stands a program that reads all: one that leaves early
# kills the writer by SIGPIPE, or not, as they were scheduled.
set -eu

seq 1 2000 >numbers
mkdir -p a/b/c d
cp numbers a/one
cp -a a d/
ln a/one a/hard
ln -s one a/soft
mv d/a d/e
chmod 640 a/one
install -m 755 a/one a/b/installed
dd if=numbers of=a/b/part bs=512 count=7 skip=3 2>/dev/null
truncate -s 100000 a/b/c/hole
split -b 3000 numbers piece.
cat piece.* | cmp - numbers
stat -c '%a %s %h %F' a/one a/soft a/b/installed a/b/c/hole
touch -d @1000000000 a/b
stat -c '%Y' a/b
readlink a/soft
realpath --relative-to=. a/soft
find . -type f -size +1k -printf '%p %s\n' | sort
du --apparent-size -b a/b/c/hole
ls -l --time-style=+%s a/b/installed | cut -d ' ' -f 1,5
head -n 3 numbers
tail -n 3 numbers
tail -c +8000 numbers | wc -c
tac numbers | sed -n "1,2p"
sort -rn numbers | uniq -c | sed -n "1,2p"
comm -12 numbers a/one 2>/dev/null | wc -l
paste -sd+ numbers | tr '+' '\n' | tail -n 1
printf 'b a\nc b\n' | tsort
printf '1 x\n2 y\n' >left
printf '1 p\n2 q\n' >right
join left right
shuf --random-source=numbers numbers | sha256sum
md5sum numbers
b2sum numbers
od -An -tx1 -N 16 numbers
base64 -w 40 numbers | sed -n 1p
nl numbers | sed -n 5p
fold -w 20 right | expand | fmt
numfmt --to=iec 123456789
factor 1000000007 600851475143
date -u -d @0 +%FT%TZ
expr 6 '*' 7
env -i A=1 printenv A
nice -n 1 nice
timeout 10 true && echo in time
timeout 0.2 sleep 10 || echo "too late $?"
test -d a/b && echo folder
mkfifo pipe
cat numbers >pipe &
wc -l <pipe
wait
rm -rf a d pipe
ls
echo done
