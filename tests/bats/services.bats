#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sandboxes of users that have no folder in /run/user, as those of services:
# root sees and stops them, wherever their entries lie, other users do not. Who
# would lie to root, or make him wait, does not succeed.

load box

# Root's view, where no other process is to be seen; the user's entries lie in
# his home.
as_root() {
	cat >script <<-END
		set -e
		mount -t tmpfs none /run
		unset XDG_RUNTIME_DIR XDG_DATA_HOME
		here=$BATS_TEST_TMPDIR
		options="${options[*]}"
		run=$HOME/.local/share/jail/run
		as() {
			setpriv --reuid=\$1 --regid=\$1 --clear-groups \\
				env HOME=$HOME "\${@:2}"
		}
		start() {
			as $USER_ID \$here/jail enforce \$options "\$@" &
			jail=\$!
			until ls \$run/*.door >/dev/null 2>&1; do sleep 0.02; done
		}
		$(cat "$BATS_TEST_DIRNAME/../lib/wait.sh")
	END
	cat >>script
	HOME=$BATS_TEST_TMPDIR/roots run_split timeout 120 unshare -m -p -f \
		--kill-child --mount-proc bash script
}

@test "root sees, and stops, what a user without a folder in /run/user runs" {
	as_root <<-'END'
		start --name=service sleep 60
		$JAIL ps --json | jq -r '[.uid, .name] | @tsv'
		$JAIL tree service | grep -c sleep
		$JAIL top --once | grep -c service
		$JAIL join service true 2>&1 || echo "status $?"
		as 64327 $here/jail ps --json
		if as 64327 $here/jail stop service 2>/dev/null; then
			echo stopped
		fi
		$JAIL stop service | sed 's/ (.*//'
		wait $jail || echo "status $?"
		$JAIL ps --json
	END
	status_is 0
	stdout_is "$USER_ID	service
1
1
jail: the sandbox is user $USER_ID's, and nobody else can join it; join it as \
that user
status 125
stopped service
status 143"
}

# And one whose entry lies on a file system that is not on the list of those that
# answer by themselves.
@test "the same with mounts of its own; what could make root wait is not asked" {
	as_root <<-'END'
		for type in tmpfs ramfs; do
			unshare -m sh -c "mount -t $type -o mode=777 none /mnt &&
				chmod 777 /mnt && exec setpriv --reuid=64328 \
				--regid=64328 --clear-groups env HOME=/mnt \
				$here/jail enforce $options \
				--name=$type sh -c ': \$0; sleep 60' $type" &
			await pgrep -f "^sh -c : .*sleep 60 $type\$"
		done
		await eval '[ "$(grep -c FLOCK /proc/locks)" = 2 ]'
		$JAIL ps --json | jq -r .name
		$JAIL stop tmpfs | sed 's/ (.*//'
		$JAIL ps --json
	END
	status_is 0
	stdout_is "tmpfs
stopped tmpfs"
}

@test "root believes no such entry about another's process" {
	cp "$(realpath /usr/bin/python3)" jail-python
	cp "$BATS_TEST_DIRNAME/../lib/forger.py" .
	chmod a+rx jail-python forger.py
	as_root <<-'END'
		sleep 60 &
		victim=$!
		mkdir -p $run && chown -R $(stat -c %u $here/home) $here/home
		chmod 700 $run
		forge() {
			rm -f said
			as $(stat -c %u $run) env PYTHONHOME=/usr \
				$here/jail-python $here/forger.py $run "$@" \
				-- sleep 60 >said &
			forger=$!
			await [ -s said ]
			read -r path child <said
		}
		for lie in program=$victim jail=$victim start=1; do
			forge $lie
			echo "${lie%=*} $($JAIL ps --json 2>err) $(wc -l <err)"
			cat err >&2
			if $JAIL stop $victim 2>/dev/null; then
				echo stopped
			fi
			kill -0 $victim
			kill $child
			wait $forger
			rm $path
		done
		# What the user may say of his own.
		forge
		$JAIL ps --json | jq -r .name
	END
	status_is 0
	stdout_is "program  1
jail  1
start  0
forged"
	stderr_has "an entry of user $USER_ID, 'forged'"
}

@test "who holds many locks does not make root wait, nor hide others" {
	cp "$(realpath /usr/bin/python3)" jail-python
	chmod a+rx jail-python
	cat >many.py <<-'END'
		import fcntl, os, time

		files = [os.open("f%d" % i, os.O_CREAT | os.O_RDWR, 0o600)
		         for i in range(400)]
		for fd in files:
		    fcntl.flock(fd, fcntl.LOCK_EX)
		open("ready", "w").close()
		time.sleep(60)
	END
	as_root <<-'END'
		mkdir -m 777 many
		(cd many && exec setpriv --reuid=64328 --regid=64328 \
			--clear-groups env PYTHONHOME=/usr \
			$here/jail-python -c "$(cat $here/many.py)") &
		await [ -e many/ready ]
		start --name=service sleep 60
		strace -f -o calls -e trace=openat $JAIL ps --json | jq -r .name
		grep -c FLOCK /proc/locks
		echo $(($(grep -c fdinfo calls) < 400))
	END
	status_is 0
	stdout_is "service
401
1"
}

# The numbers of inodes of a tmpfs are given in their order.
@test "an entry that has another one's inode number and jail hides it not" {
	cp "$(realpath /usr/bin/python3)" jail-python
	cp "$BATS_TEST_DIRNAME/../lib/forger.py" .
	chmod a+rx jail-python forger.py
	as_root <<-'END'
		mount -t tmpfs -o mode=777 none /mnt
		touch $(seq -f /mnt/%g 200)
		as 64328 env HOME=/mnt $here/jail enforce $options \
			--name=victim sleep 60 &
		await eval 'ls /mnt/.local/share/jail/run/*.door'
		entry=$(echo /mnt/.local/share/jail/run/*.door)
		entry=${entry%.door}
		jail=$(sed -n 's/^jail //p' $entry)
		enemy=/run/user/64329/jail
		mkdir -p -m 700 $enemy
		chown -R 64329:64329 /run/user/64329
		before=$(($(stat -c %i $entry) - 1))
		for i in $(seq 400); do
			touch /run/$i
			if [ $(stat -c %i /run/$i) = $before ]; then break; fi
		done
		as 64329 env PYTHONHOME=/usr $here/jail-python \
			$here/forger.py $enemy jail=$jail -- sleep 60 >said &
		await [ -s said ]
		read -r path child <said
		[ $(stat -c %i $path) = $(stat -c %i $entry) ]
		$JAIL ps --json | jq -r .name
	END
	status_is 0
	stdout_is "victim"
}

# The kernel takes the longer for each of a process's mounts the more there are.
@test "a process with many mounts of its own does not make root wait" {
	cp "$(realpath /usr/bin/python3)" jail-python
	cp "$BATS_TEST_DIRNAME/../lib/forger.py" .
	chmod a+rx jail-python forger.py
	cat >mounts.py <<-'END'
		import ctypes, sys

		libc = ctypes.CDLL(None)
		for _ in range(int(sys.argv[1])):
		    if libc.mount(b"/mnt", b"/mnt", None, 20480, None) != 0:
		        sys.exit("no mount")
		libc.mount(b"none", b"/mnt", b"tmpfs", 0, b"mode=777")
	END
	as_root <<-'END'
		for count in 5 1100; do
			as 64328 unshare -Urm sh -c "/usr/bin/python3 \
				$here/mounts.py $count && PYTHONHOME=/usr exec \
				$here/jail-python $here/forger.py /mnt \
				profile=after-$count -- sleep 60" >said &
			await [ -s said ]
		done
		grep -c FLOCK /proc/locks
		$JAIL ps --json | jq -r .profile
	END
	status_is 0
	stdout_is "2
after-5"
}
