#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Real programs: learned, then enforced three times (with LONG=1 ten) with the
# same output, the same status and not one denial. The workloads are scripts in
# tests/real/ whose output never changes and ends with "done"; each runs in a
# fresh folder and in a network namespace of its own with nothing but lo.
#
# Where scheduling makes runs differ (futex, madvise ...), learning several
# times is the answer: a workload is learned until three sessions in a row
# bring nothing new. A comment in the TAP says how many it took.
#
# timeout 1800

load helper
load workload

more_setup() {
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	# where an ordinary user can read them
	cp "$JAIL" jail
	cp -r "$BATS_TEST_DIRNAME/../real" real
	chmod -R a+rX jail real
	workload_user=root
}

# Runs "$@" as the workload does: $workload_user, a new folder, lo alone, stdin
# empty. ./NAME.out gets stdout and status, ./NAME.err stderr.
in_a_clean_place() {
	local out=$BATS_TEST_TMPDIR/$1 folder=$BATS_TEST_TMPDIR/run status=0
	local identity=()

	shift
	mkdir "$folder"
	if [ "$EUID" -ne 0 ]; then
		set -- unshare -rn sh -c 'ip link set lo up; exec "$@"' sh "$@"
	else
		[ "$workload_user" = root ] || identity=(setpriv
			--reuid="$workload_user" --regid=nogroup --clear-groups)
		chown -R "$workload_user" "$folder"
		set -- unshare -n sh -c 'ip link set lo up; exec "$@"' sh \
			"${identity[@]}" "$@"
	fi
	(cd "$folder" && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME="$folder" LC_ALL=C TZ=UTC "$@") \
		</dev/null >"$out.out" 2>"$out.err" 3>&- || status=$?
	echo "status $status" >>"$out.out"
	rm -rf "$folder"
}

# The workload of this test, with "$@" as what it runs under.
workload() {
	local label=$1

	shift
	case $script in
	served/*) in_a_clean_place "$label" sh "$real/$script" "$@" ;;
	*.py) in_a_clean_place "$label" "$@" /usr/bin/python3 "$real/$script" ;;
	*.pl) in_a_clean_place "$label" "$@" perl "$real/$script" ;;
	*) in_a_clean_place "$label" "$@" bash "$real/$script" ;;
	esac
}

# SCRIPT [USER]: the whole test.
learn_then_enforce() {
	local script=$1 name jail=$PWD/jail real=$PWD/real

	workload_user=${2:-root}
	name=${script##*/}
	name=${name%.*}
	mkdir db
	export JAIL_DB=$PWD/db/jail.db
	[ "$EUID" -ne 0 ] || chown "$workload_user" db
	workload_native
	learn_until_dry 3 30 --no-sandbox
	enforce_rounds "$(times 3 10)"
}

@test "coreutils" { learn_then_enforce coreutils.sh; }
@test "coreutils, as an ordinary user" { learn_then_enforce coreutils.sh nobody; }
@test "shell pipelines and jobs" { learn_then_enforce pipelines.sh; }
@test "git: init, commit, merge, log, gc, clone" { learn_then_enforce git.sh; }
@test "gcc, and make -j2 of a small tree" { learn_then_enforce compile.sh; }
@test "gcc and make, as an ordinary user" { learn_then_enforce compile.sh nobody; }
@test "tar, gzip, bzip2, xz" { learn_then_enforce archive.sh; }
@test "sqlite3" { learn_then_enforce sqlite3.sh; }
@test "python: threads, subprocesses, sockets" { learn_then_enforce python.py; }
@test "python, as an ordinary user" { learn_then_enforce python.py nobody; }
@test "perl" { learn_then_enforce perl.pl; }
@test "openssl speed, digests, signatures" { learn_then_enforce openssl-speed.sh; }
@test "openssl s_server and s_client" { learn_then_enforce served/openssl.sh; }
@test "nginx with a hundred requests" { learn_then_enforce served/nginx.sh; }
@test "nginx, as an ordinary user" { learn_then_enforce served/nginx.sh nobody; }
@test "redis-server with redis-benchmark" { learn_then_enforce served/redis.sh; }
