# SPDX-License-Identifier: MIT
# policy: which profile a program runs under, what the command line adds to it,
# and jail enforce --check, which prints the plan and runs nothing.

load helper

more_setup() {
	mkdir -p home/.config/jail
	printf '#!/bin/sh\necho ran >%s/ran\n' "$PWD" >prog
	chmod +x prog
}

# A profile in the user's folder.
profile() {
	cat >"$HOME/.config/jail/$1.profile"
}

check_plan() {
	run_jail enforce --check "$@"
}

# "profile" and what follows, as --check shows it.
fact_is() {
	grep -qE "^$1 +$2" <<<"$stdout" || unexpected "expected: $1 $2"
}

not_run() {
	[ ! -e ran ] || unexpected "the program ran"
}

@test "the profile by the program's name, else the default" {
	check_plan ./prog
	status_is 0
	if [ "$EUID" -eq 0 ]; then
		fact_is profile "\(shipped\)/server.profile"
	else
		fact_is profile "\(shipped\)/default.profile"
	fi
	echo "ignore nothing" | profile prog
	check_plan ./prog
	fact_is profile "$HOME/.config/jail/prog.profile"
	check_plan --name other ./prog
	fact_is profile "\(shipped\)/(server|default).profile"
	mkdir -p elsewhere/jail
	echo "nonewprivs" >elsewhere/jail/prog.profile
	XDG_CONFIG_HOME=$PWD/elsewhere check_plan ./prog
	fact_is profile "$PWD/elsewhere/jail/prog.profile"
	not_run
}

@test "shipped profiles are found by name, and Firejail's where they are" {
	ln -s /bin/true redis-server
	check_plan ./redis-server
	fact_is profile "\(shipped\)/redis-server.profile"
	[ -e /etc/firejail/vlc.profile ] || skip "no profiles of Firejail"
	ln -s /bin/true vlc
	check_plan ./vlc
	status_is 0
	fact_is profile /etc/firejail/vlc.profile
}

@test "never a profile of the current folder that nobody named" {
	echo "blacklist $PWD/prog" >prog.profile
	cp prog.profile default.profile
	cp prog.profile server.profile
	cp prog.profile default.local
	check_plan ./prog
	fact_is profile "\(shipped\)/"
	stdout_lacks "$PWD/prog  (blacklist)"
}

@test "--profile: a file, a name, or none" {
	echo "seccomp" | profile mine
	check_plan --profile=mine ./prog
	fact_is profile "$HOME/.config/jail/mine.profile"
	check_plan --profile=nginx ./prog
	fact_is profile "\(shipped\)/nginx.profile"
	echo "seccomp" >nginx.profile
	check_plan --profile=nginx.profile ./prog
	fact_is profile "nginx.profile"
	check_plan --profile=./nginx.profile ./prog
	fact_is profile "./nginx.profile"
	check_plan --profile=none --seccomp.keep=read ./prog
	fact_is profile none
	stdout_lacks namespaces
	check_plan --profile=nothing ./prog
	status_is 125
	one_sentence
	stderr_has "there is no profile 'nothing'"
	not_run
}

@test "every shipped profile is understood and can be planned" {
	for file in "$BATS_TEST_DIRNAME"/../../profiles/shipped/*.profile; do
		name=${file##*/}
		check_plan "--profile=${name%.profile}" true
		status_is 0
		[ -z "$stderr" ] || unexpected "expected nothing on stderr"
		stdout_has "namespaces"
	done
}

@test "--check without a list says so; running is refused" {
	check_plan ./prog
	status_is 0
	fact_is whitelist "none yet: no whitelist for \"prog\"; learn one with"
	run_jail enforce ./prog
	status_is 125
	one_sentence
	not_run
}

@test "--check prints each part of the plan, and runs nothing" {
	check_plan --seccomp.keep=read,write --private --hostname=box \
		--caps.keep=chown --rlimit-nofile=64 --rmenv=SECRET ./prog
	status_is 0
	fact_is program prog
	fact_is whitelist "2 calls of --seccomp.keep"
	for heading in namespaces files limits environment capabilities \
			filter; do
		grep -qx "$heading" <<<"$stdout" || unexpected "$heading"
	done
	stdout_has "uts: the machine's name is box"
	stdout_has "kept: chown"
	stdout_has "rlimit-nofile 64"
	stdout_has "unset SECRET"
	stdout_has "$HOME"
	check_plan --json --seccomp.keep=read ./prog
	jq -e '.program == "prog" and (.files | length > 10) and
		(.namespaces | any(startswith("pid:")))' <<<"$stdout"
	not_run
}

@test "--check: what would not start is 125 and the sentence" {
	check_plan --seccomp.keep=read --chroot=/no/such/tree ./prog
	status_is 125
	one_sentence
	stderr_has /no/such/tree
	echo "blaklist /x" >bad.profile
	check_plan --profile=./bad.profile ./prog
	status_is 125
	one_sentence
	stderr_has "bad.profile:1"
	stderr_has blacklist
}

@test "the list: learned, of another program, the profile's own, none" {
	run_jail learn -q --profile=none --name base ./prog
	rm ran
	echo "seccomp.learned base" | profile prog
	check_plan ./prog
	fact_is whitelist "[0-9]+ calls of \"base\" in the store"
	echo "seccomp.keep read" | profile prog
	check_plan ./prog
	fact_is whitelist "1 call of $HOME/.config/jail/prog.profile"
	echo "seccomp.learned" | profile mine
	check_plan --profile=mine ./prog
	fact_is whitelist "none yet"
	echo "private" | profile mine
	run_jail enforce --profile=mine ./prog
	status_is 125
	stderr_has "refuses no calls; learn a list with: jail learn"
	not_run
}

