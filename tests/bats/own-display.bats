#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A display of the program's own (x11 xephyr, x11 xvfb), beside a user's display
# with a window in it: the program has a screen and keys, and none of the
# others'.

load box

box_setup() {
	needs Xephyr
	needs xdotool
	needs xauth
	# Root's own, whoever made the machine's.
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ]
	session_setup 'mount -t tmpfs -o mode=1777 x11 /tmp/.X11-unix'
	session_begin >begin
	cat >>begin <<-'END'
		# The user's display, with a key, an abstract socket, a window.
		export XAUTHORITY=$HOME/.Xauthority DISPLAY=:$number
		touch "$XAUTHORITY"
		xauth -q add :$number . "$(od -An -N16 -tx1 /dev/urandom |
			tr -d ' \n')"
		Xvfb :$number -noreset -screen 0 1000x700x24 -nolisten tcp \
			-auth "$XAUTHORITY" >>log 2>&1 &
		pids="$! $pids"
		wait_for xdotool getdisplaygeometry
		xterm -T secret >>log 2>&1 &
		pids="$! $pids"
		wait_for xdotool search --name secret
		# Servers of displays with a key in the registry.
		servers() {
			ps -eo args | grep -cE \
				"^[X](ephyr|vfb) .*$XDG_RUNTIME_DIR.*/served-"
		}
		left() {
			ls "$XDG_RUNTIME_DIR/jail" | grep -c served-
		}
		some() {
			[ "$(servers)" -gt 0 ]
		}
		none() {
			[ "$(servers)" -eq 0 ]
		}
	END
}

in_session() {
	run_session 100 -m
}

@test "a screen and keys of its own, and nothing of the user's" {
	in_session <<-'END'
		cat >look <<'LOOK'
			xdotool getdisplaygeometry
			xdotool search --name secret || echo "no window"
			xterm -T mine -e sleep 100 &
			tries=0
			until xdotool search --name mine >/dev/null; do
				tries=$((tries + 1))
				[ "$tries" -lt 600 ] || exit 9
				sleep 0.05
			done
			echo "a window"
			XAUTHORITY=/dev/null xdotool getdisplaygeometry \
				2>/dev/null || echo "not without the key"
			DISPLAY=:$number xdotool getdisplaygeometry 2>/dev/null ||
				echo "not the user's"
			ls -A /tmp/.X11-unix | sed "s/${DISPLAY#:}/N/"
		LOOK
		reach='import os, socket
		path = "/tmp/.X11-unix/X" + os.environ["number"]
		for name in "\0" + path, path:
		    try:
		        socket.socket(socket.AF_UNIX).connect(name)
		        print("open")
		    except OSError as error:
		        print("closed")'
		for kind in xvfb xephyr; do
			inside --x11=$kind --xephyr-screen=640x480 sh look
			inside --x11=$kind python3 -c "$reach"
			echo "$(servers) $(left)"
		done
		xdotool search --name secret >/dev/null && echo "still there"
	END
	one="640 480
no window
a window
not without the key
not the user's
.Xauthority
XN
closed
closed
0 0"
	stdout_is "$one
$one
still there"
	status_is 0
}

