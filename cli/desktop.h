/* SPDX-License-Identifier: MIT */
/*
 * Menu entries that start programs through jail. For cli/ alone.
 */
#ifndef JAIL_CLI_DESKTOP_H
#define JAIL_CLI_DESKTOP_H

#include "cli/cli.h"

/* Writes an entry of the user's own in the place of each of the system's that
 * starts the program at PATH: through COMMAND with these OPTIONS. NAME is the
 * profile name. An exit status. */
int desktop_install(const struct cli_command *command, const void *options,
		    const char *path, const char *name);
/* Removes those that it wrote for NAME. */
int desktop_remove(const struct cli_common *common, const char *name);

/* ---- desktop-words.c: "/usr/bin/jail enforce OPTION... --" --------------- */

struct desktop_words {
	char *items[600];	/* NULL at the end; owned */
	size_t count;
	struct error *err;
};
int desktop_command(const struct cli_command *command, const void *options,
		    struct desktop_words *words, struct error *err);
void desktop_words_free(struct desktop_words *words);

/* ---- desktop-entry.c: the text of an entry ------------------------------ */

/* The value of KEY in the group [Desktop Entry], in new memory; NULL: none. */
char *desktop_value(const char *text, const char *key);
/* The program that a value of Exec starts, in new memory; NULL: none. */
char *desktop_program(const char *exec);
/* The entry TEXT, started through the words of PREFIX and marked as ours with
 * NAME; new memory, NULL without, or where it is no entry of a program. */
char *desktop_through(const char *text, const char *const *prefix,
		      const char *name);
/* Key of our mark; its value is the profile name. */
#define DESKTOP_MARK "X-Jail"

#endif
