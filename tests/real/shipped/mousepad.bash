# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# mousepad: for windows.sh.

prepare() {
	seq 300 >home/text
}

close_dialog() {
	keys Escape
	expect Mousepad
}

mousepad_1() {
	open_window Untitled mousepad
	xdotool type 'written in a sandbox'
	keys ctrl+s
	expect 'Save As'
	rest
	xdotool type "$PWD/home/work/new"
	rest
	keys Return
	rest
	# The first one completes.
	[ -s home/work/new ] || ! has_window 'Save As' >/dev/null ||
		keys Return
	wait_for [ -s home/work/new ]
	expect Mousepad
	shoot
	close_window ctrl+q
}

mousepad_2() {
	open_window new mousepad new
	keys ctrl+p
	expect '^Print$'
	shoot
	close_dialog
	close_window ctrl+q
}

mousepad_3() {
	open_window new mousepad "$HOME/work/new"
	keys ctrl+End
	xdotool type ', and changed'
	keys ctrl+s
	wait_for grep -q changed home/work/new
	close_window ctrl+q
}

mousepad_4() {
	cp -p home/text home/work/text
	open_window text mousepad "$HOME/work/text"
	keys ctrl+r
	expect Replace
	close_dialog
	close_window ctrl+q
}

mousepad_5() {
	open_window text mousepad new text
	keys ctrl+o
	expect 'Open File'
	close_dialog
	close_window ctrl+q
}

mousepad_6() {
	open_window text mousepad text
	keys ctrl+a ctrl+c ctrl+End ctrl+v ctrl+s
	wait_for [ "$(wc -l <home/text)" -lt "$(wc -l <home/work/text)" ]
	close_window ctrl+q
}
