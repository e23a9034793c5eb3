/* SPDX-License-Identifier: MIT */
/*
 * What the files of bundles share; for profiles/formats/ alone. A fact is a row
 * of fields, which printer and parser read:
 *
 *   bundle.c		the rows, and the memory
 *   bundle-fact.c	a fact as a line of JSON, and back
 *   bundle-print.c	a bundle as facts
 *   bundle-parse.c	lines into facts, facts into a bundle
 */
#ifndef JAIL_FORMATS_BUNDLE_H
#define JAIL_FORMATS_BUNDLE_H

#include <jansson.h>

#include "profiles/formats/formats.h"

/* A field more, or a kind of fact more, is a new format. */
#define BUNDLE_FORMAT 1

/* In the order of the file; from BUNDLE_SESSION on each is of a session. */
enum bundle_kind {
	BUNDLE_PROFILE, BUNDLE_DECISION, BUNDLE_SESSION, BUNDLE_CALL,
	BUNDLE_PASSED, BUNDLE_ARGUMENT, BUNDLE_OBJECT, BUNDLE_KINDS
};

enum bundle_type {
	BUNDLE_CALL_KEYS,	/* struct base_call: "arch", "number", "name" */
	BUNDLE_COUNT,		/* uint64_t */
	BUNDLE_STATUS,		/* int */
	BUNDLE_BOOL,
	BUNDLE_TIME,		/* int64_t, 0 is null: RFC 3339, microseconds */
	BUNDLE_TEXT,		/* char *, NULL is null */
	BUNDLE_WORD,		/* char[]: one of the field's words */
	BUNDLE_HASH,		/* uint64_t, 0 is null: hexadecimal */
	BUNDLE_VALUES,		/* uint64_t[3], hexadecimal */
	BUNDLE_ERRNO		/* int, 0 is null */
};

struct bundle_field {
	const char *key;
	enum bundle_type type;
	size_t offset;
	const char *words;	/* of BUNDLE_WORD: "allow drop" */
};

struct bundle_row {
	const char *name;	/* "session" */
	const struct bundle_field *fields;	/* one without key ends them */
};
extern const struct bundle_row bundle_rows[BUNDLE_KINDS];

struct bundle_fact {
	enum bundle_kind kind;
	unsigned line;
	const char *program;
	char uid[9];
	union {
		uint64_t format;
		struct profiles_bundle_decision decision;
		struct profiles_bundle_session session;	/* without lists */
		struct profiles_bundle_call call;
		struct base_call passed;
		struct profiles_bundle_argument argument;
		struct profiles_object object;
	} of;
};

/* For qsort(3): the order of the file. Facts that are equal are about the same
 * thing, and should say the same of it. */
int bundle_fact_compare(const void *a, const void *b);
/* Frees what the strings of a fact are. */
void bundle_fact_clear(struct bundle_fact *fact);
/* One line; -ENOMEM. */
int bundle_fact_print(FILE *out, const struct bundle_fact *fact);
/* The first COUNT bytes of LINE into a zeroed fact. *PROGRAM is new memory. */
int bundle_fact_parse(const char *line, size_t count, struct bundle_fact *fact,
		      char **program, struct error *err);

#endif
