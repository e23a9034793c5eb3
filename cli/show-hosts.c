/* SPDX-License-Identifier: MIT */
/*
 * The hosts that a program was learned on, and which of its calls not all of
 * them needed. Nothing of a program that one host alone has learned.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/store.h"

#define COLUMNS 78

/* Of more it is not told which of them saw a call: it grows with the square of
 * their number, and an imported file can name any number. */
enum { MOST_HOSTS = 300 };

struct host {
	char name[65];
	char kernel[65], libc[65];
	uint64_t sessions, calls;
	int64_t last;
};

/* Calls that the same hosts saw; FLAGS has one a host. */
struct group {
	bool *flags;
	size_t hosts;
	struct profiles_set set;
};

struct hosts {
	struct host *items;
	size_t count;
	struct group *groups;
	size_t group_count;
	struct base_call call;		/* whose hosts are being told */
	bool *flags;			/* those that saw it so far */
	bool pending;
};

static void hosts_free(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->group_count; i++) {
		free(hosts->groups[i].flags);
		profiles_set_free(&hosts->groups[i].set);
	}
	free(hosts->groups);
	free(hosts->items);
	free(hosts->flags);
}

/* ---- reading ----------------------------------------------------------- */

static int take_host(void *data, const struct db_host *row)
{
	struct hosts *hosts = data;
	struct host *items = reallocarray(hosts->items, hosts->count + 1,
					  sizeof(*items));
	struct host *host;

	if (!items)
		return -ENOMEM;
	hosts->items = items;
	host = &items[hosts->count++];
	*host = (struct host){ .sessions = row->sessions, .calls = row->calls,
			       .last = row->last };
	base_printable(host->name, sizeof(host->name), row->host);
	base_printable(host->kernel, sizeof(host->kernel), row->kernel);
	base_printable(host->libc, sizeof(host->libc), row->libc);
	return 0;
}

/* Those that saw calls: what a list brought says of none who made it. */
static size_t seeing(const struct hosts *hosts)
{
	size_t count = 0;

	for (size_t i = 0; i < hosts->count; i++)
		count += hosts->items[i].calls > 0;
	return count;
}

static struct group *find_group(struct hosts *hosts)
{
	size_t size = hosts->count * sizeof(*hosts->flags);
	struct group *groups = hosts->groups, *group;

	for (size_t i = 0; i < hosts->group_count; i++)
		if (memcmp(groups[i].flags, hosts->flags, size) == 0)
			return &groups[i];
	groups = reallocarray(groups, hosts->group_count + 1, sizeof(*groups));
	if (!groups)
		return NULL;
	hosts->groups = groups;
	group = &groups[hosts->group_count];
	*group = (struct group){ .flags = malloc(size) };
	if (!group->flags)
		return NULL;
	memcpy(group->flags, hosts->flags, size);
	for (size_t i = 0; i < hosts->count; i++)
		group->hosts += hosts->flags[i];
	hosts->group_count++;
	return group;
}

/* All hosts of a call are known. */
static int end_call(struct hosts *hosts)
{
	struct group *group;

	if (!hosts->pending)
		return 0;
	group = find_group(hosts);
	if (!group || profiles_set_add(&group->set, hosts->call) < 0)
		return -ENOMEM;
	memset(hosts->flags, 0, hosts->count * sizeof(*hosts->flags));
	return 0;
}

static int take_call(void *data, struct base_call call, const char *host)
{
	struct hosts *hosts = data;
	char name[65];

	if (hosts->pending && base_call_compare(&hosts->call, &call) != 0 &&
	    end_call(hosts) < 0)
		return -ENOMEM;
	hosts->pending = true;
	hosts->call = call;
	base_printable(name, sizeof(name), host);
	for (size_t i = 0; i < hosts->count; i++)
		hosts->flags[i] |= strcmp(hosts->items[i].name, name) == 0;
	return 0;
}

static bool too_many(const struct hosts *hosts)
{
	return hosts->count > MOST_HOSTS;
}

static int read_hosts(struct db *db, const char *program, struct hosts *hosts,
		      struct error *err)
{
	int result = db_each_host(db, program, take_host, hosts, err);

	hosts->flags = calloc(hosts->count + 1, sizeof(*hosts->flags));
	if (result == 0 && !hosts->flags)
		result = -ENOMEM;
	if (result == 0 && !too_many(hosts))
		result = db_each_host_call(db, program, take_call, hosts, err);
	if (result == 0)
		result = end_call(hosts);
	return result == -ENOMEM ? base_error(err, ENOMEM, "out of memory") :
				   result;
}

/* ---- as text ----------------------------------------------------------- */

static const char *shown(const struct host *host)
{
	return *host->name ? host->name : "(unknown)";
}

