# SPDX-License-Identifier: MIT
# journald: a real one, in a mount namespace where /run/systemd and /run/log are
# its own, and the machine's journal is not to be seen. After `load ../lib/logs`:
#
#   journald_start          journald, which reads the audit socket and kmsg;
#                           the kernel's audit is left as it is
#   journald_stop
#   in_journal COMMAND...   there, in this folder
#   journal_has PID [COUNT] it has COUNT records of this process (1) from the
#                           audit socket

JOURNALD=/lib/systemd/systemd-journald

journald_start() {
	printf '[Journal]\n%s\n' Storage=volatile Audit= ReadKMsg=yes \
		ForwardToSyslog=no >"$LOGS/journald.conf"
	logs_start journald.out unshare -m --propagation private sh -ec '
		mkdir -p /run/log /run/systemd
		mount -t tmpfs tmpfs /run/log
		mount -t tmpfs tmpfs /run/systemd
		[ ! -d /var/log/journal ] ||
			mount -t tmpfs tmpfs /var/log/journal
		mkdir /run/systemd/journal /run/log/journal
		mount --bind "$1" /etc/systemd/journald.conf
		exec "$0"' "$JOURNALD" "$LOGS/journald.conf"
	journald=$started
	await in_journal journalctl -q -n 1 _TRANSPORT=driver
	await journal_hears
}

journald_stop() {
	logs_stop "$journald"
}

in_journal() {
	nsenter -m -t "$journald" sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
}

journal_has() {
	[ "$(in_journal journalctl -q _TRANSPORT=audit _AUDIT_TYPE=1326 \
		"_PID=$1" | wc -l)" -eq "${2:-1}" ]
}

# It has taken its sockets before it hears of anything.
journal_hears() {
	refused heard log
	sleep 0.1
	journal_has "$pid"
}
