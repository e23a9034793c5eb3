# SPDX-License-Identifier: MIT
# What has changed since a program was learned, and the siblings that are allowed
# from then on. The program, ./tool, calls what its library, libown.so, calls.
load helper

more_setup() {
	cat >tool.c <<-'END'
		int own(void);
		int main(void) { return own(); }
	END
	library old
	cc -o tool tool.c -L. -lown -Wl,-rpath,"$PWD"
	alone=(--profile=none)
}

# library NAME [FILE]: makes the library anew; it calls what NAME says.
library() {
	cat >own.c <<-END
		#include <errno.h>
		#include <signal.h>
		#include <sys/ioctl.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static long on(long r) { return r < 0 && errno == ENOSYS ? 7 : 0; }
		static int old(void) { return on(syscall(SYS_epoll_wait, -1, 0, 0, 0))
			+ on(syscall(SYS_ioctl, -1, 0x5401, 0))
			+ on(syscall(SYS_kill, getpid(), 0)); }
		static int peer(void) { return on(syscall(SYS_epoll_pwait2, -1, 0, 0, 0)); }
		static int value(void) { return on(syscall(SYS_ioctl, -1, 0x802c542a, 0)); }
		static int hidden(void) { return on(syscall(SYS_openat2, -1, 0, 0, 0)); }
		static int offered(void) { return on(syscall(SYS_pidfd_open, -1, 0)); }
		int own(void)
		{
			(void)old, (void)peer, (void)value, (void)hidden, (void)offered;
			return $1();
		}
	END
	cc -shared -fPIC -Wl,--build-id -o new.so own.c
	mv new.so "${2:-libown.so}"
}

learn() {
	run_jail learn --no-sandbox --name tool -- ./tool
	status_is 0
}

enforce() {
	run_jail enforce "${alone[@]}" "$@" --name tool -- ./tool
}

silent() {
	[ -z "$stderr" ] || unexpected "expected nothing on stderr"
}

denials() {
	sqlite3 "$JAIL_DB" 'SELECT count(*) FROM denials'
}

@test "a library that was built anew: one line, and its siblings pass" {
	learn
	enforce
	status_is 0
	silent
	list_of tool >before
	library peer
	enforce
	status_is 0
	[[ $stderr =~ ^"jail: tool: libown.so changed since it was learned; "[0-9]+" sibling calls are allowed until you train again"$ ]] ||
		unexpected "not the line"
	enforce --quiet
	status_is 0
	silent
	[ "$(denials)" -eq 0 ]
	# Nothing of it is learned, listed or shown.
	list_of tool | cmp - before
	run_jail show tool
	stdout_lacks epoll_pwait2
	# Without siblings it is refused.
	enforce --seccomp.siblings=off
	status_is 159
	stderr_lacks changed
	stderr_has "killed at epoll_pwait2"
}

@test "trained again, it is as fresh as before" {
	learn
	library peer
	learn
	stderr_lacks changed
	enforce
	status_is 0
	silent
	run_jail stale
	status_is 0
	stdout_is ""
	# The one before is known as well.
	library old
	enforce
	silent
}

@test "a copy, a touched file and a moved one are the same" {
	learn
	cp libown.so copy
	mv copy libown.so
	enforce
	silent
	touch -d 2001-01-01 libown.so tool
	enforce
	silent
	mv libown.so away
	mv away libown.so
	enforce
	silent
}

@test "always, off and what is no word" {
	learn
	enforce --seccomp.siblings=always
	status_is 0
	silent
	library peer
	enforce --seccomp.siblings=always
	status_is 0
	stderr_has "sibling calls are allowed anyway"
	enforce --seccomp.siblings=never
	status_is 125
	stderr_has "off, stale or always"
	printf 'seccomp.learned tool\nseccomp.siblings off\n' >tool.profile
	alone=(--profile=./tool.profile)
	enforce
	status_is 159
	stderr_lacks changed
}

@test "a list of the profile's own has siblings, too, if it wants them" {
	printf 'seccomp.keep %s\n' "$(list_of_file)" >list.profile
	library peer
	alone=(--profile=./list.profile --quiet)
	enforce
	status_is 159
	echo 'seccomp.siblings always' >>list.profile
	enforce
	status_is 0
}

list_of_file() {
	learn >&2
	list_of tool | cut -d' ' -f2 | paste -sd,
}

@test "--check shows siblings apart from the list, and what has changed" {
	learn
	enforce --check
	stdout_lacks siblings
	whitelist=$(grep ^whitelist <<<"$stdout")
	library peer
	enforce --check
	status_is 0
	silent
	stdout_has "$whitelist"
	stdout_has "    libown.so"
	stdout_has "epoll_pwait2: allowed, class epoll-wait (epoll_wait is listed)"
	stdout_has "openat2: answered ENOSYS, class open2 (openat is listed)"
	stdout_has "pidfd_open: denied, for you to decide, class pidfd (kill is listed)"
	enforce --check --json
	[ "$(jq -r '.changed[0]' <<<"$stdout")" = libown.so ]
	[ "$(jq '.siblings | length' <<<"$stdout")" -gt 10 ]
}

