#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The watch and a real journald: what it took from the audit socket and from the
# kernel's log is there twice, and counts once. The kernel's log has the records
# of other tests: so ours are of programs with names of their own.
#
# serial

load helper
load ../lib/logs
load ../lib/journald

more_setup() {
	[ "$EUID" -eq 0 ] || skip "only root may run journald"
	[ -x "$JOURNALD" ] || skip "no systemd-journald"
	[ -s /etc/machine-id ] || skip "no /etc/machine-id"
	run_jail watch --source=journal --once
	[[ $stderr != *"without libsystemd"* ]] || skip "built without it"
	logs_setup
	prog="prog $BASHPID-$RANDOM"
	"$JAIL" add --quiet "$prog" read
}

teardown() {
	logs_teardown
}

watch_journal() {
	run_split in_journal "$JAIL" watch --source=journal --all --json "$@"
	status_is 0
}

# How often the program was refused, as it was offered and as the store has it.
counted() {
	[ "$(offered "select(.profile == \"$prog\") | .count")" = "$1" ] ||
		unexpected "expected $1 of $prog"
	is_stored "$1"
}

is_stored() {
	"$JAIL" show --json "$prog" >shown
	[ "$(jq '[.denials[].count] | add' shown)" = "$1" ]
}

@test "the journal: each event once, and again only what is new" {
	journald_start
	refused "$prog" log 5
	await journal_has "$pid" 5
	watch_journal --once
	counted 5
	[ "$(jq -r '.denials[0].host' shown)" = "$(uname -n)" ]
	watch_journal --once
	is_stored 5
	stderr_lacks "is gone"
	refused "$prog" log 2
	await journal_has "$pid" 2
	watch_journal --once
	counted 7
}

@test "the journal, live: a line as soon as it happens" {
	journald_start
	nsenter -m -t "$journald" "$JAIL" watch --source=journal --all \
		>"$LOGS/out" 2>"$LOGS/said" </dev/null 3>&- &
	watch=$!
	logs_pids+=("$watch")
	await grep -q . "$LOGS/said"
	refused "$prog" kill_process
	await grep -q " $prog was killed at time (201, x86_64)" "$LOGS/out"
	watch_stop
	status_is 0
}

@test "what anybody writes to the journal is not believed" {
	journald_start
	in_journal systemd-cat -t kernel echo "audit: type=1326" \
		"audit(1795289344.093:7): auid=0 uid=0 gid=0 ses=2 pid=544" \
		'comm="forged" exe="/forged" sig=31 arch=c000003e syscall=39' \
		"compat=0 ip=0x7f code=0x80000000"
	refused "$prog" kill_process
	await journal_has "$pid"
	in_journal journalctl -o cat | grep -q 'comm="forged"'
	watch_journal --once
	counted 1
	stdout_lacks forged
}

@test "the same event by the journal and the audit socket counts once" {
	journald_start
	watch_start --source=netlink --all --json
	refused "$prog" log 4
	await grep -q "$prog" "$LOGS/out"
	watch_stop
	is_stored 4
	await journal_has "$pid" 4
	watch_journal --once
	is_stored 4
}

@test "who may not read the journal is told which group may" {
	journald_start
	jail_for_all
	install -d -m 777 user
	run_split in_journal setpriv --reuid 1000 --regid 1000 --clear-groups \
		env HOME="$PWD/user" JAIL_DB="$PWD/user/db" ./jail watch \
		--source=journal --once
	status_is 1
	stderr_has "needs the group systemd-journal or adm"
}
