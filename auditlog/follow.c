/* SPDX-License-Identifier: MIT */
/*
 * Reads the generations of a log one after the other, while others write and
 * rotate it. In words:
 *
 *   Read on where we are. If the file no longer begins as it did, or is shorter
 *   than we are far, it was truncated: look for our generation in a copy.
 *   At the end, if FILE is another file now, look for what comes after ours:
 *   an older file at once, FILE when it has been written to. Whoever wrote the
 *   old one may do so for a moment more (rsyslog does, until it is told), so it
 *   stays open until the next change.
 *
 * Each look lists the files anew, as they may be renamed at any moment; what
 * was listed and is another file when it is opened is listed again.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "auditlog/file.h"

enum {
	DENIED_MS = 5000,		/* until a new file has its rights */
	SLOT_NOW = 0, SLOT_BEFORE = 1, SLOT_NEXT = 2
};

enum reading {
	READING_END = 0,	/* nothing more as yet */
	READING_MORE = 1,
	READING_CHANGED		/* the file is no longer what it was */
};

/* ---- losses ----------------------------------------------------------- */

void follow_lose(struct follow *follow, const struct rotated *list,
		 const char *what)
{
	char path[160];

	if (follow->lost)
		return;
	follow->lost = true;
	follow->loss = (struct auditlog_loss) {
		.kind = AUDITLOG_LOST_FILE,
		.time = base_now(),
	};
	base_printable(path, sizeof(path), follow->path);
	snprintf(follow->loss.detail, sizeof(follow->loss.detail), "%s: %s%s",
		 path, what, list->compressed ?
		 "; compressed files are not read" : "");
}

static void tell_loss(struct follow *follow, const struct auditlog_sink *sink)
{
	if (follow->lost && sink->loss)
		sink->loss(sink->data, &follow->loss);
	follow->lost = false;
}

/* ---- one file --------------------------------------------------------- */

/* Only after a look that came later than the read it is sure that what was
 * read is of this generation. */
static int read_tail(struct follow *follow, struct follow_tail *tail,
		     bool whole, const struct auditlog_sink *sink,
		     struct error *err)
{
	ssize_t n = pread(tail->fd, follow->buffer, LINES_BUFFER,
			  tail->place.offset);
	int code = n < 0 ? errno : 0, ret;
	struct place_look look;
	size_t used = 0;

	if (code == EINTR)
		return READING_MORE;
	if (code || place_look(tail->fd, &look) < 0)
		return base_error(err, code ? code : EIO, "cannot read "
				  "\"%.200s\": %s", follow->path,
				  strerror(code ? code : EIO));
	if (!place_begins(&tail->place, &look))
		return READING_CHANGED;
	look.place.offset = tail->place.offset;
	if (look.size < look.place.offset) {
		look.place.offset = look.size;
		tail->skipping = false;
	}
	tail->place = look.place;
	if (n == 0)
		return READING_END;
	ret = lines_take(follow->buffer, (size_t)n, whole && n < LINES_BUFFER,
			 &tail->skipping, &used, follow->counts, sink);
	tail->place.offset += (int64_t)used;
	return ret < 0 ? ret : used ? READING_MORE : READING_END;
}

/* No more will come: a last line without a newline is whole. */
static int finish_tail(struct follow *follow, struct follow_tail *tail,
		       const struct auditlog_sink *sink, struct error *err)
{
	int ret = READING_MORE;

	while (tail->fd >= 0 && ret == READING_MORE)
		ret = read_tail(follow, tail, true, sink, err);
	return ret < 0 ? ret : 0;
}

/* ---- from file to file ------------------------------------------------ */

static int list_files(struct follow *follow, struct rotated *list,
		      struct error *err)
{
	cleanup_free char *real = realpath(follow->path, NULL);
	const char *path = real ? real : follow->path;
	int ret;

