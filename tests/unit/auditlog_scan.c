/* SPDX-License-Identifier: MIT */
/* The scan of many lines: what is found does not depend on how the bytes come;
 * what the kernel says of losses; and the sentences for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "auditlog/auditlog.h"

#define CALL(serial)                                                           \
	"audit(1795289578.545:" #serial "): auid=0 uid=0 gid=0 ses=1 pid=7 "   \
	"comm=\"a\" exe=\"/a\" sig=31 arch=c000003e syscall=41 compat=0 "      \
	"ip=0x1 code=0x80000000"
#define LOG(serial) "type=SECCOMP msg=" CALL(serial) "\n"
#define KERN(serial) "Nov 21 19:33:42 host kernel: audit: type=1326 "          \
	CALL(serial) "\n"
#define OTHER "type=SYSCALL msg=audit(1795289578.545:9): syscall=41 pid=7\n"

/* What a sink was told. */
struct told {
	uint32_t serials[32];
	size_t records;
	struct auditlog_loss losses[32];
	size_t loss_count;
	size_t stop_at;		/* the record that is refused; 0: none */
};

static int take_record(void *data, const struct auditlog_record *record)
{
	struct told *told = data;

	assert_true(told->records < ARRAY_SIZE(told->serials));
	told->serials[told->records++] = record->serial;
	return told->records == told->stop_at ? -ENOSPC : 0;
}

static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct told *told = data;

	assert_true(told->loss_count < ARRAY_SIZE(told->losses));
	told->losses[told->loss_count++] = *loss;
}

static int scan(const char *buffer, size_t size, bool whole, size_t *used,
		struct auditlog_counts *counts, struct told *told)
{
	const struct auditlog_sink sink = {
		.record = take_record, .loss = take_loss, .data = told,
	};

	return auditlog_scan(buffer, size, whole, used, counts, &sink);
}

static const char mixture[] =
	LOG(1) OTHER "\n" KERN(2)
	"Nov 21 19:33:42 host kernel: usb 1-1: new device\n"
	"Nov 21 19:33:42 host kernel: audit: type=1326 audit(1.1:3): pid\n"
	"Nov 21 19:33:42 host kernel: audit: audit_lost=5 audit_rate_limit=0\n"
	"node=b " LOG(4) OTHER
	"Nov 21 19:33:42 host kernel: kauditd_printk_skb: 15 callbacks "
	"suppressed\n"
	"Nov 21 19:33:42 host kernel: audit: type=1400 audit(1.002:3): x\n"
	"type=ANOM_ABEND msg=audit(1.002:5): pid=7 sig=31 res=1\n"
	"5,455,21,-;audit: type=1326 " CALL(6) "\n"
	"Nov 21 19:33:42 host kernel: audit: audit_lost=7 audit_rate_limit=0\n"
	"** 12 printk messages dropped **\n"
	KERN(7) "\n\n" LOG(8);

static void assert_mixture(const struct told *told,
			   const struct auditlog_counts *counts)
{
	static const uint32_t serials[] = { 1, 2, 4, 5, 6, 7, 8 };
	static const struct auditlog_loss losses[] = {
		{ .kind = AUDITLOG_LOST_KERNEL, .count = 5 },
		{ .kind = AUDITLOG_LOST_PRINTK, .count = 15 },
		{ .kind = AUDITLOG_LOST_KERNEL, .count = 2 },
		{ .kind = AUDITLOG_LOST_KMSG, .count = 12 },
	};

	assert_int_equal(told->records, ARRAY_SIZE(serials));
	assert_memory_equal(told->serials, serials, sizeof(serials));
	assert_int_equal(counts->records, ARRAY_SIZE(serials) - 1);
	assert_int_equal(counts->damaged, 1);
	assert_int_equal(counts->bytes, sizeof(mixture) - 1);
	assert_int_equal(told->loss_count, ARRAY_SIZE(losses));
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		assert_int_equal(told->losses[i].kind, losses[i].kind);
		assert_int_equal(told->losses[i].count, losses[i].count);
	}
}

/* The buffer comes in two parts, and then in steps: all the same. */
static void test_parts(void **state)
{
	const size_t size = sizeof(mixture) - 1;

	(void)state;
	for (size_t cut = 0; cut <= size; cut++) {
		struct auditlog_counts counts = { 0 };
		struct told told = { 0 };
		size_t used, rest;

		assert_int_equal(scan(mixture, cut, false, &used, &counts,
				      &told), 0);
		assert_true(used <= cut);
		assert_true(used == 0 || mixture[used - 1] == '\n');
		assert_true(!memchr(mixture + used, '\n', cut - used));
		assert_int_equal(scan(mixture + used, size - used, true, &rest,
				      &counts, &told), 0);
		assert_int_equal(used + rest, size);
		assert_mixture(&told, &counts);
	}
}

