#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# runc, crun, podman and Docker start containers under an exported list: the program
# works, what is not on the list fails, and what the runtime itself calls is
# there, for whatever user and way of starting.

load helper

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root can start containers here"
	mkdir -p bundle/rootfs
	cp "$PROGS/answers" bundle/rootfs
	"$JAIL" learn --quiet --name answers -- \
		bundle/rootfs/answers learned >/dev/null
	# crun takes one hierarchy of cgroups and no hybrid.
	cat >crun.sh <<-'END'
		mount --make-rprivate /
		umount -R /sys/fs/cgroup 2>/dev/null
		mountpoint -q /sys/fs/cgroup ||
			mount -t cgroup2 none /sys/fs/cgroup || exit 99
		exec "$@"
	END
}

teardown() {
	[ -z "${daemon-}" ] || kill "$daemon" 2>/dev/null || true
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# configure FILE FILTER: the bundle's configuration, changed by a filter of jq.
configure() {
	[ -e spec.json ] || (cd bundle && runc spec && mv config.json ..)
	[ ! -e config.json ] || mv config.json spec.json
	jq --slurpfile list "$1" '.process.terminal = false |
		.process.args = ["/answers"] | .linux.seccomp = $list[0] | '"$2" \
		spec.json >bundle/config.json
}

runc_() {
	timeout 60 runc --root "$PWD/runc" "$1" -b bundle "box$RANDOM$RANDOM"
}

crun_() {
	timeout 60 unshare -m sh crun.sh crun --root "$PWD/crun" \
		--cgroup-manager=disabled "$1" -b bundle "box$RANDOM$RANDOM"
}

# What a program says that was learned without the last five calls.
says() {
	printf '%s\n' "uname 0" "getpid 0" "inet 0" "readable 0" \
		"netlink $1" "executable $1" "sethostname ENOSYS" \
		"ptrace ENOSYS" "mseal ENOSYS"
}

@test "runc and crun: the program works, and what is not listed fails" {
	needs runc
	needs crun
	"$JAIL" export -q --format=oci answers >names.json
	"$JAIL" export -q --format=oci --args answers >values.json
	for new in true false; do
		for runtime in runc_ crun_; do
			configure names.json ".process.noNewPrivileges = $new"
			run_split $runtime run
			status_is 0
			stdout_is "$(says 0)"
			configure values.json ".process.noNewPrivileges = $new"
			run_split $runtime run
			status_is 0
			stdout_is "$(says ENOSYS)"
		done
	done
}

# A program that makes one call: all else is the runtime's.
@test "runc and crun start with what the export adds, whoever runs it" {
	needs runc
	needs crun
	printf '%s\n' '.globl _start' '_start: mov $231,%eax' \
		'mov $7,%edi' 'syscall' >exit.S
	${CC:-cc} -nostdlib -static -o bundle/rootfs/exit exit.S
	"$JAIL" add --quiet least personality
	"$JAIL" export -q --format=oci --args least >least.json
	for user in 0 1000; do
		for new in true false; do
			configure least.json ".process.args = [\"/exit\"] |
				.process.user = {uid: $user, gid: $user,
					additionalGids: [5, 6]} |
				.process.noNewPrivileges = $new"
			for runtime in runc_ crun_; do
				run_split $runtime run
				status_is 7
			done
		done
	done
}

# As podman does it: the container waits between the filter and the program.
@test "runc and crun create a container under it, and start it later" {
	needs runc
	needs crun
	"$JAIL" export -q --format=oci --args answers >values.json
	configure values.json ".process.noNewPrivileges = false"
	export WAIT=$BATS_TEST_DIRNAME/../lib/wait.sh
	cat >twice.sh <<-'END'
		"$@" create -b bundle box >said 2>&1 </dev/null &&
			"$@" start box || exit
		stopped() {
			"$@" state box | grep '"stopped"'
		}
		. "$WAIT"
		await stopped "$@"
		"$@" delete -f box
	END
	run_split timeout 60 sh twice.sh runc --root "$PWD/runc"
	status_is 0
	[ "$(<said)" = "$(says ENOSYS)" ] || unexpected "said: $(<said)"
	run_split timeout 60 unshare -m sh crun.sh sh twice.sh \
		crun --root "$PWD/crun" --cgroup-manager=disabled
	status_is 0
	[ "$(<said)" = "$(says ENOSYS)" ] || unexpected "said: $(<said)"
}

@test "a program of the system does its work in runc" {
	needs runc
	"$JAIL" learn --quiet --name shell -- \
		sh -c 'ls -l /usr/bin | sort | tail -n 1' >/dev/null
	"$JAIL" export -q --format=oci --args shell >shell.json
	mkdir -p bundle/rootfs/usr
	for folder in bin lib lib64; do
		ln -s usr/$folder bundle/rootfs/$folder
	done
	with_usr='.mounts += [{destination: "/usr", type: "none",
		source: "/usr", options: ["rbind", "ro"]}]'
	configure shell.json "$with_usr | .process.args = [\"sh\", \"-c\",
		\"ls -l /usr/bin | sort | tail -n 1\"]"
	run_split runc_ run
	status_is 0
	# Users have no names there.
	[ "${stdout##* }" = "$(ls -l /usr/bin | sort | tail -n 1 |
		sed 's/.* //')" ] || unexpected "not what ls says"
	configure shell.json "$with_usr | .process.args = [\"chmod\", \"700\",
		\"/answers\"] | .root.readonly = false"
	run_split runc_ run
	status_is 1
	stderr_has "not implemented"
}

