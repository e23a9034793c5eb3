/* SPDX-License-Identifier: MIT */
/* The kernel's log: messages that we send through a socket, and those of the
 * kernel itself. */
#include <fcntl.h>
#include <libaudit.h>
#include <sys/socket.h>

#include "auditlog/kmsg.h"
#include "auditlog_live.h"
#include "tests/unit/skip.h"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define RECORD(serial, comm)                                                   \
	"audit: type=1326 audit(1795289344.093:" serial "): auid=0 uid=0 "     \
	"gid=0 ses=2 pid=544 comm=" comm " exe=\"/bin/x\" sig=31 "             \
	"arch=c000003e syscall=39 compat=0 ip=0x7f code=0x80000000"

/* A source that reads what is written to *WRITER. */
static struct auditlog_source *make(int *writer, const char *position)
{
	struct auditlog_source *source;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				    SOCK_NONBLOCK, 0, fds), 0);
	*writer = fds[1];
	assert_int_equal(kmsg_source(&source, fds[0], BOOT, position, NULL), 0);
	source->follow = true;
	return source;
}

static void say(int writer, const char *message)
{
	assert_int_equal(send(writer, message, strlen(message), 0),
			 strlen(message));
}

/* Reads what there is. */
static struct heard listen_to(struct auditlog_source *source)
{
	struct heard heard = { 0 };
	struct auditlog_sink sink = heard_sink(&heard);

	assert_int_equal(auditlog_read(source, &sink, NULL), 0);
	return heard;
}

static void records_of_the_kernel_are_heard(void **state)
{
	cleanup_close int writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	struct heard heard;
	struct auditlog_about about;

	(void)state;
	say(writer, "6,100,1,-;a message\n SUBSYSTEM=pci\n DEVICE=+pci:0\n");
	say(writer, "5,101,2,-;" RECORD("7", "\"a\\x5cb\"") "\n");
	say(writer, "5,102,2,-,caller=T12;" RECORD("8", "612062") "\n");
	heard = listen_to(source);
	assert_int_equal(heard.killed, 2);
	assert_int_equal(heard.first, 7);
	assert_int_equal(heard.last, 8);
	assert_string_equal(heard.comm, "a b");
	assert_int_equal(heard.losses, 0);
	assert_int_equal(heard.time, INT64_C(1795289344093000));
	auditlog_about(source, &about);
	assert_int_equal(about.counts.records, 2);
	assert_false(about.forgeable || about.complete);
	say(writer, "5,103,2,-;" RECORD("9", "\"a\\x5cb\"") "\n");
	heard = listen_to(source);
	assert_string_equal(heard.comm, "a\\b");
}

/* Another facility is another writer; further lines are fields. */
static void nobody_else_is_believed(void **state)
{
	cleanup_close int writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	struct heard heard;

	(void)state;
	say(writer, "13,100,1,-;" RECORD("7", "\"x\"") "\n");
	say(writer, "29,101,1,-;" RECORD("8", "\"x\"") "\n");
	say(writer, "6,102,1,-;text\n FIELD=" RECORD("9", "\"x\"") "\n");
	heard = listen_to(source);
	assert_int_equal(heard.killed, 0);
}

static void a_gap_is_a_loss(void **state)
{
	cleanup_close int writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	struct heard heard;

	(void)state;
	say(writer, "6,100,1,-;a\n");
	say(writer, "6,101,1,-;b\n");
	assert_int_equal(listen_to(source).losses, 0);
	say(writer, "6,120,1,-;c\n");
	heard = listen_to(source);
	assert_int_equal(heard.losses, 1);
	assert_int_equal(heard.loss.kind, AUDITLOG_LOST_KMSG);
	assert_int_equal(heard.loss.count, 18);
}

static void withheld_messages_are_a_loss(void **state)
{
	cleanup_close int writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	struct heard heard;

	(void)state;
	say(writer, "4,1,1,-;audit: kauditd_printk_skb: 16 callbacks "
		    "suppressed\n");
	heard = listen_to(source);
	assert_int_equal(heard.losses, 1);
	assert_int_equal(heard.loss.kind, AUDITLOG_LOST_PRINTK);
	assert_int_equal(heard.loss.count, 16);
}

