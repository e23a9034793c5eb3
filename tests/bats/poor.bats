# SPDX-License-Identifier: MIT
# Poor kernels and bad input: one sentence with the remedy, 125, and the program
# never runs; doctor foretells it. What a run does when nothing is missing is
# shown first, in each world.

load helper

more_setup() {
	# Where an ordinary user has a home and can reach the program.
	place=$(mktemp -d /tmp/jail-poor.XXXXXX)
	chmod 755 "$place"
	cp "$JAIL" "$place/jail"
	cp "$BATS_TEST_DIRNAME/../lib/refuse.py" "$place/"
	chmod a+rx "$place/jail" "$place/refuse.py"
	mkdir "$place/home"
	export HOME=$place/home JAIL_DB=$place/home/db
	export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
	unset XDG_RUNTIME_DIR
	cd "$place" || return 1
	without_leak_check
	become_root
}

teardown() {
	[ -z "$place" ] || rm -rf "$place"
}

become_root() {
	as=()
	[ "$EUID" -ne 0 ] || chown -R 0:0 home
}

become_user() {
	as=(setpriv --reuid=64332 --regid=64332 --clear-groups)
	chown -R 64332:64332 home
}

needs_root() {
	[ "$EUID" -eq 0 ] || skip "only root can make such a world"
}

# Runs in the sandbox, with the world and the user of $world and $as in front.
world=()
enforce() {
	rm -f home/ran
	run_split timeout 60 "${world[@]}" "${as[@]}" "$place/jail" enforce \
		--quiet --deny=log "$@" -- touch "$HOME/ran"
}

runs() {
	enforce "$@"
	status_is 0
	[ -e home/ran ]
}

# refused WORDS [OPTION...]: 125, and one sentence with a remedy.
refused() {
	local words=$1

	shift
	enforce "$@"
	status_is 125
	one_sentence
	stderr_has "; "
	stderr_has "$words"
	[ ! -e home/ran ] || unexpected "the program ran"
}

# foretold NAME WORDS: doctor fails, and says so on the line NAME.
foretold() {
	run_split timeout 60 "${world[@]}" "${as[@]}" "$place/jail" doctor
	status_is 1
	stdout_lacks "(null)"
	grep -E "^no +$1  .*; " <<<"$stdout" | grep -F -e "$2" ||
		unexpected "nothing on $1 with $2"
}

# In a mount namespace where SCRIPT was run.
in_mounts() {
	world=(unshare --mount --propagation private
		sh -c "$1"' && exec "$@"' sh)
}

# Each call refused, for both users: ERRNO, the call, the finding.
each_call() {
	local who name number finding

	needs_root
	for who in root user; do
		"become_$who"
		runs
		while read -r name number finding; do
			"become_$who"
			as+=(/usr/bin/python3 "$place/refuse.py" "$1" "$number")
			echo "# $who $name"
			refused "" </dev/null
			foretold "$finding" "$name" </dev/null
		done <<-CALLS
			open_tree 428 mounts
			move_mount 429 mounts
			fsopen 430 mounts
			fsconfig 431 mounts
			fsmount 432 mounts
			pidfd_open 434 kernel
			close_range 436 kernel
			openat2 437 kernel
			mount_setattr 442 (kernel|mounts)
			landlock_restrict_self 446 Landlock
			memfd_create 319 kernel
			capset 126 kernel
			mount 165 mounts
			umount2 166 mounts
			pivot_root 155 mounts
			unshare 272 namespaces
			seccomp 317 seccomp
		CALLS
	done
}

@test "a kernel that lacks a call: ENOSYS" {
	each_call 38
}

@test "a container that refuses a call: EPERM" {
	each_call 1
}

@test "what is not needed may be missing" {
	needs_root
	# clone3, keyctl, Landlock as a whole, sethostname
	for who in root user; do
		"become_$who"
		for call in 435 250 444,445,446 170; do
			world=(/usr/bin/python3 "$place/refuse.py" 38 "$call")
			runs
			[ -z "$stderr" ] || unexpected "$call"
		done
	done
}

@test "namespaces that are refused: why, by the answer of the kernel" {
	needs_root
	become_user
	world=(/usr/bin/python3 "$place/refuse.py" 1 56,272)
	refused "namespaces are refused here"
	world=(/usr/bin/python3 "$place/refuse.py" 28 56,272)
	refused "too many namespaces"
	world=(/usr/bin/python3 "$place/refuse.py" 22 272)
	refused "lacks a kind of namespace"
	foretold "user namespaces" EINVAL
}

@test "user namespaces that a sysctl forbids" {
	needs_root
	# The sysctl belongs to a user namespace, here of root alone.
	world=(unshare --user --map-root-user sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh
		setpriv --bounding-set=-all --inh-caps=-all)
	refused "as root: sysctl user.max_user_namespaces=10000"
	foretold "user namespaces" "sysctl -w user.max_user_namespaces=10000"
}

