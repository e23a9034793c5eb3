/* SPDX-License-Identifier: MIT */
/* jail show: the whitelist of a program, where each entry came from, and what
 * was refused. */
#include <inttypes.h>
#include <string.h>

#include "cli/complete.h"

struct options {
	struct cli_common common;
	bool by_exe;
};

/* ---- columns ---------------------------------------------------------- */

struct columns {
	bool arch;		/* there is more than one */
	bool lower_bound;	/* a number was marked with + */
	char exe[4096];		/* under whose heading we are, for --by-exe */
};

/* Calls and errors; nothing was counted for what was never seen. */
static void print_counts(struct columns *columns, uint64_t calls,
			 uint64_t errors, uint64_t returns, bool partial)
{
	bool more = partial || returns < calls;

	if (!calls) {
		printf("%10s  %7s   ", "-", "-");
		return;
	}
	printf("%10" PRIu64 "%c %7" PRIu64 "%c  ", calls, partial ? '+' : ' ',
	       errors, more ? '+' : ' ');
	columns->lower_bound |= more;
}

static void print_call(const struct columns *columns, struct base_call call)
{
	char number[12];

	printf("%6" PRIu32 "  ", call.number);
	if (columns->arch)
		printf("%-7s  ", base_arch_name(call.arch));
	printf("%-24s  ", base_call_text(call, number, sizeof(number)));
}

static void print_head(const struct columns *columns)
{
	printf("%10s  %7s   %6s  %s%-24s  %-16s  %-16s", "calls", "errors",
	       "number", columns->arch ? "arch     " : "", "call",
	       "first seen", "last seen");
}

static void print_times(int64_t first_seen, int64_t last_seen)
{
	char first[32], last[32];

	printf("%-16s  %-16s", cli_short_time(first, sizeof(first), first_seen),
	       cli_short_time(last, sizeof(last), last_seen));
}

static void print_legend(const struct columns *columns)
{
	if (columns->lower_bound)
		puts("\n+: at least so many; once known a call passes "
		     "uncounted, and not every\n   return is watched ('jail "
		     "learn --full' counts all)");
}

/* ---- the whitelist ---------------------------------------------------- */

/* "learned, 3 sessions"; "learned elsewhere, 2 sessions", imported ones; "added
 * by ann, 2026-11-21 20:55, seen in 1 session" */
static void print_evidence(const struct db_entry *entry)
{
	char who[256], time[32];

	printf("  %s%s", db_evidence_name(entry->evidence),
	       entry->evidence == DB_LEARNED && entry->elsewhere ? " elsewhere"
								 : "");
	if (entry->evidence != DB_LEARNED)
		printf(" by %s, %s",
		       base_printable(who, sizeof(who),
				      entry->who ? entry->who : "?"),
		       cli_short_time(time, sizeof(time), entry->decided));
	if (entry->denial)
		printf(", denial %" PRId64, entry->denial);
	if (entry->sessions)
		printf(", %s%" PRIu64 " session%s",
		       entry->evidence == DB_LEARNED ? "" : "seen in ",
		       entry->sessions, cli_plural(entry->sessions, "s"));
	putchar('\n');
}

static void print_entry(struct columns *columns, const struct db_entry *entry)
{
	print_counts(columns, entry->calls, entry->errors, entry->returns,
		     entry->partial);
	print_call(columns, entry->call);
	print_times(entry->first_seen, entry->last_seen);
	print_evidence(entry);
}

/* How complete it is, then what was refused. */
static int print_rest(struct db *db, const char *program, struct error *err)
{
	cleanup_complete struct complete complete = { 0 };
	int result = complete_read(db, program, &complete, err);

	if (result < 0)
		return result;
	complete_print(stdout, &complete);
	result = cli_show_hosts(db, program, err);
	if (result < 0)
		return result;
	return cli_show_denials(stdout, db, program, err);
}

static int print_whitelist(struct db *db, const char *program,
			   struct error *err)
{
	struct columns columns = { 0 };
	struct db_entry *entries = NULL;
	size_t count = 0;
	int result = db_entries(db, program, &entries, &count, err);

