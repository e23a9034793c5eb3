/* SPDX-License-Identifier: MIT */
/* jail list: the programs in the store, a line each. */
#include <inttypes.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "cli/stale.h"
#include "cli/store.h"

/* The rows are read twice: for the width of the first column, and to print. */
struct table {
	int width;
	struct db *db;
	struct stale_look look;
	struct error *err;
};

/* 1: what the program runs with has changed since it was learned. */
static int is_stale(struct table *table, const struct db_program *row)
{
	cleanup_changes struct changes changes = { 0 };
	int result = stale_read(&table->look, table->db, row->name, &changes,
				table->err);

	return result < 0 ? result : changes.count > 0;
}

/* The columns that a printable name takes. Names are UTF-8 whatever the user's
 * locale is. */
static int columns_of(const char *name)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	int columns = -1;
	wchar_t wide[256];

	if (utf8) {
		locale_t old = uselocale(utf8);

		if (mbstowcs(wide, name, ARRAY_SIZE(wide)) < ARRAY_SIZE(wide))
			columns = wcswidth(wide, ARRAY_SIZE(wide));
		uselocale(old);
		freelocale(utf8);
	}
	return columns < 0 ? (int)strlen(name) : columns;
}

static int measure(void *data, const struct db_program *row)
{
	struct table *table = data;
	char name[256];
	int columns = columns_of(base_printable(name, sizeof(name), row->name));

	if (columns > table->width)
		table->width = columns;
	return 0;
}

static int print_row(void *data, const struct db_program *row)
{
	struct table *table = data;
	char name[256], time[32];
	int stale = is_stale(table, row);

	if (stale < 0)
		return stale;
	base_printable(name, sizeof(name), row->name);
	printf("%s%*s  %5" PRIu64 "  %8" PRIu64 "  %7" PRIu64 "  %s%s\n",
	       name, table->width - columns_of(name), "", row->calls,
	       row->sessions, row->denials,
	       cli_short_time(time, sizeof(time), row->last_learned),
	       stale ? "  stale" : "");
	return 0;
}

static int print_json(void *data, const struct db_program *row)
{
	struct table *table = data;
	int stale = is_stale(table, row);
	json_t *object = stale < 0 ? NULL : json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:b}", "program",
		cli_json_text(row->name), "calls", cli_json_value(row->calls),
		"sessions", cli_json_value(row->sessions), "denials",
		cli_json_value(row->denials), "last_learned",
		cli_json_time(row->last_learned), "stale", stale);

	return stale < 0 ? stale : cli_json_print(object, table->err);
}

static int print_table(struct db *db, struct table *table)
{
	int result;

	table->width = (int)strlen("program");
	result = db_each_program(db, measure, table, table->err);
	if (result < 0)
		return result;
	printf("%-*s  calls  sessions  denials  last learned\n", table->width,
	       "program");
	return db_each_program(db, print_row, table, table->err);
}

static int run(void *options, char **operands)
{
	struct cli_common *common = options;
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	struct table table = { .err = &err, .look.common = common };
	int result = cli_open(common, DB_READ, &db);

	(void)operands;
	if (result < 0)
		return cli_store_status(result);
	table.db = db;
	if (common->json)
		result = db_each_program(db, print_json, &table, &err);
	else
		result = print_table(db, &table);
	stale_free(&table.look);
	return cli_store_end(result, &err);
}

static const struct cli_option *const option_tables[] = {
	cli_db_option, cli_json_option, NULL
};

const struct cli_command cli_list = {
	.name = "list",
	.summary = "the programs in the store",
	.description =
		"Prints a line for each program in the store: how many system "
		"calls are on its whitelist, in how many sessions it was "
		"trained and when last, and how many denials were recorded; "
		"it is stale where it runs with other files, or on another "
		"version of the kernel, than it was learned with (jail "
		"stale). "
		"With --json, one object a line.",
	.options = option_tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
