/* SPDX-License-Identifier: MIT */
/*
 * cli: commands and options, prompts, tables; the only code that prints or
 * ends the process. A command is a row of cli/main.c's table and a file of its
 * own: its options, what they set, the work, and last a struct saying what the
 * command is.
 */
#ifndef JAIL_CLI_H
#define JAIL_CLI_H

#include <signal.h>

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
	CLI_STRING,	/* sets a const char *, never to "" */
	CLI_CHOICE,	/* the same, to one of the row's values */
	CLI_LIST,	/* appends to a struct cli_list */
	CLI_COUNT,	/* sets a uint64_t, to 1 up to CLI_MOST */
	CLI_DURATION,	/* sets an int64_t: microseconds, more than 0 */
	CLI_DIRECTIVE	/* checked, and appended to cli_common's list */
};

#define CLI_MOST 1000000

struct cli_list {
	const char *items[256];
	size_t count;
};

/* One option: parser, --help, man page and completion read this row. */
struct cli_option {
	const char *name;	/* "db" for --db */
	char letter;		/* 'q' for -q, 0 for none */
	const char *argument;	/* "FILE"; "[FILE]" if it may be left out; NULL
				 * for flags */
	enum cli_kind kind;
	size_t offset;		/* of the field in the command's struct */
	const char *help;	/* one sentence for --help and the man page */
	const char *values;	/* "text list", the choice; for completion also
				 * @file or @pid; may be NULL */
	const char *operands;	/* what they are where this option is given,
				 * instead of the command's; NULL: the same */
};

/*
 * A command: one row of cli_commands, and one file. OPERANDS is read by the
 * parser too: a word in [brackets] may be missing, the last one with ... may be
 * repeated, and the number of operands is checked before RUN.
 */
struct cli_command {
	const char *name;
	const char *operands;	/* "PROGRAM [ARG...]", NULL if none */
	const char *summary;	/* one line for `jail --help`; NULL: hidden */
	const char *description;/* a paragraph for --help */
	/* Tables, each ended by a row without name; the chain ends with NULL.
	 * An option of an earlier table hides its namesake in a later one. */
	const struct cli_option *const *options;
	bool runs_program;	/* usage errors end with 125, not 2; the first
				 * operand ends the options */
	unsigned directives;	/* those with this bit are options, too: enum
				 * profiles_option */
	size_t size;		/* of the struct that options fill, zeroed */
	/* OPERANDS is NULL-terminated. Returns the exit status. */
	int (*run)(void *options, char **operands);
};

extern const struct cli_command *const cli_commands[];	/* NULL ends */
extern const struct cli_command cli_add, cli_diff, cli_doctor, cli_drop,
	cli_enforce, cli_export, cli_forget, cli_help, cli_import, cli_join,
	cli_learn, cli_list, cli_minimize, cli_monitor, cli_ps, cli_report,
	cli_review, cli_rows, cli_show, cli_signal, cli_stale, cli_stop,
	cli_syscalls, cli_top, cli_tree, cli_watch;
const struct cli_command *cli_command_find(const char *name);	/* or NULL */

/* Tables of one row: --db, --json, --quiet, for the commands where they mean
 * something. */
extern const struct cli_option cli_db_option[], cli_json_option[],
	cli_quiet_option[];

/* First fields of every command's options struct. */
struct cli_common {
	const char *db;
	bool json;
	bool quiet;
	struct cli_list directives;	/* "caps.keep setuid": lines, owned */
};

/* ---- the command line ------------------------------------------------- */

/*
 * Fills OPTIONS (zeroed, COMMAND->size bytes) from ARGV, which ends with NULL
 * and begins with the first word after the command's name. Values point into
 * ARGV, but the directives are new memory: cli_options_free. *operands points
 * into ARGV, whose order may be changed. Returns 0, 1 if --help was asked for,
 * or -EINVAL with the sentence for cli_usage.
 */
