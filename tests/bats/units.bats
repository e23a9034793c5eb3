# SPDX-License-Identifier: MIT
# The examples of services for systemd, as `make install` puts them: what systemd
# says to them, and their command lines under what the units leave them, as far
# as that is to be had without systemd (tests/lib/as_systemd.py).
#
# timeout 120

load helper

TOP=$BATS_TEST_DIRNAME/../..
EXAMPLES=$TOP/profiles/examples

more_setup() {
	without_leak_check
	INSTALLED=$PWD/prefix/share/doc/jail/examples
	unset store
}

install_examples() {
	make -C "$TOP" --no-print-directory BUILD="$BUILD" \
		PREFIX="$PWD/prefix" install-built >made 2>&1 ||
		{ cat made >&2; return 1; }
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" \
		"$BATS_TEST_TMPDIR"
}

# in_world SCRIPT [ARG...]: of tests/real/servers.
in_world() {
	local script=$TOP/tests/real/servers/$1

	shift
	mkdir -p world
	cd world
	run_split timeout -k 5 60 env -i LC_ALL=C.UTF-8 TZ=UTC HOME="$PWD" \
		ASAN_OPTIONS="${ASAN_OPTIONS-}" REDIS_END="${REDIS_END-}" \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		JAIL="$BATS_TEST_TMPDIR/prefix/bin/jail" \
		JAIL_DB="${store-$BATS_TEST_TMPDIR/jail.db}" \
		sh "$TOP/tests/real/hostile/world.sh" bash "$script" "$@" \
		</dev/null
	cd ..
	status_is 0
}

as_root_with() {
	[ "$EUID" -eq 0 ] || skip "only root can make the world of this test"
	command -v "$1" >&- || skip "$1 is not installed"
	command -v systemd-analyze >&- || skip "systemd-analyze is not installed"
}

@test "the examples are installed, whole, systemd finds nothing wrong, and go" {
	install_examples
	[ -x "$INSTALLED/system-call-filter" ]
	grep -qF "$PWD/prefix/bin/jail stale" "$INSTALLED/apt-stale.conf"
	if grep -n '@' "$INSTALLED/apt-stale.conf"; then return 1; fi
	for unit in nginx-in-jail redis-in-jail redis-filtered; do
		if grep -n '@' "$INSTALLED/$unit.service"; then return 1; fi
		[ "$(stat -c %a "$INSTALLED/$unit.service")" = 644 ]
		command -v systemd-analyze >&- && command -v nginx >&- &&
			command -v redis-server >&- || continue
		run_split systemd-analyze verify --man=no \
			"$INSTALLED/$unit.service"
		status_is 0
		[ -z "$stderr" ] || unexpected "expected nothing on stderr"
	done
	make -C "$TOP" --no-print-directory BUILD="$BUILD" \
		PREFIX="$PWD/prefix" uninstall >made 2>&1
	[ -z "$(ls "$INSTALLED")" ]
}

@test "a folder that is given by another name is not built anew" {
	local named=() folder

	for folder in "$BUILD" "$(realpath --relative-to="$TOP" "$BUILD")"; do
		named+=("$(make -s -C "$TOP" BUILD="$folder" \
			--eval='named: ; @echo $(BUILD)' named)")
	done
	[ -n "${named[0]}" ]
	[ "${named[0]}" = "${named[1]}" ] || unexpected "${named[@]}"
}

@test "nginx-in-jail: trained, started, reloaded and stopped as its unit says" {
	as_root_with nginx
	install_examples
	in_world nginx-unit.sh "$INSTALLED/nginx-in-jail.service"
	# sys_admin and setpcap are jail's; the profile keeps the others.
	stdout_is "training: 0
training: 0
answers
capabilities: 00000000002005e3 inside: 00000000000004e3
reloaded
answers
stopped: 0
nobody is left"
}

REDIS_SAID="ready
OK
$(seq 1000 | { cat; echo; } | cksum)
$(seq 1000 | cksum)
OK
OK
2
0
1
1
OK
OK"

# redis_as COMMAND...: in a world that was not there before.
redis_as() {
	rm -rf world
	in_world redis-unit.sh "$@"
}

redis_under() {
	redis_as /usr/bin/python3 "$TOP/tests/lib/as_systemd.py" "$1"
}

@test "redis-in-jail: trained and started by its own user, as its unit says" {
	as_root_with redis-server
	install_examples
	mkdir store
	chown redis: store
	store=$PWD/store/jail.db
	for round in 1 2; do
		redis_as setpriv --reuid=redis --regid=redis --clear-groups \
			env HOME=/var/lib/redis "$PWD/prefix/bin/jail" learn \
			--quiet -- redis-server /etc/redis/redis.conf \
			--supervised systemd --daemonize no
		stdout_is "$REDIS_SAID
server: 0
1"
	done
	redis_under "$INSTALLED/redis-in-jail.service"
	stdout_is "$REDIS_SAID
server: 0
1"
	"$JAIL" show --json --db="$store" redis-server |
		jq -e '.denials == []'
	# It was one.
	"$JAIL" drop --quiet --db="$store" redis-server listen
	redis_under "$INSTALLED/redis-in-jail.service"
	stdout_is "server: 159"
}

@test "redis-filtered: does its work with the calls of its list, and no other" {
	as_root_with redis-server
	install_examples
	redis_under "$INSTALLED/redis-filtered.service"
	stdout_is "$REDIS_SAID
server: 0
1"
	# The filter is there: without a call of the list it does not live.
	sed 's/ listen / /' "$INSTALLED/redis-filtered.service" \
		>less.service
	redis_under "$PWD/less.service"
	stdout_is "server: 159"
}

@test "system-call-filter: what the list has, what systemd needs, or a refusal" {
	export PATH=$EXAMPLES:$PATH
	printf 'x86_64 clone3 435\nx86_64 read 0\n' >list
	run_split system-call-filter <list
	status_is 0
	stdout_is "[Service]
SystemCallArchitectures=native
SystemCallFilter=clone3 read clone getcpu"
	for line in "i386 read 3" "x86_64 999 999" "nonsense"; do
		run_split system-call-filter <<<"x86_64 read 0
$line"
		status_is 1
		stderr_has "$line"
		stdout_is ""
	done
	run_split system-call-filter </dev/null
	status_is 1
	# An export of jail's; what jail itself adds systemd passes, or it is there.
	run_jail learn --quiet --no-sandbox --name tool -- true
	list_of tool | system-call-filter | sed -n 's/^SystemCallFilter=//p' |
		tr ' ' '\n' | sort >made
	list_of tool | cut -d' ' -f2 | sort | comm -23 - made >missing
	[ ! -s missing ] || { cat missing >&2; return 1; }
	command -v systemd-analyze >&- || return 0
	systemd-analyze syscall-filter @default | sed 's/^ *//' >>made
	run_jail export --format=firejail tool
	sed -n 's/^seccomp.keep //p' <<<"$stdout" | tr , '\n' |
		grep -vE '^(u(ret)?probe|\$.*)$' | sort -u | comm -23 - <(sort made) \
		>missing
	[ ! -s missing ] || { cat missing >&2; return 1; }
}
