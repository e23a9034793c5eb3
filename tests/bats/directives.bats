# SPDX-License-Identifier: MIT
# Every directive, as its example in jail.profile(5) has it, one at a time: a
# program runs under it, as an ordinary user and as root. Those that are options
# are given as options, the others in a profile. The few that end in something
# else stand in `expected`.
#
# timeout 200

load box

box_setup() {
	[ "$EUID" -eq 0 ] || skip "two users are needed"
	mkdir "$HOME/other"
	chown "$USER_ID:$USER_ID" "$HOME/other"
}

# LINE: the statuses that it may end with where it does not just run, and an
# extended regular expression that the sentence matches.
expected() {
	case $1 in
	"chroot "*) echo 125 "chroot: there is no folder" ;;
	"netns "*) echo 125 "no network namespace|takes root's rights" ;;
	"ip "* | "ip6 "* | "iprange "* | "mac "* | "mtu "* | "netmask "* | \
		"veth-name "*) echo 125 "is about the net DEVICE" ;;
	"defaultgw "*) echo 125 "is about a net DEVICE" ;;
	"net.user.forward "*) echo 125 "is about net user" ;;
	"private-home"*) echo 125 "jail does not carry out" ;;
	"seccomp.keep"* | "seccomp.call"*) echo 159 "killed at .* to allow it, add " ;;
	"seccomp.learned "*) echo 125 "learn one with: jail learn " ;;
	# Where no control group is delegated.
	"memory-max "* | "pids-max "*) echo 0,125 "control group" ;;
	*) echo 0 . ;;
	esac
}

# NAME ARGUMENT, or NAME alone, of every directive in the manual.
lines() {
	awk '/^\.It Cm / { name = $3; known[name] = 1
			if (!/ Ar / || / Op Ar /) print name }
		/^\.Dl / { sub(/^\.Dl /, ""); gsub(/\\e/, "\\")
			if ($1 in known) print }' "$BUILD/man/jail.profile.5"
}

# LINE...: runs a program under it.
run_under() {
	local name=${1%% *} options=()

	# The options of these names are other ones.
	if grep -qx -- "--$name" options &&
		[[ $name != @(keep-fd|name|quiet) ]]; then
		options=("--${1/ /=}")
	else
		printf 'include default.profile\n%s\n' "$1" >line.profile
		options=("--profile=$PWD/line.profile")
	fi
	run_split timeout 20 "${as[@]}" "$PWD/jail" enforce "--db=$store" \
		"${options[@]}" echo ran </dev/null
}

# LINE: what came of it is what was expected.
judge() {
	local statuses sentence

	read -r statuses sentence <<<"$(expected "$1")"
	[[ ,$statuses, = *,$status,* ]] || unexpected "$1: status $status"
	if [ "$status" -ne 0 ]; then
		grep -Eq -- "$sentence" <<<"$stderr" ||
			unexpected "$1: another sentence"
		return
	fi
	[ "$stdout" = ran ] || unexpected "$1: it did not run"
	# At most a line on what is not carried out, or cannot be here.
	if grep -vE "profile: .*(not carried out|the bus is hidden)" \
		<<<"$stderr" |
		grep .; then unexpected "$1: more was said"; fi
}

# Runs all, by "${as[@]}".
run_all() {
	local line count=0

	"$JAIL" __rows names enforce >options
	"${as[@]}" "$PWD/jail" learn -q "--db=$store" echo ran
	while read -r line <&9; do
		# A sanitizer has more addresses than that.
		if [[ $line == "rlimit-as "* ]] &&
			grep -q __asan_init "$JAIL"; then
			continue
		fi
		run_under "$line"
		judge "$line"
		count=$((count + 1))
	done 9< <(lines)
	[ "$count" -gt 150 ] || unexpected "only $count examples"
}

@test "as an ordinary user" {
	mkdir store
	chown "$USER_ID" store
	store=$PWD/store/db
	as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
	run_all
}

@test "as root" {
	store=$PWD/db
	# The overlays of root are in /var/lib/jail.
	as=(unshare -m sh -c 'mount -t tmpfs tmpfs /var/lib && exec "$@"' sh)
	mkdir -p roots/other
	HOME=$PWD/roots
	run_all
}
