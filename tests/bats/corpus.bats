# SPDX-License-Identifier: MIT
# Firejail's own profiles, as Debian brings them: `jail enforce --check` plans
# them, for an ordinary user and for root.
#
# timeout 900

load helper

more_setup() {
	[ -e /etc/firejail/firefox.profile ] ||
		skip "no profiles of Firejail are installed"
	jail_for_all
}

# Plans each profile with "$@" in front.
plan_all() {
	local file

	for file in /etc/firejail/*.profile; do
		"$@" ./jail enforce --check "--profile=$file" true \
			>plan 2>err || echo "$file: $(tail -n 1 err)"
		[ -s plan ] || echo "$file: no plan" >&2
	done >failed
	all=$(find /etc/firejail -maxdepth 1 -name '*.profile' | wc -l)
	failed=$(wc -l <failed)
	echo "# $failed of $all profiles are not planned" >&3
	cat failed >&2
	[ $((failed * 100)) -le $((all * 3)) ]
	# None of them for want of a directive.
	! grep -i directive failed || false
}

@test "97 of 100 are planned for an ordinary user, and no directive is unknown" {
	if [ "$EUID" -eq 0 ]; then
		chown 65534 home
		plan_all setpriv --reuid=65534 --regid=65534 --clear-groups
	else
		plan_all env
	fi
}

@test "and for root" {
	[ "$EUID" -eq 0 ] || skip "this is about root"
	plan_all env
}