	if (result == -ENOENT) {
		puts("nothing was learned of it, and nothing decided");
		return cli_show_denials(stdout, db, program, err);
	}
	if (result < 0)
		return result;
	for (size_t i = 1; i < count; i++)
		columns.arch |= entries[i].call.arch != entries[0].call.arch;
	if (count && entries[0].call.arch != base_arch_native())
		columns.arch = true;
	print_head(&columns);
	puts("  evidence");
	for (size_t i = 0; i < count; i++)
		print_entry(&columns, &entries[i]);
	print_legend(&columns);
	db_entries_free(entries, count);
	return print_rest(db, program, err);
}

/* ---- by executable ---------------------------------------------------- */

static int find_foreign(void *data, const char *exe,
			const struct profiles_observation *row)
{
	struct columns *columns = data;

	(void)exe;
	columns->arch |= row->call.arch != base_arch_native();
	return 0;
}

static int print_observation(void *data, const char *exe,
			     const struct profiles_observation *row)
{
	struct columns *columns = data;
	char path[sizeof(columns->exe)];

	base_printable(path, sizeof(path), exe);
	if (strcmp(path, columns->exe) != 0) {
		printf("%s%s\n", *columns->exe ? "\n" : "", path);
		memcpy(columns->exe, path, sizeof(path));
		print_head(columns);
		putchar('\n');
	}
	print_counts(columns, row->calls, row->errors, row->returns,
		     row->partial);
	print_call(columns, row->call);
	print_times(row->first_seen, row->last_seen);
	putchar('\n');
	return 0;
}

static int print_by_exe(struct db *db, const char *program, struct error *err)
{
	struct columns columns = { 0 };
	int result = db_each_observation(db, program, find_foreign, &columns,
					 err);

	if (result == 0)
		result = db_each_observation(db, program, print_observation,
					     &columns, err);
	if (result < 0)
		return result;
	if (!*columns.exe)
		return base_error(err, ENOENT, "'%s' was never seen to run "
				  "here: its calls were added or imported; "
				  "train it with 'jail learn'", program);
	print_legend(&columns);
	return 0;
}

/* ---- the command ------------------------------------------------------ */

static int print_json(struct db *db, const char *program, struct error *err)
{
	json_t *object;
	int result = cli_show_json(db, program, &object, err);

	return result < 0 ? result : cli_json_print(object, err);
}

static int run(void *data, char **operands)
{
	const struct options *options = data;
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	if (options->by_exe && options->common.json)
		return cli_usage(&cli_show, "--by-exe is for the table; --json "
				 "has the calls of each executable anyway");
	result = cli_open(&options->common, DB_READ, &db);
	if (result < 0)
		return cli_store_status(result);
	result = cli_find_program(db, operands[0], &err);
	if (result == 0 && options->common.json)
		result = print_json(db, operands[0], &err);
	else if (result == 0 && options->by_exe)
		result = print_by_exe(db, operands[0], &err);
	else if (result == 0)
		result = print_whitelist(db, operands[0], &err);
	return cli_store_end(result, &err);
}

static const struct cli_option option_rows[] = {
	{.name = "by-exe", .kind = CLI_FLAG,
	 .offset = offsetof(struct options, by_exe),
	 .help = "Show what each executable of the program's tree was seen to "
		 "call, instead of the whitelist."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_db_option, cli_json_option, NULL
};

const struct cli_command cli_show = {
	.name = "show",
	.operands = "NAME",
	.summary = "the whitelist of a program, with its evidence",
	.description =
		"Prints the system calls on the whitelist of a program: how "
		"often each was made and failed, when it was seen first and "
		"last, and why it is there: learned in sessions, added or "
		"imported or reviewed by somebody. Below stands how many "
		"calls were known after each session, and what that says of "
		"those that are still unseen; where several hosts learned it, "
		"which of the calls not all of them needed; then what was "
		"refused, those alike on one line, with \"(forgeable)\" where "
		"any user could have written the log that says so; and the "
		"calls that are never to be offered. With --json it prints "
		"one object that also has executables with their calls, "
		"libraries, values of arguments, hosts, the estimate, "
		"suggestions, and each denial.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run,
};