@test "a profile that was named may refuse calls by itself; it is said once" {
	echo "seccomp" | profile mine
	run_jail enforce --profile=mine ./prog
	status_is 0
	one_sentence
	stderr_has 'no list of calls for "prog"'
	[ -e ran ]
	run_jail enforce --quiet --profile=mine ./prog
	status_is 0
	[ -z "$stderr" ]
}

@test "options: those about later lines come first, the others last" {
	mkdir -p secret
	echo "blacklist $PWD/secret" | profile prog
	check_plan ./prog
	stdout_has "$PWD/secret"
	check_plan "--noblacklist=$PWD/secret" ./prog
	stdout_lacks "mask    $PWD/secret"
	check_plan --ignore=blacklist ./prog
	stdout_lacks "mask    $PWD/secret"
	echo "caps.drop all" | profile prog
	check_plan --caps.keep=chown ./prog
	stdout_has "kept: chown"
}

@test "--profile=none has no sandbox that a directive could change" {
	run_jail enforce --profile=none --private --seccomp.keep=read ./prog
	status_is 125
	one_sentence
	stderr_has "--profile=none builds no sandbox"
	stderr_has "--private"
	not_run
}

@test "what is not carried out is said in a line each, and not with --quiet" {
	printf 'apparmor\ntracelog\nseccomp\n' |
		profile mine
	run_jail enforce --profile=mine ./prog
	status_is 0
	stderr_has "mine.profile: apparmor, tracelog: not carried out"
	run_jail enforce -q --profile=mine ./prog
	status_is 0
	[ -z "$stderr" ]
}

@test "an argument in brackets may be left out" {
	check_plan --private ./prog
	status_is 0
	mkdir other
	check_plan "--private=$PWD/other" ./prog
	status_is 0
	stdout_has "$PWD/other"
	check_plan --blacklist
	status_is 125
	stderr_has "--blacklist needs an argument: PATH"
}

@test "root obeys no profiles that another user may write" {
	[ "$EUID" -eq 0 ] || skip "this is about root"
	chown 65534 home/.config/jail
	run_jail enforce --seccomp.keep=read ./prog
	status_is 125
	one_sentence
	stderr_has "belong to the user 65534"
	not_run
}

@test "jail's own folders and the store are masked in every plan" {
	check_plan --seccomp.keep=read ./prog
	stdout_has "$HOME/.config/jail"
	stdout_has "$JAIL_DB"
}

@test "--debug tells the steps as they happen, --check's and no others" {
	run_jail enforce --debug --profile=login-shell true
	status_is 0
	stderr_has "/dev/null"
	stderr_has "/proc"
	grep -v '^jail: ' <<<"$stderr" && unexpected "not from jail"
	true
}

@test "a program that its profile hides: the directive that shows it" {
	run_jail enforce --seccomp.keep=@default "--blacklist=$PWD/prog" ./prog
	status_is 126
	one_sentence
	stderr_has "hides the program ./prog; show it with --noblacklist=$PWD/prog"
	run_jail learn "--blacklist=$PWD/prog" ./prog
	status_is 126
	stderr_has "show it with --noblacklist=$PWD/prog"
	run_jail enforce --seccomp.keep=@default --tmpfs=/usr ls
	status_is 126
	stderr_has "is not there in the sandbox"
	not_run
}

@test "a network or a display that cannot be had starts nothing" {
	run_jail enforce --seccomp.drop=reboot --profile=login-shell \
		--net=no-such0 ./prog
	status_is 125
	one_sentence
	[[ $stderr == *"bridge or network card 'no-such0'"* ||
		$stderr == *"net no-such0 takes root's rights"* ]]
	run_jail learn --x11=xorg ./prog
	status_is 125
	one_sentence
	stderr_has "--x11=none"
	not_run
	check_plan --net=no-such0 ./prog
	status_is 0
	stdout_has "network: eth0 on no-such0, with an address that nobody has"
	run_jail enforce --profile=login-shell --net=none \
		--x11=xorg --ignore=x11 ./prog
	status_is 0
	[ -e ran ]
}

# NAME ARGUMENT, or NAME alone: the example of each directive that is an option.
examples() {
	"$JAIL" __rows names enforce | sed 's/^--//' >options
	awk '/^\.It Cm / { name = $3; bare = !/ Ar / || / Op Ar /
			if (bare) print name }
		/^\.Dl / { sub(/^\.Dl /, ""); gsub(/\\e/, "\\"); print }' \
		"$BUILD/man/jail.profile.5" |
		sed '/^\$/d' | awk 'NR == FNR { option[$1] = 1; next }
			$1 in option' options -
}

@test "the example of every directive that is an option can be planned" {
	local directive argument about count=0

	mkdir "$HOME/other"
	while read -r directive argument; do
		# There is no tree; and this option is another one.
		case $directive in
		chroot | keep-fd) continue ;;
		defaultgw | ip | ip6 | iprange | mac | mtu | netmask | \
			veth-name) about=--net=br0 ;;
		net.user.forward) about=--net=user ;;
		*) about=--quiet ;;
		esac
		[ -z "$argument" ] || directive="$directive=$argument"
		count=$((count + 1))
		check_plan --profile=login-shell "$about" "--$directive" sh
		[ "$status" -eq 0 ] || unexpected "--$directive"
	done < <(examples)
	[ "$count" -gt 80 ] || unexpected "only $count examples"
}
