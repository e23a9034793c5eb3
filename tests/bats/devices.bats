#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The classes of devices: each is there, and can be opened, until the directive
# hides it; those that a directive shows are not there without it. The devices
# are the test's own, in a /dev of its own.

load box

box_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can make device nodes"
	cat >host <<-'END'
		set -e
		mount -t tmpfs -o mode=755,dev tmpfs /dev
		cd /dev
		node() { mkdir -p "$(dirname "$1")"; mknod -m 666 "$@"; }
		node null c 1 3; node zero c 1 5; node full c 1 7
		node random c 1 8; node urandom c 1 9; node tty c 5 0
		ln -s /proc/self/fd fd
		mkdir pts shm
		# /dev/zero under other names: can be read where it is seen.
		for name in $devices; do node "$name" c 1 5; done
		ln -s sr0 cdrom
		echo jack >shm/jack-0
		cd "$OLDPWD"
		exec "$@"
	END
	# What the sandbox has of them, and can read.
	cat >look <<-'END'
		for name in $devices cdrom; do
			head -c1 "/dev/$name" >/dev/null 2>&1 && echo "$name"
		done
	END
	export devices='snd/controlC0 dri/card0 dri/renderD128 kfd nvidia0
		nvidiactl nvidia-modeset nvidia-uvm video0 video12
		dvb/adapter0/frontend0 sr0 hidraw3 usb/hiddev0 usb/lp0
		input/event0 input/js0 lp0 tpm0 tpmrm0 tcm0 tcmrm0 ntsync
		mem kmsg port sda kvm fuse uinput vhost-net loop0'
}

# seen WHO OPTION...: what there is with these options, in $stdout.
seen() {
	local who=$1 as=()

	shift
	[ "$who" = root ] ||
		as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
	run_split unshare -m sh host "${as[@]}" "$BATS_TEST_TMPDIR/jail" \
		enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/$who/db" "$@" \
		sh -c "$(cat look); :"
	status_is 0
}

# hides FLAG NAME...: for both, all is as without it but for these.
hides() {
	local flag=$1 who name

	shift
	for who in root user; do
		grep -vxF -f <(printf '%s\n' "$@") "all.$who" >expected
		[ "$(wc -l <expected)" -eq $(($(wc -l <"all.$who") - $#)) ]
		seen "$who" "$flag"
		stdout_is "$(cat expected)"
	done
}

@test "each class is there, and hidden by its directive" {
	for who in root user; do
		seen "$who"
		echo "$stdout" >"all.$who"
		stdout_is "$(printf '%s\n' snd/controlC0 dri/card0 \
			dri/renderD128 kfd nvidia0 nvidiactl nvidia-modeset \
			nvidia-uvm video0 video12 dvb/adapter0/frontend0 sr0 \
			hidraw3 usb/hiddev0 usb/lp0 input/event0 input/js0 lp0)"
	done
	hides --nosound snd/controlC0
	hides --no3d dri/card0 dri/renderD128 kfd nvidia0 nvidiactl \
		nvidia-modeset nvidia-uvm
	hides --novideo video0 video12
	hides --notv dvb/adapter0/frontend0
	hides --nodvd sr0
	hides --nou2f hidraw3 usb/hiddev0 usb/lp0
	hides --noinput input/event0 input/js0
	hides --noprinters lp0 usb/lp0
}

@test "what is not there without a directive" {
	for who in root user; do
		seen "$who" --keep-dev-tpm
		for name in tpm0 tpmrm0 tcm0 tcmrm0; do stdout_has "$name"; done
		stdout_lacks ntsync
		seen "$who" --keep-dev-ntsync
		stdout_has ntsync
		stdout_lacks tpm
		seen "$who" --private-dev --nosound --no3d --novideo --notv \
			--nodvd --nou2f --noinput --noprinters
		[ -z "$stdout" ]
	done
	echo 'cat /dev/shm/jack-0' >look
	seen user
	[ -z "$stdout" ]
	seen user --keep-dev-shm
	stdout_is jack
	chmod a+rX .
	seen user --keep-dev-shm --nosound
	[ -z "$stdout" ]
}
