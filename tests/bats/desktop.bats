#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs with windows, as an ordinary user on a display of their own: trained
# under their shipped profiles until nothing new comes, then enforced, with the
# same screen as without jail. JAIL_SHOTS=FOLDER keeps the screenshots.
#
# late

load box

USER_ID=65534

box_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can mount a /run/user"
	cp -r "$BATS_TEST_DIRNAME/../lib" lib
	chmod -R a+rX lib
	# A network, a /run/user and displays of its own.
	cat >session <<-END
		ip link set lo up
		mount -t tmpfs tmpfs /run/user
		mount -t tmpfs -o mode=1777 x11 /tmp/.X11-unix
		mkdir -m 700 /run/user/$USER_ID
		chown $USER_ID:$USER_ID /run/user/$USER_ID
		exec setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups \
			sh "\$@"
	END
	cat >begin <<-'END'
		set -e
		. "$lib/window.sh"
		trap window_close EXIT
		cd "$HOME"
		window_display
		# Sessions until two in a row bring nothing new, and a run: WORK
		# NAME PREFIX... is one, and leaves its picture in NAME.png.
		learn_and_enforce() {
			work=$1 program=$2
			"$work" bare
			dry=0 session=0
			: >known
			while [ "$dry" -lt 2 ]; do
				session=$((session + 1))
				[ "$session" -le 10 ]
				"$work" learn "$jail" learn --quiet
				"$jail" export --format=list "$program" >list
				dry=$((dry + 1))
				cmp -s known list || dry=0
				mv list known
			done
			"$work" jail "$jail" enforce
			grep '^jail:' jail.log && exit 1
			[ "$("$jail" show --json "$program" |
				jq '.denials | length')" -eq 0 ]
			echo "$program: $(wc -l <known) calls, $session sessions"
			window_same bare.png jail.png || {
				echo "$window_pixels pixels differ"
				exit 1
			}
		}
	END
	export jail=$PWD/jail lib=$PWD/lib XDG_RUNTIME_DIR=/run/user/$USER_ID
	export NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory GDK_BACKEND=x11
	mkdir -p /tmp/.X11-unix
	unset DISPLAY XAUTHORITY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# in_session: the script on standard input, after the lines above.
in_session() {
	cat begin - >script
	run_split timeout 200 unshare -mn sh session "$PWD/script"
	[ -z "${JAIL_SHOTS-}" ] || for shot in "$HOME"/*.png; do
		cp "$shot" "$JAIL_SHOTS/$BATS_TEST_NUMBER-${shot##*/}"
	done
	[ "$status" -eq 0 ] || tail -n 20 "$HOME"/*.log >&2
	status_is 0
	echo "# $stdout" >&3
}

@test "a text editor: it opens a file, takes what is typed, and saves it" {
	needs mousepad
	in_session <<-'END'
		# A window that has just come up may miss what is typed.
		typed() {
			window_keys ctrl+a
			window_type "typed by a test"
			window_keys ctrl+s
			window_wait 1 grep -qx 'typed by a test' text
		}
		edit() {
			name=$1
			shift
			echo "the first line" >text
			window_start "$name" "$@" mousepad text
			window_up 'text - Mousepad'
			window_shot "$name.png"
			window_wait 5 typed
			window_shot "$name.png"
			window_keys ctrl+q
			window_end
			[ "$window_status" -eq 0 ]
		}
		learn_and_enforce edit mousepad
	END
}

@test "a viewer of documents: it shows the page" {
	needs evince
	in_session <<-'END'
		python3 "$lib/page.py" page.pdf
		# The rectangle is there, in its colour.
		drawn() {
			import -window root drawn.png
			convert drawn.png -format %c histogram:info: |
				grep -q '^ *[2-9][0-9]\{4\}: .*#1966CC'
		}
		view() {
			name=$1
			shift
			window_start "$name" "$@" evince page.pdf
			window_up page.pdf
			window_wait 30 drawn
			window_shot "$name.png"
			window_keys ctrl+w
			window_end
			[ "$window_status" -eq 0 ]
		}
		learn_and_enforce view evince
	END
}

@test "the menu: an entry starts the program through jail" {
	needs mousepad
	needs gtk-launch
	in_session <<-'END'
		"$jail" enforce --quiet --desktop --deny=log mousepad
		echo "from the menu" >text
		window_start menu gtk-launch org.xfce.mousepad text
		wait "$window_program"
		# gtk-launch has ended: what counts is the jail that it started.
		entry="^$jail enforce --deny=log --quiet -- mousepad .*text"
		window_program=$(pgrep -o -f "$entry")
		window_up 'text - Mousepad'
		window_shot menu.png
		window_keys ctrl+q
		window_wait 20 window_gone
		window_program=
		echo "started"
	END
	stdout_has started
}
