#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The registry: each run has an entry, which is locked while it runs. It says
# when it ended, also of a jail that was killed; and nothing is written where
# somebody else could have prepared it.

load box

box_setup() {
	pids=()
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	registry=$XDG_RUNTIME_DIR/jail
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	mkfifo go
	chmod a+rw go
}

teardown() {
	[ "${#pids[@]}" = 0 ] || kill -9 ${pids[*]} 2>/dev/null || true
}

# Starts jail as the user in the background, $jail, with a program that waits.
begin_run() {
	setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups \
		"$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" "$@" \
		3>&- &
	jail=$!
	pids+=("$jail")
	await an_entry
	entry=$(entries)
}

entries() {
	find "$registry" -name '*-*' -type f
}

an_entry() {
	[ -n "$(entries)" ]
}

# The value of KEY, the last one; fails where there is none.
value() {
	sed -n "s/^$1 //p" "$entry" | tail -n 1 | grep .
}

is_locked() {
	! flock -n "$entry" true || false
}

is_free() {
	flock -n "$entry" true
}

@test "a run has an entry, which says what runs and then when it ended" {
	begin_run --name=tool sleep 60
	[ "$(stat -c '%a %u' "$registry")" = "700 $USER_ID" ]
	[ "$(stat -c '%a %u' "$entry")" = "600 $USER_ID" ]
	[ "$(head -n 1 "$entry")" = "jail-run 1" ]
	[ "$(value jail)" = "$jail" ]
	[ "$(value profile)" = tool ]
	[ "$(value exe)" = "$(realpath "$(command -v sleep)")" ]
	[ "$(value store)" = "$HOME/.local/share/jail/jail.db" ]
	[ "$(value supervised)" = 1 ]
	[ "$(value boot_id)" = "$(cat /proc/sys/kernel/random/boot_id)" ]
	program=$(value program)
	[ "$(value start)" = "$(sed 's/.*) //' "/proc/$program/stat" |
		cut -d' ' -f20)" ]
	[ "$(basename "$entry")" = "$program-$(value start)" ]
	for kind in user pid; do
		[ "$kind:[$(value "${kind}_ns")]" = \
			"$(readlink "/proc/$program/ns/$kind")" ]
		[ "$kind:[$(value "${kind}_ns")]" != \
			"$(readlink "/proc/self/ns/$kind")" ]
	done
	[ "$(ps -o ppid= -p "$(value init)" | tr -d ' ')" = "$jail" ]
	is_locked
	! value ended || false
	kill "$program"
	wait "$jail" || true
	is_free
	[ "$(value ended)" -gt "$(value began)" ]
}

@test "of a jail that was killed the next run says that it has ended" {
	begin_run sleep 60
	kill -9 "$jail"
	await is_free
	! value ended || false
	user true
	status_is 0
	[ "$(value ended)" -gt "$(value began)" ]
	[ "$(entries | wc -l)" = 2 ]
}

@test "what ended ten minutes ago is removed by the next run" {
	begin_run sleep 60
	kill -9 "$jail"
	await is_free
	echo "ended $(date -d '-11 min' +%s000000)" >>"$entry"
	user true
	status_is 0
	[ ! -e "$entry" ]
}

@test "without a sandbox an entry lasts as long as a descendant does" {
	begin_run --profile=none --name=tool --deny=log \
		sh -c 'sh -c "read x <go" & exit 0' || true
	wait "$jail"
	is_locked
	[ "$(value user_ns)" = "$(stat -Lc %i /proc/self/ns/user)" ]
	first=$(value ended)
	echo >go
	await is_free
	[ "$(value ended)" -gt "$first" ]
	[ "$(value supervised)" = 1 ]
}

@test "without XDG_RUNTIME_DIR it is beside the store" {
	unset XDG_RUNTIME_DIR
	registry=$HOME/.local/share/jail/run
	user true
	status_is 0
	entry=$(entries)
	[ "$(value profile)" = true ]
	XDG_DATA_HOME=$HOME/data user true
	status_is 0
	registry=$HOME/data/jail/run
	an_entry
}

@test "root's is in /run/jail, whatever the environment says" {
	cat >script <<-'END'
		mount -t tmpfs none /run || exit
		"$@" || exit
		stat -c "%a %u" /run/jail /run/jail/*-*
		cat /run/jail/*-*
	END
	HOME=$BATS_TEST_TMPDIR/roots run_split unshare -m sh script "$JAIL" \
		enforce "${options[@]}" "--db=$BATS_TEST_TMPDIR/db" true
	status_is 0
	stdout_has "700 0"$'\n'"600 0"$'\n'"jail-run 1"
	stdout_has "profile true"
	! an_entry || false
}

@test "a link is no folder of ours" {
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" other
	ln -s "$PWD/other" "$registry"
	chown -h "$USER_ID:$USER_ID" "$registry"
	# Without a sandbox, in which it would be hidden.
	user --profile=none --name=tool --deny=log --debug true
	status_is 0
	[ -z "$(ls -A other)" ]
	! an_entry || false
	registry=$HOME/.local/share/jail/run
	an_entry
}

@test "a folder of another user, or one that others can write, is none" {
	install -d -m 700 -o 64327 -g 64327 "$registry"
	user --profile=none --name=tool --deny=log true
	status_is 0
	rmdir "$registry"
	install -d -m 777 -o "$USER_ID" -g "$USER_ID" "$registry"
	user --profile=none --name=tool --deny=log true
	status_is 0
	[ -z "$(ls -A "$registry")" ]
	registry=$HOME/.local/share/jail/run
	[ "$(entries | wc -l)" = 2 ]
}

@test "nowhere to write: the program runs, and only --debug says so" {
	export HOME=/ XDG_RUNTIME_DIR=/proc
	options=("--db=$BATS_TEST_TMPDIR/home/jail.db" --profile=none --name=tool
		--deny=log --quiet)
	user echo runs
	status_is 0
	stdout_is runs
	[ -z "$stderr" ]
	user --debug echo runs
	stderr_has "no place to note that this runs"
}
