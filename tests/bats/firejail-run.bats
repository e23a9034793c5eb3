# SPDX-License-Identifier: MIT
# Programs of Debian do their work in jail under Firejail's own profiles, as an
# ordinary user: a row each of tests/real/firejail/programs.txt.
#
# timeout 120

load helper

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	[ -e /etc/firejail/curl.profile ] ||
		skip "no profiles of Firejail are installed"
	jail_for_all
	without_leak_check
	mkdir world
}

@test "at least 20 programs work under Firejail's profiles of them" {
	local real=$BATS_TEST_DIRNAME/../real

	cd world
	run_split timeout -k 5 110 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		sh "$real/hostile/world.sh" bash "$real/firejail/run.sh" \
		"$BATS_TEST_TMPDIR/jail" /etc/firejail \
		"$real/firejail/programs.txt" </dev/null
	stdout_lacks "bad"
	[ "$(grep -c '^ok ' <<<"$stdout")" -ge 20 ] ||
		unexpected "too few worked"
	echo "# $(grep -c '^ok ' <<<"$stdout") programs work" >&3
}
