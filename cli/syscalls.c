/* SPDX-License-Identifier: MIT */
/*
 * jail syscalls: the table of calls, for people and scripts. A name gives its
 * number, a number its name, @group its members, @ alone the groups.
 */
#include <ctype.h>
#include <string.h>

#include "cli/store.h"

struct options {
	struct cli_common common;
	const char *arch;
	struct error err;	/* of the last line that could not be printed */
};

/* ---- a call, as a line or an object ----------------------------------- */

/* Where else the name of CALL is: `i386 13, x32 201`. */
static void print_others(struct base_call call, const char *name)
{
	const char *before = "  (";

	for (uint32_t i = 0; i < BASE_ARCH_COUNT; i++) {
		int number = base_call_number(i, name);

		if (i == call.arch || number < 0)
			continue;
		printf("%s%s %d", before, base_arch_name(i), number);
		before = ", ";
	}
	if (*before == ',')
		putchar(')');
}

/* What it does, and how many programs need it. */
static void print_known(struct base_call call, const char *name)
{
	struct base_prior prior;
	const char *help = base_call_help(call);

	if (help)
		printf("%s %s\n", name, help);
	if (base_call_prior(call, &prior))
		printf("of %u programs that were measured %u made it, and %u "
		       "did not work without it\n", prior.programs, prior.used,
		       prior.needed);
	else
		printf("of %u programs that were measured none made it\n",
		       prior.programs);
}

static void print_json(struct options *options, struct base_call call)
{
	json_t *object = cli_json_call(call);
	struct base_prior prior;

	json_object_set_new(object, "since",
			    cli_json_text(base_call_since(call)));
	json_object_set_new(object, "help",
			    cli_json_text(base_call_help(call)));
	base_call_prior(call, &prior);
	json_object_set_new(object, "measured", json_integer(prior.programs));
	json_object_set_new(object, "used_by", json_integer(prior.used));
	json_object_set_new(object, "needed_by", json_integer(prior.needed));
	cli_json_print(object, &options->err);
}

static void print_row(struct base_call call)
{
	const char *since = base_call_since(call);

	printf("%6u  %-28s  %s\n", call.number, base_call_name(call),
	       since ? since : "-");
}

/* base_group_expand wants a function with data: whether JSON is wanted. */
static void print_member(void *data, struct base_call call)
{
	struct options *options = data;

	if (options->common.json)
		print_json(options, call);
	else
		print_row(call);
}

static void print_head(const struct options *options, enum base_arch arch)
{
	if (!options->common.json && !options->common.quiet)
		printf("number  %-28s  since    (%s)\n", "name",
		       base_arch_name(arch));
}

/* ---- the forms of the operand ----------------------------------------- */

static int print_all(struct options *options, enum base_arch arch)
{
	struct base_call call = { .arch = arch };

	print_head(options, arch);
	for (; call.number <= base_call_highest(arch); call.number++)
		if (base_call_name(call))
			print_member(options, call);
	return 0;
}

static void print_group_row(struct options *options, size_t index)
{
	const char *name = base_group_name(index);
	const char *help = base_group_help(index);

	if (options->common.json)
		cli_json_print(json_pack("{s:s, s:s}", "group", name, "help",
					 help), &options->err);
	else
		printf("%-20s  %s\n", name, help);
}

static int print_groups(struct options *options)
{
	for (size_t i = 0; base_group_name(i); i++)
		print_group_row(options, i);
	return 0;
}

static void ignore_member(void *data, struct base_call call)
{
	(void)data;
	(void)call;
}

static int print_group(struct options *options, enum base_arch arch,
		       const char *group)
{
	struct error err;

	/* Asked twice, so that no head stands above a failure. */
	if (base_group_expand(group, arch, ignore_member, NULL, &err) < 0)
		return cli_fail(1, &err);
	print_head(options, arch);
	if (base_group_expand(group, arch, print_member, options, &err) < 0)
		return cli_fail(1, &err);
	return 0;
}

/* Prints what was not asked for: a number for a name, and vice versa. It stands
 * alone where a script reads it. */
static int print_one(struct options *options, enum base_arch arch,
		     const char *text)
{
	struct base_call call;
	struct error err;
	const char *name;
	bool by_number;

	if (base_call_parse(text, arch, &call, &err) < 0)
		return cli_fail(1, &err);
	name = base_call_name(call);
	if (!name) {
		base_error(&err, ENOENT, "%s has no name for the call %u; the "
			   "highest that has one is %u",
			   base_arch_name(call.arch), call.number,
			   base_call_highest(call.arch));
		return cli_fail(1, &err);
	}
	if (options->common.json) {
		print_json(options, call);
		return 0;
	}
	text = strrchr(text, ':') ? strrchr(text, ':') + 1 : text;
	by_number = *text == '$' || isdigit((unsigned char)*text);
	if (by_number)
		printf("%s", name);
	else
		printf("%u", call.number);
	if (options->common.quiet || !isatty(STDOUT_FILENO)) {
		putchar('\n');
		return 0;
	}
	print_others(call, name);
	putchar('\n');
	print_known(call, name);
	return 0;
}

static int print(struct options *options, char **operands)
{
	enum base_arch arch = cli_arch(options->arch);

	if (!operands[0])
		return print_all(options, arch);
	if (strcmp(operands[0], "@") == 0)
		return print_groups(options);
	if (operands[0][0] == '@')
		return print_group(options, arch, operands[0]);
	return print_one(options, arch, operands[0]);
}

static int run(void *data, char **operands)
{
	struct options *options = data;
	int status = print(options, operands);

	return options->err.code ? cli_fail(1, &options->err) : status;
}

static const struct cli_option option_rows[] = {
	{.name = "arch", .argument = "ARCH", .kind = CLI_CHOICE,
	 .offset = offsetof(struct options, arch),
	 .values = "aarch64 i386 x32 x86_64",
	 .help = "The architecture; that of jail itself if not given."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_json_option, cli_quiet_option, NULL
};

const struct cli_command cli_syscalls = {
	.name = "syscalls",
	.operands = "[NAME|NUMBER|@GROUP]",
	.summary = "name and number of system calls",
	.description =
		"Prints the number of a system call, or the name that a number "
		"has; on a terminal also where else there is a call of that "
		"name, what it does, and how many of the programs that others "
		"measured make it. Without an operand it prints the whole "
		"table of an architecture: number, name, and the kernel that "
		"brought the call. @GROUP prints the members of a group, @ the "
		"groups.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run,
};
