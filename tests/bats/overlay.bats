# SPDX-License-Identifier: MIT
# overlay: the program changes what it likes, and the host stays as it is.
# Each change is first shown to be possible without jail. An overlay has what is
# in the system's own tree, and of this /tmp is to be a part.
# shared

load box

box_setup() {
	name=jail-test-$$-$BATS_TEST_NUMBER
	kept=$HOME/.local/share/jail/overlays/$name
	upper=${HOME#/}
	upper=$kept/upper/${upper//\//%}
	shared=/var/tmp/$name
	echo old >"$HOME/file"
	echo old >"$HOME/gone"
	mkdir "$HOME/folder"
	chown -R "$USER_ID:$USER_ID" "$HOME"
}

# Whatever of the setup there was: never a folder of the system.
teardown() {
	[ -n "${name-}" ] || return 0
	rm -rf "/var/tmp/$name" "/var/lib/jail/overlays/$name"
}

# Run by the user: changes a file, removes one, makes some, says what is there.
CHANGES='echo new >~/file && rm -f ~/gone && echo made >~/made &&
	echo x >'

unchanged() {
	[ "$(cat "$HOME/file" "$HOME/gone")" = $'old\nold' ]
	[ ! -e "$HOME/made" ]
	[ ! -e "$shared" ]
}

@test "an ordinary user's changes are possible, and undone again" {
	outside sh -c "$CHANGES$shared"
	status_is 0
	[ "$(cat "$HOME/file")" = new ]
	[ ! -e "$HOME/gone" ]
	[ -e "$shared" ]
}

@test "overlay-tmpfs: what was changed is there until the end, and not here" {
	user --overlay-tmpfs sh -c "$CHANGES$shared; cat ~/file ~/made $shared;
		ls ~"
	status_is 0
	stdout_is $'new\nmade\nx\nfile\nfolder\nmade'
	unchanged
	user --overlay-tmpfs sh -c 'cat ~/file; ls ~'
	stdout_is $'old\nfile\nfolder\ngone'
	[ ! -e "$HOME/.local/share/jail/overlays" ]
}

@test "overlay-named: changes are kept, by name, and dropped with the folder" {
	user "--overlay-named=$name" sh -c "$CHANGES$shared"
	status_is 0
	unchanged
	user "--overlay-named=$name" sh -c "cat ~/file ~/made $shared; ls ~"
	stdout_is $'new\nmade\nx\nfile\nfolder\nmade'
	unchanged
	# As the man page says: to be looked at, and dropped like any folder.
	[ "$(cat "$upper/made")" = made ]
	user --overlay-named=another ls "$HOME"
	stdout_is $'file\nfolder\ngone'
	outside rm -rf "$kept"
	status_is 0
	user "--overlay-named=$name" ls "$HOME"
	stdout_is $'file\nfolder\ngone'
}

@test "overlay: one of the program's own" {
	user --overlay sh -c 'echo kept >~/made'
	status_is 0
	user --overlay sh -c 'cat ~/made'
	stdout_is kept
	user --overlay --name=other sh -c 'cat ~/made'
	status_is 1
}

@test "one overlay, one sandbox: the second is told" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	chmod 666 "$BATS_TEST_TMPDIR/fifo"
	user "--overlay-named=$name" cat <"$BATS_TEST_TMPDIR/fifo" &
	exec 9>"$BATS_TEST_TMPDIR/fifo"
	await [ -e "$kept/work" ]
	user "--overlay-named=$name" true
	refused "is in use by another sandbox"
	user --overlay-named=another true
	status_is 0
	user --overlay-tmpfs true
	status_is 0
	# Which ends the first one.
	exec 9>&-
	wait %1
}

@test "a killed jail: the next sandbox waits until the last one is gone" {
	for _ in 1 2 3 4 5; do
		outside sh -c '"$@" & while [ ! -e "$0/ready" ]; do sleep 0.01
			done; kill -9 $!; rm "$0/ready"' "$upper" \
			"$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" \
			"--overlay-named=$name" \
			sh -c 'sleep 60 & touch ~/ready; sleep 60'
		user "--overlay-named=$name" true
		status_is 0
	done
}

@test "root: every folder can be changed, and none is" {
	root "--overlay-named=$name" sh -c "echo x >/etc/$name &&
		mkdir /usr/$name && rm -f /etc/hostname && echo x >$shared &&
		ls -d /etc/$name /usr/$name $shared /etc/hostname 2>&1"
	stdout_has "/etc/$name"
	stdout_has "/usr/$name"
	stdout_has "cannot access '/etc/hostname'"
	[ ! -e "/etc/$name" ]
	[ ! -e "/usr/$name" ]
	[ -e /etc/hostname ]
	unchanged
	root "--overlay-named=$name" cat "/etc/$name"
	stdout_is x
	root --overlay-tmpfs ls "/etc/$name"
	status_is 2
}

@test "root with noroot: the same in a user namespace" {
	root --overlay-tmpfs --noroot sh -c "echo x >/etc/$name &&
		cat /etc/$name"
	status_is 0
	stdout_is x
	[ ! -e "/etc/$name" ]
}

# mounted COMMAND...: as the user, who has a file system in $HOME/mnt.
mounted() {
	run_split unshare -m sh -c 'mount -t tmpfs -o mode=777 none "$HOME/mnt"
		echo above >"$HOME/mnt/over"
		id=$1; shift
		chown "$id:$id" "$HOME/mnt/over"
		exec setpriv "--reuid=$id" "--regid=$id" --clear-groups "$@"' \
		sh "$USER_ID" "$@"
}

@test "a mount below: its folder read-only, what is beside it overlaid" {
	mkdir "$HOME/mnt"
	echo below >"$HOME/mnt/under"
	chown -R "$USER_ID" "$HOME"
	mounted "$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" \
		--overlay-tmpfs sh -c 'ls ~/mnt; echo x >~/folder/x &&
		cat ~/folder/x; echo y >~/mnt/over && cat ~/mnt/over
		echo z >~/file'
	stdout_is $'over\nx\ny'
	stderr_has "Read-only file system"
	unchanged
	[ ! -e "$HOME/folder/x" ]
}

@test "where an overlay cannot be kept: a sentence with the file system" {
	mkdir "$HOME/mnt"
	chown "$USER_ID" "$HOME/mnt"
	run_split unshare -m sh -c 'mount -t ramfs -o mode=777 none "$HOME/mnt"
		export XDG_DATA_HOME=$HOME/mnt
		id=$1; shift
		exec setpriv "--reuid=$id" "--regid=$id" --clear-groups "$@"' \
		sh "$USER_ID" "$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" \
		--overlay true
	refused "its file system is ramfs"
}

@test "a name that leads elsewhere is refused" {
	for bad in ../x x/y . ..; do
		user "--overlay-named=$bad" true
		status_is 125
	done
	[ ! -e "$HOME/.local/share/jail/overlays/x" ]
}

@test "what jail keeps cannot be seen, nor moved away" {
	user "--overlay-named=$name" sh -c 'echo x >~/made'
	user "--overlay-named=$name" ls "$HOME/.local/share/jail"
	stdout_is ""
	user "--overlay-named=$name" mv "$HOME/.local" "$HOME/x"
	[ "$status" -ne 0 ]
	stderr_has "busy"
	[ "$(cat "$upper/made")" = x ]
}

@test "X11's socket can be reached, another in /tmp not" {
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ]
	cat >listen.py <<-'END'
	import os, socket, sys
	held = []
	for path in sys.argv[1:]:
	    held.append(socket.socket(socket.AF_UNIX))
	    held[-1].bind(path)
	    os.chmod(path, 0o777)
	    held[-1].listen()
	print("ready", flush=True)
	sys.stdin.read()
	END
	cat >connect.py <<-'END'
	import socket, sys
	socket.socket(socket.AF_UNIX).connect(sys.argv[1])
	END
	x11=/tmp/.X11-unix/X9$$
	other=/tmp/$name.socket
	mkfifo hold
	python3 listen.py "$x11" "$other" <>hold >ready 3>&- &
	await grep -q ready ready
	for path in "$x11" "$other"; do
		outside python3 connect.py "$path"
		status_is 0
	done
	user --overlay-tmpfs python3 connect.py "$x11"
	status_is 0
	user --overlay-tmpfs python3 connect.py "$other"
	status_is 1
	kill %1
	rm -f "$x11" "$other"
}
