/* SPDX-License-Identifier: MIT */
/*
 * A log that is rotated in every way there is, between two reads and in the
 * middle of one, with the reader open or closed meanwhile: each record comes
 * once, or its loss is told.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <sys/mman.h>

#include "tests/unit/auditlog_log.h"
#include "tests/unit/skip.h"

/* ---- rotations -------------------------------------------------------- */

/* FILE.8 becomes FILE.9, ..., FILE.1 becomes FILE.2. */
static void shift(void)
{
	char from[64], to[64];

	for (int i = 8; i > 0; i--) {
		snprintf(from, sizeof(from), LOG ".%d", i);
		snprintf(to, sizeof(to), LOG ".%d", i + 1);
		rename(from, to);
	}
}

static void rotate(void)
{
	shift();
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	log_create();
}

static void rotate_to_date(void)
{
	static unsigned day = 20261101;
	char to[64];

	snprintf(to, sizeof(to), LOG "-%u", day++);
	assert_int_equal(rename(LOG, to), 0);
	log_create();
}

static void copy(void)
{
	cleanup_close int from = open(LOG, O_RDONLY | O_CLOEXEC);
	cleanup_close int to = -1;
	char buffer[8192];
	ssize_t n;

	shift();
	to = open(LOG ".1", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while ((n = base_read_all(from, buffer, sizeof(buffer))) > 0)
		base_write_all(to, buffer, (size_t)n);
}

static void empty(void)
{
	assert_int_equal(truncate(LOG, 0), 0);
}

static void copytruncate(void)
{
	copy();
	empty();
}

/* What is written between copying and truncating nobody can find. */
static void copytruncate_with_a_moment(void)
{
	copy();
	for (int i = 0; i < 3; i++) {
		log_write(1);
		the.may_be_lost[the.written] = true;
	}
	empty();
}

static void remake(void)
{
	assert_int_equal(unlink(LOG), 0);
	log_create();
}

static void (*const rotations[])(void) = {
	rotate, rotate_to_date, copytruncate, copytruncate_with_a_moment,
};

static void clear(void)
{
	log_end(NULL);
	log_begin(NULL);
}

/* ---- one rotation ----------------------------------------------------- */

static void test_between_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rotations); i++, clear()) {
		log_open(true);
		log_write(10);
		assert_int_equal(log_read(), 0);
		log_write(10);
		rotations[i]();
		assert_true(log_wakes());
		assert_int_equal(log_read(), 0);
		log_write(10);
		assert_true(log_wakes());
		assert_int_equal(log_read(), 0);
		log_all_came();
		assert_int_equal(the.losses, 0);
		assert_int_equal(log_read(), 0);
		assert_int_equal(auditlog_timeout(the.source), -1);
	}
}

static void test_new_file_longer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rotations); i++, clear()) {
		log_open(true);
		log_write(10);
		log_read();
		log_write(10);
		rotations[i]();
		log_write(1000);
		log_read();
		log_all_came();
		assert_int_equal(the.losses, 0);
	}
}

static void test_several_between_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rotations); i++, clear()) {
		log_open(true);
		log_write(10);
		log_read();
		for (int round = 0; round < 5; round++) {
			log_write(7);
			rotations[i]();
		}
		log_write(5);
		log_read();
		log_all_came();
		assert_int_equal(the.losses, 0);
	}
}

static size_t chosen;

static void rotate_and_write(void)
{
	rotations[chosen]();
	log_write(20);
}

/* A large log, so that it is read in pieces. */
static void test_in_the_middle_of_a_read(void **state)
{
	static const uint32_t at[] = { 1, 2, 1500, 3000, 5999, 6000 };

	(void)state;
	for (chosen = 0; chosen < ARRAY_SIZE(rotations); chosen++)
		for (size_t i = 0; i < ARRAY_SIZE(at); i++, clear()) {
			the.during = rotate_and_write;
			the.during_number = at[i];
			log_write(6000);
			log_open(i % 2);
			log_read();
			log_all_came();
			assert_int_equal(the.losses, 0);
		}
}

/* ---- the writer takes its time ---------------------------------------- */

