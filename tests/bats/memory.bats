# SPDX-License-Identifier: MIT
# Allocations fail, one a run, in a build for that: jail does the whole of what
# it was asked for, or says in one sentence that it could not, and the store is
# never half-written. LONG=1: more of the allocations.
load helper

more_setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	"$JAIL" learn -q --name=a --no-sandbox -- sh -c :
	"$JAIL" learn -q --name=b --no-sandbox -- ls /
	"$JAIL" drop b getdents64 >/dev/null
	"$JAIL" enforce -q --name=b --profile=none --deny=errno -- ls / || true
}

# sweep STEP COMMAND...: one of so many allocations, more with LONG=1.
sweep() {
	run_split timeout 250 /usr/bin/python3 -B \
		"$BATS_TEST_DIRNAME/../faults/memory.py" \
		-s "$(times "$1" $(($1 / 40 + 1)))" \
		"$BUILD/faults/jail" "$JAIL" "$JAIL_DB" -- "${@:2}"
	status_is 0
	echo "# $stdout" >&3
}

@test "what is printed is whole" {
	sweep 241 show b
	sweep 241 show --json b
	sweep 151 review --json b
	sweep 151 diff --json a b
	sweep 151 export --format=list b
	sweep 151 export --format=bpf b
}

@test "what is stored is whole" {
	"$JAIL" export --format=json a >a.json
	sweep 401 import --name=c a.json
	sweep 251 add b ptrace
	sweep 401 learn -q --name=b --no-sandbox -- sh -c :
}

@test "what is confined is confined" {
	sweep 211 enforce -q --name=b --deny=errno -- ls /
}
