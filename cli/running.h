/* SPDX-License-Identifier: MIT */
/*
 * running: what the commands share that show the sandboxes which run: ps, tree,
 * top. For cli/ alone.
 */
#ifndef JAIL_CLI_RUNNING_H
#define JAIL_CLI_RUNNING_H

#include <jansson.h>

#include "cli/cli.h"
#include "enforce/sandboxes.h"

/* What a sandbox uses, of one look. */
struct running_use {
	size_t processes;
	uint64_t memory;	/* bytes */
	uint64_t cpu;		/* microseconds, of those that live */
};

/* Zero-initialised is empty. Entries by the time they began. */
struct running {
	struct enforce_running *entries;
	struct running_use *uses;
	size_t count, room;
	size_t lies;		/* entries that are not what they say */
	struct error lie;	/* the first one */
};
void running_free(struct running *running);
#define cleanup_running __attribute__((cleanup(running_free)))

/* Looks, anew: those that run, with ENDED also those that are still known. One
 * that has ended uses nothing. EACH, if not NULL, has every process, too. */
int running_look(struct running *running, bool ended,
		 int (*each)(void *data, const struct enforce_member *member),
		 void *data, struct error *err);
/* Says on stderr what of the registry is not to be trusted: one sentence. */
void running_warn(const struct running *running);

/* ---- for people ----------------------------------------------------- */

#define RUNNING_WIDEST 24	/* columns of a name, on a terminal */

/* Of a user, or its number. Returns OUT. */
char *running_user(char *out, size_t size, uid_t uid);
/* "t", or "t (name)" where the sandbox has another one. Returns OUT. */
char *running_name(char *out, size_t size, const struct enforce_running *entry);
/* "820K", "12.3M", "4.1G", or "-" for nothing, which is what a process has that
 * is ending. Returns OUT. */
char *running_size(char *out, size_t size, uint64_t bytes);
/* "12s", "3m05s", "2h05m", "4d03h". Returns OUT. */
char *running_time(char *out, size_t size, int64_t microseconds);
/* What ran so long: until now, or until it ended. */
int64_t running_uptime(const struct enforce_running *entry);
/* The columns that a printable text takes. */
int running_columns(const char *text);
/* TEXT, printable, and cut off where it would take more than COLUMNS; negative:
 * any. Returns OUT. */
char *running_cut(char *out, size_t size, const char *text, int columns);
/* Makes *WIDTH what TEXT takes, if that is more, but no more than MOST. */
void running_widen(int *width, const char *text, int most);
/* TEXT of less than 600 bytes, cut off or filled up to WIDTH columns, standing
 * on the RIGHT of these or on the left, and two blanks. Returns the bytes of
 * all, for which OUT has to have room. */
size_t running_cell(char *out, size_t size, const char *text, int width,
		    bool right);
/* The columns of the terminal that stdout is; -1: it is none. Rows likewise, if
 * not NULL. */
int running_terminal(int *rows);

/* A sandbox, with all that is known of it. */
json_t *running_json(const struct enforce_running *entry,
		     const struct running_use *use);

#endif
