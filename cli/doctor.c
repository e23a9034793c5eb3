/* SPDX-License-Identifier: MIT */
/*
 * jail doctor: what this kernel and this user can and cannot do, and the
 * remedy. What is tried out lies in enforce/doctor.c.
 */

#include "cli/store.h"
#include "enforce/enforce.h"

struct report {
	bool json;
	bool unable;		/* something that enforce needs is missing */
};

static void print_json(const struct enforce_finding *finding)
{
	struct error err = {0};
	json_t *object = json_pack(
		"{s:s, s:b, s:b, s:o, s:o}", "name", finding->name, "ok",
		finding->ok, "needed", finding->needed, "text",
		cli_json_text(finding->text), "remedy",
		cli_json_text(*finding->remedy ? finding->remedy : NULL));

	if (cli_json_print(object, &err) < 0)
		cli_fail(1, &err);
}

static void print_finding(void *data, const struct enforce_finding *finding)
{
	struct report *report = data;
	char text[sizeof(finding->text)], remedy[sizeof(finding->remedy)];

	report->unable |= finding->needed && !finding->ok;
	if (report->json) {
		print_json(finding);
		return;
	}
	printf("%-3s  %-20s  %s%s%s\n", finding->ok ? "ok" : "no",
	       finding->name,
	       base_printable(text, sizeof(text), finding->text),
	       *finding->remedy ? "; " : "",
	       base_printable(remedy, sizeof(remedy), finding->remedy));
}

static int run(void *data, char **operands)
{
	const struct cli_common *common = data;
	struct report report = {.json = common->json};

	(void)operands;
	enforce_doctor(print_finding, &report);
	return report.unable ? 1 : 0;
}

static const struct cli_option *const tables[] = {cli_json_option, NULL};

const struct cli_command cli_doctor = {
	.name = "doctor",
	.summary = "say what this system can do for a sandbox",
	.description =
		"Tries out what a sandbox is made of, as the user who calls "
		"it, and prints a line each: whether it works, what that means "
		"and the remedy. The exit status is 0 if jail enforce can run "
		"here, and 1 if not.",
	.options = tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
