/* SPDX-License-Identifier: MIT */
/*
 * Files of the journal, made by systemd-journal-remote of entries as another
 * host would send them (systemd.io, Journal Export Formats). The journal of a
 * running journald: tests/bats/watch-journal.bats.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "auditlog_live.h"
#include "tests/unit/skip.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define BOOT "6220b3abac9c4660825641135a73e51d"
#define BOOT_ID "6220b3ab-ac9c-4660-8256-41135a73e51d"
#define MACHINE "11111111222233334444555555555555"
#define REST                                                                   \
	"auid=0 uid=0 gid=0 ses=2 pid=544 comm=612062 exe=\"/bin/x\" sig=31 "   \
	"arch=c000003e syscall=39 compat=0 ip=0x7f code=0x80000000"
#define NOW INT64_C(1795289344000000)

static char folder[] = "/tmp/jail-journal-XXXXXX";
static char path[128];

#ifdef HAVE_JOURNAL
static FILE *begin(void)
{
	FILE *out;
	char command[300];

	if (access(REMOTE, X_OK) < 0) {
		skip_for("there is no systemd-journal-remote");
	}
	snprintf(command, sizeof(command), REMOTE " -o %s - 2>/dev/null", path);
	out = popen(command, "we");
	assert_non_null(out);
	return out;
}

static void end(FILE *out)
{
	fputs("\n", out);
	assert_int_equal(pclose(out), 0);
}

/* What all entries have; I orders them. */
static void head(FILE *out, int i, const char *transport)
{
	fprintf(out, "\n__CURSOR=s=00;i=%x\n__REALTIME_TIMESTAMP=%lld\n"
		"__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=" BOOT "\n_MACHINE_ID="
		MACHINE "\n_HOSTNAME=far\n_TRANSPORT=%s\n", i,
		(long long)(NOW + i * INT64_C(1000000)), 1000 + i, transport);
}

static void from_audit(FILE *out, int i)
{
	head(out, i, "audit");
	fprintf(out, "_AUDIT_TYPE=1326\n_AUDIT_ID=%d\n"
		"_SOURCE_REALTIME_TIMESTAMP=%lld\nMESSAGE=SECCOMP " REST "\n",
		i, (long long)(NOW + i * INT64_C(1000000)));
}

static void from_kernel(FILE *out, int i, const char *transport, int facility)
{
	head(out, i, transport);
	fprintf(out, "SYSLOG_FACILITY=%d\nMESSAGE=audit: type=1326 "
		"audit(%lld.000:%d): " REST "\n", facility,
		(long long)(NOW / 1000000 + i), i);
}

static struct auditlog_source *open_file(const char *position, int64_t since)
{
	struct auditlog_options options = {
		.name = path, .position = position, .since = since,
	};
	struct auditlog_source *source = NULL;
	struct error err = { 0 };

	if (auditlog_open(&source, &options, &err) < 0)
		fail_msg("%s", err.text);
	return source;
}

/* All that there is. */
static struct heard listen_to(struct auditlog_source *source)
{
	struct heard heard = { 0 };

	assert_int_equal(hear(source, &heard, NULL, 10), -ENODATA);
	return heard;
}

static void an_event_that_came_both_ways_counts_once(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct auditlog_about about;
	struct heard heard;
	FILE *out = begin();
	char text[256];

	(void)state;
	from_audit(out, 1);
	from_kernel(out, 1, "kernel", 0);
	from_kernel(out, 2, "kernel", 0);
	from_audit(out, 2);
	end(out);
	source = open_file(NULL, 0);
	heard = listen_to(source);
	assert_int_equal(heard.killed, 2);
	assert_int_equal(heard.first, 1);
	assert_int_equal(heard.last, 2);
	assert_int_equal(heard.time, NOW + 2000000);
	assert_string_equal(heard.comm, "a b");
	assert_string_equal(heard.host, "far");
	assert_string_equal(heard.boot_id, BOOT_ID);
	auditlog_about(source, &about);
	assert_string_equal(about.name, "journal");
	assert_int_equal(about.counts.records, 2);
	assert_int_equal(about.counts.damaged, 0);
	assert_false(about.local || about.complete);
	auditlog_key(source, text, sizeof(text));
	assert_memory_equal(text, "journal:", 8);
}

