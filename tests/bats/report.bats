#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jail report: a page that a browser shows and that does nothing: well-formed,
# with the numbers of `show --json`, whatever names the program has chosen.

load helper

lib=$BATS_TEST_DIRNAME/../lib

# The page about NAME, which is one that stands for itself: page.html.
page_of() {
	"$JAIL" report "$@" >page.html
	/usr/bin/python3 "$lib/report.py" page.html
}

# The texts of what XPATH finds in it.
texts() {
	/usr/bin/python3 "$lib/report.py" page.html "$1"
}

# Opens it in a browser, in a network where there is nothing else: seen.json, and
# pictures in the folder seen.
open_page() {
	mkdir -p seen
	timeout 90 unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
		/usr/bin/python3 "$lib/page.py" page.html seen >seen.json
}

# Fits the window, can be read, asked for nothing but itself, ran nothing.
looks_right() {
	jq -e '.requests == ["/page.html"] and .asked == ["/page.html"] and
		([.[] | objects | .wide <= .window and .worst.ratio >= 4.5 and
			.scripts == 0 and .quiet and .tall > 300] |
			length == 5 and all)' seen.json ||
		{ jq . seen.json >&2; return 1; }
}

# At least COUNT pixels of a picture have COLOUR.
has_colour() {
	local found

	found=$(convert "seen/$1.png" -fill black +opaque "$2" -fill white \
		-opaque "$2" -format '%[fx:mean*w*h]' info:)
	[ "${found%.*}" -ge "$3" ] || {
		echo "$1 has $found pixels of $2" >&2
		return 1
	}
}

# Six sessions of "sh", each of other work, and two denials of three.
train() {
	local work

	for work in 'true' 'echo a >a' 'ls' 'mkdir b' 'rm a; cat /dev/null' 'ls'
	do
		"$JAIL" learn --quiet --name sh -- sh -c "$work"
	done
	"$JAIL" drop --quiet sh mkdir
	"$JAIL" add --quiet sh mseal
	for _ in 1 2; do
		run_jail enforce --profile=none --name sh --deny=errno -- \
			sh -c 'mkdir c'
	done
	run_jail enforce --profile=none --name sh -- sh -c 'mkdir d'
	stderr_has "killed at mkdir"
}