static void test_steps(void **state)
{
	const size_t size = sizeof(mixture) - 1;

	(void)state;
	for (size_t step = 1; step < 500; step++) {
		struct auditlog_counts counts = { 0 };
		struct told told = { 0 };
		size_t at = 0, used;

		for (size_t end = step; end < size; end += step) {
			scan(mixture + at, end - at, false, &used, &counts,
			     &told);
			at += used;
		}
		scan(mixture + at, size - at, true, &used, &counts, &told);
		assert_mixture(&told, &counts);
	}
}

static void test_edges(void **state)
{
	static const char unfinished[] = KERN(1) "type=SECCOMP msg=" CALL(2);
	struct auditlog_counts counts = { 0 };
	struct told told = { 0 };
	size_t used = 1;

	(void)state;
	assert_int_equal(scan("", 0, false, &used, &counts, &told), 0);
	assert_int_equal(used, 0);
	assert_int_equal(scan("", 0, true, &used, &counts, &told), 0);
	assert_int_equal(used, 0);
	scan("\n\n\n", 3, false, &used, &counts, &told);
	assert_int_equal(used, 3);
	scan("type=SECCOMP", 12, false, &used, &counts, &told);
	assert_int_equal(used, 0);
	assert_int_equal(told.records + counts.damaged, 0);
	scan(unfinished, sizeof(unfinished) - 1, false, &used, &counts, &told);
	assert_int_equal(used, sizeof(KERN(1)) - 1);
	assert_int_equal(told.records, 1);
	scan(unfinished, sizeof(unfinished) - 1, true, &used, &counts, &told);
	assert_int_equal(used, sizeof(unfinished) - 1);
	assert_int_equal(told.records, 3);
	scan(unfinished, sizeof(unfinished) - 2, true, &used, &counts, &told);
	assert_int_equal(told.records, 4);
	assert_int_equal(counts.damaged, 1);
}

/* Zeros as after a crash, and a line that has no end. */
static void test_odd_lines(void **state)
{
	const size_t size = 1 << 20;
	char *buffer = calloc(1, size);
	struct auditlog_counts counts = { 0 };
	struct told told = { 0 };
	size_t used;

	(void)state;
	memcpy(buffer + 1000, "\n" LOG(1), sizeof("\n" LOG(1)) - 1);
	memcpy(buffer + 2000, "\n" KERN(2), sizeof("\n" KERN(2)) - 1);
	memset(buffer + 3000, 'x', size - 3000);
	memcpy(buffer + size - 100, "audit(audit", 11);
	assert_int_equal(scan(buffer, size, true, &used, &counts, &told), 0);
	assert_int_equal(used, size);
	assert_int_equal(told.records, 2);
	assert_int_equal(counts.damaged, 0);
	free(buffer);
}

static void test_refusal(void **state)
{
	static const char lines[] = KERN(1) KERN(2) KERN(3);
	struct auditlog_counts counts = { 0 };
	struct told told = { .stop_at = 2 };
	size_t used;

	(void)state;
	assert_int_equal(scan(lines, sizeof(lines) - 1, true, &used, &counts,
			      &told), -ENOSPC);
	assert_int_equal(used, 2 * (sizeof(KERN(1)) - 1));
	assert_int_equal(counts.bytes, used);
	assert_int_equal(counts.records, 2);
	told.stop_at = 0;
	assert_int_equal(scan(lines + used, sizeof(lines) - 1 - used, true,
			      &used, &counts, &told), 0);
	assert_int_equal(told.serials[2], 3);
}

/* A line that only another part of the system can have written is none of the
 * kernel's; nor is what other records quote. */
static void test_not_the_kernel(void **state)
{
	static const char lines[] =
		"13,1,1,-;audit: type=1326 " CALL(1) "\n"
		"13,1,1,-;audit: audit_lost=5\n"
		"type=USER_LOGIN msg=audit(1.002:3): pid=1 x=audit: "
		"audit_lost=5\n"
		"type=USER_LOGIN msg=audit(1.002:3): pid=1 x=" LOG(1);
	struct auditlog_counts counts = { 0 };
	struct told told = { 0 };
	size_t used;

	(void)state;
	assert_int_equal(scan(lines, sizeof(lines) - 1, true, &used, &counts,
			      &told), 0);
	assert_int_equal(told.records + told.loss_count + counts.damaged, 0);
}

/* ---- losses ----------------------------------------------------------- */

