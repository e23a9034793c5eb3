/* SPDX-License-Identifier: MIT */
/*
 * show-denials: what was refused to a program, as a table below its whitelist.
 * Denials alike - call, action, executable, host - are one line; of the lines,
 * the latest are shown. Below stand the calls that nobody wants to hear of.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/store.h"

/* Printed, of those that are kept. */
enum { SHOWN = 20 };

static bool alike(const struct cli_denial_group *group,
		  const struct profiles_denial *denial)
{
	return base_call_compare(&group->call, &denial->call) == 0 &&
	       group->action == denial->action &&
	       group->action_errno == denial->action_errno &&
	       group->forgeable == denial->forgeable &&
	       strcmp(group->host, denial->host) == 0 &&
	       strcmp(group->exe, denial->exe) == 0;
}

static struct cli_denial_group *find(struct cli_denial_groups *groups,
			  const struct profiles_denial *denial)
{
	for (size_t i = 0; i < groups->count; i++)
		if (alike(&groups->rows[i], denial))
			return &groups->rows[i];
	return NULL;
}

/* A row for a denial unlike all others: where there is none left, that of the
 * group that was seen longest ago. */
static struct cli_denial_group *make_row(struct cli_denial_groups *groups)
{
	struct cli_denial_group *oldest = &groups->rows[0];

	if (groups->count < CLI_DENIALS_KEPT)
		return &groups->rows[groups->count++];
	for (size_t i = 1; i < CLI_DENIALS_KEPT; i++)
		if (groups->rows[i].last_time < oldest->last_time)
			oldest = &groups->rows[i];
	groups->others += oldest->count;
	free(oldest->exe);
	return oldest;
}

static int collect(void *data, int64_t id, const char *program,
		   const struct profiles_denial *denial)
{
	struct cli_denial_groups *groups = data;
	struct cli_denial_group *group = find(groups, denial);

	(void)id;
	(void)program;
	if (!group) {
		group = make_row(groups);
		*group = (struct cli_denial_group){
			.call = denial->call, .action = denial->action,
			.action_errno = denial->action_errno,
			.forgeable = denial->forgeable,
			.first_time = denial->time,
			.exe = strdup(denial->exe),
		};
		if (!group->exe)
			return -ENOMEM;
		memcpy(group->host, denial->host, sizeof(group->host));
	}
	group->count += denial->count;
	if (denial->last_time > group->last_time)
		group->last_time = denial->last_time;
	if (denial->time < group->first_time)
		group->first_time = denial->time;
	return 0;
}

static int latest_first(const void *a, const void *b)
{
	const struct cli_denial_group *x = a, *y = b;

	if (x->last_time != y->last_time)
		return x->last_time < y->last_time ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

int cli_denial_groups(struct db *db, const char *program,
		      struct cli_denial_groups **groups, struct error *err)
{
	int result;

	base_error(err, ENOMEM, "out of memory");
	*groups = calloc(1, sizeof(**groups));
	if (!*groups)
		return -ENOMEM;
	result = db_each_denial(db, program, collect, *groups, err);
	qsort((*groups)->rows, (*groups)->count, sizeof((*groups)->rows[0]),
	      latest_first);
	return result;
}

void cli_denial_groups_free(struct cli_denial_groups *groups)
{
	for (size_t i = 0; groups && i < groups->count; i++)
		free(groups->rows[i].exe);
	free(groups);
}

const char *cli_denial_action(const struct cli_denial_group *group,
			      char buffer[BASE_ERRNO_TEXT])
{
	return group->action == PROFILES_ERRNO && group->action_errno ?
		base_errno_text(group->action_errno, buffer) :
		profiles_action_name(group->action);
}

/* ", on alpha", where that is another host. */
static char *elsewhere(char *out, size_t size, const char *host)
{
	char own[65] = "", name[65];

	gethostname(own, sizeof(own) - 1);
	*out = '\0';
	if (*host && strcmp(host, own) != 0)
		snprintf(out, size, ", on %s",
			 base_printable(name, sizeof(name), host));
	return out;
}

static void print_group(FILE *out, const struct cli_denial_group *group)
{
	char time[32], label[80], exe[512], host[80], number[BASE_ERRNO_TEXT];

	fprintf(out, "%10" PRIu64 "  %-32s  %-14s  %-16s  %s%s%s\n",
		group->count,
		cli_call_label(label, sizeof(label), group->call),
		cli_denial_action(group, number),
		cli_short_time(time, sizeof(time), group->last_time),
		base_printable(exe, sizeof(exe), group->exe),
		elsewhere(host, sizeof(host), group->host),
		group->forgeable ? "  (forgeable)" : "");
}

static void print_groups(FILE *out, struct cli_denial_groups *groups)
{
	if (!groups->count)
		return;
	fprintf(out, "\n%10s  %-32s  %-14s  %-16s  %s\n", "denials", "call",
		"action", "last time", "executable");
	for (size_t i = 0; i < groups->count && i < SHOWN; i++)
		print_group(out, &groups->rows[i]);
	for (size_t i = SHOWN; i < groups->count; i++)
		groups->others += groups->rows[i].count;
	if (groups->others)
		fprintf(out, "%10" PRIu64 "  others ('jail show --json' has "
			"all)\n", groups->others);
}

struct never {
	FILE *out;
	bool any;
};

/* "time (201, x86_64)   never, by ann, 2026-11-22 14:02", or "stubbed with
 * ENOSYS". */
static int print_never(void *data, const struct db_decided *row)
{
	char number[BASE_ERRNO_TEXT];
	char label[80], who[256], time[32];
	bool stub = row->decision == DB_STUB;
	struct never *never = data;

	if (row->decision != DB_NEVER && !stub)
		return 0;
	if (!never->any)
		fprintf(never->out, "\n%10s  %-32s  %s\n", "", "call",
			"decision");
	never->any = true;
	fprintf(never->out, "%10s  %-32s  %s%s, by %s, %s\n", "",
		cli_call_label(label, sizeof(label), row->call),
		stub ? "stubbed with " : "never",
		stub ? base_errno_text(row->answer, number) : "",
		base_printable(who, sizeof(who), row->who ? row->who : "?"),
		cli_short_time(time, sizeof(time), row->time));
	return 0;
}

int cli_show_denials(FILE *out, struct db *db, const char *program,
		     struct error *err)
{
	struct cli_denial_groups *groups = NULL;
	struct never never = {.out = out};
	int result = cli_denial_groups(db, program, &groups, err);

	if (result == 0)
		print_groups(out, groups);
	cli_denial_groups_free(groups);
	if (result == 0)
		result = db_each_decision(db, program, print_never, &never,
					  err);
	return result;
}
