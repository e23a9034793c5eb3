/* SPDX-License-Identifier: MIT */
/* Whether files are those that were learned: by stamps without opening them, by
 * build-ids where the stamps differ; and paths that mean harm. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "profiles/profiles.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/jail-fresh.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- an ELF file with a build-id, and nothing else ------------------ */

struct image {
	unsigned char header[64];
	unsigned char segment[56];
	uint32_t note[3];
	char name[4];
	unsigned char id[4];
};

static void put(unsigned char *at, uint64_t value, size_t size)
{
	memcpy(at, &value, size);
}

/* ID 0: without one. */
static void write_elf(const char *path, unsigned char id)
{
	struct image image = {
		.header = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.note = { 4, 4, 3 },
		.name = "GNU",
		.id = { id, id, id, id },
	};
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC |
				    O_CLOEXEC, 0755);

	put(image.header + 16, 3, 2);		/* ET_DYN */
	put(image.header + 18, 62, 2);		/* EM_X86_64 */
	put(image.header + 20, 1, 4);
	put(image.header + 32, 64, 8);		/* e_phoff */
	put(image.header + 52, 64, 2);
	put(image.header + 54, 56, 2);
	put(image.header + 56, id ? 1 : 0, 2);	/* e_phnum */
	put(image.segment, 4, 4);		/* PT_NOTE */
	put(image.segment + 8, 120, 8);
	put(image.segment + 32, 20, 8);
	put(image.segment + 48, 4, 8);
	assert_true(fd >= 0);
	assert_int_equal(base_write_all(fd, &image, sizeof(image)), 0);
}

static char *path_of(const char *name)
{
	char *path = base_printf("%s%s", folder, name);

	assert_non_null(path);
	return path;
}

static struct profiles_stamp stamp_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return (struct profiles_stamp){
		status.st_ino, (uint64_t)status.st_size,
		(int64_t)status.st_mtim.tv_sec * 1000000000 +
			status.st_mtim.tv_nsec,
	};
}

