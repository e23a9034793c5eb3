#!/bin/sh
# SPDX-License-Identifier: MIT
# tar, gzip, bzip2 and xz there and back; xz with two threads.
set -eu

mkdir -p tree/deep/er
seq 1 60000 >tree/numbers
seq 60000 -3 1 >tree/deep/backwards
ln -s ../numbers tree/deep/link
truncate -s 1M tree/deep/er/hole
find tree -exec touch -h -d @1000000000 {} +

tar --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
	--mtime=@1000000000 -cf a.tar tree
sha256sum a.tar
gzip -nk a.tar
bzip2 -k a.tar
xz -k -0 -T2 --block-size=262144 a.tar
for i in gz bz2 xz; do
	mkdir "out.$i"
	tar -xf "a.tar.$i" -C "out.$i"
	diff -r tree "out.$i/tree" && echo "$i same"
done
sha256sum a.tar.gz
xz -dc -T2 a.tar.xz | cmp - a.tar && echo xz same
zcat a.tar.gz | tar -tf - | wc -l
tar -cf sparse.tar -S tree/deep/er
tar --delete -f a.tar tree/numbers
tar -tf a.tar
gzip -t a.tar.bz2 2>/dev/null || echo not gzip
echo done
