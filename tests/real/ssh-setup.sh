# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A server of ssh and its client, for scripts that are run in the world of
# hostile/world.sh, as root, and source this.
#
#   ssh_setup [PORT...]     keys: host, mine; the user's home, with a file; for
#                           `ssh -F ssh_config HOST`: the first port, 2222 if
#                           none is named. Further lines of sshd_config come on
#                           standard input.

ssh_setup() {
	local key port

	[ "$#" -gt 0 ] || set -- 2222
	mkdir /run/sshd home/.ssh
	for key in host mine; do
		ssh-keygen -q -t ed25519 -N '' -f "$key"
	done
	cp mine.pub home/.ssh/authorized_keys
	seq 1000 >home/numbers
	chown -R 64324:64324 home
	for port; do
		echo "ListenAddress 127.0.0.1:$port"
		echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 host.pub)" >>known
	done >sshd_config
	cat >>sshd_config <<-END
		HostKey $PWD/host
		PidFile $PWD/sshd.pid
		AuthorizedKeysFile $PWD/home/.ssh/authorized_keys
		StrictModes no
		PasswordAuthentication no
		$(cat)
	END
	cat >ssh_config <<-END
		Host *
		HostName 127.0.0.1
		Port $1
		User wanderer
		IdentitiesOnly yes
		IdentityFile $PWD/mine
		UserKnownHostsFile $PWD/known
		BatchMode yes
		LogLevel ERROR
	END
}
