/* SPDX-License-Identifier: MIT */
/*
 * jail report: what the store knows about a program as a page of HTML, with
 * pictures. The page is made in memory: it is printed whole or not at all.
 */
#include "cli/report.h"

/* Makes the page; *TEXT is new memory. */
static int make(struct db *db, const char *program, char **text,
		size_t *length, struct error *err)
{
	cleanup_report struct report report = {0};
	int result = report_gather(db, program, &report, err);

	if (result < 0)
		return result;
	report.out = base_memstream(text, length);
	if (report.out == NULL)
		return base_error(err, ENOMEM, "out of memory");
	report_page(&report);
	return fclose(report.out) == 0 ? 0 :
	       base_error(err, ENOMEM, "out of memory");
}

static int run(void *data, char **operands)
{
	const struct cli_common *common = data;
	cleanup_db struct db *db = NULL;
	cleanup_free char *text = NULL;
	struct error err = {0};
	size_t length = 0;
	int result;

	if (isatty(STDOUT_FILENO))
		return cli_usage(&cli_report, "a page of HTML is not for a "
				 "terminal; write it to a file with '> "
				 "report.html' behind the command");
	result = cli_open(common, DB_READ, &db);
	if (result < 0)
		return cli_store_status(result);
	result = cli_find_program(db, operands[0], &err);
	if (result == 0)
		result = make(db, operands[0], &text, &length, &err);
	if (result == 0)
		fwrite(text, 1, length, stdout);
	return cli_store_end(result, &err);
}

static const struct cli_option *const option_tables[] = {
	cli_db_option, NULL
};

const struct cli_command cli_report = {
	.name = "report",
	.operands = "NAME",
	.summary = "a page about a program, for a browser",
	.description =
		"Prints a page of HTML about a program: how its list of calls "
		"has grown from session to session and how much may be "
		"missing, which session and which executable made which call, "
		"what was refused over time, and how risky each call is. The "
		"page has all that it needs in itself and loads nothing. Write "
		"it to a file: jail report NAME > report.html",
	.options = option_tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
