/* SPDX-License-Identifier: MIT */
/*
 * Files, pipes and standard input as sources: what is read of them and what is
 * refused, who may have written them, what wakes us, and deaths without a
 * record.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/auditlog_log.h"
#include "tests/unit/skip.h"

/* ---- files ------------------------------------------------------------ */

static void test_once(void **state)
{
	struct auditlog_about about;
	char key[512];
	struct stat st;

	(void)state;
	log_write(1000);
	log_text("no record\n");
	log_open(false);
	assert_int_equal(log_read(), -ENODATA);
	log_all_came();
	auditlog_about(the.source, &about);
	assert_string_equal(about.name, "file");
	assert_int_equal(stat(LOG, &st), 0);
	assert_int_equal(about.counts.bytes, st.st_size);
	assert_int_equal(about.counts.records, 1000);
	assert_int_equal(about.counts.damaged, 0);
	auditlog_key(the.source, key, sizeof(key));
	assert_memory_equal(key, "file:/", 6);
	assert_non_null(strstr(key, "/test.log"));
	assert_null(strstr(key, "/./"));
}

static void test_last_line_without_newline(void **state)
{
	char line[512];
	int length = log_line(line, sizeof(line), 1);

	(void)state;
	the.written = 1;
	line[length - 1] = '\0';
	log_text(line);
	log_open(true);
	assert_int_equal(log_read(), 0);
	assert_int_equal(the.seen[1], 0);
	log_close();
	log_open(false);
	assert_int_equal(log_read(), -ENODATA);
	assert_int_equal(the.seen[1], 1);
	log_close();
	log_text("\n");
	log_write(1);
	log_open(false);
	log_read();
	log_all_came();
}

static void test_line_in_pieces(void **state)
{
	char line[512];
	int length = log_line(line, sizeof(line), 1);

	(void)state;
	the.written = 1;
	log_open(true);
	for (int i = 0; i < length; i++) {
		assert_int_equal(the.seen[1], 0);
		assert_int_equal(write(the.fd, line + i, 1), 1);
		assert_true(log_wakes());
		log_read();
	}
	log_all_came();
}

static void test_long_lines(void **state)
{
	static const size_t sizes[] = { 1000, 65536, 262144, 300000, 1000000 };
	struct auditlog_about about;

	(void)state;
	log_open(true);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		cleanup_free char *text = malloc(sizes[i] + 1);

		assert_non_null(text);
		memset(text, 'x', sizes[i]);
		text[sizes[i]] = '\0';
		log_write(3);
		log_text(text);
		log_read();
		log_text("\n");
		log_write(3);
		log_read();
		log_all_came();
	}
	auditlog_about(the.source, &about);
	assert_int_equal(about.counts.damaged, 3);
	log_close();
	log_write(1);
	log_open(false);
	log_read();
	log_all_came();
}

/* A read of much returns before its end, so that a caller can look up. */
static void test_reads_in_pieces(void **state)
{
	int reads = 0, ret;

	(void)state;
	log_write(50000);
	log_open(false);
	do {
		ret = auditlog_read(the.source, &log_sink, NULL);
		reads++;
	} while (ret > 0);
	assert_int_equal(ret, -ENODATA);
	assert_true(reads >= 3);
	log_all_came();
}

static int refuse(void *data, const struct auditlog_record *record)
{
	(void)data;
	the.seen[record->serial]++;
	return record->serial == 50 ? -EDQUOT : 0;
}

static void test_sink_that_fails(void **state)
{
	const struct auditlog_sink failing = { .record = refuse };

	(void)state;
	log_write(100);
	log_open(false);
	assert_int_equal(auditlog_read(the.source, &failing, NULL), -EDQUOT);
	log_close();
	log_open(false);
	log_read();
	log_all_came();
}

/* ---- streams ---------------------------------------------------------- */

static void test_named_pipe(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("./pipe", 0600), 0);
	for (int follow = 0; follow < 2; follow++) {
		log_open_at("./pipe", follow, 0);
		/* Nobody has written yet: that is not the end. */
		assert_int_equal(log_read(), 0);
		base_close(&the.fd);
		the.fd = open("./pipe", O_WRONLY | O_CLOEXEC);
		log_write(10);
		assert_true(log_wakes());
		assert_int_equal(log_read(), 0);
		log_write(10);
		base_close(&the.fd);
		assert_int_equal(log_read(), follow ? 0 : -ENODATA);
		log_all_came();
		if (follow)
			break;
		assert_int_equal(log_read(), -ENODATA);
		log_close();
		assert_string_equal(the.position, "");
	}
	/* Its next writer. */
	the.fd = open("./pipe", O_WRONLY | O_CLOEXEC);
	log_write(10);
	assert_true(log_wakes());
	assert_int_equal(log_read(), 0);
	log_all_came();
}

static void as_input(int fd)
{
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
}