@test "root without rights, as in a container" {
	needs_root
	world=(setpriv --bounding-set=-all --inh-caps=-all)
	refused "CAP_SETFCAP"
	foretold "user namespaces" CAP_SETFCAP
	# That one is enough.
	world=(setpriv --bounding-set=-all,+setfcap --inh-caps=-all)
	runs --net=none
	# With some, a user namespace does.
	world=(setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin)
	runs
	run_split "${world[@]}" "$place/jail" doctor
	status_is 0
	# As systemd-nspawn has it: mounts can be made, devices cannot.
	world=(setpriv --bounding-set=-net_admin --inh-caps=-net_admin)
	runs
	runs --net=none
	run_split "${world[@]}" "$place/jail" doctor
	status_is 0
	grep -E '^no +networks of root .*CAP_NET_ADMIN.*; ' <<<"$stdout"
	world=(setpriv --bounding-set=-all,+sys_admin --inh-caps=-all)
	runs
	refused "CAP_SETFCAP" --net=none
}

@test "in a chroot, with and without a /proc" {
	needs_root
	mkdir outer
	for folder in bin lib lib64; do
		ln -s usr/$folder outer/$folder
	done
	mkdir outer/{dev,etc,proc,tmp,usr,var}
	local worlds=('mount --rbind /proc outer/proc' :)

	# The sanitizers need /proc.
	if grep -q __asan_init "$JAIL"; then unset 'worlds[1]'; fi
	for proc in "${worlds[@]}"; do
		for who in root user; do
			"become_$who"
			in_mounts "$proc"'
			for folder in dev etc tmp usr; do
				mount --rbind /$folder outer/$folder
			done'
			world+=(chroot outer)
			[ "$proc" = : ] || refused "chroot"
			foretold "user namespaces" "in a chroot"
			[ $who = user ] || foretold mounts "in a chroot"
		done
	done
	# The whitelist alone can be had.
	runs --profile=none
}

@test "no /proc, a covered one, no /dev" {
	needs_root
	if grep -q __asan_init "$JAIL"; then skip "sanitizers need /proc"; fi
	for who in root user; do
		"become_$who"
		in_mounts 'umount -l /proc'
		refused "/proc has to be mounted"
		foretold /proc "mount it"
		in_mounts 'mount -t tmpfs none /dev'
		refused "mount a /dev"
		foretold mounts "/dev/null"
	done
	in_mounts 'mount --bind /proc/sys /proc/sys'
	refused "/proc/sys"
	foretold /proc "/proc/sys"
}

@test "a /proc that hides what a user cannot trace, and one of processes alone" {
	needs_root
	become_user
	for option in hidepid=1 hidepid=2; do
		in_mounts "mount -t proc -o $option proc /proc"
		runs
		run_split "${world[@]}" "${as[@]}" "$place/jail" ps
		status_is 1
		one_sentence
		stderr_has "ask as root, or mount it with gid="
		run_split "${world[@]}" "$place/jail" ps
		status_is 0
		in_mounts "mount -t proc -o $option,gid=64332 proc /proc"
		run_split "${world[@]}" "${as[@]}" "$place/jail" ps
		status_is 0
	done
	in_mounts "mount -t proc -o subset=pid proc /proc"
	runs
	run_split "${world[@]}" "${as[@]}" "$place/jail" ps
	status_is 1
	one_sentence
	stderr_has "; mount a /proc that has it"
	truncate -s 17M many
	in_mounts "mount --bind $PWD/many /proc/locks"
	run_split "${world[@]}" "${as[@]}" "$place/jail" ps
	status_is 1
	one_sentence
	stderr_has "; end what holds that many locks"
}

@test "a home that cannot be written, a full disk" {
	needs_root
	become_user
	in_mounts "mount --bind $HOME $HOME && mount -o remount,bind,ro $HOME"
	refused "with --db"
	world=()
	run_split env -u JAIL_DB HOME=/nonexistent "${as[@]}" "$place/jail" \
		learn true
	status_is 125
	one_sentence
	stderr_has "; choose another store with --db"
	mkdir small
	in_mounts "mount -t tmpfs -o size=64k,mode=777 none $place/small"
	JAIL_DB=$place/small/db refused "its disk is full"
	mkdir home/.config
	in_mounts "mount -t tmpfs -o nr_inodes=2,mode=777 none $HOME/.config"
	refused "the disk is full; make room"
}

@test "an overlay where none can be kept" {
	needs_root
	become_user
	mkdir "home/small" work
	in_mounts "mount -t ramfs none $HOME/small && chmod 777 $HOME/small"
	XDG_DATA_HOME=$HOME/small refused "its file system is ramfs" --overlay
	in_mounts "mkdir work/l work/u work/w && mount -t overlay overlay \
		-o lowerdir=work/l,upperdir=work/u,workdir=work/w \
		$HOME/small && chmod 777 $HOME/small"
	XDG_DATA_HOME=$HOME/small refused "its file system is overlay" --overlay
}

@test "few descriptors, few processes" {
	needs_root
	for who in root user; do
		"become_$who"
		for number in 8 12 16; do
			world=(bash -c 'ulimit -n $0; exec "$@"' "$number")
			refused "raise ulimit -n"
		done
		world=(bash -c 'ulimit -n 64; exec "$@"' sh)
		runs
	done
	as+=(bash -c 'ulimit -u 1; exec "$@"' sh)
	world=()
	refused "raise ulimit -u"
}

