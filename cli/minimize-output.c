/* SPDX-License-Identifier: MIT */
/*
 * minimize-output: what a run printed, as a hash. Two, for numbers such as
 * process ids and times differ from run to run where nothing else does: in the
 * second one each number, 0x... included, is one sign.
 */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/minimize.h"

/* Of what is written in a file that much is compared, and its size: the command
 * may make it as large as it likes, without a byte on the disk. */
#define FILE_MOST (64 << 20)
#define FILE_BLOCK 65536

static void add_loose(struct minimize_output *output, unsigned char c)
{
	if (!output->number && isdigit(c)) {
		output->number = true;
		output->zero = c == '0';
		output->loose = base_hash(output->loose, "#", 1);
		return;
	}
	if (output->number && output->zero && c == 'x') {
		output->hexadecimal = true;
		output->zero = false;
		return;
	}
	if (output->number && (isdigit(c) ||
			       (output->hexadecimal && isxdigit(c)))) {
		output->zero = false;
		return;
	}
	output->number = output->hexadecimal = false;
	output->loose = base_hash(output->loose, &c, 1);
}

void minimize_output_add(struct minimize_output *output, const char *bytes,
			 size_t count)
{
	if (!output->exact)
		output->exact = output->loose = BASE_HASH;
	for (size_t i = 0; i < count; i++) {
		if (output->size + i < sizeof(output->head) - 1)
			output->head[output->size + i] = bytes[i];
		add_loose(output, (unsigned char)bytes[i]);
	}
	output->exact = base_hash(output->exact, bytes, count);
	output->size += count;
}

static void print_line(char *out, size_t size, const char *line)
{
	char text[48];
	size_t length = strcspn(line, "\n");

	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	base_printable(out, size, text);
}

void minimize_output_difference(const struct minimize_output *a,
				const struct minimize_output *b, char *out,
				size_t size)
{
	const char *x = a->head, *y = b->head;
	char first[64], second[64];
	unsigned line = 1;

	for (; *x && *x == *y; x++, y++)
		line += *x == '\n';
	if (!*x && !*y) {
		snprintf(out, size, "after the first %zu bytes",
			 strlen(a->head));
		return;
	}
	while (x > a->head && x[-1] != '\n') {
		x--;
		y--;
	}
	print_line(first, sizeof(first), x);
	print_line(second, sizeof(second), y);
	snprintf(out, size, "in line %u: '%s' and '%s'", line, first, second);
}

/* Where there is something, from AT on, by blocks; where a file system does not
 * say, at once. */
static off_t next_block(int fd, off_t at)
{
	off_t next = lseek(fd, at, SEEK_DATA);

	if (next < 0 && errno != ENXIO)
		next = at;
	return next < 0 ? next : next - next % FILE_BLOCK;
}

/* Zeros and nothing are the same. */
static uint64_t add_block(uint64_t hash, off_t at, const char *bytes,
			  size_t count)
{
	if (!*bytes && memcmp(bytes, bytes + 1, count - 1) == 0)
		return hash;
	hash = base_hash(hash, &at, sizeof(at));
	return base_hash(hash, bytes, count);
}

uint64_t minimize_file(const char *path, int64_t *changed)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint64_t hash = BASE_HASH;
	off_t left = FILE_MOST, at = 0;
	char bytes[FILE_BLOCK];
	struct stat file;
	ssize_t count;

	*changed = 0;
	if (fd < 0 || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return 0;
	*changed = file.st_ctim.tv_sec * INT64_C(1000000000) +
		   file.st_ctim.tv_nsec;
	hash = base_hash(hash, &file.st_size, sizeof(file.st_size));
	while (left > 0 && (at = next_block(fd, at)) >= 0 &&
	       (count = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		hash = add_block(hash, at, bytes, (size_t)count);
		at += FILE_BLOCK;
		left -= FILE_BLOCK;
	}
	return hash;
}