@test "flags behind a pointer: the call is not there, and nothing is said" {
	learn
	library hidden
	enforce
	status_is 7
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || unexpected "more than the line"
	[ "$(denials)" -eq 0 ]
}

@test "what a person decides is denied, and told as a sibling" {
	learn
	library offered
	enforce
	status_is 159
	stderr_has "killed at pidfd_open"
	stderr_has "it is a sibling of kill, which was learned; to allow it: jail add tool pidfd_open"
	run_jail review
	stdout_has "a sibling of kill, which is on the whitelist"
}

@test "a profile with the directive is one for training, too" {
	printf 'seccomp.learned tool\nseccomp.siblings off\n' >tool.profile
	run_jail learn --profile=./tool.profile --name tool -- ./tool
	status_is 0
	library peer
	alone=(--profile=./tool.profile)
	enforce
	status_is 159
	stderr_lacks changed
	run_jail learn --seccomp.siblings=off --name tool -- ./tool
	status_is 125
}

@test "what was dropped stays off" {
	learn
	run_jail add tool epoll_pwait2
	run_jail drop tool epoll_pwait2
	library peer
	enforce
	status_is 159
}

@test "values of arguments have siblings" {
	learn
	library value
	enforce --seccomp.siblings=off --seccomp.args=learned
	status_is 159
	enforce --seccomp.args=learned
	status_is 0
}

@test "fork is no sibling of clones that all made threads" {
	cat >threads.py <<-'END'
		import ctypes, sys, threading
		thread = threading.Thread(target=int)
		thread.start()
		thread.join()
		if len(sys.argv) > 2: __import__("os").fork()
		print(ctypes.CDLL(None).syscall(int(sys.argv[1])) >= 0)
	END
	[ "$(uname -m)" = x86_64 ] || skip "fork is a call of x86_64"
	forks() {
		run_jail enforce "${alone[@]}" --seccomp.siblings=always \
			"$@" --name t -- /usr/bin/python3 threads.py 57
	}
	"$JAIL" learn --quiet --no-sandbox --name=t -- /usr/bin/python3 \
		threads.py 39
	forks
	status_is 0
	forks --seccomp.args=learned
	status_is 159
	"$JAIL" learn --quiet --no-sandbox --name=t -- /usr/bin/python3 \
		threads.py 39 and-fork
	forks --seccomp.args=learned
	status_is 0
}

@test "without stamps, as older stores are, nothing is known" {
	learn
	sqlite3 "$JAIL_DB" 'UPDATE learned_objects SET inode = 0'
	library peer
	enforce
	status_is 159
	stderr_lacks changed
	run_jail stale
	status_is 0
}

@test "another version of the kernel" {
	learn
	sqlite3 "$JAIL_DB" "UPDATE sessions SET kernel = '4.19.1'"
	library peer libother.so
	enforce
	status_is 0
	stderr_has "jail: tool: the kernel changed since it was learned; "
	run_jail stale tool
	stdout_has "the kernel is $(uname -r), and was 4.19.1"
	release=$(uname -r)
	sqlite3 "$JAIL_DB" "UPDATE sessions SET kernel = '${release%.*}.999'"
	enforce
	silent
}

@test "jail stale and jail list: who is stale, and why" {
	run_jail stale
	status_is 0
	stdout_is ""
	learn
	run_jail learn --no-sandbox -- true
	run_jail stale
	status_is 0
	run_jail list
	stdout_lacks stale
	library peer
	run_jail stale
	status_is 1
	[[ $stdout == "tool: libown.so changed since it was learned, last 20"* ]] ||
		unexpected "not the line"
	run_jail stale tool
	status_is 1
	stdout_has "libown.so: the library $PWD/libown.so changed"
	run_jail stale true
	status_is 0
	stdout_is ""
	run_jail stale --quiet
	status_is 1
	stdout_is ""
	run_jail stale --json
	status_is 1
	[ "$(jq -c '[.program, .changes]' <<<"$stdout")" = \
		"[\"tool\",[{\"kind\":\"library\",\"path\":\"$PWD/libown.so\",\"package\":null,\"gone\":false}]]" ]
	run_jail list
	[ "$(grep -c '  stale$' <<<"$stdout")" -eq 1 ]
	stdout_has "tool  "
	run_jail list --json
	[ "$(jq -r 'select(.stale) | .program' <<<"$stdout")" = tool ]
	run_jail stale nonsense
	status_is 125
	one_sentence
	run_jail stale tool true
	status_is 2
	run_jail stale --db=nowhere
	status_is 125
}

@test "files that mean harm: nobody waits for them" {
	learn
	for make in 'mkfifo libown.so' 'mkdir libown.so' 'ln -s libown.so libown.so' \
			'ln -s /dev/tty libown.so' 'ln -s /proc/self/mem libown.so'; do
		rm -rf libown.so
		$make
		run_split timeout 60 "$JAIL" stale
		[ "$status" -le 1 ] || unexpected "$make"
	done
	# Paths that the kernel never had.
	sqlite3 "$JAIL_DB" "UPDATE learned_objects SET path =
		'/' || hex(zeroblob(4000)) || path, inode = 1"
	run_split timeout 60 "$JAIL" stale
	[ "$status" -le 1 ]
}

