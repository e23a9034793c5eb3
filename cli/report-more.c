/* SPDX-License-Identifier: MIT */
/*
 * report-more: the parts of a report that are lists of their own: executables
 * with their calls, hosts, and what the list may lack.
 */
#include <string.h>

#include "cli/report.h"

/* Room for one more element; 0 or -ENOMEM. COUNT is how many there are. */
static int grow(void *array_pointer, size_t count, size_t size)
{
	void **array = array_pointer;
	void *larger;

	if (count & (count - 1))
		return 0;
	larger = reallocarray(*array, count ? 2 * count : 1, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	return 0;
}

/* NULL stays NULL; false without memory. */
static bool copy(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return *out || !text;
}

/* ---- executables -------------------------------------------------------- */

static int add_executable(struct report *report, const char *path)
{
	struct report_executable *row;

	if (grow(&report->executables, report->executable_count,
		 sizeof(*row)) < 0)
		return -ENOMEM;
	row = &report->executables[report->executable_count];
	*row = (struct report_executable){0};
	if (!copy(&row->path, path))
		return -ENOMEM;
	report->executable_count++;
	return 0;
}

/* Rows come by path, then by call. */
static int add_observation(void *data, const char *exe,
			   const struct profiles_observation *observed)
{
	struct report *report = data;
	size_t count = report->executable_count;
	struct report_call *call = report_find(report, observed->call);
	struct report_executable *row;

	if ((!count || strcmp(report->executables[count - 1].path, exe) != 0) &&
	    add_executable(report, exe) < 0)
		return -ENOMEM;
	row = &report->executables[report->executable_count - 1];
	row->times += observed->calls;
	if (!call)
		return 0;
	if (grow(&row->calls, row->count, sizeof(*row->calls)) < 0)
		return -ENOMEM;
	row->calls[row->count++] = (uint32_t)(call - report->calls);
	call->executables++;
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct report_executable *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->path, y->path);
}

int report_gather_executables(struct db *db, struct report *report,
			      struct error *err)
{
	int result;

	base_error(err, ENOMEM, "out of memory");
	result = db_each_observation(db, report->program, add_observation,
				     report, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < report->executable_count; i++)
		for (size_t k = 0; k < report->executables[i].count; k++) {
			uint32_t call = report->executables[i].calls[k];

			report->executables[i].own +=
				report->calls[call].executables == 1;
		}
	if (report->executables)
		qsort(report->executables, report->executable_count,
		      sizeof(*report->executables), most_first);
	return 0;
}

/* ---- hosts -------------------------------------------------------------- */

static int add_host(void *data, const struct db_host *host)
{
	struct report *report = data;
	struct report_host *row;

	if (grow(&report->hosts, report->host_count, sizeof(*row)) < 0)
		return -ENOMEM;
	row = &report->hosts[report->host_count++];
	*row = (struct report_host){
		.sessions = host->sessions, .calls = host->calls,
		.last = host->last,
	};
	return copy(&row->host, host->host) &&
	       copy(&row->kernel, host->kernel) &&
	       copy(&row->libc, host->libc) ? 0 : -ENOMEM;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct report_host *x = a, *y = b;

	return strcmp(x->host, y->host);
}

static int add_host_call(void *data, struct base_call call, const char *host)
{
	struct report *report = data;
	struct report_call *row = report_find(report, call);
	struct report_host key = {.host = (char *)host}, *found = NULL;

	if (row && report->hosts)
		found = bsearch(&key, report->hosts, report->host_count,
				sizeof(key), compare_hosts);
	if (!found)
		return 0;
	row->hosts++;
	row->host = (uint32_t)(found - report->hosts);
	return 0;
}

/* By name, and what each of them saw alone. */
static int gather_hosts(struct db *db, struct report *report,
			struct error *err)
{
	int result = db_each_host(db, report->program, add_host, report, err);

	if (result < 0)
		return result;
	result = db_each_host_call(db, report->program, add_host_call, report,
				   err);
	for (size_t i = 0; i < report->call_count; i++)
		if (report->calls[i].hosts == 1)
			report->hosts[report->calls[i].host].alone++;
	return result;
}

/* ---- what it may lack --------------------------------------------------- */

/* What a decision keeps off the list is not suggested. */
static int add_refused(void *data, const struct db_decided *row)
{
	if (row->decision != DB_DROP && row->decision != DB_NEVER &&
	    row->decision != DB_STUB)
		return 0;
	return profiles_set_add(data, row->call);
}

static int gather_suggestions(struct db *db, struct report *report,
			      struct error *err)
{
	cleanup_profiles_set struct profiles_set listed = {0}, refused = {0};
	int result = 0;

	for (size_t i = 0; i < report->entry_count && result == 0; i++)
		result = profiles_set_add(&listed, report->entries[i].call);
	if (result == 0)
		result = db_each_decision(db, report->program, add_refused,
					  &refused, err);
	if (result == 0)
		result = profiles_suggest(&listed, &refused,
					  &report->suggestions,
					  &report->suggestion_count);
	return result;
}

int report_gather_more(struct db *db, struct report *report, struct error *err)
{
	int result;

	base_error(err, ENOMEM, "out of memory");
	result = gather_hosts(db, report, err);
	if (result == 0)
		result = changes_read(&report->changes, db, report->program,
				      NULL, NULL, NULL, err);
	changes_name(&report->changes, NULL, base_now_monotonic() + 1000000,
		     false);
	base_error(err, ENOMEM, "out of memory");
	if (result == 0)
		result = gather_suggestions(db, report, err);
	return result;
}

void report_free_more(struct report *report)
{
	for (size_t i = 0; i < report->executable_count; i++) {
		free(report->executables[i].path);
		free(report->executables[i].calls);
	}
	for (size_t i = 0; i < report->host_count; i++) {
		free(report->hosts[i].host);
		free(report->hosts[i].kernel);
		free(report->hosts[i].libc);
	}
	free(report->executables);
	changes_free(&report->changes);
	free(report->hosts);
	free(report->suggestions);
}
