/* SPDX-License-Identifier: MIT */
/*
 * The audit socket: records that the kernel makes of real calls. Needs
 * CAP_AUDIT_READ on the host. Everybody's records come by: ours are told by
 * their process.
 */
#include <cap-ng.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>

#include "auditlog/reader.h"
#include "auditlog/status.h"
#include "auditlog_live.h"
#include "tests/unit/skip.h"

static int open_netlink(struct auditlog_source **source, struct error *err)
{
	struct auditlog_options options = { .name = "netlink", .follow = true };

	return auditlog_open(source, &options, err);
}

static struct auditlog_source *open_or_skip(void)
{
	struct auditlog_source *source;
	struct error err = { 0 };

	if (open_netlink(&source, &err) < 0) {
		skip_for("%s", err.text);
	}
	return source;
}

static void a_kill_is_heard(void **state)
{
	cleanup_auditlog struct auditlog_source *source = open_or_skip();
	struct heard heard = { .pid = run_logged(2) };
	struct auditlog_about about;
	char text[AUDITLOG_POSITION];

	(void)state;
	hear(source, &heard, heard_death, 10);
	assert_int_equal(heard.logged, 2);
	assert_int_equal(heard.killed, 1);
	assert_string_equal(heard.comm, "a name");
	assert_string_equal(heard.host, "");
	assert_true(heard.time > base_now() - 60000000);
	auditlog_about(source, &about);
	assert_string_equal(about.name, "netlink");
	assert_false(about.forgeable);
	assert_true(about.complete && about.local);
	assert_true(about.counts.records >= 3);
	assert_true(about.counts.bytes >= 3 * 150);
	assert_int_equal(about.counts.damaged, 0);
	assert_string_equal(auditlog_position(source, text), "");
	assert_string_equal(auditlog_key(source, text, sizeof(text)),
			    "netlink");
}

/* Nobody reads while the burst is made: the thread does. There is room for it,
 * which others' records share: of ours no more is lost than came of theirs. */
static void a_burst_is_whole(void **state)
{
	cleanup_auditlog struct auditlog_source *source = open_or_skip();
	struct heard heard = { .pid = run_logged(100000) };

	(void)state;
	hear(source, &heard, heard_death, 30);
	print_message("%d came, and %d of others\n", (int)heard.logged,
		      (int)heard.others);
	assert_true(heard.logged + heard.others >= 100000);
	assert_true(heard.lost == 0 || heard.others > 0);
}

/* What came before the end is read. The kernel sends them a while after the
 * calls, to one listener after the other, and who came last is the first. */
static void a_stop_leaves_nothing_unread(void **state)
{
	cleanup_auditlog struct auditlog_source *other = open_or_skip();
	cleanup_auditlog struct auditlog_source *source = open_or_skip();
	struct heard heard = { .pid = run_logged(20000) };
	struct heard sent = { .pid = heard.pid };

	(void)state;
	hear(other, &sent, heard_death, 30);
	assert_int_equal(sent.killed, 1);
	assert_true(auditlog_stop(source));
	assert_int_equal(hear(source, &heard, NULL, 10), -ENODATA);
	assert_int_equal(heard.logged, 20000);
	assert_true(auditlog_stop(source));
	assert_int_equal(hear(source, &heard, NULL, 10), -ENODATA);
}

static void what_the_sink_answers_ends_reading(void **state)
{
	cleanup_auditlog struct auditlog_source *source = open_or_skip();
	struct heard heard = { .pid = run_logged(2), .stop = -ECANCELED };

	(void)state;
	assert_int_equal(hear(source, &heard, NULL, 10), -ECANCELED);
}

/* In a child that was given IN: its exit status. */
static int in_child(int (*in)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(in());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int become(bool with_capability)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (with_capability)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     CAP_AUDIT_READ);
	return capng_change_id(1000, 1000, CAPNG_DROP_SUPP_GRP |
			       CAPNG_CLEAR_BOUNDING);
}

/* The socket's buffer is then as small as anybody's; the kernel's count of lost
 * records may not be asked. */