static void test_old_file_written_for_a_while(void **state)
{
	cleanup_close int old = -1;

	(void)state;
	log_open(true);
	log_write(10);
	log_read();
	old = take_fd(&the.fd);
	rotate();
	log_read();
	log_write_to(old, 5);
	assert_true(log_wakes());
	log_read();
	log_write(5);
	assert_true(log_wakes());
	log_read();
	/* Both are written to. */
	log_write_to(old, 5);
	assert_true(log_wakes());
	log_read();
	log_all_came();
	/* The old one, while nobody looks. */
	log_close();
	log_write_to(old, 5);
	log_write(5);
	log_open(true);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

static void test_writer_that_does_not_append(void **state)
{
	(void)state;
	base_close(&the.fd);
	the.fd = open(LOG, O_WRONLY | O_CLOEXEC);
	log_write(2000);
	log_open(true);
	log_read();
	copytruncate();
	log_write(10);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

static void test_copy_in_progress(void **state)
{
	(void)state;
	log_write(10);
	log_open(true);
	log_read();
	rotate();
	log_write(10);
	copy();
	assert_int_equal(truncate(LOG ".1", 700), 0);
	log_read();
	assert_int_equal(unlink(LOG ".1"), 0);
	assert_int_equal(rename(LOG ".2", LOG ".1"), 0);
	copytruncate();
	log_write(10);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

/* A whole line whose newline never came. */
static void test_last_line_of_a_generation(void **state)
{
	struct stat st;

	(void)state;
	log_write(10);
	assert_int_equal(stat(LOG, &st), 0);
	assert_int_equal(truncate(LOG, st.st_size - 1), 0);
	log_open(true);
	log_read();
	assert_int_equal(the.seen[10], 0);
	rotate();
	log_write(1);
	log_read();
	rotate();
	log_write(1);
	log_read();
	log_all_came();
}

/* ---- gone, and made again --------------------------------------------- */

static void test_deleted_and_made_again(void **state)
{
	(void)state;
	log_write(10);
	log_open(true);
	log_read();
	log_write(10);
	remake();
	assert_true(log_wakes());
	log_read();
	log_write(10);
	assert_true(log_wakes());
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

static void test_made_later(void **state)
{
	(void)state;
	unlink(LOG);
	log_open(true);
	assert_int_equal(log_read(), 0);
	log_create();
	assert_true(log_wakes());
	log_read();
	log_write(10);
	assert_true(log_wakes());
	log_read();
	log_all_came();
}

static void test_folder_made_again(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	log_open_at("sub/a.log", true, 0);
	log_read();
	assert_int_equal(rmdir("sub"), 0);
	log_read();
	log_read();
	/* Nobody tells us of a new folder: we look. */
	assert_in_range(auditlog_timeout(the.source), 1, 1000);
	assert_int_equal(mkdir("sub", 0700), 0);
	log_write(3);
	assert_int_equal(rename(LOG, "sub/a.log"), 0);
	log_read();
	log_all_came();
	assert_int_equal(auditlog_timeout(the.source), -1);
}

static void test_moved_to_another_folder(void **state)
{
	(void)state;
	assert_int_equal(mkdir("old", 0700), 0);
	log_open(true);
	log_write(10);
	log_read();
	log_write(10);
	assert_int_equal(rename(LOG, "old/log"), 0);
	log_create();
	log_write(10);
	log_read();
	log_all_came();
}

static void test_link_that_changes(void **state)
{
	(void)state;
	assert_int_equal(mkdir("days", 0700), 0);
	assert_int_equal(rename(LOG, "days/monday"), 0);
	assert_int_equal(symlink("days/monday", LOG), 0);
	log_open(true);
	log_write(10);
	assert_true(log_wakes());
	log_read();
	log_write(10);
	assert_int_equal(unlink(LOG), 0);
	assert_int_equal(symlink("days/tuesday", LOG), 0);
	log_create();
	log_write(10);
	assert_true(log_wakes());
	log_read();
	log_all_came();
}

static void test_link_whose_target_rotates(void **state)
{
	(void)state;
	assert_int_equal(mkdir("far", 0700), 0);
	assert_int_equal(rename(LOG, "far/a.log"), 0);
	assert_int_equal(symlink("far/a.log", LOG), 0);
	log_open(true);
	log_write(10);
	log_read();
	for (int i = 0; i < 3; i++) {
		log_write(10);
		assert_int_equal(i ? rename("far/a.log.1", "far/a.log.2") : 0,
				 0);
		assert_int_equal(rename("far/a.log", "far/a.log.1"), 0);
		log_create();
		log_write(10);
		if (i == 1)
			continue;
		assert_true(log_wakes());
		log_read();
		log_all_came();
	}
	assert_int_equal(the.losses, 0);
}

/* A file that is written anew with the same text, as by an editor. */
static void test_rewritten(void **state)
{
	(void)state;
	log_write(10);
	log_open(true);
	log_read();
	log_write(10);
	copy();
	assert_int_equal(rename(LOG ".1", LOG), 0);
	log_create();
	log_write(10);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

/* ---- from where the last watch stopped -------------------------------- */

static void test_position(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rotations); i++, clear()) {
		log_write(10);
		log_open(false);
		assert_int_equal(log_read(), -ENODATA);
		log_close();
		for (int round = 0; round < 4; round++) {
			log_write(10);
			rotations[i]();
			log_open(round % 2);
			log_read();
			log_close();
			rotations[i]();
			log_write(10);
			rotations[i]();
			log_write(10);
			log_open(round % 2);
			log_read();
			log_close();
		}
		log_all_came();
		assert_int_equal(the.losses, 0);
	}
}

static int stop_reading(void *data, const struct auditlog_record *record)
{
	log_take(data, record);
	return record->serial % 1000 == 700 ? -ECANCELED : 0;
}

/* Stopped in the middle of a file, again and again. */
static void test_position_in_the_middle(void **state)
{
	const struct auditlog_sink stopping = { .record = stop_reading };
	int ret = 0;

	(void)state;
	log_write(10000);
	for (int i = 0; i < 30 && ret != -ENODATA; i++) {
		log_open(false);
		do {
			ret = auditlog_read(the.source, &stopping, NULL);
		} while (ret > 0);
		log_close();
		if (i % 3 == 0)
			rotations[i / 3 % ARRAY_SIZE(rotations)]();
		log_write(10);
	}
	log_open(false);
	log_read();
	log_all_came();
}

static void test_position_of_nothing(void **state)
{
	(void)state;
	log_open(true);
	log_read();
	log_close();
	log_write(5);
	copytruncate();
	log_write(5);
	rotate();
	log_write(5);
	log_open(true);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 0);
}

static void test_position_is_gone(void **state)
{
	(void)state;
	log_write(10);
	log_open(false);
	log_read();
	log_close();
	log_write(1);
	the.may_be_lost[the.written] = true;
	rotate();
	log_write(10);
	rotate();
	log_write(10);
	assert_int_equal(rename(LOG ".2", LOG ".2.gz"), 0);
	log_open(false);
	log_read();
	log_all_came();
	assert_int_equal(the.losses, 1);
	assert_non_null(strstr(the.detail, "compressed"));
	/* It is told once. */
	log_close();
	log_open(false);
	log_read();
	assert_int_equal(the.losses, 1);
	log_all_came();
}

static void test_position_damaged(void **state)
{
	static const char *const texts[] = {
		"x", "1", "1 ", "2 1:2:3:4:5:6", "1 1:2:3:4:5", "1 1:2:-3:4:5:6",
		"1 1:2:3:257:5:6", "1 1:2:3:4:5:6 x", "1 1:2:3:4:5:6x",
	};

	(void)state;
	log_write(10);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(the.position, sizeof(the.position), "%s", texts[i]);
		log_open(false);
		log_read();
		log_close();
		assert_int_equal(the.losses, i + 1);
		assert_int_equal(the.seen[10], i + 1);
	}
}

static void test_truncated_without_copy(void **state)
{
	(void)state;
	log_write(10);
	log_open(true);
	log_read();
	empty();
	assert_true(log_wakes());
	log_read();
	assert_int_equal(the.losses, 1);
	log_write(10);
	log_read();
	assert_int_equal(the.losses, 1);
	log_all_came();
}

/* ---- since a time ----------------------------------------------------- */

static void test_since(void **state)
{
	(void)state;
	log_write(1000);
	rotate();
	log_write(2000);
	rotate();
	log_write(100);
	log_open_at(LOG, false, INT64_C(1795289346) * 1000000);
	log_read();
	for (uint32_t i = 1; i <= the.written; i++)
		assert_int_equal(the.seen[i], i >= 2000);
}

/* ---- a new file without its rights as yet ------------------------------ */

/* Root may read everything, so it is nobody who tries. */
static void read_denied(void)
{
	log_open(true);
	log_write(5);
	log_read();
	if (rename(LOG, LOG ".1") < 0)
		_exit(3);
	log_create();
	if (fchmod(the.fd, 0) < 0)
		_exit(4);
	log_write(5);
	log_read();
	if (the.seen[10] || auditlog_timeout(the.source) != 250)
		_exit(5);
	if (fchmod(the.fd, 0600) < 0)
		_exit(6);
	log_read();
	if (auditlog_timeout(the.source) != -1)
		_exit(7);
	for (uint32_t i = 1; i <= 10; i++)
		if (the.seen[i] != 1)
			_exit(8);
	_exit(0);
}

static void test_rights_come_later(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_int_equal(chown(".", 65534, 65534), 0);
	assert_int_equal(chown(LOG, 65534, 65534), 0);
	child = fork();
	if (child == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		read_denied();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chown(".", 0, 0), 0);
	assert_int_equal(status, 0);
}

/* ---- while the files are listed ---------------------------------------- */

static unsigned meanwhile;	/* rotations once their names are read */

/* In place of the C library's. */
int closedir(DIR *folder)
{
	int (*real)(DIR *) = (int (*)(DIR *))dlsym(RTLD_NEXT, "closedir");

	for (; meanwhile; meanwhile--) {
		rotate();
		log_write(10);
	}
	return real(folder);
}

static void test_while_they_are_listed(void **state)
{
	(void)state;
	for (unsigned count = 1; count <= 6; count++, clear()) {
		log_open(true);
		log_read();
		log_write(10);
		copytruncate();
		log_write(10);
		meanwhile = count;
		log_read();
		assert_int_equal(meanwhile, 0);
		log_all_came();
		assert_int_equal(the.losses, 0);
	}
}

/* ---- at the same time -------------------------------------------------- */

enum { ROUNDS = 300, A_ROUND = 20, AHEAD = 5 };

/* Rotates as fast as it can, AHEAD files before the reader at the most. */
static void write_and_rotate(const volatile unsigned *seen)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		log_write(A_ROUND);
		while (*seen + AHEAD * A_ROUND < the.written)
			usleep(100);
		if (round % 3)
			rotate();
		else
			copytruncate();
	}
}

