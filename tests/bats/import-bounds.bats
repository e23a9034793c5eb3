#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Files that are made to hold jail import up, or to fill memory: refused at once,
# and nothing of them is in the store.
load helper

refuses() {
	run_jail import --name=t "$1"
	status_is 1
	one_sentence
	stderr_has "$2"
	run_jail show t
	stdout_lacks "read"
}

@test "a list of more calls than any kernel has" {
	seq 29999 -1 5000 | sed 's/.*/x86_64 & &/' >t.list
	refuses t.list "t.list:8193: there are more than 8192 different calls"
}

@test "one file that is included again and again" {
	yes 'read: 1' | head -n 100000 >one.inc
	yes '@include ./one.inc' | head -n 3000 >t.policy
	refuses t.policy "t.policy:65: more than 64 files are included"
}

@test "a tree of JSON that is far larger in memory" {
	{
		printf '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":['
		yes '[],' | head -n 3000000
		printf '[]]}'
	} >t.json
	refuses t.json "t.json has more than 8 MB"
	{
		printf '{"fact":"profile","program":"t","format":['
		yes '[],' | head -n 100000 | tr -d '\n'
		printf '1]}\n'
	} >t.json
	refuses t.json "t.json:1: a line of more than 131072 bytes is no fact"
}

@test "a history of more hosts than anybody has is told in time" {
	awk 'BEGIN {
		print "{\"fact\":\"profile\",\"program\":\"t\",\"format\":1}"
		for (i = 0; i < 5000; i++) {
			s = sprintf("\"program\":\"t\",\"session\":\"%08x\"", i)
			t = "\"2026-11-22T13:00:00.000000Z\""
			print "{\"fact\":\"session\"," s ",\"host\":\"h" i \
				"\",\"kernel\":\"6.1\",\"libc\":\"l\"," \
				"\"jail\":\"1\",\"started\":" t ",\"ended\":" t \
				",\"status\":0,\"workload\":null,\"known\":0," \
				"\"sandbox\":true,\"full\":false}"
			n = i + 5000
			print "{\"fact\":\"call\"," s ",\"arch\":\"x86_64\"," \
				"\"number\":" n ",\"name\":\"" n "\"," \
				"\"calls\":1,\"errors\":0,\"returns\":1," \
				"\"partial\":false,\"first_seen\":null," \
				"\"last_seen\":null}"
		}
	}' >t.json
	run_jail import t.json
	status_is 0
	timeout 20 "$JAIL" show t >shown
	grep -q "more than 300 hosts: not told is which calls" shown
	timeout 20 "$JAIL" show --json t >shown
	timeout 20 "$JAIL" report t >shown
}

@test "what a file says does not reach the terminal as it is" {
	printf '{"defaultAction":"SCMP_ACT_ERRNO","architectures":[%s],"syscalls":[
		{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}' \
		'"SCMP_ARCH_X86_64","\u001b[31mA","\u001b[31mA"' >t.json
	run_jail import --name=t t.json
	status_is 0
	stderr_has "note: ?[31mA: jail knows no calls of them"
	printf 'seccomp.keep read\n\033[31mnet none\n' >t.profile
	run_jail import --name=t t.profile
	stderr_lacks $'\033'
}
