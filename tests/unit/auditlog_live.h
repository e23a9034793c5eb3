/* SPDX-License-Identifier: MIT */
/* What the tests of live sources share: a child whose calls the kernel logs,
 * and a sink that keeps what was said of it. */
#ifndef JAIL_TESTS_AUDITLOG_LIVE_H
#define JAIL_TESTS_AUDITLOG_LIVE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "auditlog/auditlog.h"

/* What came. Records of other processes are counted apart. */
struct heard {
	int64_t pid;		/* whose; 0: of everybody */
	uint64_t logged, killed, others;
	uint64_t losses, lost;
	uint32_t first, last;	/* numbers of events, of everybody */
	struct auditlog_loss loss;	/* the last one */
	char comm[64], host[64], boot_id[64];
	int64_t time;
	int stop;		/* what the sink answers */
};

static inline int heard_record(void *data, const struct auditlog_record *record)
{
	struct heard *heard = data;

	if (!heard->first)
		heard->first = record->serial;
	heard->last = record->serial;
	if (heard->pid && record->pid != heard->pid) {
		heard->others++;
		return heard->stop;
	}
	heard->logged += record->code == SECCOMP_RET_LOG;
	heard->killed += record->code == SECCOMP_RET_KILL_PROCESS;
	heard->time = record->time;
	auditlog_text_copy(&record->comm, heard->comm, sizeof(heard->comm));
	auditlog_text_copy(&record->host, heard->host, sizeof(heard->host));
	snprintf(heard->boot_id, sizeof(heard->boot_id), "%s",
		 record->boot_id ? record->boot_id : "");
	return heard->stop;
}

static inline void heard_loss(void *data, const struct auditlog_loss *loss)
{
	struct heard *heard = data;

	heard->losses++;
	heard->lost += loss->count;
	heard->loss = *loss;
}

static inline struct auditlog_sink heard_sink(struct heard *heard)
{
	return (struct auditlog_sink){
		.record = heard_record, .loss = heard_loss, .data = heard,
	};
}

/* In a child: COUNT logged calls, as "a name", and one that kills. */
static inline _Noreturn void log_calls(long count)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NAME, "a name");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(1);
	while (count-- > 0)
		syscall(SYS_getppid);
	syscall(SYS_getpgid, 0);
	_exit(2);
}

/* Runs it to its end; its pid. */
static inline pid_t run_logged(long count)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		log_calls(count);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	return pid;
}

/* Reads until DONE, or for SECONDS. What auditlog_read() returned last. */
static inline int hear(struct auditlog_source *source, struct heard *heard,
		       bool (*done)(const struct heard *heard), int seconds)
{
	struct auditlog_sink sink = heard_sink(heard);
	int64_t until = base_now_monotonic() + seconds * INT64_C(1000000);
	struct error err = { 0 };
	int ret;

	for (;;) {
		struct pollfd fd = { auditlog_fd(source), POLLIN, 0 };
		int timeout = auditlog_timeout(source);

		ret = auditlog_read(source, &sink, &err);
		if (ret < 0 || (done && done(heard)) ||
		    base_now_monotonic() >= until)
			break;
		if (ret == 0)
			poll(&fd, 1, timeout >= 0 && timeout < 100 ? timeout :
			     100);
	}
	if (ret < 0 && err.code)
		print_message("%s\n", err.text);
	return ret;
}

static inline bool heard_death(const struct heard *heard)
{
	return heard->killed > 0;
}

static inline bool heard_loss_told(const struct heard *heard)
{
	return heard->losses > 0;
}

/* Of 100,000 calls. */
static inline bool heard_of_all(const struct heard *heard)
{
	return heard->logged + heard->lost >= 100000;
}

#endif
