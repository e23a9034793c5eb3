/* SPDX-License-Identifier: MIT */
/*
 * offer: what waits for a decision, in words and as an object; the keys; and
 * what stands in the way of a yes. Nothing here changes anything:
 * offer-decide.c does.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "cli/offer.h"
#include "enforce/enforce.h"

#define DAY INT64_C(86400000000)

/* ---- the sentence ----------------------------------------------------- */

/* "14:02", of more than a day ago "2026-11-22 14:02". */
static const char *time_of(char *out, size_t size, int64_t when)
{
	int64_t age = base_now() - when;

	cli_short_time(out, size, when);
	return age > -DAY && age < DAY && strlen(out) > 11 ? out + 11 : out;
}

static void what_happened(const struct profiles_denial *denial, char *out,
			  size_t size)
{
	bool by_jail = !*denial->source || strcmp(denial->source, "jail") == 0;
	char call[64], code[BASE_ERRNO_TEXT];
	int number = denial->action_errno;	/* records do not have it */

	cli_call_label(call, sizeof(call), denial->call);
	switch (denial->action) {
	case PROFILES_KILLED:
		snprintf(out, size, "was killed at %s", call);
		break;
	case PROFILES_ERRNO:
		snprintf(out, size, "failed%s%s at %s", number ? " with " : "",
			 number ? base_errno_text(number, code) : "", call);
		break;
	case PROFILES_LOGGED:
		snprintf(out, size, "made %s, which %s", call, by_jail ?
			 "is not on its whitelist" : "its filter logs");
		break;
	case PROFILES_TRAPPED:
		snprintf(out, size, "was sent SIGSYS at %s", call);
		break;
	case PROFILES_NOTIFIED:
		snprintf(out, size, "asked its supervisor for %s", call);
		break;
	case PROFILES_TRACED:
	case PROFILES_ACTION_COUNT:
		snprintf(out, size, "had %s skipped for want of a tracer",
			 call);
		break;
	}
}

bool offer_is_elsewhere(const struct profiles_denial *denial)
{
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	return *denial->host && strcmp(denial->host, host) != 0;
}

/* The kernel tells truly what became of a process, but the path of its program
 * is whatever its user has made of it. */
bool offer_is_anothers(const struct profiles_denial *denial)
{
	return *denial->source && strcmp(denial->source, "jail") != 0 &&
	       denial->uid != geteuid();
}

static void add_doubt(const struct db_pending *pending, char *out, size_t size)
{
	size_t used = strlen(out);

	out += used;
	size -= used;
	if (pending->forgeable)
		snprintf(out, size, " (says a log that any local user can "
			 "write)");
	else if (pending->latest->uid == (uid_t)-1)
		snprintf(out, size, " (of a user that is not known)");
	else if (offer_is_anothers(pending->latest))
		snprintf(out, size, " (another user's: %u)",
			 (unsigned)pending->latest->uid);
}

char *offer_text(char *out, size_t size, const struct db_pending *pending)
{
	const struct profiles_denial *latest = pending->latest;
	bool elsewhere = offer_is_elsewhere(latest);
	char name[256], host[65], what[160], since[32], times[64];
	const char *when = time_of(since, sizeof(since), pending->first_time);

	if (pending->count == 1)
		snprintf(times, sizeof(times), "once, at %s", when);
	else
		snprintf(times, sizeof(times), "%" PRIu64 " times since %s",
			 pending->count, when);
	what_happened(latest, what, sizeof(what));
	snprintf(out, size, "%s%s%s %s, %s",
		 base_printable(name, sizeof(name), pending->program),
		 elsewhere ? " on " : "", elsewhere ?
			base_printable(host, sizeof(host), latest->host) : "",
		 what, times);
	add_doubt(pending, out, size);
	return out;
}

/* ---- the question ----------------------------------------------------- */

const char *offer_question(bool more)
{
	return more ? "Allow it? [y]es [n]ever [l]ater [w]hy [q]uit "
		      "[a]ll [s]iblings [u]ndo [?] " :
		      "Allow it? [y]es [n]ever [l]ater [w]hy [q]uit ";
}

enum offer_answer offer_key(int key, bool more)
{
	switch (tolower(key)) {
	case 'y': return OFFER_YES;
	case 'n': return OFFER_NEVER;
	case 'l': return OFFER_LATER;
	case 'w': return OFFER_WHY;
	case 'q': return OFFER_QUIT;
	case 'a': return more ? OFFER_ALL : OFFER_NONE;
	case 's': return more ? OFFER_SIBLINGS : OFFER_NONE;
	case 'u': return more ? OFFER_UNDO : OFFER_NONE;
	}
	return OFFER_NONE;
}