	rotated_free(list);
	if (follow->wait) {
		notify_folder_of(&follow->notify, 0, follow->path);
		notify_folder_of(&follow->notify, 1, path);
	}
	ret = rotated_list(path, list);
	if (ret == -ENOMEM)
		return base_error(err, ENOMEM, "out of memory");
	return ret == 0 ? 0 : base_error(err, -ret, "cannot look for the files "
					 "of \"%.200s\": %s; raise ulimit -n",
					 follow->path, strerror(-ret));
}

/* The index of our generation, -ENOENT. What was not found may have been
 * between two names. */
static int find_now(struct follow *follow, struct rotated *list,
		    ssize_t *index, struct error *err)
{
	int ret = 0;

	*index = -ENOENT;
	for (int i = 0; i < 2 && ret == 0 && *index < 0; i++) {
		ret = list_files(follow, list, err);
		if (ret == 0 && follow->now.fd < 0)
			break;
		if (ret == 0)
			*index = rotated_find(list, &follow->now.place);
	}
	return ret;
}

/* Opens what was listed. -ESTALE: it is another file now. */
static int open_listed(const struct rotated_file *file, int64_t offset,
		       struct follow_tail *tail)
{
	cleanup_close int fd = rotated_open(file->path);
	struct place_look look;
	int ret = fd < 0 ? fd : place_look(fd, &look);

	if (ret < 0)
		return ret == -ENOENT ? -ESTALE : ret;
	if (!place_same_file(&file->look.place, &look.place) ||
	    !place_begins(&file->look.place, &look))
		return -ESTALE;
	tail->place = look.place;
	tail->place.offset = offset < look.size ? offset : look.size;
	tail->fd = take_fd(&fd);
	return 0;
}

static int not_opened(const struct follow *follow, int code, struct error *err)
{
	if (code == -ESTALE)
		return READING_MORE;
	return base_error(err, -code, "cannot open what became of \"%.200s\": "
			  "%s", follow->path, strerror(-code));
}

/* Our generation is in another file now. */
static int change_file(struct follow *follow, const struct rotated_file *file,
		       struct error *err)
{
	struct follow_tail tail = { .skipping = follow->now.skipping };
	int ret = open_listed(file, follow->now.place.offset, &tail);

	if (ret < 0)
		return not_opened(follow, ret, err);
	base_close(&follow->now.fd);
	follow->now = tail;
	notify_file(&follow->notify, SLOT_NOW, tail.fd);
	return READING_MORE;
}

/* Where a generation goes on that had been read before. */
static int64_t later_offset(struct follow *follow,
			    const struct place_look *look)
{
	for (size_t i = 0; i < follow->later_count; i++)
		if (place_begins(&follow->later[i], look)) {
			int64_t offset = follow->later[i].offset;

			follow->later[i] =
				follow->later[--follow->later_count];
			return offset;
		}
	return 0;
}

/* To the next generation. */
static int move_on(struct follow *follow, const struct rotated_file *file,
		   const struct auditlog_sink *sink, struct error *err)
{
	struct follow_tail tail = { 0 };
	int ret = open_listed(file, 0, &tail);

	if (ret < 0)
		return not_opened(follow, ret, err);
	tail.place.offset = later_offset(follow, &file->look);
	ret = finish_tail(follow, &follow->before, sink, err);
	base_close(&follow->before.fd);
	/* An empty one may be a later generation by now. */
	if (!follow->now.place.head)
		base_close(&follow->now.fd);
	follow->before = follow->now;
	follow->has_before = follow->now.fd >= 0;
	follow->now = tail;
	notify_file(&follow->notify, SLOT_NEXT, -1);
	notify_file(&follow->notify, SLOT_BEFORE, follow->before.fd);
	notify_file(&follow->notify, SLOT_NOW, tail.fd);
	return ret < 0 ? ret : READING_MORE;
}

/* Our file was truncated or written anew. Its own text is in a copy, or gone;
 * then we go on with what is newer. */
static int find_copy(struct follow *follow, struct error *err)
{
	cleanup_rotated struct rotated list = { 0 };
	ssize_t index;
	size_t next;
	int ret = find_now(follow, &list, &index, err);

	if (ret < 0)
		return ret;
	if (index >= 0)
		return change_file(follow, &list.files[index], err);
	follow_lose(follow, &list, "it was truncated, and there is no copy");
	next = rotated_since(&list, follow->now.place.changed);
	follow->now.place.offset = 0;
	follow->now.place.head = 0;
	follow->now.skipping = false;
	return next < list.count ?
	       change_file(follow, &list.files[next], err) : READING_END;
}

