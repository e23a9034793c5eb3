#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail syscalls: names, numbers and groups, per architecture.

load helper

@test "a number gives its name, a name its number, alone on the line" {
	run_jail syscalls --arch=x86_64 201
	status_is 0
	stdout_is time
	run_jail syscalls --arch=x86_64 time
	status_is 0
	stdout_is 201
	run_jail syscalls --arch=i386 time
	stdout_is 13
	run_jail syscalls aarch64:63
	stdout_is read
	run_jail syscalls 'x86_64:$462'
	stdout_is mseal
	run_jail syscalls --arch=x86_64 0x40000201
	stdout_is rt_sigreturn
}

@test "what has no name or no number is said in one sentence, status 1" {
	for call in 337 1000000 opennat x86_64:socketcall @clok ''; do
		run_jail syscalls --arch=x86_64 "$call"
		status_is 1
		one_sentence
		stdout_is ""
	done
	run_jail syscalls --arch=x86_64 opennat
	stderr_has 'did you mean "openat"?'
	run_jail syscalls --arch=x86_64 socketcall
	stderr_has "it exists on i386"
	run_jail syscalls @clok
	stderr_has 'did you mean "@clock"?'
	run_jail syscalls --arch=x86_64 337
	stderr_has "no name"
}

@test "an unknown architecture is a usage error that names the known ones" {
	run_jail syscalls --arch=vax time
	status_is 2
	one_sentence
	for arch in aarch64 i386 x32 x86_64; do stderr_has $arch; done
}

@test "the whole table: every row leads back to itself" {
	for arch in aarch64 i386 x32 x86_64; do
		run_jail syscalls --arch=$arch --quiet
		status_is 0
		[ "$(wc -l <<<"$stdout")" -gt 300 ]
		# A sample: each tenth row.
		while read -r number name since; do
			[ -n "$since" ]
			[ "$("$JAIL" syscalls --arch=$arch "$name")" = "$number" ]
			[ "$("$JAIL" syscalls --arch=$arch "$number")" = "$name" ]
		done < <(awk 'NR % 10 == 1' <<<"$stdout")
	done
}

@test "the native table agrees with the headers that are installed" {
	gcc -dM -E -include sys/syscall.h - </dev/null |
		sed -nE 's/^#define __NR_(\w+) ([0-9]+)$/\2 \1/p' | sort >headers
	[ "$(wc -l <headers)" -gt 300 ]
	"$JAIL" syscalls --quiet | awk '{ print $1, $2 }' | sort >ours
	run_split comm -23 headers ours
	stdout_is ""
}

@test "groups: members in order of number, nested ones too" {
	run_jail syscalls --arch=x86_64 --quiet @swap
	status_is 0
	[ "$(awk '{ print $1, $2 }' <<<"$stdout")" = $'167 swapon\n168 swapoff' ]
	run_jail syscalls --arch=x86_64 --quiet @privileged
	stdout_has " swapon "
	run_jail syscalls @
	status_is 0
	stdout_has "@system-service"
	while read -r group help; do
		[ -n "$help" ]
		"$JAIL" syscalls "$group" >/dev/null
	done <<<"$stdout"
}

@test "--json: one object a line, with the words of every other command" {
	run_jail syscalls --arch=x86_64 --json 201
	[ "$(jq -c '{arch, number, name, since}' <<<"$stdout")" = \
		'{"arch":"x86_64","number":201,"name":"time","since":"1.0"}' ]
	run_jail syscalls --arch=x86_64 --json tuxcall
	[ "$(jq -c .since <<<"$stdout")" = null ]
	run_jail syscalls --json --arch=i386
	[ "$(jq -r 'select(.name == "socketcall").number' <<<"$stdout")" = 102 ]
	run_jail syscalls --json --arch=x86_64 @swap
	[ "$(jq -s 'map(.number)' -c <<<"$stdout")" = "[167,168]" ]
	run_jail syscalls --json @
	[ "$(jq -r 'select(.group == "@swap").help' <<<"$stdout")" != "" ]
}

@test "--json: what is known of a call" {
	run_jail syscalls --arch=x86_64 --json fcntl
	stdout_has '"help":"copies, locks or sets flags of an open file"'
	stdout_has '"measured":116,"used_by":79,"needed_by":28'
	run_jail syscalls --arch=x86_64 --json kexec_load
	stdout_has '"measured":116,"used_by":0,"needed_by":0'
}

@test "on a terminal a name also tells where else it exists, and what it does" {
	run_split script -qec "'$JAIL' syscalls --arch=x86_64 time" /dev/null
	stdout_has "201  (i386 13, x32 201)"
	stdout_has "time asks for the time in seconds"
	stdout_has "of 116 programs that were measured 1 made it, and 1 did"
	run_split script -qec "'$JAIL' syscalls --arch=x86_64 169" /dev/null
	stdout_has "reboot restarts or halts the machine"
	stdout_has "of 116 programs that were measured none made it"
	run_split script -qec "'$JAIL' syscalls --quiet --arch=x86_64 time" \
		/dev/null
	stdout_lacks "seconds"
}
