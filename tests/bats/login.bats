# SPDX-License-Identifier: MIT
# jail as a login shell: an ordinary user comes in by sshd and su, and finds a
# shell that works, and that is confined. tests/real/login.sh does it, in a
# world of its own.
#
# timeout 120

load helper

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v sshd >/dev/null || skip "sshd is not installed"
	jail_for_all
	without_leak_check
	mkdir world
}

said() {
	grep -qxF -- "$1" <<<"$stdout" || unexpected "expected a line: $1"
}

@test "sshd and su: a command, a terminal, scp, sftp and rsync, confined" {
	cd world
	run_split timeout -k 5 100 env -i LC_ALL=C TZ=UTC \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$PWD" \
		sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		bash "$BATS_TEST_DIRNAME/../real/login.sh" \
		"$BATS_TEST_TMPDIR/jail" </dev/null
	status_is 0
	said "command: wanderer bash /bin/bash ./home"
	said "confined: 2"
	said "status: 3"
	said "typed status: 7"
	said "login -bash"
	said "$(seq 100000 | cksum)"
	for works in "scp fetches" "scp brings" "scp fetches as it did" \
			"sftp works"; do
		said "$works"
	done
	# Forwarding works where sshd was not told to refuse it.
	said "SSH-2.0"
	said "administratively prohibited"
	[ -z "$(command -v rsync)" ] || said "rsync works"
	said "su -: 2 -bash "
	said "su: 2"
	# What others start stays as it was, and secrets are not seen.
	said "Read-only file system"
	[ "$(cat home/.bashrc)" = true ]
	said "new"
	stdout_lacks canary
	stdout_lacks ssh-ed25519
	stdout_has "Permission denied"
}

@test "as it is called: with a dash, and with -c" {
	run_split bash -c 'exec -a -jail ./jail' <<<'shopt -q login_shell &&
		echo "$0 $SHELL"'
	status_is 0
	stdout_is "-bash /bin/bash"
	run_split ./jail -c 'echo "$0 $#"; exit 4'
	status_is 4
	stdout_is "bash 0"
	[ -z "$stderr" ]
	run_split ./jail -c 'kill -TERM $$'
	status_is 143
}

@test "the user's own profile of a login shell counts" {
	mkdir -p home/.config/jail
	printf 'seccomp\nprivate\n' >home/.config/jail/login-shell.profile
	touch home/there
	run_split ./jail -c 'ls ~'
	status_is 0
	stdout_is ""
}