/* A file that was made just now may get its rights a moment later. */
static int denied(struct follow *follow, struct error *err)
{
	int64_t now = base_now_monotonic();

	if (!follow->denied_since)
		follow->denied_since = now;
	if (follow->wait && now - follow->denied_since < DENIED_MS * 1000)
		return READING_END;
	return base_error(err, EACCES, "\"%.200s\" was made anew and cannot be "
			  "read: the rotation has to give it the rights of the "
			  "old one", follow->path);
}

static bool is_still_file(const struct follow *follow)
{
	struct stat st;

	return follow->now.fd >= 0 && stat(follow->path, &st) == 0 &&
	       st.st_dev == follow->now.place.dev &&
	       st.st_ino == follow->now.place.ino;
}

/* Whether FILE is there but has not been written to: its writer may still
 * write to the file that we read. */
static bool is_unused(struct follow *follow, const struct rotated *list,
		      size_t next)
{
	cleanup_close int fd = -1;

	if (follow->now.fd < 0 || !list->current || next + 1 != list->count ||
	    list->files[next].look.size > 0)
		return false;
	fd = rotated_open(list->files[next].path);
	notify_file(&follow->notify, SLOT_NEXT, fd);
	return true;
}

static int go_further(struct follow *follow, const struct auditlog_sink *sink,
		      struct error *err)
{
	cleanup_rotated struct rotated list = { 0 };
	ssize_t index;
	size_t next;
	int ret;

	if (is_still_file(follow))
		return READING_END;
	ret = find_now(follow, &list, &index, err);
	if (ret < 0)
		return ret;
	if (list.failed == -EACCES)
		return denied(follow, err);
	follow->denied_since = 0;
	/* An empty file has nothing to be known by: it may have been filled,
	 * copied and emptied. */
	if (!follow->now.place.head)
		index = -ENOENT;
	while (index >= 0 && list.files[index].copy)
		index++;
	if (index >= 0 && !place_same_file(&list.files[index].look.place,
					   &follow->now.place))
		return change_file(follow, &list.files[index], err);
	next = index >= 0 ? rotated_next(&list, (size_t)index) :
	       rotated_since(&list, follow->now.fd < 0 ? INT64_MIN :
			     follow->now.place.changed -
			     !follow->now.place.head);
	if (next >= list.count || is_unused(follow, &list, next))
		return READING_END;
	return move_on(follow, &list.files[next], sink, err);
}

/* ---- reading ---------------------------------------------------------- */

/* What came late in the generation before. */
static int read_before(struct follow *follow, const struct auditlog_sink *sink,
		       struct error *err)
{
	struct follow_tail *before = &follow->before;
	struct stat st;
	int ret;

	if (before->fd < 0)
		return READING_END;
	ret = read_tail(follow, before, false, sink, err);
	if (ret == READING_MORE || ret < 0)
		return ret;
	/* Truncated, or removed: nobody can find it again. */
	if (ret == READING_CHANGED || fstat(before->fd, &st) < 0 ||
	    st.st_nlink == 0) {
		follow->has_before = false;
		ret = finish_tail(follow, before, sink, err);
		base_close(&before->fd);
		notify_file(&follow->notify, SLOT_BEFORE, -1);
	}
	return ret < 0 ? ret : READING_END;
}

/* A file that was empty when we met it has nothing to be known by: once it was
 * written to, it may have been filled, copied and emptied before. */
static int settle(struct follow *follow, const struct auditlog_sink *sink,
		  struct error *err)
{
	cleanup_rotated struct rotated list = { 0 };
	struct place_look look;
	size_t next;
	int ret;

