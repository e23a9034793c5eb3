/* SPDX-License-Identifier: MIT */
/*
 * Lists of calls in the formats of other tools, and whole histories of programs
 * between stores. A part of profiles/profiles.h; the files are in
 * profiles/formats/.
 */
#ifndef JAIL_PROFILES_EXCHANGE_H
#define JAIL_PROFILES_EXCHANGE_H

#include "base/base.h"
#include "profiles/trust.h"

struct profiles_set;
struct profiles_text;

/* What an input may have, in bytes; more is refused. */
#define PROFILES_IMPORT_MAX (64u << 20)

/* ---- what a format could not carry ------------------------------------- */

enum profiles_note_kind {
	PROFILES_LOST,		/* a call that the program needs: it may
				 * break */
	PROFILES_WIDENED,	/* more is allowed there than here */
	PROFILES_REMARK		/* by number, renamed, added for the consumer */
};

struct profiles_note {
	enum profiles_note_kind kind;
	char *sentence;		/* no full stop */
};
/* Zero-initialised is empty. */
struct profiles_notes {
	struct profiles_note *items;
	size_t count;
};
int profiles_note(struct profiles_notes *notes, enum profiles_note_kind kind,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));	/* 0 or -ENOMEM */
/* "CALL, CALL and 3 more: SENTENCE"; nothing for an empty set. 0 or -ENOMEM. */
int profiles_note_calls(struct profiles_notes *notes,
			enum profiles_note_kind kind,
			const struct profiles_set *set, const char *sentence);
/* "lost", "more is allowed", "note": in front of the sentence. */
const char *profiles_note_word(enum profiles_note_kind kind);
void profiles_notes_free(struct profiles_notes *notes);	/* takes NULL */
#define cleanup_profiles_notes __attribute__((cleanup(profiles_notes_free)))

/* ---- export ------------------------------------------------------------ */

/* What is to be written: nothing is owned. */
struct profiles_rules {
	const struct profiles_text *text;	/* program, sessions, the set
						 * without the baseline, stubs,
						 * calls that are refused for
						 * good, capabilities */
	/* What was seen of arguments, where they are to be conditions; else
	 * NULL. */
	const struct profiles_argument *arguments;
	size_t argument_count;
	int answer;		/* to all that is not listed: an errno; -1: the
				 * process is killed; -2: it is logged and
				 * passes */
};

/*
 * The formats that are written, and who reads them: the choice of --format, its
 * help and the table of formats are made of this.
 */
#define PROFILES_EXPORTS(ROW)                                                  \
	ROW(text, "jail, one fact a line")                                     \
	ROW(list, "scripts, one call a line")                                  \
	ROW(json, "jail, with all that was recorded")                          \
	ROW(firejail, "Firejail")                                              \
	ROW(oci, "runc, crun, Podman, Docker")                                 \
	ROW(systemd, "a drop-in of a service")                                 \
	ROW(minijail, "minijail0 -S")                                          \
	ROW(kafel, "nsjail -P")                                                \
	ROW(bpf, "bwrap --seccomp, seccomp-tools")

/* Those that are read alone. */
#define PROFILES_IMPORTS(ROW)                                                  \
	ROW(strace, "strace -c, strace -f -o")

struct profiles_format {
	const char *name;	/* "oci" */
	const char *consumers;	/* for people */
	/* Prints all or nothing; what it could not carry is appended to NOTES,
	 * and stands in comments where the format has them. The same rules give
	 * the same bytes. -ENOENT: there is no call. NULL: import alone, or not
	 * made in this room. */
	int (*print)(FILE *out, const struct profiles_rules *rules,
		     struct profiles_notes *notes, struct error *err);
	/* Whether these first bytes of a file look like it; NULL: export
	 * alone. */
	bool (*is)(const char *bytes, size_t count);
	/* Fills a zeroed text. The bytes are NUL-terminated. Sentences begin
	 * with NAME:LINE. What is not understood is an error; what a list of
	 * calls cannot hold is a note. */
	int (*parse)(char *bytes, size_t count, const char *name,
		     struct profiles_text *text, struct profiles_notes *notes,
		     struct error *err);
};
/* Counted from 0; NULL at the end. */
const struct profiles_format *profiles_format(size_t index);
const struct profiles_format *profiles_format_find(const char *name);

