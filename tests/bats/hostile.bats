#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs that fight back: they confine parts of themselves with seccomp
# filters, namespaces and other users. Each is learned until two sessions in a
# row bring nothing new, and then enforced with the same output, the same status
# and not one denial; and its own walls stand as they do without jail. The
# workloads are scripts of tests/real/hostile/, each in a new folder and in the
# world that world.sh there makes.
#
# serial
# timeout 900

load helper
load workload

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of these tests"
	here=$BATS_TEST_DIRNAME/../real/hostile
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	mkdir -p real/hostile lib store
	cp "$here"/* real/hostile
	cp "$here/../ssh-setup.sh" real
	cp "$here/../../lib/wait.sh" lib
	cp "$JAIL" jail
	chmod -R a+rX real lib jail
	jail=$PWD/jail here=$PWD/real/hostile store=$PWD/store
	learn_options=(--profile=none) enforce_options=() as=() more=()
}

# For an ordinary user, whose folder is home.
by_wanderer() {
	as=(setpriv --reuid=64324 --regid=64324 --clear-groups
		env HOME="$PWD/run/home" XDG_RUNTIME_DIR="$PWD/run/home"
		sh -c 'cd home && exec "$@"' sh)
	chown 64324 store
}

# workload LABEL PREFIX...: stdout and status to LABEL.out, stderr to LABEL.err.
workload() {
	local status=0

	rm -rf run
	mkdir run
	(cd run && exec timeout -k 5 100 env -i LC_ALL=C TZ=UTC \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$PWD" HERE="$here" \
		"${more[@]}" sh "$here/world.sh" "${as[@]}" \
		bash "$here/$name.sh" "${@:2}") \
		</dev/null >"$1.out" 2>"$1.err" 3>&- || status=$?
	echo "status $status" >>"$1.out"
}

# NAME [ROUNDS]
learn_then_enforce() {
	name=$1
	export JAIL_DB=$store/jail.db
	workload_native
	learn_until_dry 2 20 "${learn_options[@]}"
	enforce_rounds "${2:-5}" "${enforce_options[@]}"
}

# What sshd needs to become the user who logs in.
SSHD_CAPS=chown,dac_override,fowner,fsetid,kill,setgid,setuid,sys_chroot
SSHD_CAPS+=,audit_write

@test "sshd: privilege separation, a login, commands, a terminal, sftp" {
	needs sshd
	learn_options+=("--caps.keep=$SSHD_CAPS")
	enforce_options=("--caps.keep=$SSHD_CAPS"
		--seccomp.allow-dangerous=chroot)
	learn_then_enforce sshd
	grep -qx 'a stranger speaks with sshd, in /run/sshd, with 1 filter more' \
		enforce.out
	# Made by whoever speaks with strangers alone: PR_SET_SECCOMP.
	"$JAIL" show --json sshd | jq -e 'any(.arguments[];
		.name == "prctl" and .values.option == 22)'
	list_of sshd | grep -qx 'x86_64 chroot 161'
}

@test "sshd: what was learned is what the kernel saw" {
	needs sshd
	name=sshd
	workload native
	workload learn "$BUILD/tests/judge" --buffer 65536 \
		--program /usr/sbin/sshd --out "$PWD/kernel" -- \
		"$jail" learn --profile=none --db "$store/jail.db" --name sshd \
		--quiet "--caps.keep=$SSHD_CAPS" --
	as_native learn
	JAIL_DB=$store/jail.db list_of sshd | awk '{ print $1, $3 }' |
		sort >learned
	grep -v '^made ' kernel | awk '{ print $1, $2 }' | sort >seen
	# The kernel's record has not what sshd's own filter refused.
	[ -z "$(comm -13 learned seen)" ]
}

@test "bwrap: namespaces, and a filter that it is given" {
	needs bwrap
	by_wanderer
	learn_options=(--no-sandbox)	# which leaves it its descriptors
	enforce_options=(--keep-fd=9
		--seccomp.allow-dangerous=clone,unshare,mount,umount2,pivot_root)
	learn_then_enforce bwrap
	grep -qx '1 filter more' enforce.out
	grep -q 'mkdir: .*File descriptor in bad state' enforce.out
}

@test "firejail, as root" {
	needs firejail
	learn_options=(--no-sandbox)
	enforce_options=("--caps.keep=$SSHD_CAPS,sys_admin,net_admin,setpcap,mknod"
		--seccomp.allow-dangerous=clone,mount,umount2,name_to_handle_at)
	learn_then_enforce firejail
}

@test "firejail as an ordinary user needs its privilege, and jail says so" {
	needs firejail
	by_wanderer
	name=refused
	cat >"$here/refused.sh" <<-'END'
	"$@" firejail --noprofile true
	END
	workload native
	grep -qx 'status 0' native.out
	workload bare setpriv --no-new-privs
	grep -qx 'status 1' bare.out
	workload learn "$jail" learn --profile=none --db "$store/jail.db" --
	grep -qx 'status 1' learn.out
	# Firejail's own words, with jail and with no_new_privs alone.
	grep '^Error' bare.err >said
	echo "# firejail with no_new_privs: $(cat said)" >&3
	grep -qFx "$(cat said)" learn.err
	grep -q 'firejail lost its set-user-ID privilege' learn.err
}

@test "a service with a list of systemd's, where all else fails" {
	"$JAIL" syscalls --quiet @system-service | awk '{ print $2 }' >calls
	more=("CALLS=$PWD/calls" "TRY=getppid mount reboot")
	learn_then_enforce service
	[ "$(grep -c '^\(mount\|reboot\): EPERM$' enforce.out)" -eq 2 ]
	[ "$(grep -c '^\(mount\|reboot\): E[FI]' enforce.out)" -eq 2 ]
	# Its own filter's answer counts where jail would not know the call.
	[ -z "$(list_of service | grep swapoff)" ]
	more=("CALLS=$PWD/calls" "TRY=getppid mount reboot swapoff")
	workload native
	workload enforce "$jail" enforce --profile=none --db "$JAIL_DB" \
		--name service --
	as_native enforce
	grep -qx 'swapoff: EPERM' enforce.out
	no_denials
}

# What decodes videos asks libnuma, where a codec of ffmpeg brings it.
@test "firefox: the processes that show a page" {
	needs firefox-esr "it is not installed"
	needs convert
	by_wanderer
	enforce_options=(--seccomp.allow-dangerous=clone,unshare,chroot)
	enforce_options+=(--seccomp.allow-dangerous=quotactl,set_mempolicy)
	learn_then_enforce firefox
	grep -qx "filters of a page's process: 1 more" enforce.out
}

@test "files that come and go below a blacklisted pattern keep nothing from starting" {
	printf 'seccomp\nblacklist %s/gone-*\n' "$PWD" >come.profile
	while :; do
		touch gone-1 gone-2 gone-3
		rm -f gone-1 gone-2
		touch gone-2
		rm -f gone-2 gone-3
	done 3>&- &
	churn=$!
	for _ in {1..30}; do
		run_jail enforce --quiet --deny=log --profile=come.profile \
			/bin/true
		status_is 0 || break
	done
	kill $churn
	wait $churn || true
	status_is 0
}
