# SPDX-License-Identifier: MIT
# complete: what show and learn say of calls that are still unseen, what they
# suggest, and how far that holds against all sessions of a program.

load helper

# Sessions of "t", whose calls follow from the script.
train() {
	local script

	for script; do
		"$JAIL" learn --quiet --no-sandbox --name t -- sh -c "$script"
	done
}

sessions_are() {
	"$JAIL" show --json t | jq -e ".estimate.history | length == $1"
}

@test "too few sessions: no estimate, and how many more it takes" {
	run_jail learn --name t -- true
	stderr_has "1 session: "
	stderr_has "run 2 more, with different work"
	run_jail show t
	stdout_has "run 2 more, with different work"
	stdout_lacks "known after each session"
	run_jail show --json t
	jq -e '.estimate | .sessions == 1 and .high == null and
		(.history | length) == 1' <<<"$stdout"
}

@test "three sessions: at least, and perhaps" {
	train : 'mkdir k'
	run_jail learn --no-sandbox --name t -- sh -c 'umask 7; cd /; ulimit -n'
	grep -Eq '^3 sessions: at least [0-9]+ calls, perhaps [0-9]+-[0-9]+$' \
		<<<"$stderr" || unexpected "no estimate"
	run_jail show t
	stdout_has "calls known after each session:"
}

@test "five sessions: chances; alike, and that is said" {
	train : : : : :
	run_jail show t
	stdout=$(tr -s ' \n' ' ' <<<"$stdout")	# lines are folded
	stdout_has "calls, no new one in the last 4 sessions; chance of one in the next below 53 %"
	stdout_has "only 1 of the 5 sessions had different command lines"
	stdout_lacks "complete"
	run_jail show --json t
	jq -e '.estimate | .workloads == 1 and .quiet == 4 and
		.observed == .history[0].new and .coverage == 1' <<<"$stdout"
}

@test "five different sessions: how many more, and how likely" {
	train 'mkdir k' 'cd /' 'umask 7' 'kill -0 $$' 'true & wait'
	run_jail show --json t
	jq -e '.estimate | .workloads == 5 and .once > 1 and
		.low <= .observed + .missing and .high > .observed + .missing
		and (.text | test("^5 sessions: \\d+ calls, at least \\d+ and up to \\d+ more; the next session (shows a new one in up to \\d+ % of cases|may well show a new one)$"))' \
		<<<"$stdout"
}

@test "the curve: in ASCII where the locale is, as many lines as it needs" {
	train : 'umask 7' :
	run_jail show t
	stdout_has "●"
	[ "$(grep -c '┤' <<<"$stdout")" -eq 2 ]
	LC_ALL=C run_jail show t
	[ "$(grep -c '^ *[0-9]* |' <<<"$stdout")" -eq 2 ]
	[[ $stdout != *[^[:print:][:space:]]* ]]
}

@test "the curve of many sessions is no wider than a terminal" {
	for _ in 1 2 3; do
		"$JAIL" learn --quiet --no-sandbox --name t --repeat=40 -- true
	done
	LC_ALL=C run_jail show t
	stdout_has "120 sessions"
	[ "$(sed '1,/known after/d' <<<"$stdout" | wc -L)" -le 80 ]
}

@test "a session that was killed by jail does not count, and that is said" {
	train : : :
	"$JAIL" learn --quiet --no-sandbox --name t -- sh -c 'umask 7
		read x' <> <(:) 3>&- &
	await sessions_are 4
	kill -9 $!
	wait $! || true
	run_jail show t
	stdout_has "3 sessions: "
	stdout_has "1 more session was cut short and does not count"
}

@test "learn --suggest: reasons and commands, which work; nothing is added" {
	run_jail learn --suggest --no-sandbox --name t -- true
	status_is 0
	stderr_has "what it may need, and was not seen to call"
	stderr_has "used by 79 of 116 programs (68 %)"
	stderr_has "jail add t fcntl"
	list_of t | grep -q ' fcntl ' && false
	"$JAIL" show --json t | jq -e '.suggestions[] |
		select(.name == "fcntl") | .kind == "popular" and .used == 79'
	command=$(grep -A1 '^all of these' <<<"$stderr" | tail -1)
	[[ $command == "  jail add t "* ]]
	"$JAIL" ${command#  jail }
	list_of t | grep -q ' fcntl '
	"$JAIL" drop t fcntl
	"$JAIL" show --json t | jq -e '.suggestions | all(.name != "fcntl")'
}

@test "learn --json has both" {
	run_jail learn --json --quiet --no-sandbox --name t -- true
	jq -e '.estimate.sessions == 1 and (.suggestions | length > 10)' \
		<<<"$stdout"
}

@test "imported calls: nothing is estimated of them" {
	"$JAIL" learn --quiet --no-sandbox --name t -- true
	"$JAIL" export t | JAIL_DB=other.db "$JAIL" import -
	JAIL_DB=other.db run_jail show t
	status_is 0
	stdout_lacks "at least"
	stdout_lacks "session:"
	JAIL_DB=other.db run_jail show --json t
	jq -e '.estimate.sessions == 0 and .estimate.missing == null' \
		<<<"$stdout"
}

@test "review: what the sessions say of a call that was refused" {
	train : 'umask 7'
	"$JAIL" enforce --quiet --deny=log --profile=none --name t -- sh -c \
		'kill -0 $$'
	on_terminal "exit 1" "expect=[?] " send=w "expect=[?] " send=q end -- \
		"$JAIL" review t
	shows "  risk:       5 of 10: it sends signals to other processes"
	shows "  learned in: 2 sessions: something new is likely"
}

# Sessions of a program with modes: what five of them say holds for all.
@test "the estimate and the truth" {
	for mode in 'mkdir k' 'cd /' 'umask 7' 'ulimit -n' 'kill -0 $$' : : \
		'echo x >o' 'true & wait' ': | :' 'test -e o' 'exec true'; do
		"$JAIL" learn --full --json --quiet --no-sandbox --name t -- \
			sh -c "$mode" | tail -1 | jq -r '[.calls[] |
			"\(.number):\(.calls)"] | join(" ")' >>matrix
	done
	for partly in '' partly; do
		"$BUILD/tests/draws" 5 400 $partly <matrix >drawn
		[ "$(wc -l <drawn)" -eq 400 ]
		"$JAIL" show --json t | jq .estimate.observed >all
		awk -v all="$(cat all)" '$3 <= all && all <= $4 { held++ }
			$1 > all || $3 < $1 { bad++ }
			END { print held / NR; exit bad || held < NR * 0.7 }' \
			drawn
	done
}