@test "podman starts a container under it" {
	needs podman
	needs crun
	"$JAIL" export -q --format=oci --args answers >values.json
	run_split timeout 60 unshare -m sh crun.sh podman --root "$PWD/root" \
		--runroot "$PWD/run" --runtime "$(command -v crun)" \
		--cgroup-manager=cgroupfs run --rm --cgroups=disabled \
		--network=none --pids-limit=-1 --ulimit nofile=1024:1024 \
		--ulimit nproc=1000:1000 \
		--security-opt "seccomp=$PWD/values.json" \
		--rootfs "$PWD/bundle/rootfs" /answers
	status_is 0
	stdout_is "$(says ENOSYS)"
}

# Its daemon in a network of its own, without rules for packets or a bridge.
@test "docker starts a container under it, and threads start" {
	[ -n "${LONG-}" ] || skip "LONG=1 starts Docker's daemon"
	needs dockerd
	# What it writes beside that, to /etc, /opt and /run, is its own as well.
	cat >daemon.sh <<-'END'
		ip link set lo up
		cp -a /etc etc && mount --bind etc /etc &&
			mount -t tmpfs none /opt &&
			mount -t tmpfs none /run || exit
		exec sh crun.sh dockerd --data-root="$PWD/data" \
			--exec-root="$PWD/exec" --host="unix://$PWD/sock" \
			--pidfile="$PWD/pid" --iptables=false \
			--ip6tables=false --bridge=none --storage-driver=vfs
	END
	unshare -m -n sh daemon.sh >daemon.log 2>&1 3>&- &
	daemon=$!
	export DOCKER_HOST=unix://$PWD/sock
	await docker version
	printf '%s\n' '#include <pthread.h>' \
		'static void *one(void *x) { return x; }' \
		'int main(void) { pthread_t t; return' \
		'pthread_create(&t, 0, one, 0) || pthread_join(t, 0); }' \
		>threads.c
	${CC:-cc} -static -o bundle/rootfs/threads threads.c -lpthread
	tar -C bundle/rootfs -c . | docker import - box
	in_docker() {
		run_split timeout 60 docker run --rm --network=none \
			--security-opt "seccomp=$PWD/$1.json" box "/$2"
	}
	"$JAIL" export -q --format=oci --args answers >answers.json
	in_docker answers answers
	status_is 0
	grep -x 'sethostname E[A-Z]*' <<<"$stdout"
	"$JAIL" learn -q --name threads -- bundle/rootfs/threads
	# As where the C library was older: clone alone is on the list.
	"$JAIL" drop -q threads clone3
	"$JAIL" add -q threads clone
	"$JAIL" export -q --format=oci threads >threads.json
	in_docker threads threads
	status_is 0
	# It is the answer that does it.
	jq '.syscalls |= map(select(.errnoRet == null))' threads.json \
		>plain.json
	in_docker plain threads
	[ "$status" -ne 0 ] || echo "# this Docker reads defaultErrnoRet"
	kill "$daemon"
	wait "$daemon" || true
	unshare -m sh crun.sh rmdir /sys/fs/cgroup/docker
}
