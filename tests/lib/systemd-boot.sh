#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: systemd-boot.sh WORK INSTALLED
#
# Boots systemd as PID 1 of namespaces of its own, upon a copy of this system's
# files that is gone with it (an overlay), into which the tree INSTALLED is laid.
# Of the units in /etc none is there, and nothing of the kernel that is not in a
# namespace can be changed: /sys and /proc/sys are read-only, and capabilities
# are missing, as in any container. Its group of processes is
# jail-systemd-PID, PID being ours. WORK is an empty folder; the network
# namespace of the caller is /run/outside/net.
set -eu
work=$1 installed=$2

if [ "${3-}" != --inside ]; then
	mount=$(findmnt --noheadings --types cgroup2 --output TARGET |
		head -n 1)
	[ -n "$mount" ] || { echo "no control groups of version 2" >&2; exit 1; }
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	group=${mount%/}${own%/}/jail-systemd-$$
	mkdir "$group"
	echo "$group" >"$work.group"
	echo $$ >"$group/cgroup.procs"
	exec 9</proc/self/ns/net
	exec unshare --mount --pid --fork --kill-child --uts --ipc --net \
		--cgroup bash "$0" "$work" "$installed" --inside
fi

mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$work"
mkdir "$work/upper" "$work/work" "$work/root"
cp -a "$installed/." "$work/upper"
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" \
	none "$work/root"
cd "$work/root"
mount -t tmpfs -o mode=755 none etc/systemd/system
cat >etc/systemd/system/test.target <<'END'
[Unit]
Requires=basic.target
After=basic.target
END
: >etc/fstab
: >etc/crypttab
mkdir -p etc/systemd/journald.conf.d var/lib/jail
printf '[Journal]\nStorage=volatile\nAudit=no\n' \
	>etc/systemd/journald.conf.d/test.conf
mount -t tmpfs -o mode=755 none run
mount -t tmpfs -o mode=1777 none tmp
# What servers of this system have there is not theirs.
for folder in var/lib/jail var/lib/redis var/log/redis var/log/nginx; do
	[ -d $folder ] || continue
	mount -t tmpfs -o "mode=755,uid=$(stat -c %u $folder)" none $folder
done

# One of /proc that is whole, or users could mount none; see mount_namespaces(7)
# on what is locked.
mkdir -p run/outside/proc
mount -t proc -o nosuid,nodev,noexec none run/outside/proc
mount -t proc -o nosuid,nodev,noexec none proc
for folder in sys sysrq-trigger irq bus; do
	[ -e proc/$folder ] || continue
	mount --bind proc/$folder proc/$folder
	mount -o remount,bind,ro proc/$folder
done
mount --bind /dev/null proc/kmsg
mount -t sysfs -o ro,nosuid,nodev,noexec none sys
mount -t cgroup2 -o nosuid,nodev,noexec none sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
for file in null zero full random urandom tty; do
	touch dev/$file
	mount --bind /dev/$file dev/$file
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,gid=5 none dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
touch run/outside/net
mount --no-canonicalize --bind /proc/self/fd/9 run/outside/net
exec 9<&-
mkdir outside
pivot_root . outside
umount -l outside
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	setpriv --bounding-set="-sys_module,-sys_time,-sys_rawio,-sys_boot,\
-audit_control,-syslog,-mac_admin,-mac_override,-wake_alarm,-block_suspend" \
	/lib/systemd/systemd --unit=test.target --log-target=console \
	--show-status=no
