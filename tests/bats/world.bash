# SPDX-License-Identifier: MIT
# What does its work in the background, while the tests of a file wait for it, so
# that several such works go on at once. A file loads this after helper; it calls
# what has "begin" in its name in setup_file, with an & behind it, and what has
# "ended" in a test.

# NAME SECONDS COMMAND...: runs it, no longer than that, in a folder of its own,
# which every user can reach, as is jail there: $BATS_FILE_TMPDIR/NAME/jail.
# Whatever comes of it, its status is written: setup_file ends at what fails.
work_begin() {
	local folder=$BATS_FILE_TMPDIR/$1 status=0

	mkdir -p "$folder"
	echo $((EPOCHSECONDS + $2 + 15)) >"$folder/until"
	work_run "$folder" "${@:2}" >"$folder/out" 2>"$folder/err" || status=$?
	echo "$status" >"$folder/status"
}

work_run() {
	local folder=$1 up

	for up in "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" \
			"$BATS_FILE_TMPDIR" "$folder"; do
		[ ! -d "$up" ] || chmod a+x "$up" || return
	done
	cp "$JAIL" "$folder/jail" && chmod a+rx "$folder/jail" &&
		cd "$folder" && timeout -k 5 "${@:2}" </dev/null
}

# NAME: waits for that work, and fails if it has. Its output is in the file
# $BATS_FILE_TMPDIR/NAME/out.
work_ended() {
	local folder=$BATS_FILE_TMPDIR/$1 until

	await [ -s "$folder/until" ]
	until=$(cat "$folder/until")
	until [ -s "$folder/status" ] || [ "$EPOCHSECONDS" -gt "$until" ]; do
		sleep 0.1
	done
	grep -qx 0 "$folder/status" && return
	echo "$1: ended with $(cat "$folder/status" || echo nothing)" >&2
	cat "$folder/out" "$folder/err" >&2
	return 1
}

# WORK PROGRAM [ARG...]: runs tests/real/shipped/WORK JAIL PROGRAM ARG... in a
# world of its own (tests/real/hostile/world.sh).
world_begin() {
	local folder=$BATS_FILE_TMPDIR/$2

	[ "$EUID" -eq 0 ] && command -v "$2" >/dev/null || return 0
	mkdir -p "$folder/world"
	work_begin "$2" 500 env -i LC_ALL=C.UTF-8 TZ=UTC \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		sh -c 'cd world && HOME=$PWD exec sh "$@"' sh \
		"$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		bash "$BATS_TEST_DIRNAME/../real/shipped/$1" \
		"$folder/jail" "${@:2}"
}

# PROGRAM: waits for that.
world_ended() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v "$1" >/dev/null || skip "$1 is not installed"
	work_ended "$1"
	sed -n 's/^calls:/# '"$1"', calls after each session:/p' \
		"$BATS_FILE_TMPDIR/$1/out" >&3
	[ "$(tail -n 1 "$BATS_FILE_TMPDIR/$1/out")" = "done" ]
}
