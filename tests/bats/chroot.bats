# SPDX-License-Identifier: MIT
# chroot: the tree of another root, as an ordinary user and as root.
# timeout 600

load box

box_setup() {
	root=$BATS_TEST_TMPDIR/root
	tree "$root" /bin/bash /bin/cat /bin/ls /bin/touch
	echo inside >"$root/etc/marker"
	echo outside >"$BATS_TEST_TMPDIR/marker"
	mkdir -p "$root/home/u"
	chown "$USER_ID:$USER_ID" "$root/home/u"
}

@test "the program sees that root, and nothing of this one" {
	check() {
		status_is 0
		stdout_is $'inside\nbin\ndev\netc\nhome\nlib\nlib64\nproc\nroot
run\nsys\ntmp\nusr\nvar'
	}
	each "--chroot=$root" /bin/bash -c 'cat /etc/marker; ls /'
	check() {
		[ "$status" -ne 0 ] || unexpected "$1 has seen the host"
	}
	outside cat "$BATS_TEST_TMPDIR/marker"
	status_is 0
	each "--chroot=$root" /bin/cat "$BATS_TEST_TMPDIR/marker"
	each "--chroot=$root" /bin/ls /etc/passwd
}

@test "its folders are read-only but for home, tmp, var; /dev and /proc work" {
	chmod 777 "$root/etc" "$root/var"
	check() {
		stdout_is "rw: /tmp/x /var/x"
		stderr_has "Read-only file system"
		[ ! -e "$root/etc/x" ]
		rm -f "$root/tmp/x" "$root/var/x"
	}
	each "--chroot=$root" /bin/bash -c 'cd /; touch /etc/x
		touch /tmp/x /var/x; echo x >/dev/null &&
		read -r pid _ </proc/self/stat && echo rw: /???/x'
	user "--chroot=$root" /bin/touch /home/u/x
	status_is 0
	[ -e "$root/home/u/x" ]
}

@test "private and masks within it" {
	check() {
		stdout_is ""
	}
	echo secret >"$root/home/secret"
	each "--chroot=$root" --blacklist=/home/secret /bin/cat /home/secret
	each "--chroot=$root" --private-tmp /bin/ls /tmp
}

@test "links where dev, proc, sys and tmp should be are refused" {
	mkdir "$BATS_TEST_TMPDIR/target"
	check() {
		refused "has to be a folder, and no link"
	}
	for place in dev proc sys tmp; do
		mv "$root/$place" "$root/.$place"
		ln -s "$BATS_TEST_TMPDIR/target" "$root/$place"
		each "--chroot=$root" /bin/ls /
		rm "$root/$place"
		mv "$root/.$place" "$root/$place"
	done
	[ -z "$(ls "$BATS_TEST_TMPDIR/target")" ]
}

@test "a tree without dev, proc, sys, tmp: they are made" {
	rmdir "$root"/{dev,proc,sys,tmp}
	check() {
		status_is 0
		stdout_has proc
	}
	each "--chroot=$root" /bin/bash -c 'echo x >/dev/null && ls / &&
		touch /tmp/x && [ -d /proc/self ]'
	[ ! -e "$root/tmp" ]
}

@test "a folder that is none, is not there, is the root itself, or holds jail's" {
	check() {
		refused "debootstrap"
	}
	each "--chroot=$BATS_TEST_TMPDIR/none" /bin/ls
	check() {
		refused "is no folder"
	}
	each "--chroot=$BATS_TEST_TMPDIR/marker" /bin/ls
	check() {
		refused "leave it out"
	}
	each --chroot=/ /bin/ls
	user "--chroot=$HOME" /bin/ls
	refused "jail's own files"
	user "--chroot=$BATS_TEST_TMPDIR" /bin/ls
	refused "jail's own files"
}

@test "root does not trust a tree that others can change" {
	chown "$USER_ID" "$root"
	root "--chroot=$root" /bin/ls /
	refused "others than root can change"
	chown 0 "$root"
	chmod g+w "$root"
	root "--chroot=$root" /bin/ls /
	refused "others than root can change"
	chmod g-w "$root"
	chown "$USER_ID" "$BATS_TEST_TMPDIR"
	root "--chroot=$root" /bin/ls /
	refused "others than root can change"
	chown 0 "$BATS_TEST_TMPDIR"
	root "--chroot=$root" /bin/ls /
	status_is 0
}

@test "a program that only that tree has, and one that it lacks" {
	cp "$root/bin/cat" "$root/bin/only-there"
	check() {
		status_is 0
		stdout_is inside
	}
	each "--chroot=$root" only-there /etc/marker
	each "--chroot=$root" /bin/only-there /etc/marker
	check() {
		status_is 127
	}
	each "--chroot=$root" id
	each "--chroot=$root" /bin/id
}

@test "training in that root: the same program" {
	cp "$root/bin/cat" "$root/bin/only-there"
	outside "$BATS_TEST_TMPDIR/jail" learn --quiet "${options[@]:1:1}" \
		"--chroot=$root" only-there /etc/marker
	status_is 0
	stdout_is inside
	outside "$BATS_TEST_TMPDIR/jail" enforce --quiet "${options[@]:1:1}" \
		--seccomp.learned "--chroot=$root" only-there /etc/marker
	status_is 0
	stdout_is inside
}

@test "a tree of debootstrap's" {
	mirror=http://deb.debian.org/debian
	type debootstrap >/dev/null || skip "no debootstrap"
	[ -n "${JAIL_TEST_DEBOOTSTRAP-}" ] ||
		skip "takes minutes; set JAIL_TEST_DEBOOTSTRAP to a folder"
	system=$JAIL_TEST_DEBOOTSTRAP
	[ -e "$system/etc/debian_version" ] ||
		debootstrap --variant=minbase bookworm "$system" "$mirror" >log
	check() {
		status_is 0
		stdout_has "Debian"
		stdout_has "ok installed"
	}
	each "--chroot=$system" /bin/sh -c 'cat /etc/os-release &&
		dpkg -s base-files && perl -e "print qq(perl\n)"'
}