static void test_standard_input(void **state)
{
	cleanup_close int kept = dup(STDIN_FILENO);
	int ends[2];
	char key[64];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	as_input(ends[0]);
	log_open_at("-", true, 0);
	as_input(kept);
	close(ends[0]);
	base_close(&the.fd);
	the.fd = ends[1];
	assert_int_equal(log_read(), 0);
	log_write(10);
	log_text("half");
	assert_true(log_wakes());
	assert_int_equal(log_read(), 0);
	log_text(" a line\n");
	log_write(10);
	base_close(&the.fd);
	assert_int_equal(log_read(), -ENODATA);
	assert_int_equal(log_read(), -ENODATA);
	log_all_came();
	assert_string_equal(auditlog_key(the.source, key, sizeof(key)),
			    "file:-");
}

static void test_input_from_a_file(void **state)
{
	cleanup_close int kept = dup(STDIN_FILENO);
	cleanup_close int file = open(LOG, O_RDONLY | O_CLOEXEC);

	(void)state;
	log_write(5000);
	as_input(file);
	log_open_at("-", true, 0);
	as_input(kept);
	assert_int_equal(log_read(), -ENODATA);
	log_all_came();
}

/* ---- what is refused -------------------------------------------------- */

static void refused(const char *name, bool follow, int code, const char *word)
{
	struct auditlog_options options = { .name = name, .follow = follow };
	struct error err = { 0 };
	struct auditlog_source *source;

	assert_int_equal(auditlog_open(&source, &options, &err), -code);
	assert_null(source);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, word))
		fail_msg("%s: %s", name, err.text);
}

static void test_refused(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_close int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "socket");
	assert_int_equal(bind(sock, (void *)&address, sizeof(address)), 0);
	refused(".", true, EINVAL, "./.");
	refused("./", true, EISDIR, "folder");
	refused("./socket", true, EINVAL, "--source=-");
	refused("/dev/null", true, EINVAL, "device");
	/* Containers have none, and what is not there is waited for. */
	if (access("/dev/kmsg", F_OK) == 0)
		refused("/dev/kmsg", true, EINVAL, "--source=kmsg");
	refused("/proc/kmsg", true, EINVAL, "--source=kmsg");
	refused("/proc/self/status", true, EINVAL, "kernel");
	refused("./none", false, ENOENT, "none");
	refused("./none/none.log", true, ENOENT, "none");
	refused(LOG "/none", true, ENOTDIR, "none");
	refused("test.log", true, EINVAL, "./test.log");
	refused("kernlog", true, EINVAL, "\"kern.log\"");
	refused("", true, EINVAL, "no source");
}

/* In a child, which cannot come back from being nobody. */
static void as_nobody(void (*run)(void))
{
	pid_t child;
	int status;

	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_int_equal(chmod(".", 0755), 0);
	child = fork();
	if (child == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int code_of(const char *name, struct error *err)
{
	struct auditlog_options options = { .name = name, .follow = true };
	cleanup_auditlog struct auditlog_source *source = NULL;

	return -auditlog_open(&source, &options, err);
}

static void try_denied(void)
{
	struct error err = { 0 };

	if (code_of(LOG, &err) != EACCES || !strstr(err.text, "group adm"))
		_exit(3);
	if (code_of("./private/a.log", &err) != EACCES ||
	    !strstr(err.text, "needs root"))
		_exit(4);
}

static void test_who_may_read(void **state)
{
	(void)state;
	assert_int_equal(mkdir("private", 0700), 0);
	assert_int_equal(chown(LOG, 0, 4), geteuid() ? -1 : 0);
	assert_int_equal(chmod(LOG, 0640), 0);
	as_nobody(try_denied);
}

/* A folder that can be entered and not listed: no bell, numbers alone. */
static void try_unlisted(void)
{
	log_open_at("./dark/test.log", true, 0);
	if (log_read() != 0 || auditlog_timeout(the.source) != 250)
		_exit(3);
	log_write(5);
	if (log_read() != 0 || the.seen[the.written] != 1)
		_exit(4);
	log_close();
	log_open_at("./dark/test.log", false, 0);
	log_read();
	if (the.losses)
		_exit(5);
	log_all_came();
}

static void test_unlisted_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("dark", 0711), 0);
	log_write(5);
	assert_int_equal(chmod(LOG, 0644), 0);
	assert_int_equal(rename(LOG, "dark/test.log"), 0);
	assert_int_equal(chmod("dark", 0711), 0);
	as_nobody(try_unlisted);
}

/* ---- who may have written it ------------------------------------------ */

static bool is_forgeable(const char *name)
{
	struct auditlog_options options = { .name = name };
	cleanup_auditlog struct auditlog_source *source = NULL;
	struct auditlog_about about;

	assert_int_equal(auditlog_open(&source, &options, NULL), 0);
	auditlog_about(source, &about);
	assert_int_equal(about.complete, !about.forgeable);
	assert_int_equal(strstr(about.text, "(forgeable)") != NULL,
			 about.forgeable);
	return about.forgeable;
}

