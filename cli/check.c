/* SPDX-License-Identifier: MIT */
/*
 * check: prints a plan. What is known here comes first, then what enforce
 * tells of it, a line each below its heading.
 */
#include <string.h>

#include "cli/check.h"
#include "cli/store.h"

struct printer {
	json_t *object;		/* NULL: for people */
	char heading[32];	/* the last one */
	bool failed;		/* without memory, a line; of JSON it is noted
				 * by cli_json_print() */
};

static void print_line(void *data, const char *heading, const char *text)
{
	struct printer *printer = data;
	cleanup_free char *shown = NULL;
	json_t *list;

	if (printer->object) {
		list = json_object_get(printer->object, heading);
		if (!list) {
			list = json_array();
			json_object_set_new(printer->object, heading, list);
		}
		json_array_append_new(list, cli_json_text(text));
		return;
	}
	shown = malloc(strlen(text) + 1);
	if (strcmp(printer->heading, heading) != 0) {
		snprintf(printer->heading, sizeof(printer->heading), "%s",
			 heading);
		printf("%s\n", heading);
	}
	if (shown)
		printf("    %s\n",
		       base_printable(shown, strlen(text) + 1, text));
	else
		printer->failed = true;
}

static char *list_text(const struct enforce_plan *plan,
		       const struct cli_denials *from, const char *missing)
{
	size_t count = plan->whitelist.count - from->fresh->allowed;
	const char *plural = cli_plural(count, "s");

	if (missing)
		return base_printf("none yet: %s", missing);
	if (!plan->has_whitelist)
		return strdup("none: what the profile does not refuse passes");
	if (from->list_option)
		return base_printf("%zu call%s of --seccomp.keep", count,
				   plural);
	if (from->list_file)
		return base_printf("%zu call%s of %s", count, plural,
				   from->list_file);
	return base_printf("%zu call%s of \"%s\" in the store", count, plural,
			   from->program);
}

static void print_fact(struct printer *printer, const char *name,
		       const char *text)
{
	cleanup_free char *shown = text ? malloc(strlen(text) + 1) : NULL;

	if (printer->object)
		json_object_set_new(printer->object, name, cli_json_text(text));
	else if (shown)
		printf("%-11s %s\n", name,
		       base_printable(shown, strlen(text) + 1, text));
	else if (text)
		printer->failed = true;
}

int cli_check_print(const struct enforce_plan *plan,
		    const struct cli_policy *policy,
		    const struct cli_denials *from, const char *missing,
		    struct error *err)
{
	cleanup_free char *list = list_text(plan, from, missing);
	struct printer printer = {
		.object = from->common->json ? json_object() : NULL,
		.failed = !list,
	};
	int ret;

	print_fact(&printer, "program", plan->program);
	print_fact(&printer, "path", plan->path);
	print_fact(&printer, "profile", policy->file ? policy->file : "none");
	print_fact(&printer, "whitelist", list);
	fresh_describe(from->fresh, plan, print_line, &printer);
	ret = enforce_plan_describe(plan, print_line, &printer, err);
	if (ret == 0 && (printer.failed ||
			 (from->common->json && !printer.object)))
		ret = base_error(err, ENOMEM, "out of memory");
	if (printer.object && ret == 0)
		return cli_json_print(printer.object, err);
	json_decref(printer.object);
	return ret;
}
