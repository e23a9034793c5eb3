/* SPDX-License-Identifier: MIT */
/*
 * What the parser and the printer of profiles share; for profiles/ alone.
 */
#ifndef JAIL_PROFILES_TEXT_H
#define JAIL_PROFILES_TEXT_H

#include "profiles/profiles.h"

/* Firejail reads a file in pieces of this many bytes (8,192 with the NUL): the
 * rest of a longer line would be a line of its own. */
#define TEXT_LINE_MAX 8191

/* In front of a directive that Firejail takes for a comment. */
#define TEXT_JAIL_PREFIX "#jail "

/* ---- directives.c ----------------------------------------------------- */

/* The rows that the printer names; those for one architecture each follow
 * TEXT_KEEP_ARCH in the order of enum base_arch. */
enum text_directive {
	TEXT_CAPS,
	TEXT_CAPS_DROP,
	TEXT_CAPS_KEEP,
	TEXT_BLOCK_SECONDARY,
	TEXT_KEEP,
	TEXT_KEEP_ARCH
};

/* Applies a line without comment and superfluous blanks; LINE is changed. */
int profiles_directive_apply(char *line, struct profiles_text *text,
			     struct error *err);

/* ---- lists.c: the values of directives -------------------------------- */

/* Parses a comma list of NAME, $NUMBER, @group, !EXCEPTION. */
int profiles_list_parse(const char *list, enum base_arch arch,
			struct profiles_set *set, struct error *err);
/* Prints the calls of ARCH in SET in the same form. */
int profiles_list_print(FILE *out, const struct profiles_set *set,
			enum base_arch arch, bool names);

/* ---- caps.c: capabilities --------------------------------------------- */

/* All that linux/capability.h names. */
uint64_t profiles_caps_all(void);
int profiles_caps_parse(const char *list, uint64_t *caps, struct error *err);
void profiles_caps_print(FILE *out, uint64_t caps);

/* ---- header.c: the comment header ------------------------------------- */

void profiles_header_print(FILE *out, const struct profiles_text *text);
/* Reads a comment line. *CONTINUES is the reader's memory: true while the next
 * line may carry on with session identifiers. -EINVAL if the line begins as a
 * header line does and goes on otherwise. */
int profiles_header_parse(const char *line, struct profiles_text *text,
			  bool *continues, struct error *err);

#endif
