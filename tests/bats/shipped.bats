# SPDX-License-Identifier: MIT
# The shipped profiles of servers: each is trained under its profile, and then
# enforced with the same answers and no denial. transmission.bats has the one
# with windows.

load helper

more_setup() {
	without_leak_check
	jail_for_all
	unset as
}

# VERB COMMAND...: starts the server; its work is the function `work`, its end
# SIGTERM, or what that does itself.
serve() {
	local verb=$1

	shift
	"${as[@]}" ./jail "$verb" "${options[@]}" --quiet -- "$@" \
		>"$verb.out" 2>"$verb.err" 3>&- &
	server=$!
	work >"$verb.said" || {
		kill $server
		cat "$verb.err" "$verb.said" >&2
		return 1
	}
	kill -TERM $server 2>/dev/null || true
	status=0
	wait $server || status=$?
	if grep ^jail: "$verb.err" >&2; then return 1; fi
}

# Trains twice, for what a server does depends on time, and enforces.
train_and_enforce() {
	serve learn "$@"
	serve learn "$@"
	cat learn.said >&2
	serve enforce "$@"
	cmp learn.said enforce.said
	run_jail show --json "$(basename "$1")"
	jq -e '.denials == []' <<<"$stdout"
}

@test "nginx: its profile, found by name; workers of another user" {
	needs nginx
	[ "$EUID" -eq 0 ] || skip "nginx is started by root"
	mkdir -p www tmp
	seq 10000 >www/numbers
	chmod -R a+rX www
	cat >nginx.conf <<-END
		user www-data;
		worker_processes 2;
		daemon off;
		pid $PWD/nginx.pid;
		error_log $PWD/error.log;
		events {}
		http {
			access_log $PWD/access.log;
			client_body_temp_path $PWD/tmp/body;
			proxy_temp_path $PWD/tmp/proxy;
			fastcgi_temp_path $PWD/tmp/fastcgi;
			uwsgi_temp_path $PWD/tmp/uwsgi;
			scgi_temp_path $PWD/tmp/scgi;
			server {
				listen 127.0.0.1:25321;
				root $PWD/www;
			}
		}
	END
	work() {
		await curl -sf http://127.0.0.1:25321/numbers || return 1
		curl -sf http://127.0.0.1:25321/numbers | cksum
		curl -s -o page -w '%{http_code}\n' http://127.0.0.1:25321/none
		# Others may have one, too.
		master=$(pgrep -f "^nginx: master .*$PWD/nginx.conf")
		ps -o user= -p "$master" --ppid "$master" | sort -u
	}
	options=()
	train_and_enforce nginx -c "$PWD/nginx.conf"
	grep -qx www-data enforce.said
	grep -q '200' access.log
}

@test "redis-server: as root, and as a user" {
	needs redis-server
	work() {
		await redis-cli -p 25322 ping || return 1
		redis-cli -p 25322 set key value
		redis-cli -p 25322 get key
		redis-cli -p 25322 save
		redis-cli -p 25322 bgsave
		await sh -c 'redis-cli -p 25322 info persistence |
			grep -q rdb_bgsave_in_progress:0' || return 1
		redis-cli -p 25322 config get dir | tail -n 1
	}
	options=()
	mkdir data
	train_and_enforce redis-server --port 25322 --dir "$PWD/data"
	grep -qx value enforce.said
	[ "$EUID" -eq 0 ] || return 0
	mkdir user
	chown 65534 user home data
	rm -f data/*
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups
		env "HOME=$PWD/home" "JAIL_DB=$PWD/user/jail.db")
	JAIL_DB=$PWD/user/jail.db train_and_enforce redis-server --port 25322 \
		--dir "$PWD/data"
}

@test "transmission-daemon: answers, and has no display" {
	needs transmission-daemon
	# What is not there needs not be hidden; others make it as well.
	mkdir -m 1777 /tmp/.X11-unix || [ -d /tmp/.X11-unix ]
	mkdir config downloads
	work() {
		await transmission-remote 25323 -si || return 1
		transmission-remote 25323 -si | grep 'Download directory'
		transmission-remote 25323 -l
	}
	options=()
	train_and_enforce transmission-daemon -f -g "$PWD/config" -p 25323 \
		-w "$PWD/downloads" -P 25324 --no-portmap --no-dht --no-utp
	run_jail enforce --check transmission-daemon
	stdout_has "/tmp/.X11-unix"
	stdout_has "unset DISPLAY"
}

@test "transmission-cli: verifies what is there, and seeds it" {
	needs transmission-cli
	needs transmission-create
	mkdir downloads
	seq 100000 >downloads/payload
	transmission-create -o payload.torrent downloads/payload
	work() {
		await grep -aq Seeding "$verb.out" || return 1
		echo Seeding
	}
	# SIGTERM ends it before it has saved what it verified, and the next one
	# would believe that there is nothing. It would write every ten seconds.
	options=(--private --env=_STDBUF_O=0
		--env=LD_PRELOAD=/usr/libexec/coreutils/libstdbuf.so)
	train_and_enforce transmission-cli -w "$PWD/downloads" -p 25325 -M \
		"$PWD/payload.torrent"
	[ "$(cat enforce.said)" = Seeding ]
	[ "$status" -eq 0 ] || [ "$status" -eq 143 ]
}
