# SPDX-License-Identifier: MIT
# jail watch against local users who want it to tell, or to allow, what is not
# so: entries of the registry, and files that are not what they were.

load helper

teardown() {
	[ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || true
}

# An entry of the user's own that names another's store and profile.
@test "who may not write to a store has no sandbox of its programs" {
	[ "$EUID" -eq 0 ] || skip "only root can become another user"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" .
	cp "$PROGS/refused" prog
	chmod a+rx prog
	cat >entry.py <<-'END'
		import os, sys, time
		pid, folder = os.getpid(), "/run/user/64325/jail"
		start = open("/proc/self/stat").read().rsplit(")")[-1].split()[19]
		boot = open("/proc/sys/kernel/random/boot_id").read()
		os.umask(0o77)
		os.mkdir(folder)
		with open(folder + "/0", "w") as entry:
		    entry.write("jail-run 1\njail %d\nprogram %d\nstart %s\n"
		                "began %d\nboot_id %sprofile sshd\nstore %s\n" %
		                (pid, pid, start, time.time() * 1e6, boot,
		                 sys.argv[1]))
		os.rename(folder + "/0", "%s/%d-%s" % (folder, pid, start))
		os.execv("./prog", ["./prog", "kill_process"])
	END
	cat >script <<-'END'
		mount -t tmpfs none /run && mkdir -p /run/user/64325 &&
			chown 64325 /run/user/64325 && chmod 700 /run/user/64325
		"$JAIL" watch --source=netlink --all --json >out 2>said &
		watch=$!
		until grep -q watching said; do sleep 0.05; done
		setpriv --reuid=64325 --regid=64325 --clear-groups \
			/usr/bin/python3 - "$JAIL_DB" <entry.py
		for _ in $(seq 600); do
			grep -q '"uid":64325' out && break
			sleep 0.05
		done
		kill $watch
		wait $watch
	END
	"$JAIL" add --quiet sshd read
	run_split unshare -m sh script
	jq -r 'select(.uid == 64325) | .profile' out >line
	[ "$(cat line)" = prog ] || unexpected "$(cat out said)"
}

@test "ever new names while many sandboxes ran: another's denial is told soon" {
	[ "$EUID" -eq 0 ] || skip "needs a mount namespace of its own"
	cat >make.py <<-'END'
		import os, time
		boot = open("/proc/sys/kernel/random/boot_id").read()
		now = int(time.time() * 1e6)
		os.umask(0o77)
		os.mkdir("/run/jail")
		for pid in range(4000000, 4003000):
		    with open("/run/jail/%d-5" % pid, "w") as entry:
		        entry.write("jail-run 1\njail %d\nprogram %d\nstart 5\n"
		                    "began %d\nended %d\nboot_id %sprofile t\n"
		                    "pid_ns 77\nexe /usr/bin/t\n" %
		                    (pid, pid, now - 10**7, now + 10**7, boot))
		def record(serial, exe):
		    print('type=SECCOMP msg=audit(%.3f:%d): auid=0 uid=0 gid=0 '
		          'ses=3 pid=%d comm="t" exe="%s" sig=31 arch=c000003e '
		          'syscall=201 compat=0 ip=0x7f00 code=0x80000000' %
		          (now / 1e6, serial, serial % 30000 + 2, exe))
		for serial in range(20000):
		    record(serial, "/tmp/%d/tool" % serial)
		record(20000, "/usr/bin/other")
	END
	"$JAIL" add --quiet tool read
	"$JAIL" add --quiet other read
	# Beside the same with few records: on a slow machine, too.
	cat >script <<-'END'
		mount -t tmpfs none /run && /usr/bin/python3 make.py >log || exit
		head -n 3 log >few.log
		/usr/bin/time -f %e -o few "$JAIL" watch --once -q --db=./few.db \
			--all --source=./few.log
		/usr/bin/time -f %e -o many "$JAIL" watch --once --json \
			--source=./log
	END
	run_split unshare -m sh script
	status_is 0
	jq -es 'any(.profile == "other")' <<<"$stdout"
	awk '{ print FILENAME, $1 } { t[FILENAME] = $1 }
		END { exit t["many"] > 60 * t["few"] + 1 }' few many
}

@test "ever new names of who lives while many sandboxes run: told soon" {
	[ "$EUID" -eq 0 ] || skip "needs a mount namespace of its own"
	cat >make.py <<-'END'
		import fcntl, os, resource, sys, time
		resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 4096))
		boot = open("/proc/sys/kernel/random/boot_id").read()
		now = int(time.time() * 1e6)
		os.umask(0o77)
		os.mkdir("/run/jail")
		entries = []
		for pid in range(4000000, 4001500):
		    entry = open("/run/jail/%d-5" % pid, "w")
		    entry.write("jail-run 1\njail %d\nprogram %d\nstart 5\n"
		                "began %d\nboot_id %sprofile t\npid_ns 77\n"
		                "exe /usr/bin/t\n" %
		                (os.getpid(), pid, now - 10**7, boot))
		    entry.flush()
		    fcntl.flock(entry, fcntl.LOCK_EX)
		    entries.append(entry)
		with open("log", "w") as log:
		    for serial in range(1500):
		        log.write('type=SECCOMP msg=audit(%.3f:%d): auid=0 uid=0 '
		                  'gid=0 ses=3 pid=%d comm="t" exe="/tmp/%d/tool" '
		                  'sig=31 arch=c000003e syscall=201 compat=0 '
		                  'ip=0x7f00 code=0x80000000\n' %
		                  (now / 1e6, serial, os.getpid(), serial))
		print("made", flush=True)
		sys.stdin.read()
	END
	"$JAIL" add --quiet tool read
	cat >script <<-'END'
		mount -t tmpfs none /run || exit
		mkfifo hold
		/usr/bin/python3 make.py <hold >made &
		exec 8>hold
		until [ -s made ]; do sleep 0.02; done
		ulimit -t 15 # it was twenty, whatever else the machine does
		timeout -k 1 120 "$JAIL" watch --once --json --source=./log
	END
	run_split unshare -m sh script
	status_is 0
	stderr_has "1500 of them counted for the first time"
}