/* Reads all of FILE: -EFBIG beyond PROFILES_IMPORT_MAX, with the sentence. The
 * bytes are new memory, NUL-terminated. */
int profiles_import_bytes(FILE *file, const char *name, char **bytes,
			  size_t *count, struct error *err);
/* Parses them by FORMAT, or, where that is NULL, by the format that they look
 * like; -EINVAL if by none. A bundle is none of these: profiles_bundle_is(). */
int profiles_import(char *bytes, size_t count, const char *name,
		    const struct profiles_format *format,
		    struct profiles_text *text, struct profiles_notes *notes,
		    struct error *err);

/* ---- bundles: whole histories ------------------------------------------ */

/*
 * --format=json: one fact a line, each a JSON object, sorted, so that git can
 * merge two of them, and a merged one is read, whatever the order of its lines.
 *
 *   {"fact":"profile","program":"redis","format":1}
 *   {"fact":"session","program":"redis","session":"0a1b2c3d",...}
 *   {"fact":"call","program":"redis","session":"0a1b2c3d","arch":"x86_64",
 *    "number":0,"name":"read","calls":3,"errors":0,...}
 *   {"fact":"decision",...} {"fact":"argument",...} {"fact":"object",...}
 */
struct profiles_bundle_call {
	struct base_call call;
	uint64_t calls, errors, returns;
	bool partial;
	int64_t first_seen, last_seen;
};
struct profiles_bundle_argument {
	struct base_call call;
	uint64_t values[3];
	uint64_t calls;
};
struct profiles_bundle_session {
	char uid[9];
	char *host;		/* NULL: not known */
	char *kernel, *libc;
	char *jail;		/* the version that learned, or NULL */
	int64_t started;	/* microseconds since the epoch */
	int64_t ended;		/* 0: not known */
	int status;		/* as from wait(2), if ended */
	uint64_t workload;	/* profiles_visit */
	uint64_t known;		/* calls that passed unseen in it */
	bool sandbox, full;
	struct profiles_bundle_call *calls;	/* by call */
	size_t call_count;
	struct base_call *passed;	/* of those, which; by call */
	size_t passed_count;
	struct profiles_bundle_argument *arguments;
	size_t argument_count;
	struct profiles_object *objects;	/* by path; stamps do not
						 * travel */
	size_t object_count;
};
struct profiles_bundle_decision {
	struct base_call call;
	char decision[8];	/* db_decision_name(): "allow", "stub" */
	char evidence[16];	/* "added", "imported", "reviewed", ... */
	int answer;		/* errno, of a stub */
	char *who;		/* or NULL */
	int64_t time;
};
struct profiles_bundle_program {
	char *name;
	struct profiles_bundle_session *sessions;	/* by uid */
	size_t session_count;
	struct profiles_bundle_decision *decisions;	/* by call: those that
							 * hold */
	size_t decision_count;
};
/* Zero-initialised is empty. */
struct profiles_bundle {
	struct profiles_bundle_program *programs;	/* by name */
	size_t count;
};
void profiles_bundle_free(struct profiles_bundle *bundle);	/* takes NULL */
#define cleanup_profiles_bundle __attribute__((cleanup(profiles_bundle_free)))
int profiles_bundle_print(FILE *out, const struct profiles_bundle *bundle,
			  struct error *err);
bool profiles_bundle_is(const char *bytes, size_t count);
/* Fills a zeroed bundle, sorted, each fact once. Sentences begin with
 * NAME:LINE. Two facts that contradict each other are an error. */
int profiles_bundle_parse(char *bytes, size_t count, const char *name,
			  struct profiles_bundle *bundle, struct error *err);

#endif