static void nobody_else_is_believed(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	FILE *out = begin();

	(void)state;
	from_kernel(out, 1, "syslog", 0);
	from_kernel(out, 2, "stdout", 0);
	from_kernel(out, 3, "journal", 0);
	from_kernel(out, 4, "kernel", 3);
	end(out);
	source = open_file(NULL, 0);
	assert_int_equal(listen_to(source).killed, 0);
}

static void it_goes_on_where_it_stopped(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	cleanup_auditlog struct auditlog_source *next = NULL;
	char position[AUDITLOG_POSITION];
	struct heard heard;
	FILE *out = begin();

	(void)state;
	from_audit(out, 1);
	from_audit(out, 2);
	end(out);
	source = open_file(NULL, 0);
	assert_string_equal(auditlog_position(source, position), "");
	assert_int_equal(listen_to(source).killed, 2);
	auditlog_position(source, position);
	out = begin();
	from_audit(out, 3);
	from_audit(out, 4);
	end(out);
	next = open_file(position, 0);
	heard = listen_to(next);
	assert_int_equal(heard.killed, 2);
	assert_int_equal(heard.first, 3);
	assert_int_equal(heard.losses, 0);
	auditlog_position(next, position);
	auditlog_close(next);
	next = open_file(position, 0);
	assert_int_equal(listen_to(next).killed, 0);
	/* The same reader sees what was added as well. */
	assert_int_equal(listen_to(source).killed, 2);
}

static void where_it_stopped_may_be_gone(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	char position[AUDITLOG_POSITION];
	struct heard heard;
	FILE *out = begin();

	(void)state;
	from_audit(out, 1);
	end(out);
	source = open_file(NULL, 0);
	listen_to(source);
	auditlog_position(source, position);
	auditlog_close(source);
	unlink(path);
	out = begin();
	from_audit(out, 5);
	from_audit(out, 6);
	end(out);
	source = open_file(position, 0);
	heard = listen_to(source);
	assert_int_equal(heard.losses, 1);
	assert_int_equal(heard.loss.kind, AUDITLOG_LOST_FILE);
	assert_int_equal(heard.killed, 2);
	auditlog_close(source);
	source = open_file("no cursor", 0);
	heard = listen_to(source);
	assert_int_equal(heard.losses, 1);
	assert_int_equal(heard.killed, 2);
}

static void nothing_older_than_was_asked_for(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct heard heard;
	FILE *out = begin();

	(void)state;
	for (int i = 1; i < 10; i++)
		from_audit(out, i);
	end(out);
	source = open_file(NULL, NOW + 7000000);
	heard = listen_to(source);
	assert_int_equal(heard.killed, 3);
	assert_int_equal(heard.first, 7);
}

/* A suppressed message of the kernel's log is lost unless records come from the
 * audit socket, too. */
static void withheld_messages_are_a_loss(void **state)
{
	static const char said[] = "SYSLOG_FACILITY=0\nMESSAGE=audit: "
		"kauditd_printk_skb: 16 callbacks suppressed\n";
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct heard heard;
	FILE *out = begin();

	(void)state;
	head(out, 1, "kernel");
	fputs(said, out);
	from_audit(out, 2);
	head(out, 3, "kernel");
	fputs(said, out);
	end(out);
	source = open_file(NULL, 0);
	heard = listen_to(source);
	assert_int_equal(heard.losses, 1);
	assert_int_equal(heard.loss.kind, AUDITLOG_LOST_PRINTK);
	assert_int_equal(heard.loss.count, 16);
}

