/* SPDX-License-Identifier: MIT */
/*
 * Files: whole reads and writes, folders made with their parents, and the
 * search for a program along $PATH.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"

/* A name in a sentence: longer ones would push the cause out of it. */
#define NAME_FORMAT "\"%.200s\""

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A failed mkdir is no failure where the folder is there: another process may
 * have made it, and a read-only or foreign parent may answer anything. */
static int make_one(const char *dir, mode_t mode, struct error *err)
{
	int code = mkdir(dir, mode) == 0 ? 0 : errno;

	if (code == 0 || is_directory(dir))
		return 0;
	if (code == ENOTDIR || code == EEXIST)
		return base_error(err, ENOTDIR, "cannot create the folder "
				  NAME_FORMAT ": a file is in its place", dir);
	return base_error(err, code, "cannot create the folder " NAME_FORMAT
			  ": %s", dir, strerror(code));
}

int base_mkdirs(const char *dir, mode_t mode, struct error *err)
{
	cleanup_free char *path = strdup(dir);
	char *slash;
	int ret;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	/* The first byte is no separator: "/" itself is always there. */
	for (slash = path + strspn(path, "/"); (slash = strchr(slash, '/'));
	     slash += strspn(slash, "/")) {
		*slash = '\0';
		ret = make_one(path, mode, err);
		*slash = '/';
		if (ret < 0)
			return ret;
	}
	return make_one(path, mode, err);
}

int base_openat2(int folder, const char *path, int flags, uint64_t resolve)
{
	const struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.resolve = resolve,
	};

	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

ssize_t base_read_all(int fd, void *buffer, size_t size)
{
	char *to = buffer;
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, to + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int base_write_all(int fd, const void *buffer, size_t size)
{
	const char *from = buffer;

	while (size > 0) {
		ssize_t n = write(fd, from, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

bool base_writable(int fd, int milliseconds)
{
	struct pollfd poller = {.fd = fd, .events = POLLOUT};

	return poll(&poller, 1, milliseconds) == 1 &&
	       (poller.revents & POLLOUT);
}

int base_write_patiently(int fd, const void *buffer, size_t size,
			 int milliseconds)
{
	const char *from = buffer;
	int ret = 0;

	while (ret == 0 && size > 0) {
		size_t piece = size < PIPE_BUF ? size : PIPE_BUF;

		if (!base_writable(fd, milliseconds))
			return -EAGAIN;
		ret = base_write_all(fd, from, piece);
		from += piece;
		size -= piece;
	}
	return ret;
}

int base_print_whole(FILE *out,
		     int (*print)(FILE *memory, const void *data,
				  struct error *err),
		     const void *data, struct error *err)
{
	cleanup_free char *bytes = NULL;
	size_t length = 0;
	cleanup_fclose FILE *memory = NULL;
	int result;

	memory = base_memstream(&bytes, &length);
	if (!memory)
		return base_error(err, ENOMEM, "out of memory");
	result = print(memory, data, err);
	if (result < 0)
		return result;
	if (fflush(memory) || ferror(memory))
		return base_error(err, ENOMEM, "out of memory");
	if (fwrite(bytes, 1, length, out) != length)
		return base_error(err, errno, "cannot write: %s",
				  strerror(errno));
	return 0;
}

ssize_t base_read_file(const char *path, char *buffer, size_t size)
{
	cleanup_close int fd = -1;
	ssize_t n;

	if (!size)
		return -EINVAL;
	buffer[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = base_read_all(fd, buffer, size - 1);
	if (n < 0)
		return n;
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return n;
}

char *base_boot_id(char out[37])
{
	*out = '\0';
	base_read_file("/proc/sys/kernel/random/boot_id", out, 37);
	return out;
}

/* Whether the kernel would execute PATH as far as its file goes: what is
 * inside, and its interpreter, only execve(2) can tell. */
static int check_executable(const char *path, struct error *err)
{
	struct stat st;
	int code;

	if (stat(path, &st) < 0) {
		code = errno;
		if (code == ENOENT)
			return base_error(err, code, "there is no file "
					  NAME_FORMAT "; check the path", path);
		return base_error(err, code, "cannot execute " NAME_FORMAT
				  ": %s", path, strerror(code));
	}
	if (S_ISDIR(st.st_mode))
		return base_error(err, EISDIR, "cannot execute " NAME_FORMAT
				  ": it is a folder; name a program in it",
				  path);
	if (!S_ISREG(st.st_mode))
		return base_error(err, EACCES, "cannot execute " NAME_FORMAT
				  ": it is not a regular file", path);
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return base_error(err, EACCES, "cannot execute " NAME_FORMAT
				  ": you may not execute it; chmod +x it if it "
				  "is a program and its file system is not "
				  "mounted noexec", path);
	return 0;
}

/* The next folder of a PATH joined with NAME; an empty folder is the current
 * one. *PATHS moves on and becomes NULL after the last. */
static char *next_candidate(const char **paths, const char *name)
{
	const char *start = *paths;
	int length = (int)strcspn(start, ":");

	*paths = start[length] ? start + length + 1 : NULL;
	if (!length)
		return base_printf("./%s", name);
	return base_printf("%.*s/%s", length, start, name);
}

/* As execvp(3): the first that can be executed; else what was wrong with the
 * first that could not; else there is none. */
static int search_path(const char *name, char **path, struct error *err)
{
	const char *paths = getenv("PATH");
	struct error refusal = { 0 }, why;

	if (!paths)
		paths = "/bin:/usr/bin";
	while (paths) {
		cleanup_free char *candidate = next_candidate(&paths, name);

		if (!candidate)
			return base_error(err, ENOMEM, "out of memory");
		if (check_executable(candidate, &why) == 0) {
			*path = take_ptr(candidate);
			return 0;
		}
		if (!refusal.code && (why.code == EACCES || why.code == EISDIR))
			refusal = why;
	}
	if (!refusal.code)
		return base_error(err, ENOENT, "no program named " NAME_FORMAT
				  " in PATH; give its path or check the name",
				  name);
	if (err)
		*err = refusal;
	return -refusal.code;
}

int base_find_program(const char *program, char **path, struct error *err)
{
	int ret;

	*path = NULL;
	if (!*program)
		return base_error(err, ENOENT, "the name of the program is "
				  "empty; give a name or a path");
	if (!strchr(program, '/'))
		return search_path(program, path, err);
	ret = check_executable(program, err);
	if (ret < 0)
		return ret;
	*path = strdup(program);
	return *path ? 0 : base_error(err, ENOMEM, "out of memory");
}
