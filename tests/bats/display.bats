#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Display and sound, with real servers in a /run/user of the test's own: under
# the default profile an ordinary user's programs reach them, and find fonts,
# themes and icons; the directives that close them do.

load box

USER_ID=65534

box_setup() {
	session_setup :
	session_begin >begin
	cat >>begin <<-'END'
		serve() { "$@" >>log 2>&1 & pids="$! $pids"; }
		# says WORD COMMAND...: whether it succeeds.
		says() {
			word=$1
			shift
			"$@" >out 2>&1 && echo "$word: yes" ||
				echo "$word: no"
		}
	END
	cp "$BATS_TEST_DIRNAME/../lib/refuse.py" .
	export refuse=$PWD/refuse.py
	unset PULSE_SERVER
}

# in_session: the script on standard input, after the lines above.
in_session() {
	run_session 100 -m
}

@test "X11: with the key in a home, in /run/user and in /tmp" {
	needs xauth
	in_session <<-'END'
		export XAUTHORITY=$HOME/.Xauthority
		key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
		touch "$XAUTHORITY"
		xauth -q add :$number . "$key"
		cp "$XAUTHORITY" key
		serve Xvfb :$number -noreset -screen 0 640x480x24 \
			-nolisten tcp -auth "$HOME/key"
		export DISPLAY=:$number
		wait_for xdotool getdisplaygeometry
		says "no key" env XAUTHORITY=/dev/null \
			xdotool getdisplaygeometry
		says outside xdotool getdisplaygeometry
		says home inside xdotool getdisplaygeometry
		says private inside --private xdotool getdisplaygeometry
		cp "$XAUTHORITY" "$XDG_RUNTIME_DIR/xauth_abc"
		says run env XAUTHORITY="$XDG_RUNTIME_DIR/xauth_abc" \
			"$jail" enforce -q --profile=default \
			--ignore=seccomp.learned --seccomp.drop=reboot \
			xdotool getdisplaygeometry
		folder=$(mktemp -d /tmp/xauth.XXXXXX)
		cp "$XAUTHORITY" "$folder/auth"
		XAUTHORITY=$folder/auth
		rm "$HOME/.Xauthority"
		says tmp inside --private-tmp xdotool getdisplaygeometry
		says none inside --x11=none xdotool getdisplaygeometry
		says "none, by hand" inside --x11=none env DISPLAY=:$number \
			XAUTHORITY="$XAUTHORITY" xdotool getdisplaygeometry
		inside --x11=none sh -c 'echo "${DISPLAY-}${XAUTHORITY-}."'
		inside --x11=none python3 -c 'import os, socket
		path = "/tmp/.X11-unix/X" + os.environ["number"]
		for name in "\0" + path, path:
		    try:
		        socket.socket(socket.AF_UNIX).connect(name)
		        print("open")
		    except OSError as error:
		        print("closed")'
		rm -r "$folder"
		# A kernel without Landlock.
		old() {
			/usr/bin/python3 "$refuse" 38 444 "$jail" enforce \
				--quiet --seccomp.drop=reboot \
				--ignore=seccomp.learned "$@"
		}
		says old old true
		says "old, closed" old --x11=none true
		grep -c 'abstract socket, which this kernel cannot' out
		says "old, no network" old --x11=none --net=none true
	END
	stdout_is "no key: no
outside: yes
home: yes
private: yes
run: yes
tmp: yes
none: no
none, by hand: no
.
closed
closed
old: yes
old, closed: no
1
old, no network: yes"
}

@test "Wayland" {
	needs weston
	needs wayland-info
	in_session <<-'END'
		export WAYLAND_DISPLAY=wayland-1
		serve weston --backend=headless-backend.so \
			--socket=wayland-1 --idle-time=0
		wait_for wayland-info
		says outside wayland-info
		says inside inside wayland-info
		grep -q wl_compositor out && echo "a compositor"
		says hidden inside '--blacklist=${RUNUSER}/wayland-*' \
			wayland-info
	END
	stdout_is "outside: yes
inside: yes
a compositor
hidden: no"
}

@test "PulseAudio: it plays, and nosound closes it wherever it is" {
	needs pulseaudio
	needs paplay
	in_session <<-'END'
		pulse() {
			serve pulseaudio --daemonize=no --exit-idle-time=-1 -n \
				-L "module-null-sink sink_name=test" \
				-L "module-native-protocol-unix $1"
			wait_for pactl info
		}
		head -c 40000 /dev/zero >sound.raw
		pulse
		says outside paplay --raw sound.raw
		says inside inside paplay --raw sound.raw
		says nosound inside --nosound paplay --raw sound.raw
		kill ${pids%% *}
		wait ${pids%% *}
		pids=
		folder=$(mktemp -d /tmp/sound.XXXXXX)
		export PULSE_SERVER="unix:$folder/native"
		pulse "socket=$folder/native"
		says elsewhere inside paplay --raw sound.raw
		says nosound inside --nosound paplay --raw sound.raw
		rm -r "$folder"
	END
	stdout_is "outside: yes
inside: yes
nosound: no
elsewhere: yes
nosound: no"
}

