#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tree.sh TREE
#
# Unpacks a Debian 13 into TREE, which takes seconds, and builds what
# elsewhere.py wants to find in it and in the current folder.
set -e
here=$(dirname "$(realpath "$0")")
needed=base-files,libc-bin,coreutils,grep,sed,findutils,tar,gzip,dash,bash
needed=$needed,perl-base,sqlite3,redis-server,redis-tools,curl,python3-minimal

made() {
	rm -rf "$1"
	timeout 150 mmdebstrap --quiet --variant=extract --include=$needed \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--customize-hook='chroot "$1" ldconfig' \
		trixie "$1" http://deb.debian.org/debian
}

made "$1" || made "$1"
cc -O1 -o everyday "$here/everyday.c" -lpthread
musl-gcc -O1 -static -o everyday-musl "$here/everyday.c"
cp everyday "$1/usr/bin/everyday"
# Of a name with two addresses libc asks which of them can be reached.
cp /etc/hosts "$1/etc/hosts"
