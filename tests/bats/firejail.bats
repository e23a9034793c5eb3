#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Firejail itself runs what jail exports, and its table of names is the one that
# the exporter assumes. Its lists let 32-bit code pass; jail's do not.

load helper

more_setup() {
	command -v firejail >/dev/null || skip "firejail is not installed"
}

# firejail warns and goes on where a list is not as it likes it: nothing at all
# must be said.
under_firejail() {
	run_split firejail --quiet --profile="$@"
	[ -z "$stderr" ] || unexpected "firejail complains"
}

@test "firejail takes the exported profile and runs the program with it" {
	printf '%s\n' c a b >words
	"$JAIL" learn --quiet -- sort words
	"$JAIL" export --format=firejail sort >sort.profile
	under_firejail sort.profile sort words
	status_is 0
	stdout_is "a
b
c"
}

@test "firejail refuses what the exported profile does not list" {
	run_split firejail --quiet --noprofile mkdir outside
	[ -d outside ]
	"$JAIL" learn --quiet -- mkdir --help
	"$JAIL" export --format=firejail mkdir >mkdir.profile
	under_firejail mkdir.profile mkdir --help
	status_is 0
	run_split firejail --quiet --profile=mkdir.profile mkdir inside
	[ "$status" -ne 0 ]
	[ ! -d inside ]
}

@test "firejail refuses jail's own text, and runs nothing without a list" {
	"$JAIL" add --quiet mkdir read
	"$JAIL" export mkdir >mkdir.profile
	run_split firejail --quiet --profile=mkdir.profile mkdir inside
	status_is 1
	stderr_has "is invalid"
	[ ! -d inside ]
}

@test "firejail takes a profile with calls of i386 and without a name" {
	"$JAIL" learn --quiet --name t -- true
	"$JAIL" add --quiet t i386:open '$999' '$469'
	"$JAIL" export --format=firejail t >t.profile
	grep -q '^#jail seccomp.keep.i386 ' t.profile
	grep -q '^seccomp.keep .*,\$469,\$999$' t.profile
	under_firejail t.profile true
	status_is 0
}

@test "every name in an exported list is one that firejail gives the number" {
	firejail --debug-syscalls | awk 'NF == 3 { print $3, $1 }' |
		sort >theirs
	[ "$(wc -l <theirs)" -gt 300 ]
	seq 0 500 | xargs "$JAIL" add --quiet all
	"$JAIL" export --format=firejail all | sed -n 's/^seccomp.keep //p' | tr , '\n' >items
	[ "$(wc -l <items)" -eq 501 ]
	grep -v '^\$' items | while read -r name; do
		echo "$name $("$JAIL" syscalls "$name")"
	done | sort >ours
	diff theirs ours
}

# What enf_try needs, on x86_64: not mkdir. That of enforce.bats, and what
# firejail itself needs under its filter.
KEPT=brk,arch_prctl,mmap,munmap,mprotect,access,openat,newfstatat,fstat,read
KEPT+=,pread64,close,set_tid_address,set_robust_list,rseq,prlimit64,write
KEPT+=,getrandom,readlink,fcntl,lseek,execve,exit,exit_group

# A 32-bit program: mkdir32 MKDIR-OR-RMDIR PATH.
make_mkdir32() {
	cat >mkdir32.c <<-'END2'
	#include <stdio.h>
	#include <sys/stat.h>
	#include <unistd.h>
	int main(int argc, char **argv)
	{
		printf("%d\n", argc > 2 && argv[1][0] == 'm' ?
			mkdir(argv[2], 0700) : rmdir(argv[2]));
		return 0;
	}
	END2
	gcc -m32 -o mkdir32 mkdir32.c
}

firejail_kept() {
	run_split firejail --quiet --noprofile --seccomp.keep=$KEPT "$@"
}

@test "i386 code passes by a list of firejail's, and not by one of jail's" {
	local dir=$PWD/made

	make_mkdir32
	firejail_kept "$PROGS/enf_try" mkdir "$dir"
	[ "$status" -ne 0 ] && [ ! -d "$dir" ]
	for program in "$PROGS/enf_try int80" "./mkdir32 mkdir"; do
		# shellcheck disable=SC2086
		firejail_kept $program "$dir"
		status_is 0
		[ -d "$dir" ] || unexpected "firejail has shut the hole"
		rmdir "$dir"
		# shellcheck disable=SC2086
		run_jail enforce --profile=none --seccomp.keep=$KEPT $program \
			"$dir"
		status_is 159
		[ ! -d "$dir" ]
		stderr_has ", i386)"
	done
	run_jail enforce --profile=none --seccomp.keep=$KEPT "$PROGS/enf_try" \
		int80 "$dir"
	stderr_has "killed at mkdir (39, i386)"
}

@test "i386 code is learned and enforced under its own architecture" {
	local dir=$PWD/made round

	make_mkdir32
	run_jail learn --quiet --name int80 "$PROGS/enf_try" int80 "$dir"
	stdout_is 0
	list_of int80 >list
	grep -qx 'i386 mkdir 39' list
	[ -z "$(grep '^x86_64 mkdir ' list)" ]
	run_jail learn --quiet --name mkdir32 ./mkdir32 mkdir "$dir.2"
	[ -z "$(list_of mkdir32 | grep '^x86_64 \(mkdir\|openat\) ')" ]
	for round in 1 2 3; do
		rmdir "$dir" "$dir.2"
		run_jail enforce --name int80 "$PROGS/enf_try" int80 "$dir"
		stdout_is 0
		run_jail enforce --name mkdir32 ./mkdir32 mkdir "$dir.2"
		stdout_is 0
		[ -d "$dir" ] && [ -d "$dir.2" ] && [ -z "$stderr" ]
	done
	run_jail enforce --name mkdir32 ./mkdir32 rmdir "$dir.2"
	status_is 159
	stderr_has "killed at rmdir (40, i386)"
	run_jail enforce --name int80 "$PROGS/enf_try" mkdir "$dir.3"
	status_is 159
	stderr_has "killed at mkdir (83, x86_64)"
	[ -d "$dir.2" ] && [ ! -d "$dir.3" ]
}
