/* SPDX-License-Identifier: MIT */
/*
 * What the formats share; for profiles/formats/ alone. A format is a row of
 * PROFILES_EXPORTS, with its printer in a file of its own:
 *
 *   formats.c	the table, and notes
 *   names.c	what consumers call calls
 *   entries.c	what is to be written, by the consumer's names
 *   own.c	what a consumer itself calls under the filter
 *   values.c	conditions on arguments
 *   list.c, firejail.c, oci.c, systemd.c, minijail.c, kafel.c	printers
 */
#ifndef JAIL_PROFILES_FORMATS_H
#define JAIL_PROFILES_FORMATS_H

#include "profiles/profiles.h"

/* ---- formats.c: the functions of the table ----------------------------- */

#define FORMATS_PRINTER(name)                                                  \
	int name(FILE *out, const struct profiles_rules *rules,                \
		 struct profiles_notes *notes, struct error *err)
FORMATS_PRINTER(formats_text_print);
FORMATS_PRINTER(formats_list_print);
FORMATS_PRINTER(formats_firejail_print);
FORMATS_PRINTER(formats_oci_print);
FORMATS_PRINTER(formats_systemd_print);
FORMATS_PRINTER(formats_minijail_print);
FORMATS_PRINTER(formats_kafel_print);
/* Made where the store and the filter are: cli/export.c. */
#define formats_json_print NULL
#define formats_bpf_print NULL

/* What is read, too; NULL: export alone. A format that is read alone is a row
 * behind those of PROFILES_EXPORTS. */
#define FORMATS_READER(name)                                                   \
	int name(char *bytes, size_t count, const char *name_,                 \
		 struct profiles_text *text, struct profiles_notes *notes,     \
		 struct error *err)
FORMATS_READER(formats_text_parse);
FORMATS_READER(formats_list_parse);
FORMATS_READER(formats_oci_parse);
FORMATS_READER(formats_minijail_parse);
FORMATS_READER(formats_strace_parse);
bool formats_list_is(const char *bytes, size_t count);
bool formats_oci_is(const char *bytes, size_t count);
bool formats_minijail_is(const char *bytes, size_t count);
bool formats_strace_is(const char *bytes, size_t count);
/* What looks like nothing else. */
#define formats_text_is NULL
#define formats_json_is NULL
#define formats_json_parse NULL
#define formats_firejail_is NULL
#define formats_firejail_parse formats_text_parse
#define formats_systemd_is NULL
#define formats_systemd_parse NULL
#define formats_kafel_is NULL
#define formats_kafel_parse NULL
#define formats_bpf_is NULL
#define formats_bpf_parse NULL
#define formats_strace_print NULL

/* ---- names.c ----------------------------------------------------------- */

/* A table of names that a consumer has, of a version that is known. */
struct formats_names {
	const char *what;	/* "libseccomp 2.5.4" */
	/* The numbers that it names, as x86_64 has them; what x86_64 does not
	 * have it names, too. The last one has no last. */
	struct {
		uint32_t first, last;
	} ranges[4];
	struct {
		const char *ours, *theirs;
	} renamed[12];
};
extern const struct formats_names formats_names_libseccomp,
	formats_names_headers, formats_names_kafel;
/* NULL: there is none. */
const char *formats_name(const struct formats_names *names,
			 struct base_call call);

/* ---- own.c ------------------------------------------------------------- */

/* A call that a consumer makes between the filter and the program. */
struct formats_own {
	const char *name;
	const char *who;	/* "runc" */
	unsigned count;		/* of values that are enough; 0: any */
	uint64_t values[8];	/* of the first argument that is kept */
};
extern const struct formats_own formats_own_oci[], formats_own_exec[];

/* ---- entries.c --------------------------------------------------------- */

/* What a consumer can do. */
enum formats_can {
	FORMATS_VALUES = 1,	/* conditions on arguments */
	FORMATS_MASKS = 2,	/* of some bits of them */
	FORMATS_NUMBERS = 4,	/* calls by number */
	FORMATS_ANSWERS = 8,	/* an errno for each call */
	FORMATS_ARCHES = 16,	/* code of several architectures, by the same
				 * names */
	FORMATS_OPEN = 64,	/* and code of others is not confined */
	FORMATS_LATER = 32	/* it skips names that it does not know, so
				 * those that later versions have are written */
};

