/* SPDX-License-Identifier: MIT */
/*
 * The callers that wait until a person has said what becomes of them. For
 * enforce/ alone. It makes no call to the kernel, so that its tests need none.
 */
#ifndef JAIL_ENFORCE_ASK_H
#define JAIL_ENFORCE_ASK_H

#include "enforce/run/verdict.h"

#define ASK_MOST 1024		/* that wait at a time */
#define ASK_KNOWN 4096		/* answers for good that are remembered */
#define ASK_LOOK INT64_C(100000)	/* microseconds between two looks */

struct ask_caller {
	uint64_t id;		/* of its notification */
	pid_t tid;
	struct answer answer;	/* VERDICT_ASK */
	uint64_t detail;	/* verdict_detail() */
	bool by_program;
	int64_t since;		/* base_now_monotonic() */
	struct profiles_denial denial;
};

/* What was said for good. */
struct ask_known {
	struct base_call call;
	uint64_t detail;
	enum enforce_answer answer;	/* ALWAYS or DENY */
};

/* Zeroed but for the first four. */
struct ask {
	const struct enforce_asker *asker;	/* NULL: nobody */
	/* Whether CALLER is still there, in its call. */
	bool (*waits)(void *data, const struct ask_caller *caller);
	/* Answers it; NONE never comes here. */
	void (*settle)(void *data, const struct ask_caller *caller,
		       enum enforce_answer answer);
	void *data;
	struct ask_caller **callers;	/* owned; the first one's question is
					 * the one that is put */
	size_t count;
	bool put;
	size_t behind;		/* how many more wait, as was said last */
	int64_t looked;		/* base_now_monotonic() */
	int64_t answered;	/* likewise: when a person said something */
	struct ask_known *known;
	size_t known_count;
};

/* ALWAYS or DENY, where a call like this was answered for good. */
enum enforce_answer ask_remembered(const struct ask *ask, struct base_call call,
				   uint64_t detail);
/* Whether one more can be asked about. */
bool ask_has_room(const struct ask *ask);
/* Takes over CALLER, memory of its own; false, and it is still the caller's: no
 * memory. Its question is put by ask_step(). */
bool ask_add(struct ask *ask, struct ask_caller *caller);
/* Puts the next question, and does what answers, times and callers that are
 * gone call for. INPUT: there is something to be read; else it looks ten times
 * a second. */
void ask_step(struct ask *ask, bool input);
/* How long until ask_step() is needed, in milliseconds; -1: nobody waits. */
int ask_wait(const struct ask *ask);
/* Takes the question back that is put; the next ask_step() puts it again. */
void ask_hide(struct ask *ask);
/* Nobody is asked from now on, and those who wait are denied. */
void ask_nobody(struct ask *ask);
/* Nobody is answered any more. */
void ask_free(struct ask *ask);

#endif
