# SPDX-License-Identifier: MIT
# The shipped profiles of tools without windows: each does its real work under
# its profile, found by name, as an ordinary user. tests/real/shipped/tools.sh
# says how; TOOL.sessions there is the work.
#
# waits
# timeout 1200

load helper

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	jail_for_all
	without_leak_check
	mkdir world
	cd world
}

in_world() {
	run_split timeout -k 5 300 env -i LC_ALL=C TZ=UTC HOME="$PWD" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		sh "$BATS_TEST_DIRNAME/../real/hostile/world.sh" \
		"$@" </dev/null
}

tool() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	in_world bash "$BATS_TEST_DIRNAME/../real/shipped/tools.sh" \
		"$BATS_TEST_TMPDIR/jail" "$@"
	status_is 0
	sed -n 's/^calls:/# '"$1"', calls after each session:/p' \
		<<<"$stdout" >&3
	[ "$(tail -n 1 <<<"$stdout")" = "done" ] || unexpected "not done"
}

@test "curl: http, https, files sent, several at once; learned" {
	tool curl
}

@test "ssh: keys, agent, jumps, forwarded ports, a master; learned" {
	tool ssh
}

@test "ffmpeg: eight codecs, a pipe, a filter with fonts; learned" {
	tool ffmpeg
}

@test "git: commits, merges, hooks, clones by file and ssh; without a list" {
	tool git untrained
}

@test "python3: venv, a server, processes, TLS; without a list" {
	tool python3 untrained
}

# PROFILE SCRIPT: what a shell in the sandbox of that profile finds.
look() {
	in_world setpriv --reuid=64324 --regid=64324 --clear-groups \
		env HOME="$PWD/home" JAIL_DB="$PWD/home/jail.db" DISPLAY=:9 \
		"$BATS_TEST_TMPDIR/jail" enforce --quiet --deny=log \
		--name=look "--profile=$1" sh -c "cd; $2"
}

# Each line of what is there names a file that was seen.
sees() {
	look "$1" 'cat plain .ssh/id .aws/credentials .netrc .git-credentials
		echo "$DISPLAY"; echo x >>.ssh/authorized_keys; echo x >.bashrc'
	[ "$(paste -sd' ' <<<"$stdout")" = "$2" ] ||
		unexpected "expected of $1: $2"
	[ "$(cat home/.ssh/authorized_keys home/.bashrc)" = "kept
kept" ]
}

@test "what they see of a home and a display, and what not" {
	mkdir -p home/.ssh home/.aws
	for file in .ssh/id .aws/credentials .netrc .git-credentials plain; do
		echo "$file" >"home/$file"
	done
	echo kept >home/.ssh/authorized_keys
	echo kept >home/.bashrc
	chown -R 64324:64324 home
	sees curl "plain"
	sees ffmpeg "plain"
	sees ssh "plain .ssh/id"
	sees git "plain .ssh/id .git-credentials"
	for profile in python3 evince mousepad mpv; do
		sees "$profile" "plain :9"
	done
	for profile in chromium firefox-esr; do
		sees "$profile" ":9"
	done
}
