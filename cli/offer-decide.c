/* SPDX-License-Identifier: MIT */
/*
 * offer-decide: answers become decisions in the store, at once and each with
 * what was decided together as one, so that one undo takes it back. What came
 * of it is said on stderr.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/offer.h"
#include "enforce/enforce.h"

enum { SHOWN = 8 };	/* calls in a sentence */

static int decide(struct db *db, const char *program,
		  enum db_decision decision, const struct base_call *calls,
		  size_t count, struct error *err)
{
	return db_decide(db, program, decision, calls, count, DB_REVIEWED,
			 cli_author(), err);
}

/* "time (201, x86_64)"; of several "time, i386:time and 3 more". */
static void print_calls(const struct base_call *calls, size_t count)
{
	char label[64];

	if (count == 1)
		fputs(cli_call_label(label, sizeof(label), *calls), stderr);
	for (size_t i = 0; count > 1 && i < count && i < SHOWN; i++)
		fprintf(stderr, "%s%s", i ? ", " : "",
			cli_call_word(label, sizeof(label), calls[i]));
	if (count > SHOWN)
		fprintf(stderr, " and %zu more", count - SHOWN);
}

static void tell(const char *program, const struct base_call *calls,
		 size_t count, const char *what, const char *rest)
{
	char name[256];

	print_calls(calls, count);
	fprintf(stderr, " %s %s %s%s\n", count == 1 ? "is" : "are", what,
		base_printable(name, sizeof(name), program), rest);
}

int offer_allow(struct db *db, const char *program,
		const struct profiles_set *set, struct error *err)
{
	int ret;

	if (!set->count)
		return 0;
	ret = decide(db, program, DB_ALLOW, set->calls, set->count, err);
	if (ret == 0)
		tell(program, set->calls, set->count, "on the whitelist of",
		     " from its next start on");
	return ret;
}

/* ---- siblings --------------------------------------------------------- */

/* What a person took off the list stays off it. */
static int take_refused(void *data, const struct db_decided *row)
{
	if (row->decision != DB_DROP && row->decision != DB_NEVER)
		return 0;
	return profiles_set_add(data, row->call);
}

/* What is dangerous is never added unseen. */
static int add_siblings(const struct base_siblings *siblings,
			const struct profiles_set *passed,
			struct profiles_set *set)
{
	for (size_t i = 0; i < siblings->count; i++) {
		struct base_call call = siblings->calls[i];

		if (!profiles_set_has(passed, call) &&
		    !profiles_is_baseline(call) && !enforce_dangerous(call) &&
		    profiles_set_add(set, call) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int allow_siblings(struct db *db, const struct db_pending *pending,
			  struct error *err)
{
	cleanup_profiles_set struct profiles_set list = {0}, set = {0};
	struct base_siblings siblings;
	int ret = db_whitelist(db, pending->program, &list, err);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	base_error(err, ENOMEM, "out of memory");
	ret = db_each_decision(db, pending->program, take_refused, &list, err);
	if (ret == 0)
		ret = profiles_set_add(&set, pending->call);
	for (size_t i = 0; ret == 0 &&
	     base_call_siblings(pending->call, i, &siblings); i++)
		if (siblings.tier != 'C' &&
		    strcmp(siblings.relation, "errno") != 0)
			ret = add_siblings(&siblings, &list, &set);
	return ret < 0 ? ret : offer_allow(db, pending->program, &set, err);
}

/* ---- answers ---------------------------------------------------------- */

static int allow(struct db *db, const struct db_pending *pending,
		 bool with_siblings, struct error *err)
{
	struct base_call call = pending->call;
	const struct profiles_set one = {.calls = &call, .count = 1};
	char besides[512];
	int ret = 0;

	if (offer_asks(pending))
		ret = with_siblings ? allow_siblings(db, pending, err) :
				      offer_allow(db, pending->program, &one,
						  err);
	offer_besides(besides, sizeof(besides), pending);
	if (ret == 0 && *besides)
		fprintf(stderr, "%s\n", besides);
	return ret;
}

int offer_decide(struct db *db, const struct db_pending *pending,
		 enum offer_answer answer, struct error *err)
{
	int ret;

	if (answer == OFFER_YES || answer == OFFER_SIBLINGS)
		return allow(db, pending, answer == OFFER_SIBLINGS, err);
	if (answer != OFFER_NEVER)
		return 0;
	ret = decide(db, pending->program, DB_NEVER, &pending->call, 1, err);
	if (ret == 0)
		tell(pending->program, &pending->call, 1, "never allowed to",
		     ", and not told of any more");
	return ret;
}

static int is_call(void *data, const struct db_pending *pending)
{
	const struct base_call *call = data;

	return base_call_compare(&pending->call, call) == 0;
}

int offer_waits(struct db *db, const struct db_pending *pending,
		struct error *err)
{
	struct base_call call = pending->call;

	return db_each_pending(db, pending->program, 0, is_call, &call, err);
}

void offer_tell_gone(const struct db_pending *pending)
{
	char label[64], name[256];

	fprintf(stderr, "%s of %s waits no longer: it was decided on, or "
		"forgotten, elsewhere\n",
		cli_call_label(label, sizeof(label), pending->call),
		base_printable(name, sizeof(name), pending->program));
}

int offer_settle(struct db *db, const struct db_pending *pending,
		 enum offer_answer answer, struct error *err)
{
	int ret = offer_waits(db, pending, err);

	if (ret == 0)
		offer_tell_gone(pending);
	if (ret <= 0)
		return ret;
	ret = offer_decide(db, pending, answer, err);
	return ret < 0 ? ret : 1;
}

/* ---- undo ------------------------------------------------------------- */

static const char *was_text(enum db_decision decision)
{
	switch (decision) {
	case DB_ALLOW: return "allowed";
	case DB_DROP: return "dropped";
	case DB_NEVER: return "never";
	case DB_STUB: return "stubbed";
	case DB_NONE: break;
	}
	return "undecided";
}

static const char *is_text(enum db_decision decision)
{
	switch (decision) {
	case DB_ALLOW: return "it is on the whitelist again";
	case DB_DROP: return "it is off the whitelist again";
	case DB_NEVER: return "it is never allowed again, and not told of";
	case DB_STUB: return "it is answered an error again, without a word";
	case DB_NONE: break;
	}
	return "nothing is decided on it any more";
}

void offer_tell_undone(const struct db_undone *undone, size_t count)
{
	char name[256], label[64], when[32], who[64];
	size_t i;

	for (i = 0; i < count && i < SHOWN; i++)
		fprintf(stderr, "%s of %s: '%s' by %s, %s, is taken back; "
			"%s\n",
			cli_call_label(label, sizeof(label), undone[i].call),
			base_printable(name, sizeof(name), undone[i].program),
			was_text(undone[i].was),
			base_printable(who, sizeof(who), undone[i].who),
			cli_short_time(when, sizeof(when), undone[i].decided),
			is_text(undone[i].is));
	if (count > i)
		fprintf(stderr, "and so are %zu more\n", count - i);
}