static int reads_with_one_capability(void)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct heard heard = { 0 };
	struct error err = { 0 };

	if (become(true) < 0)
		return 77;
	if (open_netlink(&source, &err) < 0) {
		print_message("%s\n", err.text);
		return 1;
	}
	heard.pid = run_logged(100000);
	/* Where the processors are busy with other things the socket may be
	 * too small; how much it could not hold shows with the next event, a
	 * second later. */
	hear(source, &heard, heard_of_all, 5);
	run_logged(0);
	hear(source, &heard, heard_of_all, 10);
	print_message("%d came, %d were lost\n", (int)heard.logged,
		      (int)heard.lost);
	return heard.logged + heard.lost < 100000;
}

static void one_capability_is_enough(void **state)
{
	(void)state;
	auditlog_close(open_or_skip());
	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_int_equal(in_child(reads_with_one_capability), 0);
}

static int is_refused(void)
{
	struct auditlog_source *source;
	struct error err = { 0 };

	if (geteuid() == 0 && become(false) < 0)
		return 77;
	return open_netlink(&source, &err) != -EPERM ||
	       !strstr(err.text, "CAP_AUDIT_READ");
}

static void without_it_the_sentence_says_so(void **state)
{
	(void)state;
	assert_int_equal(in_child(is_refused), 0);
}

static int is_silent_elsewhere(void)
{
	struct auditlog_source *source;
	struct error err = { 0 };

	if (unshare(CLONE_NEWNET) < 0)
		return 77;
	return open_netlink(&source, &err) != -ECONNREFUSED ||
	       !strstr(err.text, "network namespace");
}

static void another_network_namespace_hears_nothing(void **state)
{
	int status;

	(void)state;
	auditlog_close(open_or_skip());
	status = in_child(is_silent_elsewhere);
	if (status == 77)
		skip_for("no network namespace can be made here");
	assert_int_equal(status, 0);
}

/* Nothing is asked without a reason, and nothing without the capability. */
static void the_kernels_count_is_asked_for_a_reason(void **state)
{
	struct status status;

	(void)state;
	assert_int_equal(status_more(3, 3), 0);
	assert_int_equal(status_more(3, 5), 2);
	assert_int_equal(status_more(2002, 7), 7);
	status_open(&status);
	assert_int_equal(status_timeout(&status), -1);
	status_want(&status);
	if (status.fd < 0)
		assert_int_equal(status_timeout(&status), -1);
	else
		assert_in_range(status_timeout(&status), 1, 1001);
	if (status.fd >= 0)
		status_ask(&status);
	assert_int_equal(status_timeout(&status), -1);
	status_close(&status);
}

/* ---- the thread alone, on a socket of ours ---------------------------- */

static int small_socket(int size, struct sockaddr_nl *name)
{
	struct sockaddr_nl group = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1),
	};
	socklen_t length = sizeof(*name);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_AUDIT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&group, sizeof(group)) < 0) {
		skip_for("there is no CAP_AUDIT_READ");
	}
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)name, &length), 0);
	return fd;
}

/* Sums up what came. */
struct sum {
	char *lines;
	size_t size;
	uint64_t messages, lost;
};

static void add_news(struct reader *reader, struct sum *sum)
{
	struct reader_news news = { 0 };

	reader_take(reader, &news);
	sum->lines = realloc(sum->lines, sum->size + news.size + 1);
	assert_non_null(sum->lines);
	if (news.size > 0)
		memcpy(sum->lines + sum->size, news.lines, news.size);
	sum->size += news.size;
	sum->lines[sum->size] = '\0';
	sum->messages += news.messages;
	sum->lost += news.gaps + news.overrun + news.dropped;
	free(news.lines);
}

static bool await_text(struct reader *reader, struct sum *sum, const char *text,
		       int seconds)
{
	int64_t until = base_now_monotonic() + seconds * INT64_C(1000000);

	for (;;) {
		struct pollfd fd = { reader->wake, POLLIN, 0 };

		add_news(reader, sum);
		if (strstr(sum->lines, text))
			return true;
		if (base_now_monotonic() > until)
			return false;
		poll(&fd, 1, 100);
	}
}

/* Nothing came yet but what may be missing: so many. *NEXT will be the next. */
static uint32_t begin_anew(struct reader *reader, uint32_t *next)
{
	struct reader_news *news = &reader->news;

	news->size = 0;
	news->messages = news->gaps = news->overrun = news->dropped = 0;
	*next = reader->serials.next;
	return reader->serials.missing;
}

