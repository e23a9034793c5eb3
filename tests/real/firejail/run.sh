#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: run.sh JAIL PROFILES TABLE
#
# Runs each program of TABLE under its profile in the folder PROFILES, as the
# ordinary user of hostile/world.sh, which runs this as root; on a display, with
# a web server and an ssh server at hand. Prints "ok PROFILE" for each that does
# its work, "bad PROFILE: ..." for others, and "none PROFILE" where there is no
# such program.
set -u
. "$(dirname "$0")/../../lib/wait.sh"
jail=$1 profiles=$2 table=$3
export HOME=$PWD/home JAIL_DB=$PWD/home/jail.db XDG_RUNTIME_DIR=$PWD/home/run
export DBUS_SESSION_BUS_ADDRESS=disabled: NO_AT_BRIDGE=1 PAGER=cat MANPAGER=cat
export DISPLAY=:$((1000 + $$ % 30000))
servers=
trap 'kill $servers 2>/dev/null' EXIT

files() {
	mkdir -p src run ~/.ssh ~/.aws
	chmod 700 run ~/.ssh
	echo canary >~/.aws/credentials
	seq 100000 >plain
	gzip -k plain
	echo 1 >src/one
	echo unchanged >copy
	printf '%s\n' '--- copy' '+++ copy' '@@ -1 +1 @@' -unchanged +changed \
		>change
	/usr/bin/python3 -m zipfile -c all.zip plain
	transmission-create -o made.torrent plain >/dev/null
	ffmpeg -loglevel error -f lavfi -i testsrc=size=160x120:rate=5 -t 1 \
		-c:v mpeg4 clip.mkv
	/usr/bin/python3 "$(dirname "$table")/../shipped/paper.py" paper.pdf \
		'A page of paper'
}

serve() {
	/usr/bin/python3 -m http.server --bind 127.0.0.1 8080 2>web.log &
	Xvfb "$DISPLAY" -screen 0 1024x768x24 -nolisten tcp -noreset \
		2>xvfb.log &
	servers=$(jobs -p | tr '\n' ' ')
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
	cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys
	echo "[localhost]:2222 $(cut -d' ' -f1,2 host.pub)" >~/.ssh/known_hosts
	mkdir /run/sshd
	/usr/sbin/sshd -D -o UsePAM=no -o Port=2222 -o HostKey="$PWD/host" \
		-o ListenAddress=127.0.0.1 -o StrictModes=no -f /dev/null &
	servers="$servers $!"
	wait_at_most 30 served || echo "bad: the servers do not answer"
}

served() {
	curl -sf http://localhost:8080/plain && xdotool getdisplaygeometry &&
		(: >/dev/tcp/localhost/2222)
}

# TITLE PROGRAM ARGUMENT...: whether it opens such a window; ends it then.
window() {
	local title=$1 seen=no

	shift
	"$@" &
	wait_at_most 20 xdotool search --onlyvisible --name "$title" && seen=yes
	kill $!
	wait $!
	echo "window: $seen"
}
export -f window wait_at_most

# PROFILE COMMAND EXPECTED, in a fresh copy of the files.
try() {
	local j said

	command -v "${1%-download_only}" >/dev/null || {
		echo "none $1"
		return
	}
	j="$jail enforce --quiet --profile=$profiles/$1.profile"
	rm -rf home/Downloads
	cp -rp start home/Downloads
	chown 64324:64324 home/Downloads
	said=$(cd home/Downloads && j=$j timeout 30 setpriv --reuid=64324 \
		--regid=64324 --clear-groups bash -c "$2" 2>../../err \
		</dev/null)
	case $3 in
	=*) [ "$said" = "${3#=}" ] ;;
	*) [[ $said == *"$3"* ]] ;;
	esac && echo "ok $1" && return
	echo "bad $1: $2: $said: $(tail -n 5 err)"
}

mkdir -p start home/run
(cd start && HOME=$PWD/../home && files)
cd start && serve
cd ..
chown -R 64324:64324 home start
SUM=$(cksum <start/plain) MD5=$(md5sum <start/plain | cut -d' ' -f1)
while read -r line; do
	case $line in '' | '#'*) continue ;; esac
	line=${line//\\|/$'\1'}
	IFS='|' read -r profile command expected <<<"$line"
	expected=${expected# } expected=${expected/\$SUM/=$SUM}
	command=${command//$'\1'/|}
	try "${profile// /}" "$command" "${expected/\$MD5/=$MD5}"
done <"$table"
