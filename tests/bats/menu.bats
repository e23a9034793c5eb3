#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Menu entries that start a program through jail: --desktop writes them from the
# system's, which desktop-file-validate and gio judge, and never replaces what
# somebody else wrote.

load helper

more_setup() {
	export XDG_DATA_DIRS=$PWD/system
	export PATH=$PWD/bin:$PATH
	mine=$HOME/.local/share/applications
	mkdir -p system/applications/sub bin
	cat >bin/prog <<-'END'
		#!/bin/sh
		printf '%s\n' "${container-none}" "${GREETING-}" "$@" >"$HOME/ran.new"
		mv "$HOME/ran.new" "$HOME/ran"
	END
	chmod +x bin/prog
	entry "prog %u" >system/applications/org.example.Prog.desktop
}

# entry EXEC: its text.
entry() {
	cat <<-END
		# A comment
		[Desktop Entry]
		Type=Application
		Name=Prog
		Name[de]=Prögram
		Exec=$1
		TryExec=prog
		DBusActivatable=true
		Actions=other;

		[Desktop Action other]
		Name=Other
		Exec=prog "an other" %u
	END
}

install_entry() {
	run_jail enforce --desktop "$@"
}

# launched PATH [ARG...]: through gio, and what the program saw.
launched() {
	rm -f "$HOME/ran"
	timeout 20 gio launch "$@" 3>&-
	await [ -s "$HOME/ran" ]
	run_split cat "$HOME/ran"
}

@test "an entry of the system's, through jail" {
	install_entry prog
	status_is 0
	stdout_is "wrote $mine/org.example.Prog.desktop"
	[ "$(cat "$mine/org.example.Prog.desktop")" = "$(entry \
		"$JAIL enforce -- prog %u" |
		sed -e '/DBusActivatable/d' \
		-e 's/^\[Desktop Entry\]/&\nX-Jail=prog\nDBusActivatable=false/' \
		-e "s|^Exec=prog|Exec=$JAIL enforce -- prog|")" ]
	[ "$(stat -c %a "$mine/org.example.Prog.desktop")" = 644 ]
	[ "$(ls -A "$mine")" = org.example.Prog.desktop ]
	# As often as wanted, and what it says now counts.
	install_entry --quiet --deny=log prog
	status_is 0
	[ -z "$stdout" ]
	grep -q "^Exec=$JAIL enforce --deny=log --quiet -- prog %u$" \
		"$mine/org.example.Prog.desktop"
}

@test "an entry that would start nothing is told, for the menu tells nobody" {
	install_entry prog
	stderr_has 'the menu starts nothing yet: no whitelist for "prog"; learn'
	install_entry --quiet prog
	[ -z "$stderr" ]
	for means in --deny=log --ignore=seccomp.learned; do
		install_entry --profile=default --seccomp.drop=reboot \
			"$means" prog
		stdout_has wrote
		[ -z "$stderr" ]
	done
	run_jail learn --quiet prog
	install_entry prog
	status_is 0
	[ -z "$stderr" ]
}

# As the desktop's libraries read it: blanks in front and around a key are none.
@test "no command of an entry is left without jail" {
	entry "prog %u" | sed 's/^Exec=prog/ \tExec\t = \tprog/' \
		>system/applications/org.example.Prog.desktop
	install_entry prog
	status_is 0
	[ "$(grep -c "^Exec=$JAIL enforce -- prog " \
		"$mine/org.example.Prog.desktop")" -eq 2 ]
	[ "$(grep -c Exec= "$mine/org.example.Prog.desktop")" -eq 3 ]
	grep -q '^TryExec=' "$mine/org.example.Prog.desktop"
}

@test "what one file is by several names are several programs" {
	ln -s prog bin/gprog
	entry "gprog -f %F" | sed s/TryExec=prog/TryExec=gprog/ \
		>system/applications/gprog.desktop
	install_entry gprog
	stdout_is "wrote $mine/gprog.desktop
wrote $mine/org.example.Prog.desktop"
	run_jail enforce --desktop-remove gprog
	ln -s prog bin/vprog
	entry "vprog %F" | sed s/TryExec=prog/TryExec=vprog/ \
		>system/applications/vprog.desktop
	install_entry gprog
	stdout_lacks vprog
}