# A root of its own, with the tool, its libraries and lists of dpkg's.
root() {
	local file

	library old libown.so.1.0
	ln -sf libown.so.1.0 libown.so.1
	cc -shared -fPIC -Wl,-soname,libown.so.1 -o libown.so own.c
	cc -o tool tool.c -L. -lown
	mkdir -p root/usr/lib root/usr/bin root/var/lib/dpkg/info root/lib64 \
		root/dev root/proc root/etc root/tmp root/home
	for file in $(ldd /bin/true | grep -o '/[^ ]*'); do
		cp --parents -L "$file" root
	done
	cp tool root/usr/bin/tool
	mv libown.so.1.0 root/usr/lib
	mv libown.so.1 root/usr/lib
	chroot root /usr/bin/tool
	printf '/.\n/usr/lib\n/usr/lib/libown.so.1.1\n' \
		>root/var/lib/dpkg/info/libown1:amd64.list
	printf '/usr/bin/tool\n' >root/var/lib/dpkg/info/own-tools.list
}

@test "a root of its own: its files, its packages, and what is gone" {
	[ "$EUID" -eq 0 ] || skip "only root can make the root of this test"
	root
	printf 'chroot %s\nseccomp.learned\n' "$PWD/root" >tool.profile
	alone=(--profile="$PWD/tool.profile")
	run_jail learn "${alone[@]}" --name tool -- /usr/bin/tool
	status_is 0
	enforce_inside
	status_is 0
	silent
	library peer root/usr/lib/libown.so.1.1
	ln -sf libown.so.1.1 root/usr/lib/libown.so.1
	rm root/usr/lib/libown.so.1.0
	enforce_inside
	status_is 0
	stderr_has "jail: tool: libown1 changed since it was learned; "
	# What the profile says of the root counts for jail stale as well.
	mkdir -p "$HOME/.config/jail"
	cp tool.profile "$HOME/.config/jail/tool.profile"
	run_jail stale tool
	status_is 1
	stdout_has "libown1: the library /usr/lib/libown.so.1.0 is gone"
	# A build of the tool, too: both by name.
	cp root/usr/bin/tool tool2
	cc -O2 -g -o root/usr/bin/tool tool.c -L. -lown
	enforce_inside
	stderr_has "jail: tool: own-tools and libown1 changed since "
	run_jail learn "${alone[@]}" --name tool -- /usr/bin/tool
	enforce_inside
	status_is 0
	silent
	# A FIFO among the lists holds nobody up.
	mkfifo root/var/lib/dpkg/info/libown.so:amd64.list
	library old root/usr/lib/libown.so.1.1
	enforce_inside
	status_is 0
	stderr_has "jail: tool: libown1 changed since "
}

enforce_inside() {
	run_split timeout 60 "$JAIL" enforce "${alone[@]}" --name tool -- \
		/usr/bin/tool
}

@test "the hook for apt says it after a run of dpkg, and never fails it" {
	[ "$EUID" -eq 0 ] || skip "only root installs packages"
	command -v apt-get dpkg-deb || skip "this is no Debian"
	mkdir -p conf.d prefix/bin deb/DEBIAN deb/usr/share/own \
		state/lists/partial cache/archives/partial \
		root/var/lib/dpkg/{info,updates,triggers} etc/preferences.d
	: >root/var/lib/dpkg/status
	: >root/var/lib/dpkg/available
	printf 'Package: own\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a test\n' \
		>deb/DEBIAN/control
	dpkg-deb --root-owner-group --build deb own.deb
	cp "$JAIL" prefix/bin/jail
	sed "s|@PREFIX@|$PWD/prefix|g" \
		"$BATS_TEST_DIRNAME/../../profiles/examples/apt-stale.conf" \
		>conf.d/apt-stale.conf
	learn
	library peer
	install_own
	status_is 0
	[ -e root/var/lib/dpkg/info/own.list ]
	stdout_has "tool: libown.so changed since it was learned"
	# Whatever jail does.
	echo broken >"$JAIL_DB"
	install_own
	status_is 0
	rm prefix/bin/jail
	install_own
	status_is 0
}

install_own() {
	cat >apt.conf <<-END
		Dir::Etc "$PWD/etc";
		Dir::Etc::parts "$PWD/conf.d";
		Dir::State "$PWD/state";
		Dir::State::status "$PWD/root/var/lib/dpkg/status";
		Dir::Cache "$PWD/cache";
		Dir::Log "$PWD";
		APT::Sandbox::User "root";
		DPkg::Options { "--root=$PWD/root"; };
	END
	APT_CONFIG=$PWD/apt.conf run_split timeout 60 apt-get -y -q \
		--reinstall install ./own.deb
}
