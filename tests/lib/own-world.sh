#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: own-world.sh FOLDER SHARED COMMAND...
#
# What root's tests share they would see of each other: a sandbox has a mount
# for each file that it hides, and where a test beside has just started an agent
# or Firejail there is one more. So COMMAND has /run to itself, and /tmp unless
# that is to be SHARED ("yes"), below FOLDER; no mount of it is seen outside.
set -eu
folder=$1 shared=$2
shift 2
mkdir -p "$folder/run/user" # which a machine without logind lacks
chmod 755 "$folder" "$folder/run" "$folder/run/user"
cp -ax /run/. "$folder/run" 2>/dev/null || :
mount --bind "$folder/run" /run
[ "$shared" != yes ] || exec "$@"

mkdir -m 1777 "$folder/tmp"
# That /run and /tmp have a second name outside jail sees in their mounts, and
# makes its folders below it, too: were its first folder a user's, and closed,
# root without rights, as of noroot, would not come past it.
mkdir -p "$folder/tmp/${folder#/tmp/}"
# The tree and what was built, where they are in /tmp themselves.
for path in "$PWD" "$BUILD"; do
	case $path in
	/tmp/*)
		mkdir -p "$folder$path"
		mount --bind "$path" "$folder$path"
		;;
	esac
done
mount --rbind "$folder/tmp" /tmp
unset TMPDIR # which lies where FOLDER does already
cd "$PWD"
exec "$@"
