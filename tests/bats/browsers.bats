# SPDX-License-Identifier: MIT
# chromium and firefox-esr under their shipped profiles, found by name, as an
# ordinary user, with the sandboxes of their own inside: a page is shown whose
# scripts run. tests/real/shipped/browser.sh says how. Both run at once.
#
# late
# timeout 300

load helper

setup_file() {
	without_leak_check
	begin chromium trained 3>&- &
	begin firefox-esr untrained 3>&- &
}

begin() {
	local folder=$BATS_FILE_TMPDIR/$1 up

	[ "$EUID" -eq 0 ] && command -v Xvfb xdotool convert "$1" >&2 || return
	mkdir -p "$folder/world"
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
		bash "$BATS_TEST_DIRNAME/../real/shipped/browser.sh" \
		"$folder/jail" "$@" </dev/null >"$folder/out" 2>&1
	echo $? >"$folder/status"
}

# BROWSER: waits for what setup_file began. Where its own sandbox runs, what
# shows pages is chrooted, has a filter of its own and user namespaces; of mount
# namespaces there is jail's alone.
browser() {
	local folder=$BATS_FILE_TMPDIR/$1

	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v "$1" >/dev/null || skip "$1 is not installed"
	for _ in $(seq 2600); do
		[ ! -s "$folder/status" ] || break
		sleep 0.1
	done
	sed -n 's/^calls:/# '"$1"', calls after each session:/p' \
		"$folder/out" >&3
	cat "$folder/out" >&2
	[ "$(tail -n 1 "$folder/out")" = "done" ]
	[ "$(said 'chrooted and filtered again')" -ge 2 ]
	[ "$(said 'their user namespaces')" -ge 1 ]
	[ "$(said 'mount namespaces')" -eq 1 ]
}

said() {
	sed -n "s/^$1: //p" "$folder/out"
}

@test "chromium, learned, with its own sandbox inside" {
	browser chromium
}

@test "firefox-esr, without a list, with its own sandbox inside" {
	browser firefox-esr
}

@test "user namespaces: only with the word for them, and as many as it says" {
	local as=()

	jail_for_all
	[ "$EUID" -ne 0 ] || as=(setpriv --reuid=64326 --regid=64326
		--clear-groups)
	chmod a+rwx "$HOME"
	try() {
		run_split "${as[@]}" env "JAIL_DB=$HOME/db" ./jail enforce \
			--quiet --deny=log --profile=default "$@"
	}
	try unshare -U true
	[ "$status" -ne 0 ]
	try --seccomp.allow-dangerous=unshare unshare -U true
	[ "$status" -ne 0 ]
	stderr_has "No space left"
	try --seccomp.allow-dangerous=unshare --userns-max=1 unshare -U true
	status_is 0
	try --seccomp.allow-dangerous=unshare --userns-max=1 \
		unshare -Ur unshare -U true
	[ "$status" -ne 0 ]
	try --seccomp.allow-dangerous=unshare --userns-max=2 \
		unshare -Ur unshare -U true
	status_is 0
	try --seccomp.allow-dangerous=unshare --userns-max=1 \
		--restrict-namespaces=mnt unshare -U -m true
	[ "$status" -ne 0 ]
	# In those of a browser no mount can be made.
	try --profile=chromium unshare -Ur -n true
	status_is 0
	try --profile=chromium unshare -Ur -m true
	[ "$status" -ne 0 ]
}