static const struct loss_row {
	const char *message;
	int kind;		/* enum auditlog_loss_kind, -1: none */
	uint64_t count;
	const char *text;
} loss_rows[] = {
	{ "audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64",
	  AUDITLOG_LOST_KERNEL, 3,
	  "3 events never came: the kernel dropped them: 3 since it started" },
	{ "audit: rate limit exceeded", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "rate limit exceeded" },
	{ "audit: backlog limit exceeded", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "backlog limit exceeded" },
	{ "audit: kauditd hold queue overflow", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "kauditd hold queue overflow" },
	{ "audit: kauditd retry queue overflow", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "kauditd retry queue overflow" },
	{ "audit: audit_backlog=65 > audit_backlog_limit=64",
	  AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "audit_backlog=65 > audit_backlog_limit=64" },
	{ "audit: out of memory in audit_log_start", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "out of memory in audit_log_start" },
	{ "kauditd_printk_skb: 1 callbacks suppressed", AUDITLOG_LOST_PRINTK, 1,
	  "1 record never came: the kernel limits how much it logs" },
	{ "** 4096 printk messages dropped **", AUDITLOG_LOST_KMSG, 4096,
	  "4096 messages of the kernel never came: its buffer was full "
	  "before they were read" },
	{ "audit: rate limit exceeded\x1b[1m", AUDITLOG_LOST_KERNEL, 0,
	  "some events never came: the kernel dropped them: "
	  "rate limit exceeded?[1m" },
	{ "audit: audit_lost=0 audit_rate_limit=0", -1, 0, "" },
	{ "audit: audit_lost=", -1, 0, "" },
	{ "audit: audit_lost=99999999999999999999", -1, 0, "" },
	{ "audit: initializing netlink subsys (disabled)", -1, 0, "" },
	{ "net_ratelimit: 3 callbacks suppressed", -1, 0, "" },
	{ "kauditd_printk_skb: callbacks suppressed", -1, 0, "" },
	{ "some printk messages dropped", -1, 0, "" },
};

/* Each as a message of /dev/kmsg, of a log, and of a console. */
static void test_losses(void **state)
{
	static const char *const prefixes[] = {
		"4,456,2150865489,-;", "", "[ 2150.865489] ",
		"Nov 21 19:33:42 host kernel: [ 2385.318061] ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loss_rows) *
			       ARRAY_SIZE(prefixes); i++) {
		const struct loss_row *row = &loss_rows[i /
							ARRAY_SIZE(prefixes)];
		struct auditlog_counts counts = { 0 };
		struct told told = { 0 };
		char line[512], text[512];
		size_t used;

		snprintf(line, sizeof(line), "%s%s\n",
			 prefixes[i % ARRAY_SIZE(prefixes)], row->message);
		scan(line, strlen(line), true, &used, &counts, &told);
		if (told.loss_count != (row->kind >= 0))
			print_error("%s", line);
		assert_int_equal(told.loss_count, row->kind >= 0);
		if (row->kind < 0)
			continue;
		assert_int_equal(told.losses[0].kind, row->kind);
		assert_int_equal(told.losses[0].count, row->count);
		assert_true(told.losses[0].time > 0);
		auditlog_loss_text(text, sizeof(text), &told.losses[0]);
		assert_string_equal(text, row->text);
	}
}

/* The kernel counts from its start: a lower number is another start. */
static void test_total(void **state)
{
	static const struct {
		const char *line;
		uint64_t count;		/* 0: nothing is told */
	} rows[] = {
		{ "audit: audit_lost=10 \n", 10 },
		{ "audit: audit_lost=12 \n", 2 },
		{ "audit: audit_lost=12 \n", 0 },
		{ "audit: audit_lost=3 \n", 3 },
		{ "audit: audit_lost=4294967295 \n", 4294967292 },
	};
	struct auditlog_counts counts = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told told = { 0 };
		size_t used;

		scan(rows[i].line, strlen(rows[i].line), true, &used, &counts,
		     &told);
		assert_int_equal(told.loss_count, rows[i].count > 0);
		assert_int_equal(told.losses[0].count, rows[i].count);
	}
}

static void test_sentences(void **state)
{
	static const struct {
		struct auditlog_loss loss;
		const char *text;
	} rows[] = {
		{ { .kind = AUDITLOG_LOST_SERIALS, .count = 20 },
		  "20 events never came: their numbers were left out" },
		{ { .kind = AUDITLOG_LOST_OVERRUN, .count = 1 },
		  "1 event never came: the socket's buffer was full" },
		{ { .kind = AUDITLOG_LOST_RECORD, .count = 1,
		    .detail = "pid 12 (python3)" },
		  "1 record of a death by SIGSYS never came: it was lost, or "
		  "the filter traps without logging: pid 12 (python3)" },
		{ { .kind = AUDITLOG_LOST_FILE, .detail = "/var/log/kern.log" },
		  "some lines never came: the place where the last watch "
		  "stopped is gone: /var/log/kern.log" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(auditlog_loss_text(text, sizeof(text),
						       &rows[i].loss),
				    rows[i].text);
	assert_string_equal(auditlog_loss_text(text, 8, &rows[0].loss),
			    "20 even");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_not_the_kernel),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
