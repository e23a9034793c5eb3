/* SPDX-License-Identifier: MIT */
/*
 * A stream into memory. That of glibc, open_memstream(3), tells nobody that
 * memory was lacking: what found no room is missing in the middle, without a
 * word from ferror(3), and fclose(3) succeeds and leaves no text. What is half
 * a list of names or rules must not be taken for the whole.
 *
 * So the stream is one of our own functions (fopencookie(3)). Once a piece was
 * lost they take no more, and closing fails.
 */
#include <string.h>

#include "base/base.h"

struct memory {
	char **text;
	size_t *length, room;
	bool failed;
};

static bool grow(struct memory *memory, size_t least)
{
	size_t room = memory->room;
	char *text;

	while (room < least)
		room *= 2;
	if (room == memory->room)
		return true;
	text = realloc(*memory->text, room);
	if (!text)
		return false;
	*memory->text = text;
	memory->room = room;
	return true;
}

static ssize_t put(void *cookie, const char *bytes, size_t size)
{
	struct memory *memory = cookie;
	size_t length = *memory->length;

	if (memory->failed || !grow(memory, length + size + 1)) {
		memory->failed = true;
		errno = ENOMEM;
		return 0;
	}
	memcpy(*memory->text + length, bytes, size);
	*memory->length = length + size;
	(*memory->text)[*memory->length] = '\0';
	return (ssize_t)size;
}

static int end(void *cookie)
{
	struct memory *memory = cookie;
	bool failed = memory->failed;

	if (failed)
		base_free(memory->text);
	free(memory);
	if (failed)
		errno = ENOMEM;
	return failed ? EOF : 0;
}

FILE *base_memstream(char **text, size_t *length)
{
	const cookie_io_functions_t functions = {.write = put, .close = end};
	cleanup_free struct memory *memory = malloc(sizeof(*memory));
	cleanup_free char *room = malloc(256);
	FILE *stream;

	*text = NULL;
	*length = 0;
	if (!memory || !room)
		return NULL;
	*memory = (struct memory){text, length, 256, false};
	stream = fopencookie(memory, "w", functions);
	if (!stream)
		return NULL;
	*room = '\0';
	*text = take_ptr(room);
	(void)take_ptr(memory);
	return stream;
}