@test "PipeWire" {
	needs pipewire
	needs pw-cli
	in_session <<-'END'
		serve pipewire
		wait_for pw-cli info 0
		says outside pw-cli info 0
		says inside inside pw-cli info 0
		says nosound inside --nosound pw-cli info 0
	END
	stdout_is "outside: yes
inside: yes
nosound: no"
}

@test "fonts, themes and icons, of the system and of the home" {
	needs fc-list
	in_session <<-'END'
		font=$(fc-list : file | head -n1 | cut -d: -f1)
		mkdir -p .local/share/fonts .fonts .themes/Mine/gtk-3.0 \
			.icons/Mine .local/share/icons .config/gtk-3.0 \
			.config/fontconfig
		cp "$font" .local/share/fonts/mine.ttf
		cp "$font" .fonts/old.ttf
		for file in .themes/Mine/gtk-3.0/gtk.css .icons/Mine/index.theme \
			.config/gtk-3.0/settings.ini; do
			echo "$file" >"$file"
		done
		fc-list : file | sort >out.1
		grep -c "$HOME" out.1
		inside fc-list : file | sort >out.2
		cmp out.1 out.2
		printf 'include whitelist-look.inc\ninclude default.profile\n' \
			>look.profile
		"$jail" enforce -q --profile=./look.profile \
			--ignore=seccomp.learned --seccomp.drop=reboot \
			sh -c 'fc-list : file | sort
			cat .themes/Mine/gtk-3.0/gtk.css .icons/Mine/index.theme
			cat .config/gtk-3.0/settings.ini; ls -A
			echo x >>.config/gtk-3.0/settings.ini' >out.3 2>err
		grep -c "$HOME" out.3
		grep -c '^\.[a-z].*/' out.3
		grep -q secret out.3 && echo "too much"
		cat err
	END
	[ "$(head -n3 <<<"$stdout")" = "2
2
3" ]
	stdout_has "Read-only file system"
	stdout_lacks "too much"
}

# By the session manager a program could have a command started at the next
# login, outside of any sandbox (XSMP, RestartCommand).
@test "the session manager is out of reach: its address, its sockets, its key" {
	in_session <<-'END'
		export SESSION_MANAGER=local/x:@/tmp/.ICE-unix/1
		export ICEAUTHORITY=$HOME/.ICEauthority
		echo key >.ICEauthority
		inside sh -c 'echo "${SESSION_MANAGER-none}"
			cat ~/.ICEauthority 2>/dev/null || echo "no key"
			ls /tmp/.ICE-unix 2>/dev/null | wc -l'
	END
	stdout_is "none
no key
0"
}

# Who reaches one of these has commands run outside, or keys used.
@test "editors, window managers and agents that listen in the home or in /tmp" {
	in_session <<-'END'
		mkdir -p .1password .cache/keyring-x .cache/qtile
		temporary=$(mktemp -d /tmp/i3-user.XXXXXX)
		mkdir "/tmp/nvim.$$"
		wm=/tmp/bspwm_$$-socket
		set -- .1password/agent.sock .bitwarden-ssh-agent.sock \
			.cache/keyring-x/ssh .cache/qtile/qtilesocket.:0 \
			"$temporary/ipc" "/tmp/nvim.$$/0" "$wm" other
		cat >reach.py <<-'REACH'
			import socket, sys, time
			def reaches(call, name):
			    made = socket.socket(socket.AF_UNIX)
			    try:
			        getattr(made, call)(name)
			        made.listen() if call == "bind" else 0
			        return made
			    except OSError:
			        return None
			names = sys.argv[2:]
			all = [reaches(sys.argv[1], name) for name in names]
			print(sum(1 for one in all if one), flush=True)
			time.sleep(100 if sys.argv[1] == "bind" else 0)
		REACH
		serve python3 reach.py bind "$@"
		wait_for grep -q 8 log
		python3 reach.py connect "$@"
		inside python3 reach.py connect "$@"
		inside python3 reach.py connect other
		rm -r "$temporary" "/tmp/nvim.$$" "$wm"
	END
	stdout_is "8
1
1"
}
