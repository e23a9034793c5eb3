#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Display and sound, with real servers in a /run/user of the test's own: under
# the default profile an ordinary user's programs reach them, and find fonts,
# themes and icons; the directives that close them do.

load box

USER_ID=65534

box_setup() {
	session_setup :
	cat >begin <<-'END'
		cd "$HOME"
		pids=
		trap 'for pid in $pids; do kill $pid; wait $pid; done' EXIT
		serve() { "$@" >>log 2>&1 & pids="$! $pids"; }
		wait_for() {
			tries=0
			until "$@" >/dev/null 2>&1; do
				tries=$((tries + 1))
				[ "$tries" -lt 300 ] || exit 9
				sleep 0.05
			done
		}
		inside() {
			"$jail" enforce --quiet --profile=default \
				--ignore=seccomp.learned --seccomp.drop=reboot \
				"$@"
		}
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
		xauth -q add :4712 . "$key"
		cp "$XAUTHORITY" key
		serve Xvfb :4712 -noreset -screen 0 640x480x24 -nolisten tcp \
			-auth "$HOME/key"
		export DISPLAY=:4712
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
		says "none, by hand" inside --x11=none env DISPLAY=:4712 \
			XAUTHORITY="$XAUTHORITY" xdotool getdisplaygeometry
		inside --x11=none sh -c 'echo "${DISPLAY-}${XAUTHORITY-}."'
		inside --x11=none python3 -c 'import socket
		for name in "\0/tmp/.X11-unix/X4712", "/tmp/.X11-unix/X4712":
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
