/* SPDX-License-Identifier: MIT */
/*
 * cli: commands and options, prompts, tables; the only code that prints or
 * ends the process. A command is a row of cli/main.c's table and a file of its
 * own: its options, what they set, the work, and last a struct saying what the
 * command is.
 */
#ifndef JAIL_CLI_H
#define JAIL_CLI_H

#include "db/db.h"
#include "profiles/profiles.h"

/* Exit statuses of learn and enforce beside the program's own. */
enum {
	CLI_FAILED = 125,	/* jail itself failed, usage included */
	CLI_CANNOT_EXECUTE = 126,
	CLI_NOT_FOUND = 127,
	CLI_DENIED = 128 + 31	/* as a shell shows SIGSYS */
};

enum cli_kind {
	CLI_FLAG,	/* sets a bool */
	CLI_STRING,	/* sets a const char * */
	CLI_LIST	/* appends to a struct cli_list */
};

struct cli_list {
	const char *items[64];
	size_t count;
};

/* One option: parser, --help, man page and completion read this row. */
struct cli_option {
	const char *name;	/* "db" for --db */
	char letter;		/* 'q' for -q, 0 for none */
	const char *argument;	/* "FILE"; NULL for flags */
	enum cli_kind kind;
	size_t offset;		/* of the field in the command's struct */
	const char *help;	/* one sentence for --help and the man page */
	const char *values;	/* "text list", for completion; may be NULL */
	bool optional;		/* --deny or --deny=X: argument may be missing */
};

/* Pointer chains of option tables that several commands share (--db, --name,
 * the directives as options) end with NULL. */
struct cli_command {
	const char *name;
	const char *operands;	/* "PROGRAM [ARG...]" */
	const char *summary;	/* one line for `jail --help` */
	const char *description;/* a paragraph for --help */
	const struct cli_option *const *options;	/* tables, each ended by
							 * a row without name */
	bool runs_program;	/* usage errors end with 125, not 2; the first
				 * operand ends the options */
	bool directives;	/* every profile directive is an option too */
	size_t size;		/* of the struct that options fill */
	/* OPERANDS is NULL-terminated. Returns the exit status. */
	int (*run)(void *options, char **operands);
};

extern const struct cli_option cli_common_options[];	/* --db --json --quiet */

/* First fields of every command's options struct. */
struct cli_common {
	const char *db;
	bool json;
	bool quiet;
	struct cli_list directives;	/* "caps.keep setuid": lines, owned */
};

/* Prints "jail: SENTENCE" on stderr; returns STATUS. */
int cli_fail(int status, const struct error *err);
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Opens the store that the options name; prints on failure. */
int cli_open(const struct cli_common *common, enum db_mode mode,
	     struct db **db);
/* Who decides: the login name, or uid:N. Static memory. */
const char *cli_author(void);
bool cli_colour(FILE *stream);	/* a terminal, and no NO_COLOR */
/* The profile name of a program: NAME if given, else the basename of PROGRAM.
 * Refuses empty names, slashes, control characters, over 255 bytes. */
int cli_profile_name(const char *name, const char *program, const char **out,
		     struct error *err);

#endif