static void touch(const char *path)
{
	const struct timespec times[2] = { { 1000, 0 }, { 1000, 5 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* ---- looking ------------------------------------------------------------- */

static char said[1024];

static int tell(void *data, const struct profiles_change *change)
{
	size_t used = strlen(said);
	const char *name = change->path ? strrchr(change->path, '/') : NULL;

	(void)data;
	snprintf(said + used, sizeof(said) - used, "%s%s%s ",
		 name ? name + 1 : change->was, change->library ? "*" : "",
		 change->gone ? " gone" : "");
	return 0;
}

/* What is told of OBJECTS; *OPENED: of how many files. */
static const char *look(const struct profiles_object *objects, size_t count,
			const char *root, size_t *opened)
{
	cleanup_profiles_files struct profiles_files files = { 0 };

	*said = '\0';
	assert_int_equal(profiles_changes(&files, objects, count, NULL,
						root, tell, NULL), 0);
	*opened = files.opened;
	return said;
}

static void test_a_file(void **state)
{
	cleanup_free char *path = path_of("/tool"), *copy = path_of("/copy");
	struct profiles_object object;
	size_t opened;

	(void)state;
	write_elf(path, 0x11);
	object = (struct profiles_object){
		.path = path, .build_id = (char *)"11111111",
		.stamp = stamp_of(path),
	};
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(opened, 0);
	touch(path);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(opened, 1);
	/* A copy in its place. */
	write_elf(copy, 0x11);
	assert_int_equal(rename(copy, path), 0);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(opened, 1);
	/* Another file of the same length. */
	write_elf(path, 0x22);
	assert_string_equal(look(&object, 1, NULL, &opened), "tool ");
	write_elf(path, 0);
	object.library = true;
	assert_string_equal(look(&object, 1, NULL, &opened), "tool* ");
	/* Without stamps nothing is known. */
	object.stamp = (struct profiles_stamp){ 0 };
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(opened, 0);
}

static void test_any_build_id_that_the_path_had(void **state)
{
	cleanup_free char *path = path_of("/tool");
	struct profiles_object objects[2];
	size_t opened;

	(void)state;
	write_elf(path, 0x33);
	objects[0] = (struct profiles_object){
		.path = path, .build_id = (char *)"22222222",
		.stamp = { 7, 7, 7 },
	};
	objects[1] = (struct profiles_object){
		.path = path, .build_id = (char *)"33333333",
		.stamp = { 8, 8, 8 },
	};
	assert_string_equal(look(objects, 2, NULL, &opened), "");
	write_elf(path, 0x44);
	assert_string_equal(look(objects, 2, NULL, &opened), "tool ");
	/* One of them is the stamp of now: the file is not opened. */
	objects[1].stamp = stamp_of(path);
	assert_string_equal(look(objects, 2, NULL, &opened), "");
	assert_int_equal(opened, 0);
}

static void test_a_file_without_a_build_id(void **state)
{
	cleanup_free char *path = path_of("/tool"), *copy = path_of("/copy");
	struct profiles_object object;
	struct profiles_stamp stamp;
	size_t opened;

	(void)state;
	write_elf(path, 0);
	touch(path);
	stamp = stamp_of(path);
	object = (struct profiles_object){ .path = path, .stamp = stamp };
	write_elf(copy, 0);
	touch(copy);
	assert_int_equal(rename(copy, path), 0);
	assert_int_not_equal(stamp_of(path).inode, stamp.inode);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	write_elf(path, 0);
	assert_string_equal(look(&object, 1, NULL, &opened), "tool ");
}

static void test_what_is_gone(void **state)
{
	cleanup_free char *below = path_of("/usr/lib");
	struct profiles_object object = {
		.path = (char *)"/usr/lib/libx.so.1", .library = true,
		.build_id = (char *)"11", .stamp = { 1, 1, 1 },
	};
	size_t opened;

	(void)state;
	assert_int_equal(base_mkdirs(below, 0755, NULL), 0);
	assert_string_equal(look(&object, 1, folder, &opened),
			    "libx.so.1* gone ");
	/* Later sessions ran without it. */
	object.outdated = true;
	assert_string_equal(look(&object, 1, folder, &opened), "");
	object.outdated = false;
	/* What does not last is not missed, nor what never had a path. */
	object.path = (char *)"/tmp/jit-3012.so";
	assert_string_equal(look(&object, 1, folder, &opened), "");
	object.path = (char *)"/memfd:code (deleted)";
	assert_string_equal(look(&object, 1, folder, &opened), "");
	object.path = (char *)"(unknown)";
	assert_string_equal(look(&object, 1, folder, &opened), "");
	/* A root that cannot be had says nothing of what is in it. */
	object.path = (char *)"/usr/lib/libx.so.1";
	assert_string_equal(look(&object, 1, "/nonexistent", &opened), "");
}

/* ---- harm ---------------------------------------------------------------- */

static void test_what_is_no_file(void **state)
{
	static const struct stat_kind {
		mode_t mode;
		dev_t device;
	} kinds[] = { { S_IFIFO, 0 }, { S_IFSOCK, 0 }, { S_IFCHR, 0x103 } };
	struct profiles_object object = {
		.build_id = (char *)"11", .stamp = { 1, 1, 1 },
	};
	cleanup_free char *path = path_of("/odd");
	size_t opened;

	(void)state;
	object.path = path;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (mknod(path, kinds[i].mode | 0666, kinds[i].device) < 0)
			continue;
		assert_string_equal(look(&object, 1, NULL, &opened), "");
		assert_int_equal(opened, 0);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(mkdir(path, 0755), 0);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(path, path), 0);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(unlink(path), 0);
	/* A regular one, but the kernel makes it up. */
	assert_int_equal(symlink("/proc/version", path), 0);
	assert_string_equal(look(&object, 1, NULL, &opened), "");
	assert_int_equal(unlink(path), 0);
}

static void test_long_paths(void **state)
{
	struct profiles_object object = {
		.build_id = (char *)"11", .stamp = { 1, 1, 1 },
	};
	size_t opened;

	(void)state;
	for (size_t length = 4090; length < 9000; length += 4000) {
		cleanup_free char *path = malloc(length + 1);

		assert_non_null(path);
		memset(path, 'a', length);
		path[0] = '/';
		path[length] = '\0';
		object.path = path;
		assert_string_equal(look(&object, 1, NULL, &opened), "");
		assert_string_equal(look(&object, 1, folder, &opened), "");
	}
}

/* A link in a root leads to what is in the root. */
static void test_no_link_leads_out(void **state)
{
	cleanup_free char *root = path_of("/root"), *link = NULL;
	cleanup_free char *outside = path_of("/outside");
	cleanup_free char *inside = NULL;
	struct profiles_object object = {
		.path = (char *)"/bin/tool", .build_id = (char *)"11111111",
		.stamp = { 1, 1, 1 },
	};
	size_t opened;

	(void)state;
	link = base_printf("%s/bin", root);
	inside = base_printf("%s%s", root, outside);
	assert_int_equal(base_mkdirs(root, 0755, NULL), 0);
	assert_int_equal(base_mkdirs(outside, 0755, NULL), 0);
	assert_int_equal(symlink(outside, link), 0);
	link = (free(link), base_printf("%s/tool", outside));
	write_elf(link, 0x11);
	assert_string_equal(look(&object, 1, root, &opened), "tool gone ");
	assert_int_equal(base_mkdirs(inside, 0755, NULL), 0);
	link = (free(link), base_printf("%s/tool", inside));
	write_elf(link, 0x11);
	assert_string_equal(look(&object, 1, root, &opened), "");
	assert_int_equal(opened, 1);
	write_elf(link, 0x55);
	assert_string_equal(look(&object, 1, root, &opened), "tool ");
}

/* ---- many programs, the kernel ------------------------------------------- */

static void test_each_file_once(void **state)
{
	cleanup_profiles_files struct profiles_files files = { 0 };
	cleanup_free char *path = path_of("/shared");
	struct profiles_object object = {
		.path = path, .build_id = (char *)"99", .stamp = { 1, 1, 1 },
	};

	(void)state;
	write_elf(path, 0x11);
	*said = '\0';
	for (int i = 0; i < 5; i++)
		profiles_changes(&files, &object, 1, NULL, NULL, tell,
				       NULL);
	assert_string_equal(said, "shared shared shared shared shared ");
	assert_int_equal(files.opened, 1);
}

static void test_so_many_and_no_more(void **state)
{
	static struct profiles_object objects[PROFILES_PATHS_MAX + 5];
	static char paths[PROFILES_PATHS_MAX + 5][32];
	size_t opened, told = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		snprintf(paths[i], sizeof(paths[i]), "/usr/gone/%04zu", i);
		objects[i] = (struct profiles_object){
			.path = paths[i], .stamp = { 1, 1, 1 },
			.outdated = i < PROFILES_PATHS_MAX - 2,
		};
	}
	look(objects, ARRAY_SIZE(objects), NULL, &opened);
	for (const char *at = said; (at = strstr(at, "gone")); at += 4)
		told++;
	assert_int_equal(told, 2);
	/* What ran once, long ago, in a folder for a while is not counted. */
	for (size_t i = 0; i < PROFILES_PATHS_MAX; i++)
		snprintf(paths[i], sizeof(paths[i]), "/tmp/once/%04zu", i);
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i].outdated = i < PROFILES_PATHS_MAX;
	look(objects, ARRAY_SIZE(objects), NULL, &opened);
	assert_string_equal(said, "1000 gone 1001 gone 1002 gone 1003 gone "
			    "1004 gone ");
}