static void it_goes_on_where_it_stopped(void **state)
{
	char position[AUDITLOG_POSITION];
	cleanup_close int writer = -1, next_writer = -1, boot_writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	cleanup_auditlog struct auditlog_source *next = NULL, *boot = NULL;
	struct heard heard;

	(void)state;
	assert_string_equal(auditlog_position(source, position), "");
	say(writer, "5,100,1,-;" RECORD("7", "\"x\"") "\n");
	assert_int_equal(listen_to(source).killed, 1);
	assert_string_equal(auditlog_position(source, position), BOOT " 100");

	next = make(&next_writer, position);
	say(next_writer, "5,99,1,-;" RECORD("6", "\"x\"") "\n");
	say(next_writer, "5,100,1,-;" RECORD("7", "\"x\"") "\n");
	heard = listen_to(next);
	assert_int_equal(heard.killed, 0);
	assert_string_equal(auditlog_position(next, position), BOOT " 100");
	say(next_writer, "5,103,1,-;" RECORD("9", "\"x\"") "\n");
	heard = listen_to(next);
	assert_int_equal(heard.killed, 1);
	assert_int_equal(heard.loss.count, 2);

	/* Of another boot. */
	position[0] = '2';
	boot = make(&boot_writer, position);
	say(boot_writer, "5,50,1,-;" RECORD("7", "\"x\"") "\n");
	heard = listen_to(boot);
	assert_int_equal(heard.killed, 1);
	assert_int_equal(heard.losses, 0);
}

static void what_is_damaged_is_counted(void **state)
{
	cleanup_close int writer = -1;
	cleanup_auditlog struct auditlog_source *source = make(&writer, NULL);
	struct auditlog_about about;

	(void)state;
	say(writer, "no message at all");
	say(writer, ";");
	say(writer, "5,1,1,-;audit: type=1326 audit(1795289344.093:7): pid=\n");
	say(writer, "5,2,1,-;" RECORD("7", "\"a\\x0\"") "\n");
	say(writer, "5,3,1,-;\\x\n");
	assert_int_equal(listen_to(source).losses, 0);
	auditlog_about(source, &about);
	assert_int_equal(about.counts.damaged, 3);
}

/* ---- the kernel's own ------------------------------------------------- */

static bool auditd_runs(void)
{
	int fd = audit_open();
	struct audit_reply reply;
	bool runs = false;

	if (fd < 0 || audit_request_status(fd) <= 0)
		return false;
	while (audit_get_reply(fd, &reply, GET_REPLY_BLOCKING, 0) > 0)
		if (reply.type == AUDIT_GET) {
			runs = reply.status->pid != 0;
			break;
		}
	audit_close(fd);
	return runs;
}

#define FORGED                                                                 \
	"<5>audit: type=1326 audit(4102444800.000:1): uid=0 pid=544 comm=\"x\" "  \
	"sig=31 arch=c000003e syscall=39 ip=0x7f code=0x80000000"

/* Of ten records in five seconds, everybody's, one has to be ours; and what we
 * write there ourselves is not believed. */
static void a_kill_is_heard(void **state)
{
	struct auditlog_options options = { .name = "kmsg", .follow = true,
					    .since = base_now() - 1000 };
	cleanup_auditlog struct auditlog_source *source = NULL;
	cleanup_close int forger = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	struct error err = { 0 };
	struct heard heard = { 0 };

	(void)state;
	if (auditlog_open(&source, &options, &err) < 0 || auditd_runs()) {
		auditlog_closep(&source);
		skip_for("%s", err.code ? err.text :
			 "auditd takes the records");
	}
	for (int i = 0; i < 60 && heard.killed == 0; i++) {
		heard = (struct heard){ .pid = run_logged(0) };
		hear(source, &heard, heard_death, 1);
	}
	assert_int_equal(heard.killed, 1);
	assert_string_equal(heard.comm, "a name");
	if (forger < 0)
		return;
	assert_int_equal(base_write_all(forger, FORGED, strlen(FORGED)), 0);
	heard = (struct heard){ .pid = 544 };
	hear(source, &heard, NULL, 1);
	assert_int_equal(heard.killed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_the_kernel_are_heard),
		cmocka_unit_test(nobody_else_is_believed),
		cmocka_unit_test(a_gap_is_a_loss),
		cmocka_unit_test(withheld_messages_are_a_loss),
		cmocka_unit_test(it_goes_on_where_it_stopped),
		cmocka_unit_test(what_is_damaged_is_counted),
		cmocka_unit_test(a_kill_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
