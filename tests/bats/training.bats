# SPDX-License-Identifier: MIT
# training: `jail learn` runs the program in the sandbox that `jail enforce`
# builds, and says at the end what that refused, and what enforcing will.

load helper

USER_ID=64326
NAP=4711$$	# seconds that nobody else sleeps

more_setup() {
	as=()
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
}

# From here on as an ordinary user, with a home and a jail of his own.
as_user() {
	as=(setpriv "--reuid=$USER_ID" "--regid=$USER_ID" --clear-groups)
	cp "$JAIL" jail
	chmod 755 jail
	JAIL=$PWD/jail
	export JAIL_DB=$HOME/store/jail.db
	chown -R "$USER_ID:$USER_ID" .
}

# Learns SCRIPT as "t".
train() {
	run_split "${as[@]}" timeout 60 "$JAIL" learn --name t "${@:2}" -- \
		sh -c "$1"
}

@test "the program is in the sandbox: its numbers, its tree, its privileges" {
	train 'echo $$; kill -0 2; touch /etc/jail-was-here; grep CapEff \
		/proc/self/status'
	stdout_has "2"
	stdout_has "CapEff:	0000000000000000"
	[ ! -e /etc/jail-was-here ]
	[ "$("$JAIL" show --json t | jq '.sessions[0].sandbox')" != false ]
	train 'echo $$' --no-sandbox
	[ "$stdout" -gt 2 ]
	train 'echo $$' --profile=none
	[ "$stdout" -gt 2 ]
}

@test "an ordinary user trains in the sandbox, too" {
	as_user
	mkdir home/.ssh home/own
	: >home/.ssh/id
	chown -R "$USER_ID:$USER_ID" home
	train 'echo $$; id -u; cat ~/.ssh/id; touch ~/own/x /usr/no' \
		"--read-only=$HOME/own"
	stdout_is "2
$USER_ID"
	stderr_has "refused by the sandbox: read $HOME/.ssh/id: allow it with --noblacklist=$HOME/.ssh"
	stderr_has "write $HOME/own/x: allow it with --read-write=$HOME/own"
	stderr_lacks "/usr/no:"	# that is refused to him anyway
}

@test "descendants that outlive the program are learned; then nothing is left" {
	train '(sleep 0.3; umask 077) & exit 3'
	status_is 3
	list_of t | grep -q '^x86_64 umask 95$'
	run_split timeout 60 "$JAIL" learn -q --name t --time=0.5s -- sh -c \
		"trap '' TERM; sleep $NAP & kill -9 \$\$"
	status_is 137
	[ -z "$(pgrep -f "^sleep $NAP\$")" ]
}

@test "jail killed: the sandbox goes with it" {
	"$JAIL" learn -q --name t -- sh -c ": >begun; sleep $NAP" 3>&- &
	await [ -e begun ]
	kill -KILL $!
	wait $! || true
	await eval '! pgrep -f "^sleep $NAP\$"'
}

@test "files: each with the directive that allows it" {
	local what="$HOME/a b"
	mkdir "$HOME/.ssh" "$what"
	: >"$HOME/.ssh/id"
	train "cat '$HOME/.ssh/id'; cat '$HOME/.ssh/id'; touch /etc/none;
		true >>/etc/default/useradd; mkdir /usr/none; cat /none;
		touch '$what/x'; ls /boot" \
		--full "--read-only=$what"
	status_is 2
	stderr_has "refused by the sandbox: read $HOME/.ssh/id: allow it with --noblacklist=$HOME/.ssh"
	stderr_has "write /etc/none: allow it with --writable-etc"
	stderr_has "write /etc/default/useradd: allow it with --read-write=/etc/default"
	stderr_has "write /usr/none: allow it with --read-write=/usr"
	stderr_has "write $what/x: allow it with --read-write='$what'"
	[ "$(grep -c 'refused by the sandbox' <<<"$stderr")" -eq 5 ]
	stderr_lacks "/none: allow it with --noblack"
	# The advice is good, and there is none without need.
	train "cat '$HOME/.ssh/id'; touch '$what/x'" --full "--read-only=$what" \
		"--read-write=$what" "--noblacklist=$HOME/.ssh"
	stderr_lacks "refused by the sandbox"
}

