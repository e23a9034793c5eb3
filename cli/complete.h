/* SPDX-License-Identifier: MIT */
/*
 * What is told of how much a list may lack: the estimate in words, as a curve
 * and as JSON, and the suggestions. For cli/ alone.
 */
#ifndef JAIL_CLI_COMPLETE_H
#define JAIL_CLI_COMPLETE_H

#include "cli/store.h"

/* ---- complete.c ------------------------------------------------------- */

/* Zero-initialised is empty. */
struct complete {
	struct profiles_history history;
	struct profiles_estimate estimate;
};
int complete_read(struct db *db, const char *program, struct complete *complete,
		  struct error *err);
void complete_free(struct complete *complete);	/* takes NULL */
#define cleanup_complete __attribute__((cleanup(complete_free)))

/* Each writes a text without a full stop and returns OUT. */

/* "5 sessions: 15 calls, at least 1 and up to 43 more; the next session shows
 * a new one in up to 80 % of cases"; where there are too few sessions, that. */
char *complete_words(char *out, size_t size,
		     const struct profiles_estimate *estimate);
/* What makes the estimate too good: sessions that did the same, and those that
 * do not count; empty where nothing does. */
char *complete_warning(char *out, size_t size,
		       const struct complete *complete);
/* The coverage; empty where nothing can be said. */
char *complete_outlook(char *out, size_t size,
		       const struct profiles_estimate *estimate);
/* That it is likely that a call is new, or not: for who is asked to allow one.
 * Empty where nothing can be said. */
char *complete_odds(char *out, size_t size,
		    const struct profiles_estimate *estimate);

/* A line of TEXT, folded where it is too long for a terminal; nothing for
 * none. */
void complete_put(FILE *out, const char *text);

/* All of it with the curve, as a part of `jail show`. */
void complete_print(FILE *out, const struct complete *complete);
/* Puts it under "estimate" into OBJECT, and the suggestions. */
int complete_add_json(struct db *db, const char *program, json_t *object,
		      struct error *err);

/* ---- curve.c ---------------------------------------------------------- */

/* Calls known after each session, as points under each other; nothing for
 * fewer than two sessions. PLAIN: in ASCII. */
void curve_print(FILE *out, const struct profiles_history *history, bool plain);

/* ---- suggest.c -------------------------------------------------------- */

/* What the whitelist of PROGRAM may lack: the first MOST with reason and
 * command, on OUT; nothing is added. COMMON is for the commands. */
int suggest_print(FILE *out, struct db *db, const char *program,
		  const struct cli_common *common, size_t most,
		  struct error *err);
/* All of them, an array of objects. */
int suggest_json(struct db *db, const char *program, json_t **array,
		 struct error *err);
/* Why CALL, which is not on the list, could be called: "stands for stat, which
 * is on the list". Empty where nothing is known. */
int suggest_reason(struct db *db, const char *program, struct base_call call,
		   char *out, size_t size, struct error *err);

#endif