/* An event that came shows what was lost before it. The socket is full until
 * the thread has emptied it, and then of others' records: one may be lost. */
static void show_the_end(struct reader *reader, struct sum *sum)
{
	int64_t until = base_now_monotonic() + 30 * INT64_C(1000000);
	char mark[32];

	do {
		assert_true(base_now_monotonic() < until);
		snprintf(mark, sizeof(mark), " pid=%d ", (int)run_logged(0));
	} while (!await_text(reader, sum, mark, 1));
}

/* What may still come late is lost a second later. */
static void await_lost(struct reader *reader, struct sum *sum)
{
	int64_t until = base_now_monotonic() + 10 * INT64_C(1000000);
	uint32_t missing = 1;

	while (missing > 0 && base_now_monotonic() < until) {
		usleep(20000);
		pthread_mutex_lock(&reader->lock);
		missing = reader->serials.missing;
		pthread_mutex_unlock(&reader->lock);
	}
	add_news(reader, sum);
	assert_true(sum->lost > 10000);
}

/* A socket that holds hardly anything, and a thread that we hold up: most of a
 * burst is lost, and it is known how much, also without a STOP. */
static void count_lost(bool stop)
{
	struct sockaddr_nl name;
	struct reader reader;
	struct sum first = { 0 }, sum = { 0 };
	uint64_t lines = 0, span;
	uint32_t next;

	assert_int_equal(reader_open(&reader, small_socket(1, &name), NULL), 0);
	run_logged(0);
	assert_true(await_text(&reader, &first, "type=1326", 30));
	pthread_mutex_lock(&reader.lock);
	span = begin_anew(&reader, &next);
	run_logged(20000);
	pthread_mutex_unlock(&reader.lock);
	show_the_end(&reader, &sum);
	if (!stop)
		await_lost(&reader, &sum);
	reader_stop(&reader);
	add_news(&reader, &sum);
	span += reader.serials.next - next;
	reader_close(&reader);
	for (const char *at = sum.lines; (at = strchr(at, '\n')); at++)
		lines++;
	print_message("%d events, %d came, %d lost\n", (int)span, (int)lines,
		      (int)sum.lost);
	assert_true(sum.lost > 10000);
	/* What came of other types is no line. One that was given up may have
	 * come after all. */
	assert_true(sum.lost + lines <= span + 50);
	assert_true(sum.lost + sum.messages >= span);
	free(first.lines);
	free(sum.lines);
}

static void what_is_lost_is_counted(void **state)
{
	(void)state;
	count_lost(false);
}

static void what_is_missing_at_the_end_is_lost(void **state)
{
	(void)state;
	count_lost(true);
}

/* Only the kernel is believed: root can send to the socket, too. */
static void nobody_else_is_believed(void **state)
{
	static const char forged[] = "audit(1700000000.000:1): forged";
	struct { struct nlmsghdr header; char text[64]; } message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(forged)),
			    .nlmsg_type = AUDIT_SECCOMP },
	};
	cleanup_close int liar = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
					NETLINK_AUDIT);
	struct sockaddr_nl name;
	struct reader reader;
	struct sum sum = { 0 };

	(void)state;
	memcpy(message.text, forged, sizeof(forged));
	assert_int_equal(reader_open(&reader, small_socket(4096, &name), NULL),
			 0);
	name.nl_groups = 0;
	assert_true(sendto(liar, &message, message.header.nlmsg_len, 0,
			   (struct sockaddr *)&name, sizeof(name)) > 0);
	run_logged(0);
	assert_true(await_text(&reader, &sum, "type=1326", 30));
	assert_null(strstr(sum.lines, "forged"));
	reader_close(&reader);
	free(sum.lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_is_heard),
		cmocka_unit_test(a_burst_is_whole),
		cmocka_unit_test(a_stop_leaves_nothing_unread),
		cmocka_unit_test(what_the_sink_answers_ends_reading),
		cmocka_unit_test(one_capability_is_enough),
		cmocka_unit_test(without_it_the_sentence_says_so),
		cmocka_unit_test(another_network_namespace_hears_nothing),
		cmocka_unit_test(the_kernels_count_is_asked_for_a_reason),
		cmocka_unit_test(what_is_lost_is_counted),
		cmocka_unit_test(what_is_missing_at_the_end_is_lost),
		cmocka_unit_test(nobody_else_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
