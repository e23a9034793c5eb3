/* SPDX-License-Identifier: MIT */
/*
 * What the parsers of other tools' files share; for profiles/formats/ alone.
 */
#ifndef JAIL_FORMATS_IMPORT_H
#define JAIL_FORMATS_IMPORT_H

#include "profiles/formats/formats.h"

/* Lines of BYTES, one after the other; each is ended by a NUL. */
struct import_lines {
	char *bytes, *next;
	size_t count;
	const char *name;	/* of the file */
	char *line;
	size_t length;
	unsigned number;
};
/* False at the end. */
bool import_next(struct import_lines *lines);
/* Puts NAME:LINE in front of the sentence. */
int import_fail(const struct import_lines *lines, struct error *err);

/* Which architecture the file is about. */
enum base_arch import_arch(const struct profiles_text *text);
/* Whether WORD is one of WORDS, which blanks part. */
bool import_among(const char *words, const char *word);
/* formats_words_add(), but not what is there already. */
void import_word(struct formats_words *words, const char *word);
/* CALL is allowed. */
int import_add(struct profiles_text *text, struct base_call call,
	       struct error *err);

#endif