struct formats_consumer {
	const char *format;		/* "oci" */
	const char *who;		/* for people: "runc and crun" */
	const struct formats_names *names;
	unsigned can;
	const struct formats_own *own;	/* a row without a name ends it */
};

/* Values that a call may have; an entry without any may have all. */
struct formats_values {
	const struct profiles_argument_rule *rule;
	uint64_t masks[3];
	uint64_t (*items)[3];
	size_t count;
};

struct formats_entry {
	struct base_call call;
	const char *name;	/* the consumer's; NULL: it has none, or the
				 * format is made of numbers */
	int answer;		/* 0: it is allowed; else an errno */
	const char *who;	/* who needs it beside the program; or NULL */
	struct formats_values values;
};

struct formats_entries {
	const struct profiles_rules *rules;
	const struct formats_consumer *to;
	struct profiles_notes *notes;
	struct formats_entry *items;	/* allowed ones first, then by answer;
					 * each by name, then by number */
	size_t count;
	bool i386;			/* calls of i386 are among them */
};
/* Fills zeroed entries; -ENOENT if there is no call. */
int formats_entries_make(const struct profiles_rules *rules,
			 const struct formats_consumer *to,
			 struct profiles_notes *notes,
			 struct formats_entries *entries, struct error *err);
void formats_entries_free(struct formats_entries *entries);
#define cleanup_entries __attribute__((cleanup(formats_entries_free)))
/* The entry of CALL, or NULL. */
struct formats_entry *formats_entries_find(
	const struct formats_entries *entries, struct base_call call);
/* The one of a native call by its name in the kernel. */
struct formats_entry *formats_entries_named(
	const struct formats_entries *entries, const char *name);

/* ---- values.c ---------------------------------------------------------- */

/* Those that were seen of ENTRY's call, under masks. Too many are none, and
 * noted by the caller: -E2BIG. */
int formats_values_make(const struct profiles_rules *rules, bool masks,
			struct base_call call, struct formats_values *values);
int formats_values_add(struct formats_values *values, const uint64_t value[3]);
/* A family of sockets, as a consumer calls it. */
struct formats_family {
	int number;
	const char *name;	/* NULL ends */
};
/* A line of those that were seen, after START and with SEPARATOR between; NONE
 * where none was, no line if that is NULL. Nor is there one where any may be,
 * for none were recorded, or others than FAMILIES. */
void formats_values_families(FILE *out, const struct formats_entries *entries,
			     const struct formats_family *families,
			     const char *start, const char *separator,
			     const char *none);
/* Whether no value of a call that maps or protects memory is of what was
 * written and is executed. */
bool formats_values_no_new_code(const struct formats_entries *entries);
/* Whether no call that was seen makes or enters namespaces. */
bool formats_values_no_namespaces(const struct formats_entries *entries);

/* ---- formats.c: words of notes ----------------------------------------- */

/* Words in a note, of which there may be many. Zero-initialised is empty. */
struct formats_words {
	char text[320];
	size_t count, shown;
};
void formats_words_add(struct formats_words *words, const char *word);
void formats_words_call(struct formats_words *words, struct base_call call);
/* "WORD, WORD and 3 more: SENTENCE"; nothing where there are no words. 0 or
 * -ENOMEM. */
int formats_words_note(struct profiles_notes *notes,
		       enum profiles_note_kind kind,
		       const struct formats_words *words, const char *sentence);

/* ---- formats.c: comments ----------------------------------------------- */

/* The first lines of a file, where comments begin with MARK: what it is, and
 * the notes. */
void formats_header(FILE *out, const char *mark,
		    const struct formats_entries *entries);
/* Words in lines of 78 columns, each with START in front. */
struct formats_lines {
	FILE *out;
	const char *start;
	int column;
};
void formats_lines_add(struct formats_lines *lines, const char *word);
void formats_lines_end(struct formats_lines *lines);

#endif