@test "standard streams that are closed, full or folders" {
	world=(bash -c 'exec "$@" <&- >&- 2>&-' sh)
	runs
	world=(bash -c 'exec "$@" 2>/dev/full' sh)
	runs
	world=(bash -c 'exec "$@" </' sh)
	refused "redirect it to a file"
	run_split bash -c 'exec "$@" >/dev/full' sh "$place/jail" enforce \
		--check true
	status_is 125
	one_sentence
}

@test "a jail in a jail says that it is one" {
	needs_root
	for who in root user; do
		"become_$who"
		world=(env "${as[@]}" "$place/jail" enforce --quiet --deny=log --)
		as=()
		JAIL_DB=$HOME/db refused "inside of a jail; start jail outside"
		run_split timeout 60 "${world[@]}" "$place/jail" doctor
		status_is 1
		grep -E '^no +user namespaces .*; start jail outside' \
			<<<"$stdout"
		# The whitelist alone can be had.
		run_split timeout 60 "${world[@]}" "$place/jail" enforce \
			--quiet --profile=none --deny=log \
			--db="$HOME/inner.db" -- touch "$HOME/ran"
		status_is 0
		[ -e home/ran ]
		rm home/ran home/inner.db*
	done
}

@test "homes: unset, relative, a link, a file, a circle, too long" {
	local real=$HOME

	become_root
	ln -s home link
	HOME=$place/link runs
	ln -s loop loop
	HOME=$place/loop run_split "$place/jail" enforce --deny=log true
	status_is 125
	one_sentence
	stderr_has "links; a link leads in a circle"
	touch file
	for home in "$place/file" /dev/null; do
		HOME=$home run_split "$place/jail" enforce --deny=log true
		status_is 125
		one_sentence
		stderr_has "which is no folder; set it to your home"
	done
	HOME=/tmp/$(printf '%0300d' 0) run_split "$place/jail" enforce \
		--deny=log true
	status_is 125
	one_sentence
	stderr_has "too long; take a shorter one"
	# A home of no sense is looked up.
	run_split "$place/jail" enforce --check true
	status_is 0
	for home in "" relative/home; do
		HOME=$home run_split "$place/jail" enforce --check true
		status_is 0
	done
	run_split env -u HOME "$place/jail" enforce --check true
	status_is 0
}

@test "a home that the program cannot write is left as it is" {
	needs_root
	in_mounts 'mount -t tmpfs none /srv && mkdir -p /srv/www'
	world+=(sh -c 'HOME=/srv/www "$@" && ls -A /srv/www' sh)
	runs
	stdout_is ""
	# What is opened is made.
	runs --mkdir=/srv/www/data --read-write=/srv/www/data
	stdout_is data
}

@test "names with spaces, newlines and no UTF-8; of 255 and 4,096 bytes" {
	local odd="$HOME/a b
c"$'\xff\xfe' name long

	name=$(printf '%0255d' 0)
	long=$(printf '%0199d/%.0s' {1..21})
	mkdir -p "$odd/sub" "$HOME/$name"
	chmod 700 "$odd"
	HOME=$odd run_split "$place/jail" enforce --quiet --deny=log -- \
		sh -c 'cd "$HOME" && ls'
	status_is 0
	stdout_is sub
	# A mask: outside it can be listed.
	ls "$HOME/$name"
	run_split "$place/jail" enforce --quiet --deny=log \
		"--blacklist=$HOME/$name" -- ls "$HOME/$name"
	status_is 2
	stderr_has "Permission denied"
	# A line of the language has no newline; that is said.
	run_split "$place/jail" enforce "--blacklist=$odd/sub" true
	status_is 125
	one_sentence
	stderr_has "is no path for this directive"
	# What cannot exist needs no mask, but cannot be made.
	runs "--blacklist=/tmp/$long" "--read-only=/tmp/$long$long"
	refused "too long; take a shorter one" "--mkdir=$HOME/0$name"
	refused "too long; take a shorter one" "--mkfile=$HOME/0$name"
}

@test "a chroot that is none" {
	mkdir empty
	refused "there is no folder" --chroot=/nowhere
	refused "is no folder; name the root" --chroot=/etc/passwd
	refused "leave it out" --chroot=/
	enforce "--chroot=$place/empty"
	status_is 127
	one_sentence
	refused "create it first" --private=/nowhere
}

@test "directives that contradict each other are both named" {
	while read -r one two; do
		refused "contradict each other" "--$one" "--$two"
		stderr_has "${one%%=*}"
		stderr_has "${two%%=*}"
	done <<-PAIRS
		chroot=/ overlay-tmpfs
		overlay overlay-tmpfs
		writable-etc private-etc=hosts
	PAIRS
	refused "would hide everything" --blacklist=/
	refused "would hide everything" --tmpfs=/
	refused "name what is in it" --whitelist=/
}
