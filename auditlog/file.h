/* SPDX-License-Identifier: MIT */
/*
 * Files of text that others append to and rotate, piece by piece:
 *
 *   lines.c     what was read, up to its last newline, to auditlog_scan()
 *   place.c     where in which file: told by what the file begins with
 *   rotated.c   the files that a log has become: FILE, FILE.1, FILE-20261122
 *   notify.c    wakes us when one of them changes
 *   start.c     where to begin, from the position of the last watch
 *   follow.c    reads them one after the other
 *   file.c      what is a file at all; pipes; the source
 *
 * A log is a chain of generations, each in one file, of which the newest has
 * the log's name. Rotation by renaming moves a generation to another name,
 * rotation by copying to another file; what it begins with stays. So that is
 * what tells generations apart, and the inode helps where it is too little.
 */
#ifndef JAIL_AUDITLOG_FILE_H
#define JAIL_AUDITLOG_FILE_H

#include "auditlog/source.h"

/* ---- lines ------------------------------------------------------------ */

#define LINES_BUFFER (256 * 1024)	/* fits in a processor's cache */
#define LINES_LONGEST (64 * 1024)

/*
 * Looks at the lines in SIZE bytes that begin where a line begins, or, where
 * *SKIPPING says so, within one that is too long to be kept. *USED is how much
 * is done with; the rest is to be shown again, with more behind it.
 */
int lines_take(const char *buffer, size_t size, bool whole, bool *skipping,
	       size_t *used, struct auditlog_counts *counts,
	       const struct auditlog_sink *sink);

/* ---- places ----------------------------------------------------------- */

#define PLACE_HEAD 256

struct place {
	uint64_t dev, ino;
	int64_t offset;		/* of what has not been handed on */
	size_t head;		/* how many bytes of its beginning are known */
	uint64_t hash;		/* of these */
	int64_t changed;	/* mtime, nanoseconds since the epoch */
};

/* A look at an open file. */
struct place_look {
	struct place place;	/* offset 0 */
	int64_t size;
	char head[PLACE_HEAD];
};
int place_look(int fd, struct place_look *look);	/* or -errno */

/* Whether the file begins with what is known of PLACE. */
bool place_begins(const struct place *place, const struct place_look *look);
bool place_same_file(const struct place *a, const struct place *b);
/* Whether OLDER is a copy, perhaps an unfinished one, of NEWER. */
bool place_copy(const struct place_look *older,
		const struct place_look *newer);

/* "DEV:INO:OFFSET:HEAD:HASH:CHANGED", without blanks. Returns its length. */
int place_print(char *out, size_t size, const struct place *place);
/* Reads one; *TEXT is then behind it. -EINVAL. */
int place_parse(const char **text, struct place *place);

/* ---- the files of a log ----------------------------------------------- */

struct rotated_file {
	char *path;
	struct place_look look;
	bool copy;		/* the next one has the same generation: a copy
				 * that is made just now, or a rewritten file */
};

/* Oldest first. FILE itself is the last one, where it is there. */
struct rotated {
	struct rotated_file *files;
	size_t count;
	bool current;		/* the last one is FILE */
	int failed;		/* why FILE could not be opened, -errno */
	bool compressed;	/* there are some that are not read */
};

/* -ENOMEM, -EMFILE, -ENFILE */
int rotated_list(const char *path, struct rotated *list);
void rotated_free(struct rotated *list);
#define cleanup_rotated __attribute__((cleanup(rotated_free)))

/* The index of PLACE's generation, -ENOENT. */
ssize_t rotated_find(const struct rotated *list, const struct place *place);
/* The first that was written to after CHANGED; FILE at the latest, and count
 * where there is none. */
size_t rotated_since(const struct rotated *list, int64_t changed);
/* The one behind INDEX; count where there is none. */
size_t rotated_next(const struct rotated *list, size_t index);

/* Opens without any effect on what is there; never waits. -errno. */
int rotated_open(const char *path);

/* ---- being woken ------------------------------------------------------ */

enum {
	NOTIFY_SLOTS = 3,
	NOTIFY_MOMENT_MS = 250
};

struct notify {
	int fd;			/* inotify(7), -1: not to be had */
	int folders[NOTIFY_SLOTS], files[NOTIFY_SLOTS];	/* -1: none */
	bool blind;		/* something that changes tells us nothing */
};

void notify_open(struct notify *notify);
void notify_close(struct notify *notify);
/* Watches, in a slot; what was there before is watched no more. The folder of a
 * file for names that come and go, a file (or none: -1) for its text. */
void notify_folder_of(struct notify *notify, size_t slot, const char *path);
void notify_file(struct notify *notify, size_t slot, int fd);
/* Takes what woke us. */
void notify_drain(struct notify *notify);
int notify_timeout(const struct notify *notify);	/* milliseconds, -1 */

/* ---- following -------------------------------------------------------- */

/* Reading one file on from a place. */
struct follow_tail {
	int fd;			/* -1: none */
	struct place place;
	bool skipping;		/* lines_take() */
};

/* Places of generations that are read after the one that is read now. */
enum { FOLLOW_LATER = 3 };

struct follow {
	const char *path;
	bool wait;		/* for more at the end */
	struct follow_tail now;
	/* The one before, which its writer may not have let go yet. */
	struct follow_tail before;
	bool has_before;	/* its place is known, with or without fd */
	struct place later[FOLLOW_LATER];
	size_t later_count;
	char *buffer;
	struct notify notify;
	int64_t denied_since;	/* FILE cannot be opened as yet; 0: it can */
	bool lost;		/* to be told by the next read */
	struct auditlog_loss loss;
	struct auditlog_counts *counts;		/* the source's */
};

/* Of FOLLOW path, wait and counts are set, the rest is zero. PATH begins with
 * a slash and is a regular file, or nothing as yet. */
int follow_open(struct follow *follow, const struct auditlog_options *options,
		struct error *err);
void follow_close(struct follow *follow);
/* As auditlog_read(), but one piece. */
int follow_read(struct follow *follow, const struct auditlog_sink *sink,
		struct error *err);
int follow_fd(const struct follow *follow);
int follow_timeout(const struct follow *follow);
void follow_position(const struct follow *follow, char *out, size_t size);

/* start.c: where to begin. The index of a file in LIST, and *OFFSET in it;
 * -ENOENT where there is none yet. Tells of losses by follow_lose(). */
ssize_t start_place(struct follow *follow, const struct rotated *list,
		    const struct auditlog_options *options, int64_t *offset);
void follow_lose(struct follow *follow, const struct rotated *list,
		 const char *what);

#endif
