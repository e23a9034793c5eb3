/* SPDX-License-Identifier: MIT */
/*
 * What the commands that look at the store and edit it share; for cli/ alone.
 */
#ifndef JAIL_CLI_STORE_H
#define JAIL_CLI_STORE_H

#include <jansson.h>

#include "cli/cli.h"

/* ---- store.c ---------------------------------------------------------- */

/* The exit status after RESULT: 1 where what was asked for is not there, or is
 * too long for its form; 125 where the store cannot be used. */
int cli_store_status(int result);
/* The same, after it printed the sentence; 0 if nothing failed. */
int cli_store_end(int result, const struct error *err);

/* 0 if the store knows the program, else -ENOENT; the sentence names the
 * nearest one. */
int cli_find_program(struct db *db, const char *name, struct error *err);

/* "time (201, x86_64)", "999 (x86_64)" for what has no name. Returns OUT. */
char *cli_call_label(char *out, size_t size, struct base_call call);
/* As a person would write it: "time", "i386:time", "999". Returns OUT. */
char *cli_call_word(char *out, size_t size, struct base_call call);
/* "family 0x2, type 0x1": those arguments of the denied call that count; empty
 * where none do, or none are known. Returns OUT. */
char *cli_values_text(char *out, size_t size,
		      const struct profiles_denial *denial);
/* "2026-11-21 20:55" in local time, "-" for 0. Returns OUT. */
char *cli_short_time(char *out, size_t size, int64_t microseconds);

/* The architecture that --arch, a CLI_CHOICE, names; NULL: the native one. */
enum base_arch cli_arch(const char *name);

/* ---- json.c ----------------------------------------------------------- */

/* {"arch":"x86_64","number":201,"name":"time"}; what has no name is called by
 * its number. */
json_t *cli_json_call(struct base_call call);
/* RFC 3339, null for 0. */
json_t *cli_json_time(int64_t microseconds);
/* A string without control characters and broken UTF-8, null for NULL. */
json_t *cli_json_text(const char *text);
/* A number, or where JSON's readers would lose digits a string with 0x. */
json_t *cli_json_value(uint64_t value);
/* A denial with all that is known of it. */
json_t *cli_json_denial(int64_t id, const char *program,
			const struct profiles_denial *denial);
/* {"calls":3,"errors":0,"returns":3,"partial":false,"first_seen":...,
 * "last_seen":...}, added to OBJECT. */
void cli_json_counts(json_t *object, uint64_t calls, uint64_t errors,
		     uint64_t returns, bool partial, int64_t first_seen,
		     int64_t last_seen);
/* Memory that jansson does not get is noted from now on. */
void cli_json_note_memory(void);
/* OBJECT as text, new memory, and frees OBJECT. NULL if that is NULL, or if
 * there was no memory for something in it. */
char *cli_json_line(json_t *object);
/* Prints OBJECT on a line of stdout and frees it; -ENOMEM for NULL. */
int cli_json_print(json_t *object, struct error *err);

/* ---- show-denials.c --------------------------------------------------- */

/* Denials alike: call, action, executable, host, and whether the log is to be
 * trusted. */
struct cli_denial_group {
	int64_t first_time, last_time;
	uint64_t count;
	struct base_call call;
	enum profiles_action action;
	int action_errno;
	bool forgeable;
	char host[65];
	char *exe;
};
/* Kept and compared, of all that a program can be refused. */
enum { CLI_DENIALS_KEPT = 256 };
struct cli_denial_groups {
	struct cli_denial_group rows[CLI_DENIALS_KEPT];
	size_t count;
	uint64_t others;	/* denials that have no row any more */
};
/* What was refused to PROGRAM, the latest first; new memory, also after a
 * failure: cli_denial_groups_free. */
int cli_denial_groups(struct db *db, const char *program,
		      struct cli_denial_groups **groups, struct error *err);
void cli_denial_groups_free(struct cli_denial_groups *groups); /* takes NULL */
/* "EPERM", "killed"; "errno" where records do not say which. */
const char *cli_denial_action(const struct cli_denial_group *group,
			      char buffer[BASE_ERRNO_TEXT]);

/* Prints what was refused to PROGRAM, and nothing where nothing was. */
int cli_show_denials(FILE *out, struct db *db, const char *program,
		     struct error *err);

/* ---- show-hosts.c ----------------------------------------------------- */

/* Prints the hosts that PROGRAM was learned on, and which calls not all of them
 * needed; nothing of one host alone. */
int cli_show_hosts(struct db *db, const char *program, struct error *err);
/* "hosts", added to OBJECT. */
int cli_show_hosts_json(struct db *db, const char *program, json_t *object,
			struct error *err);

/* ---- show-json.c ------------------------------------------------------ */

/* All that the store knows about PROGRAM as one object; -errno. */
int cli_show_json(struct db *db, const char *program, json_t **object,
		  struct error *err);

#endif
