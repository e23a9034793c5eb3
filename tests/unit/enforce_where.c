/* SPDX-License-Identifier: MIT */
/*
 * Where an address lies: in a file, in one that was deleted, in the vDSO, in
 * memory without a file, behind more memory than is looked through.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "enforce/run/run.h"

static char where[320];

static const char *find(const void *address)
{
	memset(where, 'x', sizeof(where));
	where_find(getpid(), (uintptr_t)address, where, sizeof(where));
	assert_non_null(memchr(where, '\0', sizeof(where)));
	return where;
}

/* Four pages of a new file PATH, from the second one on. */
static char *map(const char *path)
{
	cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char *address;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 5 * 4096), 0);
	address = mmap(NULL, 4 * 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
	assert_true(address != MAP_FAILED);
	return address;
}

static void a_file(void **state)
{
	char folder[] = "/tmp/jail-where.XXXXXX", path[64], expected[128];
	char *address;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a b", folder);
	address = map(path);
	snprintf(expected, sizeof(expected), "%s+0x1000", path);
	assert_string_equal(find(address), expected);
	snprintf(expected, sizeof(expected), "%s+0x4fff", path);
	assert_string_equal(find(address + 4 * 4096 - 1), expected);
	assert_int_equal(unlink(path), 0);
	snprintf(expected, sizeof(expected), "%s (deleted)+0x1010", path);
	assert_string_equal(find(address + 16), expected);
	munmap(address, 4 * 4096);
	assert_string_equal(find(address), "");
	rmdir(folder);
}

static void this_program(void **state)
{
	char exe[4096], expected[4200];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	(void)state;
	assert_true(length > 0);
	exe[length] = '\0';
	snprintf(expected, sizeof(expected), "%s+0x", exe);
	assert_int_equal(strncmp(find((void *)(uintptr_t)a_file), expected,
				 strlen(expected)), 0);
}

/* A path that is too long keeps its end. */
static void a_long_path(void **state)
{
	char folder[] = "/tmp/jail-where.XXXXXX", path[600], *address;
	size_t length;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%0200d", folder, 0);
	assert_int_equal(mkdir(path, 0700), 0);
	length = strlen(path);
	snprintf(path + length, sizeof(path) - length, "/%0200d.so", 0);
	address = map(path);
	assert_int_equal(strncmp(find(address), "...000", 6), 0);
	assert_non_null(strstr(where, "0.so+0x1000"));
	munmap(address, 4 * 4096);
	unlink(path);
	path[length] = '\0';
	rmdir(path);
	rmdir(folder);
}

static void no_file(void **state)
{
	char here, *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE |
				  MAP_ANONYMOUS, -1, 0);
	const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_string_equal(find(memory), "");
	assert_string_equal(find(&here), "");
	assert_string_equal(find(NULL), "");
	assert_string_equal(find((void *)UINTPTR_MAX), "");
	if (vdso)
		assert_string_equal(find(vdso + 5), "[vdso]+0x5");
	where_find(0x7fffffff, 4096, where, sizeof(where));
	assert_string_equal(where, "");
	munmap(memory, 4096);
}

/* Every second page readable: as many lines, of 60 bytes at least. */
static void too_many(void **state)
{
	size_t pages = 40000;
	char *memory = mmap(NULL, pages * 4096, PROT_NONE, MAP_PRIVATE |
			    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	clock_t start;

	(void)state;
	assert_true(memory != MAP_FAILED);
	for (size_t i = 0; i < pages; i += 2)
		assert_int_equal(mprotect(memory + i * 4096, 4096, PROT_READ),
				 0);
	start = clock(); /* however long others are busy */
	assert_string_equal(find((void *)(UINTPTR_MAX >> 1)), "");
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	munmap(memory, pages * 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file),
		cmocka_unit_test(this_program),
		cmocka_unit_test(a_long_path),
		cmocka_unit_test(no_file),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests_name("enforce_where", tests, NULL, NULL);
}