@test "the numbers are those of show --json" {
	train
	page_of sh
	"$JAIL" show --json sh >shown.json
	[ "$(texts ".//dd[@id='listed']")" = "$(jq '.calls | length' shown.json)" ]
	[ "$(texts ".//dd[@id='sessions']")" -eq 6 ]
	[ "$(texts ".//dd[@id='denied']")" = \
		"$(jq '[.denials[].count] | add' shown.json)" ]
	[ "$(texts ".//dd[@id='missing']")" = \
		"≥ $(jq '.estimate.missing | floor' shown.json)" ]
	texts ".//p[@class='words']" | grep -qF "$(jq -r .estimate.text shown.json)."
	texts ".//table[@id='calls-table']/tbody/tr/th" | sort >names
	jq -r '.calls[].name' shown.json | cat - <(echo mkdir) | sort |
		diff names -
	texts ".//table[@id='calls-table']/tbody/tr/td[2]" | grep -c . |
		grep -qx "$(wc -l <names)"
	paste -d' ' <(texts ".//table[@id='calls-table']/tbody/tr/th") \
		<(texts ".//table[@id='calls-table']/tbody/tr/td[2]") |
		grep -vE '–$' | sort >counts
	jq -r '.calls[] | select(.calls > 0) |
		"\(.name) \(.calls)\(if .partial then "+" else "" end)"' \
		shown.json | sort | diff counts -
	paste -d' ' <(texts ".//table[@id='executables-table']/tbody/tr/th") \
		<(texts ".//table[@id='executables-table']/tbody/tr/td[1]") |
		sort >executables
	jq -r '.executables[] | "\(.path) \(.calls | length)"' shown.json |
		sort | diff executables -
	paste -d' ' <(texts ".//table[@id='denials-table']/tbody/tr/th") \
		<(texts ".//table[@id='denials-table']/tbody/tr/td[1]") \
		<(texts ".//table[@id='denials-table']/tbody/tr/td[2]") |
		sort >denials
	printf 'mkdir 1 killed\nmkdir 2 EPERM\n' | diff denials -
	[ "$(texts ".//figure[@id='denials-over-time']//path/title" |
		awk '{ sum += $1 } END { print sum }')" -eq 3 ]
	[ "$(texts ".//figure[@id='risk']//text[@class='x']" |
		awk '{ sum += $1 } END { print sum }')" -eq \
		"$(jq '.calls | length' shown.json)" ]
	grep -qF 'off the list</strong>: dropped' page.html
}

@test "the map: a row a call, a cell a session, what passed unseen is told apart" {
	"$JAIL" learn --quiet --full --name tool -- sh -c :
	"$JAIL" learn --quiet --full --name tool -- sh -c 'mkdir a'
	"$JAIL" learn --quiet --full --name tool -- sh -c :
	page_of tool
	[ "$(texts ".//section[@id='map']//ol[@class='names']/li" | grep -cx mkdir)" -eq 1 ]
	texts ".//section[@id='map']/h3" | grep -q 'in one session alone'
	texts ".//section[@id='map']/h3" | grep -q 'in every session'
	texts ".//section[@id='map']//title" |
		grep -qx 'mkdir: seen in 1 of 3 sessions that looked for it'
	! grep -q 'path class="l1"' page.html || false
	[ "$(texts ".//figure[@id='growth']//circle/title" | wc -l)" -eq 3 ]
	for _ in 1 2 3; do
		"$JAIL" learn --quiet --name tool -- sh -c :
	done
	page_of tool
	grep -q 'path class="l1"' page.html
	[ "$(texts ".//table[@id='sessions-table']/tbody/tr/td[1]" | tail -1)" -eq 6 ]
}

@test "names that a program has chosen are text, and no more" {
	local name="<img src=x onerror=ran=1>&\"'<script>" path long

	printf -v long '%0200d' 0
	path=$'x"><img src=x onerror=ran=1>\a\xff\xef\xbf\xbe</bdi></table>'
	path+=/$long/$long/$long/'<'
	mkdir -p "$path"
	cp /bin/sh "$path/style>&sh"
	"$JAIL" learn --quiet --name "$name" -- \
		"$path/style>&sh" -c ':'
	run_jail enforce --profile=none --name "$name" --deny=errno -- \
		"$path/style>&sh" -c 'cd /'
	page_of "$name"
	[ "$(texts ".//h1")" = "$name" ]
	texts ".//table[@id='executables-table']/tbody/tr/th" |
		grep -qF '…'
	texts ".//table[@id='executables-table']/tbody/tr/th" |
		grep -qF '</style>&sh'
	texts ".//table[@id='denials-table']/tbody/tr/th" | grep -qx chdir
	texts ".//table[@id='denials-table']/tbody/tr/td[5]" |
		grep -qxF "$(hostname)"
	texts ".//table[@id='denials-table']/tbody/tr/td[6]" |
		grep -qF '</style>&sh'
	! grep -q '<img\|<script\|<x' page.html || false
	open_page
	looks_right
	[ "$(jq -r '."desk-light".title' seen.json)" = "$name: system calls" ]
}

@test "it is right on a desk, a phone and paper, light and dark, and loads nothing" {
	train
	page_of sh
	open_page
	looks_right
	for look in desk-light phone-light paper; do
		has_colour $look '#1f6feb' 300
	done
	for look in desk-dark phone-dark; do
		has_colour $look '#58a6ff' 300
	done
	jq -e '(."desk-dark".background == "rgb(16, 21, 28)") and
		(.paper.background == "rgb(255, 255, 255)")' seen.json
}

@test "without sessions: what was added, imported or refused alone" {
	make_tool
	page_of tool
	[ "$(texts ".//dd[@id='sessions']")" = 0 ]
	[ "$(texts ".//dd[@id='listed']")" = 4 ]
	[ "$(texts ".//dd[@id='missing']")" = '?' ]
	texts ".//p[@class='words']" | grep -q 'never seen to run'
	texts ".//table[@id='calls-table']/tbody/tr/th" | sort |
		diff - <(printf '999\ni386:time\nread\nwrite\n')
	[ "$(texts ".//section[@id='map']")" = "" ]

	"$JAIL" learn --quiet --name there -- true
	"$JAIL" export there >there.profile
	"$JAIL" forget --quiet there
	"$JAIL" import --quiet there.profile
	page_of there
	texts ".//p[@class='words']" | grep -q 'never seen to run'
	texts ".//dl/div/dd[@class='note']" | grep -q 'not known what'
	texts ".//table[@id='calls-table']/tbody/tr/td" | grep -q '^imported'

	run_jail enforce --profile=none --name denied -- true
	if "$JAIL" list --json | jq -se 'any(.program == "denied")'; then
		page_of denied
		[ "$(texts ".//dd[@id='listed']")" = 0 ]
	fi
}

@test "hosts: what the sessions of each saw, and what they alone did" {
	"$JAIL" learn --quiet --name sh -- sh -c :
	"$JAIL" export --format=json sh | sed 's/"host":"[^"]*"/"host":"alpha"/' \
		>alpha.json
	"$JAIL" forget --quiet sh
	"$JAIL" learn --quiet --name sh -- sh -c 'cd /'
	"$JAIL" export --format=json sh |
		sed 's/"host":"[^"]*"/"host":"<b>beta"/' >beta.json
	"$JAIL" forget --quiet sh
	"$JAIL" import --quiet alpha.json
	cat >>beta.json <<-END
		{"fact":"decision","program":"sh","arch":"x86_64","number":80,"name":"chdir","decision":"stub","evidence":"minimized","answer":"ENOSYS","who":"<u>ann","time":"2026-11-22T13:56:19.000000Z"}
	END
	"$JAIL" import --quiet beta.json
	page_of sh
	texts ".//table[@id='calls-table']/tbody/tr/td[4]" |
		grep -qx 'off the list: stub, answered ENOSYS'
	paste -d' ' <(texts ".//table[@id='hosts-table']/tbody/tr/td[1]") \
		<(texts ".//table[@id='hosts-table']/tbody/tr/td[2]") \
		<(texts ".//table[@id='hosts-table']/tbody/tr/td[7]") |
		diff - <(printf '<b>beta 1 chdir\nalpha 1 \n')
}

# Facts of 600 sessions and 460 calls, each session by another host.
many_facts() {
	/usr/bin/python3 - <<'END'
import json
call = 0
def fact(kind, **keys):
    print(json.dumps({"fact": kind, "program": "many", **keys}))
fact("profile", format=1)
for s in range(600):
    uid = "%08x" % s
    when = "2026-01-%02dT%02d:00:00.000000Z" % (1 + s // 24, s % 24)
    fact("session", session=uid, host="<i>%d" % s, kernel="6.1", libc="\u202e",
         jail="0.1", started=when, ended=when, status=0, workload="0x%x" % s,
         known=0, sandbox=True, full=True)
    for n in [0] + [1 + (s * 3 + i) % 459 for i in range(30)]:
        fact("call", session=uid, calls=10 ** (n % 3), errors=0, returns=1,
             partial=True, first_seen=when, last_seen=when,
             **({"arch": "x86_64", "number": n, "name": str(n)} if n < 335 else
                {"arch": "i386", "number": n - 335, "name": str(n - 335)}))
END
}

@test "much is cut, the page says where, and stays small" {
	many_facts >many.json
	"$JAIL" import --quiet many.json
	page_of many
	[ "$(stat -c %s page.html)" -lt 1000000 ]
	[ "$(texts ".//dd[@id='sessions']")" = 600 ]
	[ "$(texts ".//dd[@id='listed']")" = 460 ]
	[ "$(texts ".//section[@id='map']//ol[@class='names']/li" | wc -l)" -eq 400 ]
	grep -q 'There are 600 sessions: a column stands for 5 of them' page.html
	grep -q ' 60 calls more, seen the least often, are left out' page.html
	[ "$(texts ".//table[@id='calls-table']/tbody/tr/th" | wc -l)" -eq 400 ]
	grep -q '>60 calls more, with the least risk, are left out' page.html
	[ "$(texts ".//table[@id='sessions-table']/tbody/tr/td[1]" | head -1)" \
		-eq 101 ]
	grep -q '>The 100 before them are left out' page.html
	[ "$(texts ".//table[@id='hosts-table']/tbody/tr/td[1]" | head -1)" = \
		'<i>0' ]
	grep -q '>550 hosts more are left out' page.html
	[ "$(texts ".//figure[@id='growth']//circle" | wc -l)" -eq 0 ]
	[ "$(texts ".//table[@id='sessions-table']/tbody/tr/td[6]" | sort -u)" = '?' ]
}

@test "many executables: those with the most calls, and what is left out" {
	mkdir bin
	cp /bin/true bin/true
	for i in $(seq 110); do ln bin/true "bin/$i"; done
	"$JAIL" learn --quiet --name sh -- sh -c 'for i in bin/*; do $i; done'
	page_of sh
	[ "$(texts ".//table[@id='executables-table']/tbody/tr/th" | wc -l)" -eq 100 ]
	texts ".//table[@id='executables-table']/tbody/tr/th" | head -1 |
		grep -qE '/(da)?sh$'
	grep -q '>12 executables more, with the fewest calls, are left out' page.html
}

@test "a terminal is no place for it; what there is no page about is said" {
	"$JAIL" add --quiet tool read
	on_terminal "exit 2" end -- "$JAIL" report tool
	shows "> report.html"
	run_jail report toool
	status_is 1
	one_sentence
	stderr_has "did you mean 'tool'"
	stdout_is ""
	run_jail report
	status_is 2
	# shellcheck disable=SC2016 # the shell's own
	run_split sh -c '"$JAIL" report tool >/dev/full'
	status_is 1
	one_sentence
}