@test "a log that becomes another's is forgeable from its first line on" {
	[ "$EUID" -eq 0 ] || skip "only root's files are not forgeable"
	record() {
		printf 'type=SECCOMP msg=audit(%d.123:%d): auid=0 uid=0 gid=0 ' \
			"$(($(date +%s) - 2))" "$1"
		printf 'ses=3 pid=77 comm="tool" exe="/usr/bin/tool" sig=31 '
		printf 'arch=c000003e syscall=%d compat=0 ip=0x7f00 ' "$2"
		printf 'code=0x80000000\n'
	}
	"$JAIL" add --quiet tool read
	(umask 077; record 1 110 >real)
	ln -s real log
	"$JAIL" watch "--source=$PWD/log" --yes >out 2>err 3>&- &
	watcher=$!
	await grep -q getppid out
	{ record 2 201; record 3 110; } >theirs
	chown 64325 theirs
	ln -s theirs log2
	mv -T log2 log
	await grep -q time out
	kill "$watcher"
	wait "$watcher"
	unset watcher
	grep 'time.*a log that any local user can write' out
	[ "$("$JAIL" export --format=list tool | grep -c -w time)" = 0 ]
	[ "$(sqlite3 "$JAIL_DB" "SELECT count(*) FROM denials
		WHERE forgeable AND number = 110")" = 1 ]
}

@test "no user's entries leave no room for another's" {
	[ "$EUID" -eq 0 ] || skip "only root can become another user"
	jail_for_all
	cp "$PROGS/refused" prog
	chmod a+rx prog
	chown 64325:64325 "$HOME"
	cat >make.py <<-'END'
		import os, time
		boot = open("/proc/sys/kernel/random/boot_id").read()
		now = int(time.time() * 1e6)
		os.umask(0o77)
		for user in 64320, 64325, 64330:
		    home = "/run/user/%d" % user
		    os.makedirs(home + "/jail")
		    for pid in range(4000000, 4000000 + 4200 * (user != 64325)):
		        name = home + "/jail/%d-5" % pid
		        with open(name, "w") as entry:
		            entry.write("jail-run 1\njail 1\nprogram %d\nstart 5\n"
		                        "began %d\nboot_id %sprofile t\n" %
		                        (pid, now, boot))
		        os.chown(name, user, user)
		    os.chown(home, user, user)
		    os.chown(home + "/jail", user, user)
		os.chmod("/run/user", 0o755)
	END
	cat >script <<-'END'
		mount -t tmpfs -o mode=755 none /run && /usr/bin/python3 make.py
		. "$BATS_TEST_DIRNAME/../lib/watched-sandbox.sh"
	END
	export BATS_TEST_DIRNAME
	run_split unshare -m sh script 64325
	jq -r 'select(.name == "time" and .uid == 64325) | .profile' out >line
	[ "$(cat line)" = special ] || unexpected "$(cut -c1-200 out said)"
}