/* ---- what stands in the way ------------------------------------------- */

bool offer_asks(const struct db_pending *pending)
{
	return !pending->listed && pending->call.arch != BASE_ARCH_X32;
}

const char *offer_cost(const struct db_pending *pending)
{
	const struct profiles_denial *latest = pending->latest;

	return latest->has_arguments ?
		       enforce_dangerous_use(pending->call, latest->arguments) :
		       enforce_dangerous(pending->call);
}

const char *offer_obstacle(const struct db_pending *pending)
{
	static char dropped[64];
	char when[32];

	if (pending->call.arch == BASE_ARCH_X32)
		return "x32";
	if (offer_cost(pending))
		return "dangerous";
	if (pending->listed)
		return profiles_argument_rule(pending->call)->count ?
			       "arguments" : "on the whitelist";
	if (pending->forgeable)
		return "forgeable";
	if (offer_is_anothers(pending->latest))
		return "another user's";
	if (!pending->decided || pending->decision != DB_DROP)
		return NULL;
	snprintf(dropped, sizeof(dropped), "dropped %s",
		 cli_short_time(when, sizeof(when), pending->decided_at));
	return dropped;
}

/* It may have been refused for its arguments, or by a filter that is older
 * than the list. */
static void listed_text(const struct db_pending *pending, char *out,
			size_t size)
{
	const struct cli_words words = {
		.verb = "learn", .program = pending->program,
	};
	char learn[1024], values[256];

	if (!profiles_argument_rule(pending->call)->count) {
		snprintf(out, size, "it is on the whitelist, which counts "
			 "from the next start on, and unless the profile has a "
			 "seccomp.keep of its own");
		return;
	}
	cli_values_text(values, sizeof(values), pending->latest);
	snprintf(out, size, "it is on the whitelist, but not with these "
		 "arguments%s%s%s, or only since the program runs; to allow "
		 "them: %s", *values ? " (" : "", values, *values ? ")" : "",
		 cli_command_text(learn, sizeof(learn), &words));
}

char *offer_besides(char *out, size_t size, const struct db_pending *pending)
{
	const char *cost = offer_cost(pending);
	char number[12];

	*out = '\0';
	if (pending->call.arch == BASE_ARCH_X32)
		snprintf(out, size, "calls of x32 are never allowed");
	else if (cost)
		snprintf(out, size, "%sdangerous: %s; it takes "
			 "--seccomp.allow-dangerous=%s%s",
			 pending->listed ? "it is on the whitelist, but " : "",
			 cost, base_call_text(pending->call, number,
					      sizeof(number)),
			 pending->listed ? "" : " besides");
	else if (pending->listed)
		listed_text(pending, out, size);
	return out;
}

/* ---- as an object, and kept ------------------------------------------- */

json_t *offer_json(const struct db_pending *pending)
{
	json_t *object = cli_json_denial(pending->id, pending->program,
					 pending->latest);

	json_object_set_new(object, "count", cli_json_value(pending->count));
	json_object_set_new(object, "first_time",
			    cli_json_time(pending->first_time));
	json_object_set_new(object, "last_time",
			    cli_json_time(pending->last_time));
	json_object_set_new(object, "forgeable",
			    json_boolean(pending->forgeable));
	json_object_set_new(object, "listed", json_boolean(pending->listed));
	json_object_set_new(object, "dangerous",
			    cli_json_text(offer_cost(pending)));
	json_object_set_new(object, "obstacle",
			    cli_json_text(offer_obstacle(pending)));
	return object;
}

/* One piece of memory: the row, its denial, the name. */
struct kept {
	struct db_pending pending;
	struct profiles_denial denial;
	char program[];
};

struct db_pending *offer_keep(const struct db_pending *pending)
{
	size_t size = strlen(pending->program) + 1;
	struct kept *kept = malloc(sizeof(*kept) + size);

	if (!kept)
		return NULL;
	kept->pending = *pending;
	kept->denial = *pending->latest;
	memcpy(kept->program, pending->program, size);
	kept->pending.latest = &kept->denial;
	kept->pending.program = kept->program;
	return &kept->pending;
}

void offer_free(struct db_pending *pending)
{
	free(pending);
}
