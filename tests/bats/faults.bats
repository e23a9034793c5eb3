# SPDX-License-Identifier: MIT
# Each call of the set-up fails once, in a build for that: either the program
# never runs, and one sentence says which step it was, or it runs in the whole
# sandbox. There is no third outcome.
# An overlay has what is in the system's own tree, and of this /tmp is to be a
# part.
# shared
# timeout 900
load helper

more_setup() {
	# Where an ordinary user has a home, and can reach the programs.
	place=$(mktemp -d /tmp/jail-faults.XXXXXX)
	chmod 755 "$place"
	cp "$BUILD/faults/jail" "$PROGS/look" "$place/"
	mkdir -p "$place/home/secret" "$place/home/.config/jail" \
		"$place/home/.config/firejail" "$place/home/.local/share/jail"
	echo canary >"$place/home/secret/file"
	cat >"$place/some.profile" <<-PROFILE
		net none
		hostname box
		machine-id
		private-etc hosts
		private-tmp
		whitelist $place
		blacklist /opt
		blacklist \${HOME}/sec*
		read-only \${HOME}/.config
		noexec /dev/shm
		seccomp
		protocol unix,inet
		memory-deny-write-execute
		nogroups
		rlimit-nofile 100
		nice 3
	PROFILE
	# A store elsewhere has files of its own, which are masked only where
	# the user could make them: EPERM says that he cannot.
	export HOME=$place/home JAIL_DB=$place/home/.local/share/jail/jail.db
	cd "$place" || return 1
}

teardown() {
	rm -rf "$place"
}

# sweep ERRNO USER OPTION... In mounts of its own: what others mount meanwhile
# was not left by jail.
sweep() {
	local code=$1 user=$2 as=()

	shift 2
	if [ "$user" != root ]; then
		as=(-u "$user")
		chown -R "$user:$user" "$place"
	fi
	run_split unshare --mount \
		python3 -B "$BATS_TEST_DIRNAME/../faults/sweep.py" "${as[@]}" \
		"$place/jail" "$place/look" "$code" -- "$@"
	status_is 0
	echo "# $stdout" >&3
}

@test "as root, each call once with EPERM" {
	sweep EPERM root "--profile=$place/some.profile"
}

@test "as root, each call once with ENOMEM" {
	sweep ENOMEM root "--profile=$place/some.profile"
}

@test "as an ordinary user, each call once with EPERM" {
	sweep EPERM 64331 "--profile=$place/some.profile"
}

@test "as an ordinary user, each call once with ENOMEM" {
	sweep ENOMEM 64331 "--profile=$place/some.profile"
}

@test "with a private home and programs, each call once" {
	sweep EPERM 64331 "--profile=$place/some.profile" --private \
		--private-opt=none --private-bin=sh,python3
}

@test "on an overlay, each call once" {
	sweep EPERM root "--profile=$place/some.profile" --overlay-tmpfs
}

@test "with capabilities that are kept, each call once" {
	sweep EPERM root "--profile=$place/some.profile" \
		--caps.keep=sys_admin,net_admin
}
