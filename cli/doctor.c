/* SPDX-License-Identifier: MIT */
/*
 * jail doctor: what this kernel and this user can and cannot do, and the
 * remedy. What is tried out lies in enforce/doctor.c; what jail watch could
 * read, in auditlog/.
 */
#include <string.h>

#include "auditlog/auditlog.h"
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

/* ---- what jail watch could read --------------------------------------- */

struct sources {
	char readable[128];	/* their names */
	char why[240];		/* not the best one */
};

static bool note_source(void *data, const char *name, const struct error *why)
{
	struct sources *sources = data;
	size_t used = strlen(sources->readable);

	if (!why)
		snprintf(sources->readable + used,
			 sizeof(sources->readable) - used, "%s%s",
			 used ? ", " : "", name);
	else if (!*sources->why)
		snprintf(sources->why, sizeof(sources->why), "%.230s",
			 why->text);
	return true;
}

static void tell_sources(struct report *report)
{
	struct enforce_finding finding = {.name = "kernel's records"};
	struct sources sources = {0};

	auditlog_try(note_source, &sources);
	finding.ok = *sources.readable;
	if (finding.ok)
		snprintf(finding.text, sizeof(finding.text), "jail watch can "
			 "read them from: %.120s", sources.readable);
	else
		snprintf(finding.text, sizeof(finding.text), "none can be read "
			 "here: jail watch tells of jail's own sandboxes "
			 "alone");
	if (!finding.ok)
		snprintf(finding.remedy, sizeof(finding.remedy), "%s",
			 sources.why);
	print_finding(report, &finding);
}

static void tell_muted(struct report *report)
{
	struct enforce_finding finding = {.name = "recorded actions"};
	char muted[128];

	finding.ok = !auditlog_muted(muted, sizeof(muted));
	if (finding.ok)
		snprintf(finding.text, sizeof(finding.text), "the kernel "
			 "records every refusal that a filter wants logged");
	else
		snprintf(finding.text, sizeof(finding.text), "the kernel does "
			 "not record: %s; jail watch cannot tell of them",
			 muted);
	if (!finding.ok)
		snprintf(finding.remedy, sizeof(finding.remedy), "add them to "
			 "the sysctl kernel.seccomp.actions_logged");
	print_finding(report, &finding);
}

static int run(void *data, char **operands)
{
	const struct cli_common *common = data;
	struct report report = {.json = common->json};

	(void)operands;
	enforce_doctor(print_finding, &report);
	tell_sources(&report);
	tell_muted(&report);
	return report.unable ? 1 : 0;
}

static const struct cli_option *const tables[] = {cli_json_option, NULL};

const struct cli_command cli_doctor = {
	.name = "doctor",
	.summary = "say what this system can do for a sandbox",
	.description =
		"Tries out what a sandbox is made of, and what jail watch "
		"could read, as the user who calls it, and prints a line each: "
		"whether it works, what that means and the remedy. The exit "
		"status is 0 if jail enforce can run here, and 1 if not.",
	.options = tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