static void what_is_damaged_is_counted(void **state)
{
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct auditlog_about about;
	FILE *out = begin();

	(void)state;
	head(out, 1, "audit");
	fputs("_AUDIT_TYPE=1326\nMESSAGE=SECCOMP " REST "\n", out);
	head(out, 2, "audit");
	fputs("_AUDIT_TYPE=1326\n_AUDIT_ID=99999999999\n"
	      "_SOURCE_REALTIME_TIMESTAMP=1\nMESSAGE=SECCOMP " REST "\n", out);
	head(out, 3, "audit");
	fputs("_AUDIT_TYPE=1326\n_AUDIT_ID=3\n_SOURCE_REALTIME_TIMESTAMP=1\n"
	      "MESSAGE=SECCOMP\n", out);
	head(out, 4, "audit");
	fputs("_AUDIT_TYPE=1326\n_AUDIT_ID=4\n_SOURCE_REALTIME_TIMESTAMP=1\n",
	      out);
	head(out, 5, "kernel");
	fputs("SYSLOG_FACILITY=0\n", out);
	from_audit(out, 6);
	end(out);
	source = open_file(NULL, 0);
	assert_int_equal(listen_to(source).killed, 1);
	auditlog_about(source, &about);
	assert_int_equal(about.counts.damaged, 4);
	assert_int_equal(about.counts.records, 1);
}

/* Every byte in turn: libsystemd may refuse it, and nobody falls over it. */
static void a_broken_file_is_survived(void **state)
{
	FILE *out = begin();
	int fd;

	(void)state;
	from_audit(out, 1);
	from_kernel(out, 2, "kernel", 0);
	end(out);
	for (off_t at = 0; at < 4096; at += 37) {
		cleanup_auditlog struct auditlog_source *source = NULL;
		struct auditlog_options options = { .name = path };
		struct heard heard = { 0 };
		uint8_t byte, broken;

		fd = open(path, O_RDWR | O_CLOEXEC);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		broken = byte ^ 0x5a;
		assert_int_equal(pwrite(fd, &broken, 1, at), 1);
		if (auditlog_open(&source, &options, NULL) == 0)
			assert_true(hear(source, &heard, NULL, 2) < 0);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
}

static void what_is_no_journal_is_refused(void **state)
{
	struct auditlog_options options = { .name = path };
	struct auditlog_source *source;
	struct error err = { 0 };
	FILE *out = fopen(path, "we");

	(void)state;
	fputs("not a journal\n", out);
	fclose(out);
	assert_true(auditlog_open(&source, &options, &err) < 0);
	assert_non_null(strstr(err.text, "is no file of the journal"));
	unlink(path);
	assert_int_equal(auditlog_open(&source, &options, &err), -ENOENT);
	mkdir(path, 0700);
	assert_true(auditlog_open(&source, &options, &err) < 0);
	rmdir(path);
}

#else

static void built_without_it_says_so(void **state)
{
	struct auditlog_options options = { .name = "journal" };
	struct auditlog_source *source;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(auditlog_open(&source, &options, &err), -ENOSYS);
	assert_non_null(strstr(err.text, "without libsystemd"));
}

#endif

static int no_file(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/far.journal", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_JOURNAL
#define TEST(name) cmocka_unit_test_teardown(name, no_file)
		TEST(an_event_that_came_both_ways_counts_once),
		TEST(nobody_else_is_believed),
		TEST(it_goes_on_where_it_stopped),
		TEST(where_it_stopped_may_be_gone),
		TEST(nothing_older_than_was_asked_for),
		TEST(withheld_messages_are_a_loss),
		TEST(what_is_damaged_is_counted),
		TEST(a_broken_file_is_survived),
		TEST(what_is_no_journal_is_refused),
#else
		cmocka_unit_test_teardown(built_without_it_says_so, no_file),
#endif
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
