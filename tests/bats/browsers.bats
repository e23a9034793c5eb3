# SPDX-License-Identifier: MIT
# chromium and firefox-esr under their shipped profiles, found by name, as an
# ordinary user, with the sandboxes of their own inside: a page is shown whose
# scripts run. tests/real/shipped/browser.sh says how. Both run at once.
#
# waits
# timeout 600

load helper
load world

setup_file() {
	without_leak_check
	world_begin browser.sh chromium trained 3>&- &
	world_begin browser.sh firefox-esr untrained 3>&- &
}

# BROWSER: where its own sandbox runs, what shows pages is chrooted, has a filter
# of its own and user namespaces; of mount namespaces there is jail's alone.
browser() {
	world_ended "$1"
	[ "$(said "$1" 'chrooted and filtered again')" -ge 2 ]
	[ "$(said "$1" 'their user namespaces')" -ge 1 ]
	[ "$(said "$1" 'mount namespaces')" -eq 1 ]
}

said() {
	sed -n "s/^$2: //p" "$BATS_FILE_TMPDIR/$1/out"
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