static unsigned count_seen(void)
{
	unsigned count = 0;

	for (uint32_t i = 1; i <= the.written; i++)
		count += the.seen[i] > 0;
	return count;
}

static void test_at_the_same_time(void **state)
{
	volatile unsigned *seen = mmap(NULL, sizeof(*seen), PROT_READ |
				       PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				       -1, 0);
	unsigned before = 0;
	int64_t until = 0;
	pid_t child;
	int status;

	(void)state;
	assert_true(seen != MAP_FAILED);
	log_open(true);
	log_read();
	child = fork();
	if (child == 0) {
		write_and_rotate(seen);
		_exit(0);
	}
	the.written = ROUNDS * A_ROUND;
	/* As long as it goes on, however slowly. */
	while ((*seen = count_seen()) < the.written) {
		if (*seen > before || !until)
			until = base_now_monotonic() + 60 * INT64_C(1000000);
		else if (base_now_monotonic() > until)
			break;
		before = *seen;
		log_read();
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (*seen < the.written)
		print_message("# %u of %u came, losses: %u %s, writer: %x\n",
			      *seen, the.written, the.losses, the.detail,
			      (unsigned)status);
	log_all_came();
	assert_int_equal(the.losses, 0);
}

/* ---- at random -------------------------------------------------------- */

static void write_at_random(void)
{
	long dice = random() % 55;

	if (dice < 40)
		log_write((unsigned)(random() % 50));
	else if (dice < 47)
		rotate();
	else if (dice < 52)
		copytruncate();
	else
		copytruncate_with_a_moment();
}

static void read_at_random(void)
{
	if (!the.source)
		log_open(random() % 3);
	if (random() % 4 == 0) {
		the.during = write_at_random;
		the.during_number = the.written;
	}
	log_read();
	the.during = NULL;
	if (random() % 3 == 0)
		log_close();
}

/* More than nine rotations without a look would lose the oldest. */
static void random_run(unsigned seed)
{
	srandom(seed);
	for (int i = 0; i < 400; i++)
		if (i % 12 == 0 || random() % 3 == 0)
			read_at_random();
		else
			write_at_random();
	log_close();
	log_open(false);
	log_read();
	if (the.losses)
		print_error("seed %u: %s\n", seed, the.detail);
	assert_int_equal(the.losses, 0);
	log_all_came();
}

static void test_random(void **state)
{
	const char *only = getenv("SEED");

	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++, clear())
		if (!only || (unsigned)atoi(only) == seed)
			random_run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_between_reads),
		log_test(test_new_file_longer),
		log_test(test_several_between_reads),
		log_test(test_in_the_middle_of_a_read),
		log_test(test_old_file_written_for_a_while),
		log_test(test_writer_that_does_not_append),
		log_test(test_copy_in_progress),
		log_test(test_last_line_of_a_generation),
		log_test(test_deleted_and_made_again),
		log_test(test_made_later),
		log_test(test_folder_made_again),
		log_test(test_moved_to_another_folder),
		log_test(test_link_that_changes),
		log_test(test_link_whose_target_rotates),
		log_test(test_rewritten),
		log_test(test_position),
		log_test(test_position_in_the_middle),
		log_test(test_position_of_nothing),
		log_test(test_position_is_gone),
		log_test(test_position_damaged),
		log_test(test_truncated_without_copy),
		log_test(test_since),
		log_test(test_rights_come_later),
		log_test(test_while_they_are_listed),
		log_test(test_at_the_same_time),
		log_test(test_random),
	};

	return cmocka_run_group_tests(tests, log_enter, log_leave);
}