static const char *kernel(const char *first, const char *second)
{
	const char *const kernels[] = { first, second, NULL };

	*said = '\0';
	assert_int_equal(profiles_changes(NULL, NULL, 0, kernels, NULL, tell,
					  NULL), 0);
	return said;
}

static void test_the_kernel(void **state)
{
	unsigned major, minor;
	struct utsname names;
	char patch[128], next[64];

	(void)state;
	assert_int_equal(uname(&names), 0);
	assert_int_equal(sscanf(names.release, "%u.%u", &major, &minor), 2);
	snprintf(patch, sizeof(patch), "%u.%u.250-other", major, minor);
	snprintf(next, sizeof(next), "%u.%u.1", major, minor + 1);
	assert_string_equal(kernel(names.release, NULL), "");
	assert_string_equal(kernel(patch, NULL), "");
	assert_string_equal(kernel("1.2.3", "2.0.1"), "2.0.1 ");
	assert_string_equal(kernel("1.2.3", patch), "");
	assert_string_equal(kernel(patch, "1.2.3"), "");
	snprintf(patch, sizeof(patch), "%s ", next);
	assert_string_equal(kernel(next, NULL), patch);
	assert_string_equal(kernel(NULL, NULL), "");
	assert_string_equal(kernel("", NULL), " ");
}

static int stop(void *data, const struct profiles_change *change)
{
	(void)data, (void)change;
	return -ENOMEM;
}

static void test_who_is_told_may_stop(void **state)
{
	const char *const kernels[] = { "1.2.3", NULL };

	(void)state;
	assert_int_equal(profiles_changes(NULL, NULL, 0, kernels, NULL, stop,
					  NULL), -ENOMEM);
}

#define in_folder(f) cmocka_unit_test_setup_teardown(f, make_folder,           \
						     remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(test_a_file),
		in_folder(test_any_build_id_that_the_path_had),
		in_folder(test_a_file_without_a_build_id),
		in_folder(test_what_is_gone),
		in_folder(test_what_is_no_file),
		in_folder(test_long_paths),
		in_folder(test_no_link_leads_out),
		in_folder(test_each_file_once),
		cmocka_unit_test(test_so_many_and_no_more),
		cmocka_unit_test(test_the_kernel),
		cmocka_unit_test(test_who_is_told_may_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