static void test_forgeable(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_true(is_forgeable(LOG));
	log_write(1);
	assert_false(is_forgeable(LOG));
	assert_int_equal(chmod(LOG, 0660), 0);
	assert_true(is_forgeable(LOG));
	assert_int_equal(chmod(LOG, 0602), 0);
	assert_true(is_forgeable(LOG));
	assert_int_equal(chmod(LOG, 0640), 0);
	assert_false(is_forgeable(LOG));
	assert_int_equal(chown(LOG, 65534, 0), 0);
	assert_true(is_forgeable(LOG));
	assert_int_equal(chown(LOG, 0, 0), 0);
	unlink(LOG);
	log_create();
	log_text("Nov 22 14:02:11 host kernel: [ 1.0] audit: \n");
	assert_true(is_forgeable(LOG));
	assert_true(is_forgeable("-"));
}

/* The next file may be another user's. */
static void test_forgeable_after_rotation(void **state)
{
	struct auditlog_about about;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	log_write(1);
	log_open(true);
	log_read();
	auditlog_about(the.source, &about);
	assert_false(about.forgeable);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	log_create();
	assert_int_equal(fchown(the.fd, 65534, 65534), 0);
	log_write(1);
	log_read();
	auditlog_about(the.source, &about);
	assert_true(about.forgeable);
}

/* Others may still write to the file before. */
static void test_forgeable_before_rotation(void **state)
{
	struct auditlog_about about;
	cleanup_close int old = -1;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_int_equal(fchmod(the.fd, 0666), 0);
	log_write(1);
	log_open(true);
	log_read();
	old = take_fd(&the.fd);
	for (int i = 0; i < 2; i++) {
		if (i)
			assert_int_equal(rename(LOG ".1", LOG ".2"), 0);
		assert_int_equal(rename(LOG, LOG ".1"), 0);
		log_create();
		log_write(1);
		log_read();
		auditlog_about(the.source, &about);
		assert_int_equal(about.forgeable, i == 0);
	}
}

static void test_local(void **state)
{
	struct auditlog_about about;
	char here[256] = "";

	(void)state;
	gethostname(here, sizeof(here) - 1);
	log_open(true);
	log_write(1);
	log_text("node=");
	log_text(here);
	log_text(".example.org ");
	log_write(1);
	log_read();
	auditlog_about(the.source, &about);
	assert_true(about.local);
	log_text("node=elsewhere ");
	log_write(1);
	log_read();
	auditlog_about(the.source, &about);
	assert_false(about.local);
	log_all_came();
}

/* ---- deaths ----------------------------------------------------------- */

static void log_death(unsigned pid)
{
	cleanup_free char *line = base_printf(
		"type=ANOM_ABEND msg=audit(1795289345.709:100088): auid=0 "
		"uid=0 gid=0 ses=2 pid=%u comm=\"python3\" "
		"exe=\"/usr/bin/python3.11\" sig=31 res=1\n", pid);

	log_text(line);
}

static void test_deaths(void **state)
{
	(void)state;
	log_open(true);
	log_write(5);
	log_death(1005);
	log_death(1001);
	log_death(1005);
	log_read();
	assert_int_equal(the.losses, 0);
	log_death(77);
	log_read();
	assert_int_equal(the.losses, 1);
	assert_string_equal(the.detail, "pid 77 (python3)");
	log_all_came();
}

/* ---- the list of sources ---------------------------------------------- */

static bool note_source(void *data, const char *name, const struct error *why)
{
	char *seen = data;

	assert_true(!why || (*why->text && why->code));
	snprintf(seen + strlen(seen), 256 - strlen(seen), "%s ", name);
	return true;
}

static void test_sources_to_try(void **state)
{
	char seen[256] = "";

	(void)state;
	auditlog_try(note_source, seen);
	assert_string_equal(seen, "netlink journal audit.log kmsg kern.log "
			    "syslog ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_once),
		log_test(test_last_line_without_newline),
		log_test(test_line_in_pieces),
		log_test(test_long_lines),
		log_test(test_reads_in_pieces),
		log_test(test_sink_that_fails),
		log_test(test_named_pipe),
		log_test(test_standard_input),
		log_test(test_input_from_a_file),
		log_test(test_refused),
		log_test(test_who_may_read),
		log_test(test_unlisted_folder),
		log_test(test_forgeable),
		log_test(test_forgeable_after_rotation),
		log_test(test_forgeable_before_rotation),
		log_test(test_local),
		log_test(test_deaths),
		log_test(test_sources_to_try),
	};

	return cmocka_run_group_tests(tests, log_enter, log_leave);
}
