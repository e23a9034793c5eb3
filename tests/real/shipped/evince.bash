# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# evince: for windows.sh.

prepare() {
	/usr/bin/python3 "$lib/paper.py" home/paper.pdf 'A page of paper' \
		'The second page' 'The third'
}

paper() {
	open_window paper.pdf evince "$HOME/paper.pdf"
}

evince_1() {
	paper
	keys ctrl+p
	expect '^Print$'
	shoot
	keys Escape
	expect paper.pdf
	close_window ctrl+w
}

evince_2() {
	paper
	keys ctrl+s
	expect 'Save As'
	rest
	xdotool type copy
	keys Tab Return
	wait_for [ -s home/copy.pdf ]
	mv home/copy.pdf home/work
	expect paper.pdf
	close_window ctrl+w
}

evince_3() {
	paper
	keys ctrl+f
	xdotool type second
	keys Return
	sleep 0.5
	close_window Escape ctrl+w
}

evince_4() {
	paper
	keys Next Next F9 ctrl+plus ctrl+plus
	shoot
	close_window F9 ctrl+w
}

evince_5() {
	paper
	keys F5 Next
	sleep 0.5
	shoot
	close_window Escape ctrl+w
}

evince_6() {
	paper
	keys alt+Return
	expect Properties
	shoot
	keys Escape
	expect paper.pdf
	close_window ctrl+w
}
