/* SPDX-License-Identifier: MIT */
/* jail ps: the sandboxes that run, a line each, the first that began first. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "cli/running.h"
#include "cli/store.h"

struct options {
	struct cli_common common;
	bool all;
};

enum { ID, USER, PROFILE, UPTIME, MEMORY, PROCESSES, DENIED, PROGRAM, COLUMNS };

static const struct {
	const char *heading;
	bool right;
} columns[COLUMNS] = {
	{"id", true}, {"user", false}, {"profile", false}, {"uptime", true},
	{"memory", true}, {"processes", true}, {"denied", true},
	{"program", false},
};

struct row {
	char cells[PROGRAM][600];
	const char *program;
};

static void make_row(const struct running *running, size_t number,
		     struct row *row)
{
	const struct enforce_running *entry = &running->entries[number];
	const struct running_use *use = &running->uses[number];
	size_t size = sizeof(row->cells[0]);
	char time[32];

	running_user(row->cells[USER], size, entry->uid);
	running_name(row->cells[PROFILE], size, entry);
	snprintf(row->cells[ID], size, "%d", (int)entry->program);
	snprintf(row->cells[UPTIME], size, entry->ended ? "ended %s ago" : "%s",
		 running_time(time, sizeof(time), entry->ended ?
			      base_now() - entry->ended :
			      running_uptime(entry)));
	snprintf(row->cells[DENIED], size, "%" PRIu64, entry->denied);
	snprintf(row->cells[PROCESSES], size, "%zu", use->processes);
	running_size(row->cells[MEMORY], size, use->memory);
	if (entry->ended)
		strcpy(row->cells[PROCESSES], "-");
	row->program = *entry->command ? entry->command : entry->exe;
}

/* WIDTH: of the terminal, where the line ends; negative: whole. */
static void print_row(const struct row *row, const int *widths, int width)
{
	char line[6000], cut[6000];
	size_t used = 0;

	for (size_t i = 0; i < PROGRAM; i++)
		used += running_cell(line + used, sizeof(line) - used,
				     row->cells[i], widths[i],
				     columns[i].right);
	snprintf(line + used, sizeof(line) - used, "%s", row->program);
	puts(running_cut(cut, sizeof(cut), line, width));
}

static void find_widths(const struct running *running, bool terminal,
			int widths[PROGRAM])
{
	struct row row;

	for (size_t i = 0; i < PROGRAM; i++)
		widths[i] = (int)strlen(columns[i].heading);
	for (size_t i = 0; i < running->count; i++) {
		make_row(running, i, &row);
		for (size_t j = 0; j < PROGRAM; j++)
			running_widen(&widths[j], row.cells[j], terminal ?
				      RUNNING_WIDEST : INT_MAX);
	}
}

static void print_table(const struct running *running)
{
	int widths[PROGRAM], width = running_terminal(NULL);
	struct row row = {.program = columns[PROGRAM].heading};

	find_widths(running, width > 0, widths);
	for (size_t i = 0; i < PROGRAM; i++)
		strcpy(row.cells[i], columns[i].heading);
	print_row(&row, widths, width);
	for (size_t i = 0; i < running->count; i++) {
		make_row(running, i, &row);
		print_row(&row, widths, width);
	}
}

static int print_json(const struct running *running, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < running->count; i++)
		ret = cli_json_print(running_json(&running->entries[i],
						  &running->uses[i]), err);
	return ret;
}

static int run(void *data, char **operands)
{
	const struct options *options = data;
	cleanup_running struct running running = {0};
	struct error err = {0};
	int ret = running_look(&running, options->all, NULL, NULL, &err);

	(void)operands;
	if (ret == 0 && options->common.json)
		ret = print_json(&running, &err);
	else if (ret == 0 && !running.count && running_terminal(NULL) > 0)
		fputs("no sandbox is running\n", stderr);
	else if (ret == 0)
		print_table(&running);
	running_warn(&running);
	return ret < 0 ? cli_fail(1, &err) : 0;
}

static const struct cli_option option_rows[] = {
	{.name = "all", .letter = 'a', .kind = CLI_FLAG,
	 .offset = offsetof(struct options, all),
	 .help = "Also those that ended in the last ten minutes."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_json_option, NULL
};

const struct cli_command cli_ps = {
	.name = "ps",
	.summary = "the sandboxes that are running",
	.description =
		"Prints a line for each sandbox that is running, the first "
		"that began first: its id, whose it is, its profile (and its "
		"name, where that is another), how long it runs, the memory "
		"and the number of its processes, how many calls it was "
		"refused, and its program. You see your own, root sees those "
		"of all users. With --json, one object a line.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run,
};
