# SPDX-License-Identifier: MIT
# doctor: what it says is what happens, on this system and on one that is made
# poorer in a namespace.

load helper

more_setup() {
	jail_for_all
	chmod a+rx .
	without_leak_check
}

finding() {
	grep -E "^(ok|no) +$1  " <<<"$stdout" || unexpected "nothing on $1"
}

@test "a line each, and 0 where enforce can run" {
	run_jail doctor
	status_is 0
	[ -z "$stderr" ]
	for name in kernel "user namespaces" namespaces mounts /proc overlays \
			seccomp "seccomp listener" Landlock "cgroup v2" \
			terminal ptrace "networks of root" "network of a user" \
			DHCP "packet rules" "message buses" displays \
			surroundings; do
		[ "$(finding "$name" | wc -l)" -eq 1 ]
	done
	[ "$(grep -c . <<<"$stdout")" -eq 21 ]
	# What does not work says what that means, and what to do.
	! grep '^no' <<<"$stdout" | grep -v '; ' || false
}

@test "--json: an object a line" {
	run_jail doctor --json
	status_is 0
	jq -es 'length == 21 and all(.name and (.ok | type == "boolean") and
		(.text | length > 0)) and
		(map(select(.needed)) | length >= 5)' <<<"$stdout"
}

elsewhere() {
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

# In a user namespace with all ids, so that its sysctls are its own.
in_own_system() {
	mkfifo go
	unshare --user --keep-caps --mount sh -c '
		read -r _ <go; eval "$1"; shift; exec "$@"' sh "$1" \
		setpriv --reuid=1000 --regid=1000 --clear-groups "$PWD/jail" \
		doctor >out 2>err 3>&- &
	await elsewhere $!
	echo "0 0 65536" >"/proc/$!/uid_map"
	echo "0 0 65536" >"/proc/$!/gid_map"
	echo >go
	status=0
	wait $! || status=$?
	stdout=$(cat out) stderr=$(cat err)
}

@test "no user namespaces: 1, the sysctl and the remedy" {
	[ "$EUID" -eq 0 ] || skip "only root can map other users"
	in_own_system 'echo 0 >/proc/sys/user/max_user_namespaces'
	status_is 1
	finding "user namespaces" | grep '^no .*ENOSPC.*sysctl -w user.max_user_n'
}

@test "no mount namespaces: 1 and the sysctl" {
	[ "$EUID" -eq 0 ] || skip "only root can map other users"
	in_own_system 'echo 0 >/proc/sys/user/max_mnt_namespaces'
	status_is 1
	finding namespaces | grep '^no .*sysctl -w user.max_mnt_namespaces'
}

@test "a /proc that a container covered: 1, and what covers it" {
	[ "$EUID" -eq 0 ] || skip "only root can cover it"
	run_split unshare --mount sh -c '
		mount -t tmpfs none /proc/scsi || mount -t tmpfs none /proc/fs
		exec "$@"' sh setpriv --reuid=1000 --regid=1000 --clear-groups \
		"$PWD/jail" doctor
	status_is 1
	finding /proc | grep -E '^no .*/proc/(scsi|fs) is mounted over a part'
}

@test "no X servers: the packages that have them" {
	[ "$EUID" -eq 0 ] || skip "only root can cover them"
	[ -x /usr/bin/Xephyr ] && [ -x /usr/bin/Xvfb ] ||
		skip "Xephyr or Xvfb is not installed"
	run_split unshare --mount sh -c '
		mount --bind /dev/null /usr/bin/Xvfb
		"$1" doctor
		mount --bind /dev/null /usr/bin/Xephyr
		exec "$1" doctor' sh "$PWD/jail"
	finding displays | grep '; install the package xvfb$'
	finding displays |
		grep '; install the packages xserver-xephyr and xvfb$'
}

# The sockets of nf_tables are socket(2) with 12, NETLINK_NETFILTER, as its third
# argument.
@test "no rules for packets: what net user and netfilter say, and the remedy" {
	[ "$EUID" -eq 0 ] || skip "only root can make a /dev/net/tun"
	needs nft
	needs pasta
	run_split unshare --mount sh -c '
		mount -t tmpfs none "$HOME" && mknod "$HOME/tun" c 10 200 &&
			mount --bind "$HOME/tun" /dev/net/tun
		"$1" doctor && exec "$2" 93 41:12@2 "$1" doctor' sh \
		"$PWD/jail" "$BATS_TEST_DIRNAME/../lib/refuse.py"
	[ "$(finding "network of a user" | head -1)" = \
		"ok   network of a user     net user goes through pasta" ]
	[ "$(finding "packet rules" | head -1)" = \
		"ok   packet rules          netfilter goes through nft" ]
	finding "network of a user" | tail -1 |
		grep '^no .*nf_tables: Protocol not supp.*; .*modprobe nf_t'
	finding "packet rules" | tail -1 |
		grep '^no .*netfilter: nft failed: .*; as root: modprobe -a nf_'
	finding "networks of root" | tail -1 | grep '^ok '
}

@test "another supervisor: the listener is refused, and that is said" {
	run_jail enforce --profile=none --deny=log --seccomp.keep=read \
		"$JAIL" doctor
	finding "seccomp listener" | grep '^no .*EBUSY'
}
