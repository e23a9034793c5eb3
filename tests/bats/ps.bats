#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail ps, jail tree: what runs is shown, of whom it may be seen, and nothing
# that an entry only says.

load box

box_setup() {
	pids=()
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	registry=$XDG_RUNTIME_DIR/jail
	install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$XDG_RUNTIME_DIR"
	forger=$BATS_TEST_TMPDIR/forger.py
	cp "$BATS_TEST_DIRNAME/../lib/forger.py" "$forger"
	chmod a+r "$forger"
}

teardown() {
	[ "${#pids[@]}" = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
}

# as_user COMMAND...: without its output being taken.
as_user() {
	setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups "$@"
}

# Starts jail as the user in the background, $jail.
begin_run() {
	setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups \
		"$BATS_TEST_TMPDIR/jail" enforce "${options[@]}" "$@" 3>&- &
	jail=$!
	pids+=("$jail")
	await shown "$jail"
}

# The sandbox of the jail PID, as JSON.
shown() {
	as_user "$BATS_TEST_TMPDIR/jail" ps --json |
		jq -c --argjson jail "$1" 'select(.jail == $jail)' | grep .
}

nothing_shown() {
	[ -z "$(as_user "$BATS_TEST_TMPDIR/jail" ps --json)" ]
}

ended_shown() {
	as_user "$BATS_TEST_TMPDIR/jail" ps --all | grep ' ago '
}

ps_of_user() {
	outside "$BATS_TEST_TMPDIR/jail" ps "$@"
}

@test "a line for each: who, what, how long, how much" {
	begin_run sh -c 'sleep 60 & sleep 61'
	await eval "shown $jail | jq -e '.processes == 4'"
	ps_of_user
	status_is 0
	[ -z "$stderr" ]
	[ "$(wc -l <<<"$stdout")" = 2 ]
	[[ $stdout =~ ^\ *id\ +user\ +profile\ +uptime\ +memory\ +processes\ +denied\ +program ]]
	id=$(shown "$jail" | jq .id)
	[[ $stdout =~ $'\n'\ *$id\ +$USER_ID\ +sh\ +[0-9]+s\ +[0-9.]+[KM]\ +4\ +0\ +'sh -c sleep 60 & sleep 61'$ ]]
	[ "$(shown "$jail" | jq -r '[.uid, .profile, .name, .ended, .denied,
		.address, .memory_bytes > 100000, .uptime_s < 60] | @csv')" = \
		"$USER_ID,\"sh\",\"sh\",,0,,true,true" ]
	[ "$(ps -o comm= -p "$id")" = sh ]
}

@test "calls that are refused are counted while it runs" {
	begin_run --profile=none --name=tool --deny=log sh -c \
		'while sleep 0.05; do :; done'
	await eval "shown $jail | jq -e '.denied > 20'"
	first=$(shown "$jail" | jq .denied)
	await eval "shown $jail | jq -e '.denied > $first'"
}

@test "a name of its own stands behind the profile's; words are printable" {
	begin_run --name=tool --deny=log sh -c $'sleep 60 # \e[31m\n\u00e4'
	ps_of_user
	stdout_has $'sh -c sleep 60 # ?[31m?\u00e4'
	stdout_has " tool "
	outside "$BATS_TEST_TMPDIR/jail" tree
	stdout_lacks $'\e'
}

@test "on a terminal no line is longer than that; elsewhere all are whole" {
	long=$(printf 'ü%.0s' {1..60})
	begin_run --name="$long" sleep 60
	begin_run sh -c "sleep 60; : $long"
	for command in ps tree; do
		# shellcheck disable=SC2016 # it is the shell's
		on_terminal "exit 0" end -- setpriv "--reuid=$USER_ID" \
			"--regid=$USER_ID" --clear-groups sh -c \
			'stty cols 70; exec "$@"' sh \
			"$BATS_TEST_TMPDIR/jail" "$command"
		[ "$(wc -L <<<"$shown")" -le 70 ] || unexpected "$shown"
		shows "${long:0:20}"
		outside "$BATS_TEST_TMPDIR/jail" "$command"
		stdout_has "  $long"
		stdout_has "sleep 60; : $long"
	done
}

@test "how long it has been running, whatever the clock was set to" {
	begin_run sleep 60
	/usr/bin/python3 - "$registry" <<'END'
import glob, re, sys
entry, = glob.glob(sys.argv[1] + "/[1-9]*-*[0-9]")
with open(entry, "r+b") as file:
    text = file.read()
    began = re.search(rb"^began (\d+)$", text, re.M)
    file.seek(began.start(1))
    file.write(b"%d" % (int(began[1]) - 7200 * 10**6))
END
	[ "$(shown "$jail" | jq '.uptime_s >= 0 and .uptime_s < 600')" = true ]
	[[ $(shown "$jail" | jq -r .started) < $(date -u -d '-1 hour' +%FT%T) ]]
}

@test "nothing runs: the heading, or on a terminal a sentence" {
	ps_of_user
	status_is 0
	[ "$(wc -l <<<"$stdout")" = 1 ]
	ps_of_user --json
	status_is 0
	stdout_is ""
	on_terminal "exit 0" end -- setpriv "--reuid=$USER_ID" \
		"--regid=$USER_ID" --clear-groups "$BATS_TEST_TMPDIR/jail" ps
	shows "no sandbox is running"
}

@test "what has ended is shown by --all alone, also after kill -9" {
	begin_run sleep 60
	kill -9 "$jail"
	await nothing_shown
	# It has ended when its processes have, too.
	await ended_shown
	ps_of_user --all
	stdout_has " ago       -          -"
	stdout_has "sleep 60"
	ps_of_user --all --json
	[ "$(jq -r '.ended != null' <<<"$stdout")" = true ]
}

@test "that waits for the rest is shown without its program" {
	begin_run --wait-all sh -c 'sleep 60 & exec sleep 0.3'
	await eval "shown $jail | jq -e '.processes == 2'"
}

@test "two of one name: by their ids" {
	begin_run sleep 60
	one=$(shown "$jail" | jq .id)
	begin_run sleep 60
	two=$(shown "$jail" | jq .id)
	outside "$BATS_TEST_TMPDIR/jail" tree sleep
	status_is 1
	one_sentence
	stderr_has "2 sandboxes have the name 'sleep'"
	stderr_has "$one"
	stderr_has "$two"
	outside "$BATS_TEST_TMPDIR/jail" tree "$two"
	status_is 0
	stdout_has "$two  sleep, user $USER_ID"
	stdout_lacks "$one"
	outside "$BATS_TEST_TMPDIR/jail" tree nothing
	status_is 1
	stderr_has "no sandbox that runs has the id or name 'nothing'"
}

@test "tree: children below their parents, with their numbers inside" {
	begin_run sh -c 'sleep 60 & sh -c "sleep 61 & wait" & wait'
	await eval "shown $jail | jq -e '.processes == 5'"
	program=$(shown "$jail" | jq .id)
	# A shell forks first.
	await pgrep -P "$program" -x sleep
	inner=$(pgrep -P "$program" -x sh)
	await pgrep -P "$inner" -x sleep
	leaf=$(pgrep -P "$inner")
	LC_ALL=C.UTF-8 outside "$BATS_TEST_TMPDIR/jail" tree
	status_is 0
	[[ $stdout == *$'\n'├─\ [0-9]*\ \[1\]*\(init\)* ]]
	[[ $stdout =~ '└─ '$program' [2]  '[0-9.]+[KM]'  sh -c sleep 60' ]]
	[[ $stdout =~ '   └─ '$inner' ['[0-9]+']  '[0-9.]+[KM]'  sh -c sleep 61' ]]
	[[ $stdout =~ '      └─ '$leaf' ['[0-9]+']  '[0-9.]+[KM]'  sleep 61' ]]
	LC_ALL=C outside "$BATS_TEST_TMPDIR/jail" tree
	stdout_has "\`- $program [2]"
	outside "$BATS_TEST_TMPDIR/jail" tree --json
	[ "$(jq "select(.pid == $leaf).parent" <<<"$stdout")" = "$inner" ]
	[ "$(jq -s length <<<"$stdout")" = 5 ]
}

@test "a folder of another user's is told, and not read" {
	install -d -m 700 -o 64327 -g 64327 "$registry"
	ps_of_user
	status_is 0
	one_sentence
	stderr_has "$registry belongs to user 64327"
	for command in "stop --all" "stop sleep" "join sleep true"; do
		# shellcheck disable=SC2086
		outside "$BATS_TEST_TMPDIR/jail" $command
		[ "$status" -ne 0 ]
		one_sentence
		stderr_has "$registry belongs to user 64327"
	done
	begin_run sleep 60
	[ -z "$(ls -A "$registry")" ]
	user --debug true
	stderr_lacks "no place to note"
	rmdir "$registry"
	install -d -m 777 -o "$USER_ID" -g "$USER_ID" "$registry"
	ps_of_user
	one_sentence
	stderr_has "can be used by others"
}

# Root's view, where /run is the test's own, with a folder for the user, and no
# other process is to be seen.
as_root() {
	cat >script <<-END
		set -e
		mount -t tmpfs none /run
		install -d -m 755 /run/user
		install -d -m 700 -o $USER_ID -g $USER_ID /run/user/$USER_ID
		install -d -m 700 -o $USER_ID -g $USER_ID /run/user/$USER_ID/jail
		unset XDG_RUNTIME_DIR
		folder=/run/user/$USER_ID/jail
		as_user() {
			HOME=$HOME setpriv --reuid=$USER_ID --regid=$USER_ID \\
				--clear-groups "\$@"
		}
		# Forges in the background: \$path, \$child.
		forge() {
			rm -f said
			as_user /usr/bin/python3 $forger \$folder "\$@" >said &
			forgers="\$forgers \$!"
			until [ -s said ]; do sleep 0.01; done
			read -r path child <said
		}
		trap 'kill -9 \$forgers \$victim \$child 2>/dev/null; wait' EXIT
		sleep 60 &
		victim=\$!
		start=\$(sed 's/.*) //' /proc/\$victim/stat | cut -d' ' -f20)
	END
	cat >>script
	HOME=$BATS_TEST_TMPDIR/roots run_split timeout 120 unshare -m -p -f \
		--kill-child --mount-proc bash script
}

@test "root sees the sandboxes of all, a user his own" {
	as_root <<-END
		as_user $BATS_TEST_TMPDIR/jail enforce ${options[*]} sleep 60 &
		forgers=\$!
		$JAIL enforce ${options[*]} --db=$BATS_TEST_TMPDIR/db sleep 61 &
		forgers="\$forgers \$!"
		until [ "\$($JAIL ps --json | wc -l)" = 2 ]; do sleep 0.02; done
		$JAIL ps --json | jq .uid | sort
		as_user $BATS_TEST_TMPDIR/jail ps --json | jq .uid
		setpriv --reuid=64327 --regid=64327 --clear-groups \\
			$BATS_TEST_TMPDIR/jail ps --json
	END
	status_is 0
	stdout_is "0"$'\n'"$USER_ID"$'\n'"$USER_ID"
}

@test "root believes no user's entry about another's process" {
	cp "$(command -v sleep)" suid
	chmod 4755 suid
	as_root <<-END
		for lie in program=\$victim jail=\$victim init=\$victim \\
			start=1 uid=0 user_ns=1 pid_ns=1 mnt_ns=1 net_ns=1; do
			forge \$lie -- sleep 60
			$JAIL ps --json >out 2>err
			echo "\$lie: \$(wc -l <out) \$(wc -l <err)"
			kill \$child
			rm \$path
		done
		forge -- $PWD/suid 60
		$JAIL ps --json 2>err
		cat err
		for id in \$victim \$child; do
			if $JAIL stop \$id 2>/dev/null; then
				echo "stopped \$id"
			fi
			[ -e /proc/\$id ]
		done
		kill \$child
		rm \$path
		# What the user may say of his own.
		forge -- sleep 60
		$JAIL ps --json | jq -c '[.profile, .uid]'
	END
	status_is 0
	# Listed, and told. Gone is not a lie; and nobody can say whose an
	# entry is.
	[ "$(sed -nE 's/^([a-z_]+)=[0-9]+/\1/p' <<<"$stdout" | paste -sd,)" = \
		"program: 0 1,jail: 0 1,init: 0 1,start: 0 0,uid: 1 0,$(:
		)user_ns: 0 1,pid_ns: 0 1,mnt_ns: 0 1,net_ns: 0 1" ]
	stdout_has "is not what it says: process"
	stdout_has "is user 0's"
	stdout_has "[\"forged\",$USER_ID]"
	stdout_lacks stopped
}

@test "who runs in namespaces that root made is no liar" {
	as_root <<-END
		for more in --name=boxed "--name=plain --profile=none \
				--deny=log"; do
			HOME=$HOME unshare -m -n setpriv --reuid=$USER_ID \
				--regid=$USER_ID --clear-groups \
				$BATS_TEST_TMPDIR/jail enforce \
				${options[*]} \$more sleep 60 &
			forgers="\$forgers \$!"
		done
		until [ "\$(ls \$folder | grep -cx '[1-9][0-9]*-[0-9]*')" = 2 ]; do
			sleep 0.02
		done
		$JAIL ps --json 2>&1 | jq -r '"\(.name) \(.uid)"' | sort
	END
	status_is 0
	stdout_is "boxed $USER_ID"$'\n'"plain $USER_ID"
}

@test "what is no entry neither stops nor fills the list" {
	as_root <<-END
		forge -- sleep 60
		as_user sh -c '
			cd $XDG_RUNTIME_DIR/../run 2>/dev/null || true
			cd '\$folder'
			mkfifo 5-5
			ln -s /etc/passwd 6-6
			ln 5-5 7-7
			head -c 300000 /dev/zero >8-8
			(echo "jail-run 1"; yes "later 1") | head -c 40000 >9-9
			mkdir 10-10
			cp '\$path' 11-11
			ln '\$path' 12-12
			chmod 600 5-5 8-8 9-9 11-11'
		$JAIL ps --json
		rm \$folder/12-12
		$JAIL ps --json
		rm -rf \$folder
		ln -s /tmp \$folder
		$JAIL ps
	END
	status_is 0
	# A second name makes it nobody's.
	[ "$(grep -c forged <<<"$stdout")" = 1 ]
}