static void print_table(const struct hosts *hosts)
{
	int width = 4;
	char last[32];

	for (size_t i = 0; i < hosts->count; i++)
		if ((int)strlen(shown(&hosts->items[i])) > width)
			width = (int)strlen(shown(&hosts->items[i]));
	printf("\n%-*s  sessions  calls  last learned      kernel, libc\n",
	       width, "host");
	for (size_t i = 0; i < hosts->count; i++) {
		const struct host *host = &hosts->items[i];

		printf("%-*s  %8" PRIu64 "  %5" PRIu64 "  %-16s  %s, %s\n",
		       width, shown(host), host->sessions, host->calls,
		       cli_short_time(last, sizeof(last), host->last),
		       host->kernel, host->libc);
	}
}

/* "on alpha and beta alone", or where these are most, "on all but gamma". */
static int print_names(const struct hosts *hosts, const struct group *group)
{
	size_t all = seeing(hosts), left;
	bool others = group->hosts > all / 2 && all - group->hosts <= 3;
	int column = printf("  on %s", others ? "all but " : "");

	left = others ? all - group->hosts : group->hosts;
	for (size_t i = 0; i < hosts->count; i++) {
		if (group->flags[i] == others || !hosts->items[i].calls)
			continue;
		column += printf("%s%s", shown(&hosts->items[i]),
				 --left > 1 ? ", " : left ? " and " : "");
	}
	return column + printf("%s:", others ? "" : " alone");
}

static void print_group(const struct hosts *hosts, const struct group *group)
{
	int column = print_names(hosts, group);
	char word[64];

	for (size_t i = 0; i < group->set.count; i++) {
		cli_call_word(word, sizeof(word), group->set.calls[i]);
		if (column + 2 + (int)strlen(word) > COLUMNS)
			column = printf("\n   ") - 1;
		column += printf(" %s%s", word,
				 i + 1 < group->set.count ? "," : "");
	}
	putchar('\n');
}

static void print_groups(const struct hosts *hosts)
{
	size_t all = seeing(hosts);
	bool any = false;

	for (size_t i = 0; i < hosts->group_count; i++) {
		if (hosts->groups[i].hosts >= all)
			continue;
		if (!any)
			puts("\ncalls that not every host needed:");
		any = true;
		print_group(hosts, &hosts->groups[i]);
	}
}

int cli_show_hosts(struct db *db, const char *program, struct error *err)
{
	__attribute__((cleanup(hosts_free))) struct hosts hosts = { 0 };
	int result = read_hosts(db, program, &hosts, err);

	if (result < 0)
		return result;
	if (hosts.count > 1)
		print_table(&hosts);
	if (too_many(&hosts))
		printf("\nmore than %d hosts: not told is which calls only "
		       "some of them needed\n", MOST_HOSTS);
	else if (seeing(&hosts) > 1)
		print_groups(&hosts);
	return 0;
}

/* ---- as JSON ----------------------------------------------------------- */

/* The calls that HOST saw, and not every other did; null: it is not told. */
static json_t *own_calls(const struct hosts *hosts, size_t host)
{
	size_t all = seeing(hosts);
	json_t *calls = too_many(hosts) ? json_null() : json_array();

	for (size_t i = 0; i < hosts->group_count; i++) {
		const struct group *group = &hosts->groups[i];

		if (!group->flags[host] || group->hosts >= all)
			continue;
		for (size_t c = 0; c < group->set.count; c++)
			json_array_append_new(calls, cli_json_call(
				group->set.calls[c]));
	}
	return calls;
}

static json_t *make_host(const struct hosts *hosts, size_t index)
{
	const struct host *host = &hosts->items[index];

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "host",
			 cli_json_text(*host->name ? host->name : NULL),
			 "kernel", cli_json_text(host->kernel), "libc",
			 cli_json_text(host->libc), "sessions",
			 cli_json_value(host->sessions), "calls",
			 cli_json_value(host->calls), "last",
			 cli_json_time(host->last), "not_everywhere",
			 own_calls(hosts, index));
}

int cli_show_hosts_json(struct db *db, const char *program, json_t *object,
			struct error *err)
{
	__attribute__((cleanup(hosts_free))) struct hosts hosts = { 0 };
	json_t *list = json_array();
	int result = read_hosts(db, program, &hosts, err);

	for (size_t i = 0; result == 0 && i < hosts.count; i++)
		if (json_array_append_new(list, make_host(&hosts, i)) < 0)
			result = base_error(err, ENOMEM, "out of memory");
	if (json_object_set_new(object, "hosts", list) < 0 && result == 0)
		result = base_error(err, ENOMEM, "out of memory");
	return result;
}
