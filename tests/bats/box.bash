# SPDX-License-Identifier: MIT
# box: what the tests of whole sandboxes share. As an ordinary user and as root,
# with the walls and few rules about calls. In place of `load helper`:
#
#   load box
#   @test "..." {
#   	user --private sh -c 'touch ~/x'
#   	status_is 0
#   }

load helper

# Nobody else's, so that his processes are the test's.
USER_ID=$((20000 + $$ % 40000))

more_setup() {
	local folder=$BATS_TEST_TMPDIR

	# For the user: a copy of jail, a home, ways to get there.
	while [ "$folder" != / ] && [ "$folder" != /tmp ]; do
		chmod a+x "$folder"
		folder=${folder%/*}
	done
	cp "$JAIL" "$BATS_TEST_TMPDIR/jail"
	echo "# empty" >"$BATS_TEST_TMPDIR/box.profile"
	chmod 755 "$BATS_TEST_TMPDIR/jail"
	chown "$USER_ID:$USER_ID" "$HOME"
	options=(--quiet "--profile=$BATS_TEST_TMPDIR/box.profile"
		--seccomp.drop=reboot)
	unset JAIL_DB DISPLAY
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	if [ "$(type -t box_setup)" = function ]; then box_setup; fi
}

# outside COMMAND...: as the user, without jail.
outside() {
	run_split setpriv "--reuid=$USER_ID" "--regid=$USER_ID" \
		--clear-groups "$@"
}

# user [OPTION...] PROGRAM [ARG...]: in a sandbox, as the user.
user() {
	outside "$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" "$@"
}

# The same as root, with a home of its own.
root() {
	mkdir -p "$BATS_TEST_TMPDIR/roots"
	HOME=$BATS_TEST_TMPDIR/roots run_split "$JAIL" enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/db" \
		"$@"
}

# each OPTION... PROGRAM...: as the user and as root, with the same outcome:
# the function check, told which.
each() {
	local who

	for who in user root; do
		"$who" "$@"
		check "$who"
	done
}

# For tests of a desktop's user: the file "session" runs a script as him, with a
# /run/user of his own, after the lines FIRST, which root runs; the file "begin",
# which the caller writes, is the script's beginning. A display is :$number, which
# is nobody else's: other tests, too, have displays at the same time.
session_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can mount a /run/user"
	cat >session <<-END
		$1
		mount -t tmpfs tmpfs /run/user
		mkdir -m 700 /run/user/$USER_ID
		chown $USER_ID:$USER_ID /run/user/$USER_ID
		exec setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups \
			sh "\$@"
	END
	export jail=$PWD/jail XDG_RUNTIME_DIR=/run/user/$USER_ID
	export number=$((1000 + $$ % 58000))
	unset DISPLAY XAUTHORITY WAYLAND_DISPLAY
}

# Lines for "begin": the processes in $pids end with the script, which says nothing
# of how, wait_for COMMAND waits until that succeeds, and inside runs a program
# as the profile "default" has it (the options are in $box).
session_begin() {
	cat "$BATS_TEST_DIRNAME/../lib/wait.sh" - <<-'END'
		cd "$HOME"
		pids=
		trap 'for pid in $pids; do kill $pid; wait $pid 2>&-; done' EXIT
		wait_for() {
			wait_at_most 30 "$@" || exit 9
		}
		box="--quiet --profile=default --ignore=seccomp.learned"
		box="$box --seccomp.drop=reboot"
		inside() {
			"$jail" enforce $box "$@"
		}
	END
}

# run_session SECONDS NAMESPACES: the rest of the script, on standard input.
run_session() {
	cat begin - >script
	run_split timeout "$1" unshare "$2" sh session "$PWD/script"
}

# The sentence of a run that did not start.
refused() {
	status_is 125
	one_sentence
	stderr_has "$1"
}

# tree FOLDER PROGRAM...: the root of a small system with these programs.
tree() {
	local folder=$1 program file

	shift
	mkdir -p "$folder"/{bin,dev,etc,home,proc,root,run,sys,tmp,usr,var}
	chmod 1777 "$folder/tmp"
	for program; do
		for file in "$program" $(ldd "$program" | grep -o '/[^ )]*'); do
			mkdir -p "$folder${file%/*}"
			cp -L "$file" "$folder$file"
		done
	done
	ln -sf "$(command -v bash)" "$folder/bin/sh"
}
