/* SPDX-License-Identifier: MIT */
/*
 * A log in a folder of its own, a writer that numbers its records, and a reader
 * that counts how often each number came.
 */
#ifndef JAIL_TESTS_AUDITLOG_LOG_H
#define JAIL_TESTS_AUDITLOG_LOG_H

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "auditlog/auditlog.h"

enum { LOG_MOST = 200000 };
#define LOG "./test.log"

static char log_folder[] = "/tmp/jail-unit-XXXXXX";

static struct {
	int fd;				/* the writer's */
	uint32_t written;		/* the latest number */
	unsigned char seen[LOG_MOST];
	bool may_be_lost[LOG_MOST];	/* the rotation itself loses it */
	unsigned losses;
	char detail[256];		/* of the latest */
	void (*during)(void);		/* in the middle of a read, */
	uint32_t during_number;		/* at this number */
	struct auditlog_source *source;
	char position[AUDITLOG_POSITION];
} the;

static int log_enter(void **state)
{
	(void)state;
	umask(022);
	return mkdtemp(log_folder) && chdir(log_folder) == 0 ? 0 : -1;
}

static inline int log_remove(const char *path, const struct stat *st,
			     int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	return ftw->level ? remove(path) : 0;
}

static int log_leave(void **state)
{
	(void)state;
	return chdir("/") < 0 || nftw(log_folder, log_remove, 16, FTW_DEPTH |
				      FTW_PHYS) || rmdir(log_folder);
}

/* ---- the writer ------------------------------------------------------- */

static inline void log_create(void)
{
	base_close(&the.fd);
	the.fd = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(the.fd >= 0);
}

static inline int log_line(char *out, size_t size, uint32_t number)
{
	return snprintf(out, size, "type=SECCOMP msg=audit(%u.%03u:%u): "
			"auid=0 uid=0 gid=0 ses=2 pid=%u comm=\"python3\" "
			"exe=\"/usr/bin/python3.11\" sig=31 arch=c000003e "
			"syscall=39 compat=0 ip=0x7f09a6a4b829 "
			"code=0x80000000\n", 1795289344 + number / 1000,
			number % 1000, number, 1000 + number % 30000);
}

static inline void log_write_to(int fd, unsigned count)
{
	char line[512];

	while (count--) {
		int length;

		assert_true(the.written + 1 < LOG_MOST);
		length = log_line(line, sizeof(line), ++the.written);
		assert_int_equal(base_write_all(fd, line, (size_t)length), 0);
	}
}

static inline void log_write(unsigned count)
{
	log_write_to(the.fd, count);
}

static inline void log_text(const char *text)
{
	assert_int_equal(base_write_all(the.fd, text, strlen(text)), 0);
}

/* ---- the reader ------------------------------------------------------- */

static inline int log_take(void *data, const struct auditlog_record *record)
{
	(void)data;
	assert_in_range(record->serial, 1, the.written);
	the.seen[record->serial]++;
	if (the.during && record->serial == the.during_number) {
		void (*during)(void) = the.during;

		the.during = NULL;
		during();
	}
	return 0;
}

static inline void log_lost(void *data, const struct auditlog_loss *loss)
{
	(void)data;
	the.losses++;
	snprintf(the.detail, sizeof(the.detail), "%s", loss->detail);
}

static const struct auditlog_sink log_sink = {
	.record = log_take, .loss = log_lost,
};

static inline void log_open_at(const char *name, bool follow, int64_t since)
{
	struct auditlog_options options = {
		.name = name, .position = the.position,
		.since = since, .follow = follow,
	};
	struct error err = { 0 };

	if (auditlog_open(&the.source, &options, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void log_open(bool follow)
{
	log_open_at(LOG, follow, 0);
}

static inline void log_close(void)
{
	if (the.source)
		auditlog_position(the.source, the.position);
	auditlog_closep(&the.source);
}

/* Until there is no more: 0, or -ENODATA. */
static inline int log_read(void)
{
	struct error err = { 0 };
	int ret;

	do {
		ret = auditlog_read(the.source, &log_sink, &err);
	} while (ret > 0);
	if (ret < 0 && ret != -ENODATA)
		fail_msg("%s", err.text);
	return ret;
}

/* Whether the source wakes us, without waiting for its timeout. */
static inline bool log_wakes(void)
{
	struct pollfd ready = {
		.fd = auditlog_fd(the.source), .events = POLLIN,
	};

	return poll(&ready, 1, 5000) == 1;
}

/* All came, and each once. */
static inline void log_all_came(void)
{
	for (uint32_t i = 1; i <= the.written; i++)
		if (the.seen[i] != 1 && !(the.may_be_lost[i] && !the.seen[i]))
			fail_msg("%u of %u came %u times", i, the.written,
				 the.seen[i]);
}

/* ---- each test -------------------------------------------------------- */

static inline int log_begin(void **state)
{
	(void)state;
	memset(&the, 0, sizeof(the));
	the.fd = -1;
	log_create();
	return 0;
}

static inline int log_end(void **state)
{
	(void)state;
	auditlog_closep(&the.source);
	base_close(&the.fd);
	return nftw(log_folder, log_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#define log_test(f) cmocka_unit_test_setup_teardown(f, log_begin, log_end)

#endif