@test "the desktop starts it in the sandbox, with the options that were given" {
	command -v desktop-file-validate >/dev/null ||
		skip "desktop-file-validate is not installed"
	# shellcheck disable=SC2016
	greeting='a b"c\d$e`f%g;h=i'\'
	install_entry --profile=default --seccomp.drop=reboot \
		--ignore=seccomp.learned "--env=GREETING=$greeting" prog
	status_is 0
	run_split desktop-file-validate "$mine/org.example.Prog.desktop"
	status_is 0
	[ -z "$stdout$stderr" ]
	launched "$mine/org.example.Prog.desktop"
	stdout_is "jail
$greeting"
	launched "$mine/org.example.Prog.desktop" 'file:///tmp/a%20b'
	stdout_is "jail
$greeting
/tmp/a b"
	launched system/applications/org.example.Prog.desktop
	[ "$(head -n1 <<<"$stdout")" = none ]
}

@test "files are named from / on, for an entry is started anywhere" {
	printf 'seccomp\nenv GREETING=mine\n' >my.profile
	install_entry --profile=my.profile --db=x.db --name=other prog
	status_is 0
	stdout_has "wrote"
	grep -q "^Exec=$JAIL enforce --name=other --profile=$PWD/my.profile --db=$PWD/x.db -- prog %u" \
		"$mine/org.example.Prog.desktop"
	cd /
	launched "$mine/org.example.Prog.desktop"
	stdout_is "jail
mine"
}

@test "each entry that starts the program, and no other" {
	entry 'env A=b "prog" --x' >system/applications/a.desktop
	entry "$PWD/bin/prog" | sed /TryExec/d >system/applications/sub/b.desktop
	entry 'sh -c prog' | sed /TryExec/d >system/applications/c.desktop
	entry 'sh -c prog' >system/applications/d.desktop
	entry 'prog' | sed 's/Desktop Entry/Other/' >system/applications/e.desktop
	entry 'prog' | sed '/^Exec/d' >system/applications/f.desktop
	entry 'prog' >system/applications/g.text
	head -c 300000 /dev/zero >system/applications/h.desktop
	ln -s loop.desktop system/applications/loop.desktop
	mkfifo system/applications/i.desktop
	mkdir -p other/applications
	entry 'prog --second' >other/applications/a.desktop
	XDG_DATA_DIRS=$PWD/system:relative:$PWD/nothing:$PWD/other \
		install_entry prog
	status_is 0
	[ "$(ls "$mine")" = "a.desktop
d.desktop
org.example.Prog.desktop
sub-b.desktop" ]
	grep -q -- '-- env A=b "prog" --x$' "$mine/a.desktop"
}

@test "what somebody else wrote stays, and nothing is left beside it" {
	mkdir -p "$mine"
	entry "prog --mine" >"$mine/org.example.Prog.desktop"
	cp "$mine/org.example.Prog.desktop" before
	install_entry prog
	status_is 125
	one_sentence
	stderr_has "was not written by jail"
	cmp before "$mine/org.example.Prog.desktop"
	[ "$(ls -A "$mine")" = org.example.Prog.desktop ]
	run_jail enforce --desktop-remove prog
	status_is 125
	cmp before "$mine/org.example.Prog.desktop"
	# Nor is a link followed.
	rm "$mine/org.example.Prog.desktop"
	sed 's/^Exec/X-Jail=prog\nExec/' before >elsewhere
	cp elsewhere before
	ln -s "$PWD/elsewhere" "$mine/org.example.Prog.desktop"
	install_entry prog
	status_is 125
	cmp before elsewhere
}

@test "--desktop-remove removes what --desktop wrote" {
	install_entry prog
	entry true >"$mine/other.desktop"
	rm bin/prog
	run_jail enforce --desktop-remove prog
	status_is 0
	stdout_is "removed $mine/org.example.Prog.desktop"
	[ "$(ls -A "$mine")" = other.desktop ]
	run_jail enforce --desktop-remove prog
	status_is 125
	one_sentence
	stderr_has 'no menu entry of jail'\''s for "prog"'
}

@test "what cannot be" {
	install_entry nosuch
	status_is 127
	install_entry true
	status_is 125
	one_sentence
	stderr_has "no menu entry starts"
	install_entry --profile=nosuch prog
	status_is 125
	install_entry prog argument
	status_is 125
	install_entry $'--env=A=a\nb' prog
	status_is 125
	stderr_has "control characters"
	HOME=/nowhere/at/all XDG_DATA_HOME=/proc/nothing install_entry prog
	status_is 125
	one_sentence
	[ ! -e "$mine" ] || [ -z "$(ls -A "$mine")" ]
}
