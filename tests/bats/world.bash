# SPDX-License-Identifier: MIT
# Programs with windows that do their work in the background, each in a world of
# its own (tests/real/hostile/world.sh), while the tests of a file wait for
# them. A file loads it after helper.

# WORK PROGRAM [ARG...]: runs tests/real/shipped/WORK JAIL PROGRAM ARG... Called
# in setup_file, with an & behind it. Whatever comes of it, its status is
# written: setup_file ends at what fails.
world_begin() {
	local status=0

	mkdir -p "$BATS_FILE_TMPDIR/$2/world"
	world_run "$@" >"$BATS_FILE_TMPDIR/$2/out" 2>&1 || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/$2/status"
}

world_run() {
	local work=$1 folder=$BATS_FILE_TMPDIR/$2 up

	shift
	[ "$EUID" -eq 0 ] && command -v "$1" >/dev/null || return
	for up in "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" \
			"$BATS_FILE_TMPDIR" "$folder"; do
		[ ! -d "$up" ] || chmod a+x "$up"
	done
	cp "$JAIL" "$folder/jail"
	chmod a+rx "$folder/jail"
	cd "$folder/world" || return
	timeout -k 5 250 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		bash "$BATS_TEST_DIRNAME/../real/shipped/$work" \
		"$folder/jail" "$@" </dev/null
}

# PROGRAM: waits for what world_begin began. Its output is in the file
# $BATS_FILE_TMPDIR/PROGRAM/out.
world_ended() {
	local folder=$BATS_FILE_TMPDIR/$1

	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v "$1" >/dev/null || skip "$1 is not installed"
	until [ -s "$folder/status" ]; do
		[ "$SECONDS" -lt 270 ] || break
		sleep 0.1
	done
	sed -n 's/^calls:/# '"$1"', calls after each session:/p' \
		"$folder/out" >&3
	[ "$(tail -n 1 "$folder/out")" = "done" ] || {
		cat "$folder/out" >&2
		echo "$1: ended with $(cat "$folder/status" || echo nothing)" >&2
		return 1
	}
}