@test "the window of Xephyr is on the user's display, and closing it ends the program" {
	in_session <<-'END'
		# Xephyr forgets a SIGTERM that comes before it serves anybody.
		mkfifo shown
		"$jail" enforce $box --x11=xephyr xterm -T mine \
			-e 'echo >shown; sleep 100' >>log 2>&1 &
		jail_pid=$!
		read -r line <>shown
		xdotool search --name "xterm \(jail\)" >/dev/null || echo "no window"
		xdotool search --name '^mine$' || echo "not its windows"
		pid=$(ps -eo pid,args | awk '$2 == "Xephyr" &&
			index($0, ENVIRON["XDG_RUNTIME_DIR"]) { print $1 }')
		kill $pid
		wait $jail_pid && echo "as if nothing had been"
		echo "$(servers) $(left)"
	END
	stdout_is "not its windows
0 0"
}

@test "it ends with jail, also one that was killed, and the next one sweeps" {
	in_session <<-'END'
		"$jail" enforce $box --x11=xvfb sleep 100 &
		listed() {
			"$jail" ps | grep -q sleep
		}
		wait_for listed
		some && echo "while it runs"
		kill -9 $!
		wait $! 2>>log
		wait_for none
		echo "$(servers) $(left)"
		inside --x11=xvfb true
		echo "$? $(servers) $(left)"
	END
	stdout_is "while it runs
0 1
0 0 0"
}

@test "nobody else listens at the name that libxcb looks for first" {
	in_session <<-'END'
		cat >take.py <<'TAKE'
		import os, socket, sys
		name = "\0/tmp/.X11-unix/X" + sys.argv[1]
		for kind in socket.SOCK_STREAM, socket.SOCK_SEQPACKET:
		    try:
		        socket.socket(socket.AF_UNIX, kind).bind(name)
		        print("taken")
		    except OSError as error:
		        print(error.strerror)
		TAKE
		mkfifo wait
		inside --x11=xvfb sh -c 'echo ${DISPLAY#:}
			read go
			xdotool getdisplaygeometry' <>wait >number &
		jail_pid=$!
		wait_for grep -q . number
		python3 take.py "$(cat number)"
		echo >wait
		wait $jail_pid
		sed 1d number
		python3 take.py "$(sed 1q number)"
	END
	stdout_is "Address already in use
taken
1024 768
taken
taken"
	status_is 0
}

@test "with a /tmp, a tree and a home of the sandbox's own, in training, and who joins" {
	in_session <<-'END'
		for option in --private-tmp --overlay-tmpfs --private --net=none
		do
			echo "$option: $(inside --x11=xvfb $option \
				xdotool getdisplaygeometry)"
		done
		"$jail" learn -q --profile=default --x11=xvfb --name=geometry \
			xdotool getdisplaygeometry
		"$jail" enforce $box --x11=xvfb --name=box sleep 100 &
		jail_pid=$!
		wait_for "$jail" join box true
		"$jail" join box xdotool getdisplaygeometry
		kill $jail_pid
		wait $jail_pid
		exit 0
	END
	stdout_is "--private-tmp: 1024 768
--overlay-tmpfs: 1024 768
--private: 1024 768
--net=none: 1024 768
1024 768
1024 768"
	status_is 0
}

@test "it is the one that is named, also where a file goes while it is planned" {
	in_session <<-'END'
		printf 'x11 xvfb\nseccomp.drop reboot\nblacklist %s/gone-*\n' \
			"$PWD" >file
		while :; do
			touch gone-1 gone-2 gone-3
			rm -f gone-1 gone-2 gone-3
		done 2>>log &
		pids="$! $pids"
		# Where it goes each time anew jail gives up, with 125.
		for i in $(seq 20); do
			"$jail" enforce -q --profile="$PWD/file" \
				xdotool getdisplaygeometry >out 2>>log
			echo "$? $(cat out)" | sed "s/^125 $/0 1024 768/"
		done | uniq
	END
	stdout_is "0 1024 768"
}

@test "Wayland is closed with it" {
	needs weston
	needs wayland-info
	in_session <<-'END'
		export WAYLAND_DISPLAY=wayland-1
		weston --backend=headless-backend.so --socket=wayland-1 \
			--idle-time=0 >>log 2>&1 &
		pids="$! $pids"
		wait_for wayland-info
		inside wayland-info >out 2>&1 && echo "open without"
		inside --x11=xvfb sh -c 'echo "${WAYLAND_DISPLAY-unset}"
			WAYLAND_DISPLAY=wayland-1 wayland-info' 2>/dev/null ||
			echo closed
	END
	stdout_is "open without
unset
closed"
}

@test "of files the strictest counts, and an option before them" {
	in_session <<-'END'
		for lines in 'x11 none\nx11 xvfb' 'x11 xvfb\nx11 none' \
			'x11 xephyr\nx11 xvfb'; do
			printf "$lines\nseccomp.drop reboot\n" >file
			"$jail" enforce -q --profile="$PWD/file" \
				sh -c 'echo "${DISPLAY:+own}"'
			"$jail" enforce --check --profile="$PWD/file" true |
				grep -o "pixels (.*)"
		done
		"$jail" enforce -q --profile="$PWD/file" --x11=none \
			sh -c 'echo "${DISPLAY-none}"'
		printf 'x11 none\nseccomp.drop reboot\n' >file
		"$jail" enforce -q --profile="$PWD/file" --x11=xvfb \
			xdotool getdisplaygeometry
	END
	stdout_is "

own
pixels (Xvfb)
none
1024 768"
}

@test "what cannot be is one sentence" {
	in_session <<-'END'
		(unset DISPLAY; inside --x11=xephyr true)
		echo $?
		inside --x11=xorg true
		echo $?
		echo "$(servers) $(left)"
	END
	stdout_is "125
125
0 0"
	stderr_has "x11 xephyr: Xephyr failed: "
	stderr_has "a kind of X11 display that jail does not make"
	[ "$(wc -l <<<"$stderr")" -eq 2 ]
	root --x11=xvfb true
	refused "x11 xvfb: not for root"
	# In a mount namespace in which the server is not to be found.
	cat >without <<-END
		mount --bind /dev/null /usr/bin/Xephyr
		exec setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups \
			$PWD/jail enforce ${options[*]} --x11=xephyr true
	END
	run_split unshare -m sh without
	refused "x11 xephyr: Xephyr is not installed; install the package xserver-xephyr"
	# In one in which another user could take the place of its socket.
	mkdir theirs root
	chown 65534 theirs
	chmod 777 root
	for folder in theirs root; do
		cat >without <<-END
			mount --bind $PWD/$folder /tmp/.X11-unix
			exec setpriv --reuid=$USER_ID --regid=$USER_ID \
				--clear-groups $PWD/jail enforce \
				${options[*]} --x11=xvfb true
		END
		run_split unshare -m sh without
		refused "x11 xvfb: others could put a socket of theirs in the place of the display's"
	done
	chmod 1777 root
	run_split unshare -m sh without
	status_is 0
}

@test "where others have jail's folders, what serves it is beside the store" {
	for folder in /run/jail "/run/user/$USER_ID/jail"; do
		cat >without <<-END
			mount -t tmpfs -o mode=1777 none /run
			mkdir -p -m 1777 /run/user/$USER_ID
			mkdir -m 700 $folder
			exec setpriv --reuid=$USER_ID --regid=$USER_ID \
				--clear-groups $PWD/jail enforce \
				${options[*]} --x11=xvfb xdotool \
				getdisplaygeometry
		END
		run_split unshare -m sh without
		status_is 0
		stdout_is "1024 768"
		[ -z "$(find "$HOME/.local" -name 'served-*')" ]
	done
}
