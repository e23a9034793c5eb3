#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs as a desktop starts them, for an ordinary user: from its menu, and
# with a session bus. JAIL_SHOTS=FOLDER keeps the screenshots.

load box

USER_ID=65534

box_setup() {
	# A network and displays of its own.
	session_setup 'ip link set lo up
		mount -t tmpfs -o mode=1777 x11 /tmp/.X11-unix'
	cp -r "$BATS_TEST_DIRNAME/../lib" lib
	chmod -R a+rX lib
	cat >begin <<-'END'
		set -e
		. "$lib/window.sh"
		trap window_close EXIT
		cd "$HOME"
		window_display
	END
	export lib=$PWD/lib
	export NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory GDK_BACKEND=x11
	mkdir -m 1777 /tmp/.X11-unix 2>/dev/null || [ -d /tmp/.X11-unix ]
	unset DBUS_SESSION_BUS_ADDRESS
}

# in_session: the script on standard input, after the lines above.
in_session() {
	run_session 200 -mn
	[ -z "${JAIL_SHOTS-}" ] || for shot in "$HOME"/*.png; do
		cp "$shot" "$JAIL_SHOTS/$BATS_TEST_NUMBER-${shot##*/}"
	done
	[ "$status" -eq 0 ] || tail -n 20 "$HOME"/*.log >&2
	status_is 0
}

@test "a session bus and Firejail's own profile: the bus is filtered, the page is shown" {
	needs evince
	needs xdg-dbus-proxy
	grep -q '^dbus-user filter' /etc/firejail/evince.profile ||
		skip "no such profile of Firejail is installed"
	install -m 644 "$BATS_TEST_DIRNAME/../real/shipped/paper.py" lib
	in_session <<-'END'
		/usr/bin/python3 "$lib/paper.py" page.pdf "A page of paper"
		export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
		dbus-daemon --session --nofork --nopidfile \
			"--address=$DBUS_SESSION_BUS_ADDRESS" >bus.log 2>&1 3>&- &
		window_pids="$! $window_pids"
		wait_at_most 30 test -S "$XDG_RUNTIME_DIR/bus"
		view() {
			name=$1
			shift
			window_start "$name" "$@" evince page.pdf
			window_up page.pdf
			window_shot "$name.png"
			[ "$name" != jail ] || pgrep -af '^xdg-dbus-proxy.*filter'
			window_keys ctrl+w
			window_end
			[ "$window_status" -eq 0 ]
		}
		view bare
		view jail "$jail" enforce --seccomp.drop=reboot \
			--profile=/etc/firejail/evince.profile
		grep '^jail:' jail.log
		window_same bare.png jail.png || {
			echo "$window_pixels pixels differ"
			exit 1
		}
	END
	stdout_has "--talk=ca.desrt.dconf"
	stdout_has "not carried out"
	stdout_lacks hidden
	stdout_lacks dbus-user
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
		started() {
			window_program=$(pgrep -o -f "$entry")
		}
		wait_at_most 30 started
		window_up 'text - Mousepad'
		window_shot menu.png
		window_keys ctrl+q
		wait_at_most 30 window_gone
		window_program=
		echo "started"
	END
	stdout_has started
}
