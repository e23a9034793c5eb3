#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each call by which a program joins a sandbox fails once, in a build for that:
# either it never runs, and one sentence says why, or it runs in the whole
# sandbox; and the sandbox goes on.

load box

box_setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	cp "$BUILD/faults/jail" faulty
	cp "$PROGS/look" look
	chmod 755 faulty look
}

# sweep OPTION...
sweep() {
	run_split /usr/bin/python3 -B "$BATS_TEST_DIRNAME/../faults/join.py" \
		"$USER_ID" "$PWD/faulty" "$PWD/jail" "$PWD/look" \
		"${options[@]:1}" "$@"
	status_is 0
	echo "# $stdout" >&3
}

@test "with a network of its own, each call once" {
	sweep --net=none --nice=3
}

@test "with capabilities that are kept, each call once" {
	sweep --caps.keep=net_bind_service
}