@test "files: of a socket it is said who is behind it" {
	local connect="import socket; socket.socket(1).connect('$HOME/talk')"

	/usr/bin/python3 -c "import socket; socket.socket(1).bind('$HOME/talk')"
	train "/usr/bin/python3 -c \"$connect\"" --full "--blacklist=$HOME/talk"
	stderr_has "connect to $HOME/talk: allow it with --noblacklist=$HOME/talk; who answers there works outside of the sandbox"
}

@test "files: what was not looked at is not told" {
	for _ in 1 2 3; do
		train 'true >/etc/none'
		stderr_has "refused by the sandbox: write /etc/none"
	done
	train 'true >/etc/none'
	stderr_lacks "refused by the sandbox"
	train 'true >/etc/none' --full
	stderr_has "refused by the sandbox: write /etc/none"
}

@test "files: many, and hostile names" {
	train 'i=0; while [ $i -lt 400 ]; do true >/etc/no$i; true >/opt/no$i;
		i=$((i+1)); done; true >"/srv/a
b$(printf "\033")c"' --full
	[ "$(grep -c 'refused by the sandbox' <<<"$stderr")" -le 12 ]
	[ -z "$(sed -n $'/^refused by.*\033/p' <<<"$stderr")" ]
	train 'true >"/srv/a
b"' --full --json
	jq -e '.refused_files | length == 1' <<<"$stdout"
}

@test "a dangerous call is told with its cost, and how to get it" {
	train 'unshare -U true; true'
	stderr_has "dangerous, and refused although it was learned: unshare: "
	stderr_has "--seccomp.allow-dangerous=unshare"
	train 'true'	# it is on the list, and still refused
	stderr_has "allow-dangerous=unshare"
	train 'true' --seccomp.allow-dangerous=unshare
	stderr_lacks "dangerous, and"
	train 'true' --json
	jq -e '.refused_calls[] | select(.name == "unshare") | .dangerous !=
		null' <<<"$stdout"
}

@test "harmless uses of calls that can be dangerous are not told" {
	train 'ls | cat; (exit 0) & wait; stty -a </dev/tty; true'
	list_of t | grep -qE ' (clone|ioctl|vfork) '
	stderr_lacks "dangerous"
}

@test "what the profile itself refuses of that which was learned" {
	train 'ls; mkdir d' --seccomp.drop=mkdir
	[ -d d ]	# not while it is learned
	stderr_has "the profile refuses what was learned: mkdir"
	train 'true'
	stderr_lacks "the profile refuses"
}

@test "capabilities: what is kept in vain beside another one is told" {
	local bind='import socket; socket.socket().bind(("127.0.0.1", 81))'

	[ "$EUID" -eq 0 ] || skip "only root keeps capabilities that reach"
	tells_caps ||
		skip "this kernel does not say which capabilities it asks for"
	train "/usr/bin/python3 -c '$bind'" --full \
		--caps.keep=dac_read_search,net_bind_service
	stderr_has "net_bind_service, though they are kept: beside dac_read_search they count for the sandbox alone; leave that out, and keep dac_override for dac_read_search"
	train "/usr/bin/python3 -c '$bind'" --full \
		--caps.keep=dac_override,net_bind_service
	status_is 0
	stderr_lacks "for want of"
}

@test "capabilities: a remedy for files takes nothing from what is kept" {
	[ "$EUID" -eq 0 ] || skip "only root keeps capabilities that reach"
	tells_caps ||
		skip "this kernel does not say which capabilities it asks for"
	mkdir -m 700 closed
	echo data >closed/file
	cp closed/file roots
	chmod 600 roots
	chown -R nobody closed
	train 'cat closed/file' --full
	stderr_has "the capabilities dac_read_search: allow"
	# Beside it the port would be the sandbox's alone.
	train 'cat closed/file' --full --caps.keep=net_bind_service
	stderr_has "--caps.keep=dac_override,net_bind_service"
	train 'cat closed/file && chown root closed/file' --full \
		--caps.keep=dac_override
	stderr_has "the capabilities chown: allow"
	# Who has left root lacks nothing that could be kept for root.
	train 'setpriv --reuid=nobody cat roots' --full --caps.keep=setuid
	stderr_has "roots: Permission denied"
	stderr_lacks "for want of"
}

