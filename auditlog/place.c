/* SPDX-License-Identifier: MIT */
/*
 * Where in which file. A file is known by its first bytes, of which a hash is
 * kept: those of a log never change, and hold a time.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "auditlog/file.h"

/* The size first: if the file is truncated in between, it is the beginning that
 * is missed, and never a size that does not belong to it. */
int place_look(int fd, struct place_look *look)
{
	struct stat st;
	ssize_t n = fstat(fd, &st);

	if (n == 0)
		n = pread(fd, look->head, sizeof(look->head), 0);
	if (n < 0)
		return -errno;
	look->place = (struct place) {
		.dev = st.st_dev,
		.ino = st.st_ino,
		.head = (size_t)n,
		.hash = base_hash(BASE_HASH, look->head, (size_t)n),
		.changed = st.st_mtim.tv_sec * INT64_C(1000000000) +
			   st.st_mtim.tv_nsec,
	};
	look->size = st.st_size;
	return 0;
}

bool place_begins(const struct place *place, const struct place_look *look)
{
	return look->place.head >= place->head &&
	       base_hash(BASE_HASH, look->head, place->head) ==
		       place->hash;
}

bool place_same_file(const struct place *a, const struct place *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

bool place_copy(const struct place_look *older, const struct place_look *newer)
{
	return place_same_file(&older->place, &newer->place) ||
	       place_begins(&older->place, newer);
}

int place_print(char *out, size_t size, const struct place *place)
{
	return snprintf(out, size, "%" PRIx64 ":%" PRIu64 ":%" PRId64
			":%zu:%016" PRIx64 ":%" PRId64, place->dev, place->ino,
			place->offset, place->head, place->hash,
			place->changed);
}

int place_parse(const char **text, struct place *place)
{
	int length = 0;

	if (sscanf(*text, "%" SCNx64 ":%" SCNu64 ":%" SCNd64 ":%zu:%" SCNx64
		   ":%" SCNd64 "%n", &place->dev, &place->ino, &place->offset,
		   &place->head, &place->hash, &place->changed, &length) != 6 ||
	    place->offset < 0 || place->head > PLACE_HEAD)
		return -EINVAL;
	*text += length;
	return 0;
}
