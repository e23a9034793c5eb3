/* SPDX-License-Identifier: MIT */
/*
 * Denials: who made the call, and how often it has been refused.
 *
 * A program whose calls fail with an errno may repeat them a hundred thousand
 * times a second. So only the first refusal of a call is looked into and told
 * at once; repeats are counted, and the sink hears of them once a second. What
 * the sink could not record at once, because another program keeps the store
 * busy, is counted as well and comes again. What a run keeps is bounded by the
 * calls that the table names, and by how many values of one are told apart.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "enforce/registry/registry.h"
#include "enforce/run/run.h"

#define FLUSH_EVERY 1000000 /* microseconds */

/* The number behind FIELD ("Tgid:") in the text of /proc/PID/status. The
 * kernel escapes newlines in the name that comes first. */
static bool status_field(const char *status, const char *field, long *value)
{
	const char *line = strstr(status, field);
	char *end;

	if (!line)
		return false;
	line += strlen(field);
	errno = 0;
	*value = strtol(line, &end, 10);
	return end != line && errno == 0;
}

static bool read_status(pid_t tid, char *text, size_t size)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	return base_read_file(path, text, size) > 0;
}

void enforce_denial_who(struct profiles_denial *denial, pid_t tid)
{
	char status[4096], path[32];
	long value;
	ssize_t n;

	denial->pid = tid;
	denial->uid = getuid();
	denial->exe[0] = denial->comm[0] = denial->code[0] = '\0';
	if (!base_proc_is_ours())
		return;
	if (read_status(tid, status, sizeof(status))) {
		if (status_field(status, "\nTgid:", &value))
			denial->pid = (pid_t)value;
		if (status_field(status, "\nUid:", &value))
			denial->uid = (uid_t)value;
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)tid);
	n = readlink(path, denial->exe, sizeof(denial->exe) - 1);
	denial->exe[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	base_read_file(path, denial->comm, sizeof(denial->comm));
	where_find(tid, denial->ip, denial->code, sizeof(denial->code));
}

void enforce_denial_when(struct profiles_denial *denial)
{
	struct utsname host;

	denial->time = base_now();
	denial->last_time = denial->time;
	if (uname(&host) == 0)
		snprintf(denial->host, sizeof(denial->host), "%.64s",
			 host.nodename);
	base_boot_id(denial->boot_id);
}

struct enforce_refusal *enforce_refusals_find(
	const struct enforce_refusals *refusals, struct base_call call,
	uint64_t detail, bool by_program)
{
	struct enforce_refusal *last = NULL;
	unsigned alike = 0;

	for (size_t i = 0; i < refusals->count; i++) {
		struct enforce_refusal *item = &refusals->items[i];

		if (item->by_program != by_program ||
		    base_call_compare(&item->first->call, &call) != 0)
			continue;
		if (item->detail == detail)
			return item;
		last = item;
		alike++;
	}
	return alike >= ENFORCE_DETAILS ? last : NULL;
}

void enforce_refusals_repeat(struct enforce_refusals *refusals,
			     struct enforce_refusal *item)
{
	refusals->total++;
	item->pending++;
	item->first->last_time = base_now();
	refusals->any_pending = true;
}

void enforce_refusals_first(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    const struct profiles_denial *denial,
			    uint64_t detail, bool by_program)
{
	struct enforce_refusal item = {
		.by_program = by_program, .detail = detail,
	}, *items;

	refusals->total++;
	if (sink->denial(sink->data, denial, by_program, false, &item.id) < 0)
		item.pending = denial->count;
	/* Without memory the next one will be a first one too. */
	item.first = malloc(sizeof(*item.first));
	items = reallocarray(refusals->items, refusals->count + 1,
			     sizeof(*items));
	if (items)
		refusals->items = items;
	if (!item.first || !items) {
		free(item.first);
		return;
	}
	*item.first = *denial;
	items[refusals->count++] = item;
	if (!item.pending || refusals->any_pending)
		return;
	refusals->any_pending = true;
	refusals->flushed = base_now_monotonic();
}

void enforce_refusals_flush(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    enum enforce_flush when)
{
	bool wait = when == ENFORCE_LAST;

	if (!refusals->any_pending ||
	    (when == ENFORCE_DUE && enforce_refusals_timeout(refusals) > 0))
		return;
	refusals->any_pending = false;
	for (size_t i = 0; i < refusals->count; i++) {
		struct enforce_refusal *item = &refusals->items[i];

		if (!item->pending)
			continue;
		item->first->count = item->pending;
		if (sink->denial(sink->data, item->first, item->by_program,
				 wait, &item->id) == 0) {
			item->pending = 0;
			continue;
		}
		refusals->any_pending = true;
		wait = false; /* it has waited once */
	}
	refusals->flushed = base_now_monotonic();
}

/* Until a second after THEN. */
static int until_next(int64_t then)
{
	int64_t left = then + FLUSH_EVERY - base_now_monotonic();

	return left > 0 ? (int)(left / 1000) + 1 : 0;
}

int enforce_refusals_timeout(const struct enforce_refusals *refusals)
{
	return refusals->any_pending ? until_next(refusals->flushed) : -1;
}

int enforce_refusals_note_timeout(const struct enforce_refusals *refusals)
{
	return refusals->total != refusals->noted ?
		until_next(refusals->noted_at) : -1;
}

void enforce_refusals_note(struct enforce_refusals *refusals,
			   const struct enforce_sandbox *sandbox,
			   enum enforce_flush when)
{
	int left = enforce_refusals_note_timeout(refusals);

	if (left < 0 || (left > 0 && when == ENFORCE_DUE))
		return;
	registry_denied(sandbox, refusals->total);
	if (sandbox->told) {
		uint64_t more = refusals->total - refusals->noted;

		(void)send(sandbox->told - 1, &more, sizeof(more),
			   MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	refusals->noted = refusals->total;
	refusals->noted_at = base_now_monotonic();
}

void enforce_refusals_leave(struct enforce_refusals *refusals)
{
	for (size_t i = 0; i < refusals->count; i++)
		refusals->items[i].pending = 0;
	refusals->any_pending = false;
}

void enforce_refusals_free(struct enforce_refusals *refusals)
{
	for (size_t i = 0; i < refusals->count; i++)
		free(refusals->items[i].first);
	free(refusals->items);
	*refusals = (struct enforce_refusals){0};
}