@test "capabilities: those that a call failed for, not what the kernel asks" {
	printf '%s\n' 'import os, socket' 'try: os.chown(".", 5, 5)' \
		'except OSError: pass' \
		'try: socket.socket().bind(("127.0.0.1", 81))' \
		'except OSError: pass' 'os.listdir("/proc/1")' \
		'bytearray(1 << 28)' >lacks.py
	train 'exec /usr/bin/python3 lacks.py'
	if ! tells_caps; then
		stderr_lacks "for want of"
		skip "this kernel does not say which capabilities it asks for"
	fi
	stderr_has "calls failed for want of the capabilities chown,net_bind_service: allow them with --caps.keep=chown,net_bind_service"
	train 'exec /usr/bin/python3 lacks.py' --full --caps.keep=chown,kill
	stderr_has "the capabilities net_bind_service: allow them with --caps.keep=chown,kill,net_bind_service"
	train 'exec /usr/bin/python3 lacks.py' --full \
		--caps.keep=chown,net_bind_service --json
	jq -e '.refused_capabilities == []' <<<"$stdout"
	# Also at a file that is in the sandbox alone.
	train 'mkdir /run/its-own; chroot /run/its-own /sh' --full
	stderr_has "for want of the capabilities sys_chroot: allow"
	# Nobody is told to keep what jail has not.
	run_split setpriv --bounding-set=-net_bind_service "$JAIL" learn \
		--name t --full --caps.keep=chown -- \
		sh -c 'exec /usr/bin/python3 lacks.py'
	stderr_has "the capabilities net_bind_service, which jail does not have itself"
	stderr_lacks "caps.keep=chown,net"
	# A mask opens for no capability.
	train "cat $JAIL_DB" --full
	status_is 1
	stderr_lacks "for want of"
}

@test "directives are those of enforce; with --no-sandbox there are none" {
	train 'echo $A' --env=A=b --hostname=box
	stdout_is b
	run_jail learn --no-sandbox --private-tmp true
	status_is 125
	run_jail learn --no-sandbox --profile=none true
	status_is 125
	run_jail learn --profile=/nowhere true
	status_is 125
	one_sentence
}

@test "--repeat: each run has a sandbox of its own" {
	train 'echo $$; : >/dev/shm/mine; ls /dev/shm' --repeat=3
	stdout_is "2
mine
2
mine
2
mine"
}

@test "what enforcing answers ENOSYS is not there in training: the other way is learned" {
	cat >ring.pl <<'END'
my ($ring, $fault) = ("\0" x 120);
print syscall(425, 1, $ring) >= 0 ? "ring" : int($!), " ";
$fault = syscall(323, 0x80001);
print $fault >= 0 ? "fault" : int($!), "\n";
syscall(124, 0) >= 0 or die;	# getsid, the other way
END
	[ "$(perl ring.pl)" = "ring fault" ] ||
		skip "there is no io_uring or userfaultfd here"
	train 'perl ring.pl'
	stdout_is "38 38"
	stderr_has "dangerous, and refused although it was learned: io_uring_setup"
	train 'perl ring.pl'	# most of it passes unseen
	stdout_is "38 38"
	train 'perl ring.pl' --full
	stdout_is "38 38"
	train 'perl ring.pl' --profile=none
	stdout_is "38 38"
	[ "$("$JAIL" show --json t | jq -c '.calls[] |
		select(.name == "io_uring_setup") | [.calls, .errors]')" \
		= "[4,4]" ]
	run_split timeout 60 "$JAIL" enforce --quiet --name t -- \
		sh -c 'perl ring.pl'
	status_is 0
	stdout_is "38 38"
	train 'perl ring.pl' --seccomp.allow-dangerous=userfaultfd
	stdout_is "38 fault"
	train 'perl ring.pl' \
		--seccomp.allow-dangerous=io_uring_setup,userfaultfd
	stdout_is "ring fault"
	train 'perl ring.pl' --no-sandbox
	stdout_is "ring fault"
}