int cli_parse(const struct cli_command *command, char **argv, void *options,
	      char ***operands, struct error *err);
void cli_options_free(struct cli_common *common);

/* The COUNT-th option of COMMAND, directives included, in the order of --help;
 * false at the end. A directive's row is made in *ROW. */
bool cli_option_at(const struct cli_command *command, size_t count,
		   struct cli_option *row);

/* Prints what `jail COMMAND --help` shows; NULL: `jail --help`. */
void cli_help_print(FILE *out, const struct cli_command *command);

/* ---- for commands ----------------------------------------------------- */

/* Whether TERM says that the terminal, if there is one, obeys control
 * sequences; "dumb" ones do not. */
bool cli_terminal_obeys(void);
/* For a command that waits for things: SIGINT, SIGTERM, SIGHUP and SIGQUIT, and
 * the further ones (0 ends them), are blocked from now on and read from *FD,
 * signalfd(2). *BEFORE, unless it is NULL, is the mask as it was, even after a
 * failure. */
int cli_signals(const int *further, int *fd, sigset_t *before,
		struct error *err);
/* Prints "jail: SENTENCE" on stderr; returns STATUS. */
int cli_fail(int status, const struct error *err);
/* The same for a program that was not found: 127, or cannot be executed: 126;
 * ERR is of base_find_program() or the like. */
int cli_no_program(const struct error *err);
/* Prints "jail COMMAND: SENTENCE" and where the help is; returns 2, or 125 if
 * the command runs programs. */
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Flushes stdout. Returns STATUS, or FAILED after it printed why what was
 * printed did not arrive; a second time it keeps STATUS. main() calls it; so
 * must who ends the process or has a status of its own for FAILED. */
int cli_finish(int status, int failed);

/* Opens the store that the options name. 0, or a negative errno after it
 * printed the sentence. */
int cli_open(const struct cli_common *common, enum db_mode mode,
	     struct db **db);
/* Who decides: the login name (under sudo, of who called it), or uid:N. Static
 * memory. */
const char *cli_author(void);
/*
 * The profile name of a program: NAME if not NULL, else the basename of
 * PROGRAM. *out points into one of the two. Refused are empty names, slashes,
 * control characters, what is not UTF-8, and over 255 bytes. PROGRAM is NULL
 * where there is no option --name that would help.
 */
int cli_profile_name(const char *name, const char *program, const char **out,
		     struct error *err);

/* A moment of the past: 2h, 14:00 (today's, or yesterday's), today, yesterday,
 * 2026-11-22, "2026-11-22 14:00", RFC 3339. Microseconds since the epoch;
 * -EINVAL. */
int cli_when(const char *text, int64_t *when, struct error *err);

/* What makes a word plural: ENDING, but "" for 1. */
const char *cli_plural(uint64_t count, const char *ending);

/* Writes a word that a shell reads as TEXT; in quotes only if it needs them. */
void cli_put_word(FILE *out, const char *text);

/* A command line to type next: jail VERB [--db=FILE] [--profile=FILE]
 * [DIRECTIVE...] [--name=NAME] [--] PROGRAM [CALL] [ARG...]. */
struct cli_words {
	const char *verb;
	const struct cli_common *common;	/* its --db, or NULL */
	bool directives;	/* those of COMMON, too */
	const char *profile;	/* its --profile, or NULL */
	const char *name;	/* profile name, shown if not PROGRAM's own */
	const char *program;	/* as the user typed it */
	const char *call;	/* one that cli_call_word made, or NULL */
	char *const *arguments;	/* of PROGRAM, left out where they are long; or
				 * NULL */
};
/* Each word as a shell reads it, nothing that a terminal obeys. Returns OUT. */
char *cli_command_text(char *out, size_t size, const struct cli_words *words);
/* The same for a directive: "read-write /a b" is --read-write='/a b'. */
char *cli_directive_text(char *out, size_t size, const char *line);

#endif
