# SPDX-License-Identifier: MIT
# What a program does alone it does when it is learned and when it is enforced. A
# file loads this after helper, sets jail, JAIL_DB and name, and has
#
#   workload LABEL [COMMAND...]
#
# which does the work, with COMMAND as what it runs under, and leaves stdout and
# the status in LABEL.out, stderr in LABEL.err. "done" in it says that all was
# done.

workload_native() {
	workload native
	grep -qx 'done' native.out || { cat native.out native.err >&2; return 1; }
}

# LABEL.out is what the native run put out, and jail said nothing.
as_native() {
	diff native.out "$1.out" >&2 && ! grep '^jail:' "$1.err" >&2 || {
		echo "($1, of $name; its stderr:)" >&2
		tail -n 20 "$1.err" >&2
		return 1
	}
}

# DRY MOST [OPTION...]: learns until DRY sessions in a row bring nothing new, in
# MOST sessions at most.
learn_until_dry() {
	local dry=0 sessions=0 found_in=0

	: >known
	while [ "$dry" -lt "$1" ]; do
		sessions=$((sessions + 1))
		[ "$sessions" -le "$2" ] || { echo 'never dry' >&2; return 1; }
		workload learn "$jail" learn --db "$JAIL_DB" --name "$name" \
			--quiet "${@:3}" --
		as_native learn
		list_of "$name" >list
		if cmp -s known list; then
			dry=$((dry + 1))
		else
			dry=0 found_in=$sessions
		fi
		mv list known
	done
	echo "# learned: $name, $(wc -l <known) calls, the last new one in" \
		"session $found_in of $sessions" >&3
}

# ROUNDS [OPTION...]: with not one denial.
enforce_rounds() {
	local round

	for round in $(seq "$1"); do
		workload enforce "$jail" enforce --profile=none \
			--db "$JAIL_DB" --name "$name" "${@:2}" --
		as_native enforce
	done
	no_denials
}

no_denials() {
	"$JAIL" show --json "$name" >shown
	jq -e '.denials == []' shown >jq.out || {
		jq -c .denials shown >&2
		return 1
	}
}