	if (follow->now.fd < 0 || follow->now.place.head ||
	    place_look(follow->now.fd, &look) < 0 ||
	    (!look.size &&
	     look.place.changed == follow->now.place.changed))
		return READING_END;
	ret = list_files(follow, &list, err);
	if (ret < 0)
		return ret;
	/* The clock of files ticks slowly: the same tick may be later. */
	next = rotated_since(&list, follow->now.place.changed - 1);
	if (next < list.count &&
	    !place_same_file(&list.files[next].look.place, &look.place))
		return move_on(follow, &list.files[next], sink, err);
	follow->now.place = look.place;
	return READING_MORE;
}

static int read_some(struct follow *follow, const struct auditlog_sink *sink,
		     struct error *err)
{
	int ret = settle(follow, sink, err);

	if (ret == READING_END && follow->now.fd >= 0 &&
	    follow->now.place.head)
		ret = read_tail(follow, &follow->now, false, sink, err);
	if (ret == READING_CHANGED)
		return find_copy(follow, err);
	if (ret == READING_END)
		ret = read_before(follow, sink, err);
	if (ret == READING_END)
		ret = go_further(follow, sink, err);
	return ret;
}

/* The end of what is there. */
static int end_of_all(struct follow *follow, const struct auditlog_sink *sink,
		      struct error *err)
{
	int ret;

	if (follow->wait)
		return 0;
	ret = finish_tail(follow, &follow->before, sink, err);
	ret = ret < 0 ? ret : finish_tail(follow, &follow->now, sink, err);
	return ret < 0 ? ret : -ENODATA;
}

int follow_read(struct follow *follow, const struct auditlog_sink *sink,
		struct error *err)
{
	int ret;

	notify_drain(&follow->notify);
	tell_loss(follow, sink);
	ret = read_some(follow, sink, err);
	tell_loss(follow, sink);
	return ret == READING_END ? end_of_all(follow, sink, err) : ret;
}

/* ---- the rest --------------------------------------------------------- */

int follow_open(struct follow *follow, const struct auditlog_options *options,
		struct error *err)
{
	cleanup_rotated struct rotated list = { 0 };
	int64_t offset = 0;
	ssize_t index;
	int ret;

	follow->now.fd = follow->before.fd = -1;
	notify_open(&follow->notify);
	follow->buffer = malloc(LINES_BUFFER);
	if (!follow->buffer)
		return base_error(err, ENOMEM, "out of memory");
	do {
		follow->later_count = 0;
		ret = list_files(follow, &list, err);
		if (ret < 0)
			return ret;
		index = start_place(follow, &list, options, &offset);
		if (index < 0)
			return 0;
		ret = open_listed(&list.files[index], offset, &follow->now);
	} while (ret == -ESTALE);
	if (ret < 0)
		return not_opened(follow, ret, err);
	notify_file(&follow->notify, SLOT_NOW, follow->now.fd);
	return 0;
}

void follow_close(struct follow *follow)
{
	base_close(&follow->now.fd);
	base_close(&follow->before.fd);
	notify_close(&follow->notify);
	free(follow->buffer);
}

int follow_fd(const struct follow *follow)
{
	return follow->wait ? follow->notify.fd : follow->now.fd;
}

int follow_timeout(const struct follow *follow)
{
	if (!follow->wait)
		return 0;
	return follow->denied_since ? NOTIFY_MOMENT_MS :
	       notify_timeout(&follow->notify);
}

static void add_place(char *out, size_t size, const struct place *place)
{
	size_t at = strlen(out);
	int length = snprintf(out + at, size - at, " ");

	length += place_print(out + at + 1, size - at - 1, place);
	/* Whole places only. */
	if ((size_t)length >= size - at)
		out[at] = '\0';
}

void follow_position(const struct follow *follow, char *out, size_t size)
{
	snprintf(out, size, "%s", follow->now.fd < 0 ? "" : "1");
	if (follow->now.fd < 0)
		return;
	if (follow->has_before && follow->later_count < FOLLOW_LATER)
		add_place(out, size, &follow->before.place);
	add_place(out, size, &follow->now.place);
	for (size_t i = 0; i < follow->later_count; i++)
		add_place(out, size, &follow->later[i]);
}
