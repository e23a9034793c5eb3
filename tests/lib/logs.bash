# SPDX-License-Identifier: MIT
# logs: real parts that keep the kernel's records, each with a configuration and
# files of its own below $LOGS, none of the machine's; and programs that are
# refused. After `load helper`:
#
#   logs_setup                   in more_setup
#   logs_teardown                in teardown: ends what was started, by its pid
#   auditd_start [FORMAT [MB]]   auditd: $LOGS/audit.log, RAW or ENRICHED,
#                                renamed by itself when it has MB megabytes
#   rsyslogd_start               rsyslogd: the kernel's messages in $LOGS/
#                                kern.log and traditional.log; and of audit.log,
#                                while auditd runs, a copy in central.log
#   rotate FILE [DIRECTIVE...]   logrotate, now
#   refused NAME ACTION [COUNT]  a program NAME of our own: tests/progs/refused
#   watch_start [OPTION...]      `jail watch`: $LOGS/out and $LOGS/said
#   watch_stop                   ends it by SIGTERM; $status
#   offered FILTER               what was offered with --json, by jq(1): a line
#                                each

logs_setup() {
	LOGS=$BATS_TEST_TMPDIR/logs
	logs_pids=()
	mkdir -p "$LOGS"/auditd/plugins.d "$LOGS"/rsyslogd
	chmod 750 "$LOGS"/auditd "$LOGS"/auditd/plugins.d
}

logs_teardown() {
	local pid

	for pid in "${logs_pids[@]}"; do
		gone "$pid" && continue
		kill "$pid"
		await gone "$pid" || kill -9 "$pid"
	done
}

# It has ended, whether it was waited for or not.
gone() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# NAME COMMAND...: in the background, $started; its output in $LOGS/NAME.
logs_start() {
	local name=$1

	shift
	"$@" >"$LOGS/$name" 2>&1 </dev/null 3>&- &
	started=$!
	logs_pids+=("$started")
}

logs_stop() {
	kill "$1"
	await gone "$1"
}

# ---- auditd ------------------------------------------------------------------

auditd_start() {
	cat >"$LOGS/auditd/auditd.conf" <<-END
		local_events = yes
		write_logs = yes
		log_file = $LOGS/audit.log
		log_group = root
		log_format = ${1:-RAW}
		flush = none
		name_format = none
		max_log_file = ${2:-8}
		max_log_file_action = rotate
		num_logs = 99
		space_left = 10
		space_left_action = ignore
		admin_space_left = 5
		admin_space_left_action = ignore
		disk_full_action = ignore
		disk_error_action = ignore
		plugin_dir = $LOGS/auditd/plugins.d
	END
	logs_start auditd.out auditd -c "$LOGS/auditd" -n -s nochange
	auditd=$started
	await auditd_records
}

# It says that it has started before it hears of anything, or of a signal.
auditd_records() {
	"$PROGS/refused" log
	grep -q 'comm="refused"' "$LOGS/audit.log"
}

auditd_stop() {
	logs_stop "$auditd"
}

# ---- rsyslogd ------------------------------------------------------------------

rsyslogd_start() {
	cat >"$LOGS/rsyslogd/conf" <<-END
		global(workDirectory="$LOGS/rsyslogd")
		module(load="imkmsg")
		module(load="imfile")
		input(type="imfile" file="$LOGS/audit.log" tag="audit:"
			ruleset="central")
		ruleset(name="central") {
			action(type="omfile" file="$LOGS/central.log"
				template="RSYSLOG_FileFormat")
		}
		action(type="omfile" file="$LOGS/kern.log"
			template="RSYSLOG_FileFormat")
		action(type="omfile" file="$LOGS/traditional.log"
			template="RSYSLOG_TraditionalFileFormat")
	END
	logs_start rsyslogd.out rsyslogd -n -f "$LOGS/rsyslogd/conf" \
		-i "$LOGS/rsyslogd/pid"
	rsyslogd=$started
	await test -s "$LOGS/rsyslogd/pid"
}

rotate() {
	local file=$1

	shift
	{
		echo "$file {"
		printf '\t%s\n' "rotate 9" missingok nodateext "$@"
		echo "}"
	} >"$LOGS/logrotate.conf"
	chmod 644 "$LOGS/logrotate.conf"
	logrotate -f -s "$LOGS/logrotate.state" "$LOGS/logrotate.conf"
}

# ---- programs and the watch ------------------------------------------------------

refused() {
	local name=$1

	shift
	[ -e "$name" ] || cp "$PROGS/refused" "$name"
	run_split sh -c '"$0" "$@"' "./$name" "$@"
	pid=${stdout%%$'\n'*}
}

watch_start() {
	rm -f "$LOGS/out" "$LOGS/said"
	"$JAIL" watch "$@" >"$LOGS/out" 2>"$LOGS/said" </dev/null 3>&- &
	watch=$!
	logs_pids+=("$watch")
	await grep -q . "$LOGS/said"
}

watch_stop() {
	kill "$watch"
	status=0
	wait "$watch" || status=$?
}

offered() {
	jq -r "$1" <<<"$stdout"
}
