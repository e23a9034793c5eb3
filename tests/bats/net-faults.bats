# SPDX-License-Identifier: MIT
# Each call of the set-up of a sandbox on a bridge fails once, in the build for
# that: see faults.bats. No device is left behind.

load ../lib/net

@test "on a bridge, as root, each call once with EPERM" {
	place=$(mktemp -d "/tmp/jail-faults.XXXXXX")
	cp "$BUILD/faults/jail" "$PROGS/look" "$place/"
	mkdir -p "$place/home/.config/jail" "$place/home/.local/share/jail"
	printf '%s\n' 'net br0' 'ip 10.10.20.60' 'seccomp' >"$place/one.profile"
	run_split env "HOME=$place/home" \
		"JAIL_DB=$place/home/.local/share/jail/jail.db" \
		ip netns exec "$ns" python3 \
		"$BATS_TEST_DIRNAME/../faults/sweep.py" "$place/jail" \
		"$place/look" EPERM -- "--profile=$place/one.profile"
	rm -rf "$place"
	status_is 0
	echo "# $stdout" >&3
	no_cable
}
