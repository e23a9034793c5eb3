/* SPDX-License-Identifier: MIT */
/*
 * jail stop: ends sandboxes. All that are named are asked first; then they are
 * waited for together, and those that are left are killed.
 */
#include <string.h>

#include "cli/cli.h"
#include "enforce/enforce.h"

#define TIME INT64_C(10000000)

struct options {
	struct cli_common common;
	int64_t time;
	bool all;
};

static const struct cli_option rows[] = {
	{.name = "time", .argument = "TIME", .kind = CLI_DURATION,
	 .offset = offsetof(struct options, time),
	 .help = "Kill what has not ended after so long; 10s where this is "
		 "not given."},
	{.name = "all", .kind = CLI_FLAG,
	 .offset = offsetof(struct options, all), .operands = "",
	 .help = "Stop all sandboxes of yours."},
	{.name = NULL},
};

struct one {
	struct enforce_running entry;
	struct enforce_stopping stopping;
};

struct all {
	struct one *items;
	size_t count, room;
};

static int add(struct all *all, const struct enforce_running *entry)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].entry.program == entry->program)
			return 0;
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 16;
		struct one *more = reallocarray(all->items, room,
						sizeof(*more));

		if (!more)
			return -ENOMEM;
		all->items = more;
		all->room = room;
	}
	all->items[all->count++] = (struct one){.entry = *entry};
	return 0;
}

static int add_own(void *data, const struct enforce_running *entry)
{
	return entry->uid == geteuid() ? add(data, entry) : 0;
}

static int add_named(struct all *all, const char *word)
{
	struct enforce_running entry;
	struct error err = {0};
	int ret = enforce_registry_find(word, &entry, &err);

	if (ret == 0 && add(all, &entry) < 0)
		ret = base_error(&err, ENOMEM, "out of memory");
	return ret < 0 ? cli_fail(1, &err) : 0;
}

static const char *name_of(const struct one *one, char *out, size_t size)
{
	char name[256];

	snprintf(out, size, "%s (%d)", base_printable(name, sizeof(name),
		 one->entry.name), (int)one->entry.program);
	return out;
}

static int fail(const struct one *one, struct error *err)
{
	char name[300];

	base_error_at(err, "%s", name_of(one, name, sizeof(name)));
	return cli_fail(1, err);
}

static int end(const struct options *options, struct one *one, int64_t until)
{
	struct error err = {0};
	char name[300];
	bool killed = false;
	int ret = enforce_stop_end(&one->stopping, until, &killed, &err);

	enforce_stop_close(&one->stopping);
	if (ret < 0)
		return fail(one, &err);
	if (!options->common.quiet)
		printf("%s %s%s\n", killed ? "killed" : "stopped",
		       name_of(one, name, sizeof(name)),
		       !killed ? "" : one->stopping.over ?
		       ": its program had ended, and the rest went on" :
		       ": it did not end when it was asked to");
	return 0;
}

/* What ends before it is asked has ended, as was wished. */
static int stop_all(const struct options *options, struct all *all)
{
	int64_t until;
	int status = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct one *one = &all->items[i];
		struct error err = {0};
		int ret = enforce_stop_begin(&one->entry, &one->stopping,
					     &err);

		if (ret < 0 && ret != -ESRCH)
			status = fail(one, &err);
		if (ret < 0)
			one->entry.program = 0;
	}
	until = base_now_monotonic() + (options->time ? options->time : TIME);
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].entry.program)
			status |= end(options, &all->items[i], until);
	return status;
}

static int run(void *data, char **operands)
{
	const struct options *options = data;
	struct all all = {0};
	struct error err = {0};
	int status = 0;

	if (!options->all && !operands[0])
		return cli_usage(&cli_stop, "ID|NAME is missing");
	if (options->all &&
	    (enforce_registry_running(add_own, NULL, &all, &err) < 0 ||
	     enforce_registry_refused(&err) < 0))
		status = cli_fail(1, &err);
	for (; *operands; operands++)
		status |= add_named(&all, *operands);
	status |= stop_all(options, &all);
	free(all.items);
	return status;
}

static const struct cli_option *const tables[] = {rows, cli_quiet_option, NULL};

const struct cli_command cli_stop = {
	.name = "stop",
	.operands = "ID|NAME...",
	.summary = "end running sandboxes",
	.description =
		"Asks the program of each sandbox to end (SIGTERM), waits, "
		"and kills what is then left of the sandbox. Says of each "
		"which it was. Root may stop the sandboxes of all users.",
	.options = tables,
	.size = sizeof(struct options),
	.run = run,
};
