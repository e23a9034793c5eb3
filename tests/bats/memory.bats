# SPDX-License-Identifier: MIT
# Allocations fail, one a run, in a build for that: jail does the whole of what
# it was asked for, or says in one sentence that it could not, and the store is
# never half-written. LONG=1: more of the allocations.
# timeout 900
load helper

more_setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	"$JAIL" learn -q --name=a --no-sandbox -- sh -c :
	"$JAIL" learn -q --name=b --no-sandbox -- ls / >/dev/null
	"$JAIL" drop b getdents64 >/dev/null
	"$JAIL" enforce -q --name=b --profile=none --deny=errno -- ls / \
		>/dev/null 2>&1 || [ $? -eq 2 ]
}

# memory OPTION... -- COMMAND...: which allocations, and of what.
memory() {
	local options=()

	while [ "$1" != -- ]; do options+=("$1") && shift; done
	run_split timeout 800 /usr/bin/python3 -B \
		"$BATS_TEST_DIRNAME/../faults/memory.py" "${options[@]}" \
		"$BUILD/faults/jail" "$JAIL" "$JAIL_DB" "$@"
	if [ "$status" -ne 0 ]; then
		printf '%s\n' "memory.py ${options[*]} $*: status $status" \
			"${stderr:0:2000}" "$stdout" >&2
		return 1
	fi
	echo "# $stdout" >&3
}

# sweep STEP COMMAND...: one of so many allocations, more with LONG=1.
sweep() {
	memory -s "$(times "$1" $(($1 / 40 + 1)))" -- "${@:2}"
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

@test "what is said of a denial at the end ends nothing" {
	memory -f -30 -- enforce -q --name=b --deny=errno -- ls /
}

@test "no memory to look for a program is no failure of the program" {
	memory -l 25 -- enforce -q --name=b --deny=errno -- ls /
}
