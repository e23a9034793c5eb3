/* SPDX-License-Identifier: MIT */
/*
 * why: what there is to know before a call is allowed: what it does, who else
 * needs it, what it costs, what comes with it, and who made it, where and when.
 * A line each, and none for what is not known.
 */
#include <inttypes.h>
#include <pwd.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/offer.h"
#include "enforce/enforce.h"

enum { SHOWN = 16 };	/* siblings */

static void line(FILE *out, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void line(FILE *out, const char *label, const char *format, ...)
{
	va_list list;

	fprintf(out, "  %-11s ", label);
	va_start(list, format);
	vfprintf(out, format, list);
	va_end(list);
	fputc('\n', out);
}

/* ---- the call --------------------------------------------------------- */

static void print_call(FILE *out, const struct db_pending *pending)
{
	const char *help = base_call_help(pending->call);
	const char *since = base_call_since(pending->call);
	const char *cost = offer_cost(pending), *risk_why;
	unsigned risk = base_call_risk(pending->call, &risk_why);
	struct base_prior prior;

	if (help)
		line(out, "does:", "%s%s%s%s", help, since ? " (Linux " : "",
		     since ? since : "", since ? ")" : "");
	else
		line(out, "does:", "not known");
	if (!base_call_prior(pending->call, &prior))
		line(out, "used by:", "none of the known programs");
	else
		line(out, "used by:", "%u of %u known programs, %u of which "
		     "cannot do without", prior.used, prior.programs,
		     prior.needed);
	if (cost)
		line(out, "dangerous:", "%s", cost);
	line(out, "risk:", "%u of 10%s%s", risk, risk_why ? ": it " : "",
	     risk_why ? risk_why : "");
}

/* ---- what comes with it ----------------------------------------------- */

static void print_words(FILE *out, const struct profiles_set *set)
{
	char word[64];

	for (size_t i = 0; i < set->count && i < SHOWN; i++)
		fprintf(out, "%s%s", i ? ", " : "",
			cli_call_word(word, sizeof(word), set->calls[i]));
	if (set->count > SHOWN)
		fprintf(out, " and %zu more", set->count - SHOWN);
}

static int collect_siblings(struct base_call call,
			    const struct profiles_set *list,
			    struct profiles_set *there,
			    struct profiles_set *missing)
{
	struct base_siblings siblings;

	for (size_t i = 0; base_call_siblings(call, i, &siblings); i++) {
		if (strcmp(siblings.relation, "errno") == 0)
			continue;
		for (size_t j = 0; j < siblings.count; j++) {
			struct base_call other = siblings.calls[j];
			bool has = profiles_set_has(list, other) ||
				   profiles_is_baseline(other);

			if (profiles_set_add(has ? there : missing, other) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* *OF is the listed call that CALL does the work of. */
static bool find_sibling(const struct profiles_set *list,
			 struct base_call call, struct base_call *of)
{
	const struct profiles_set none = {0};
	cleanup_free struct profiles_sibling *rows = NULL;
	size_t count;

	if (profiles_siblings(list, &none, &rows, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (base_call_compare(&rows[i].call, &call) == 0) {
			*of = rows[i].of;
			return base_call_compare(of, &call) != 0;
		}
	return false;
}

char *offer_sibling(char *out, size_t size, struct db *db,
		    const struct db_pending *pending)
{
	cleanup_profiles_set struct profiles_set list = {0};
	struct base_call of;
	char word[64];

	*out = '\0';
	if (db_whitelist(db, pending->program, &list, NULL) == 0 &&
	    find_sibling(&list, pending->call, &of))
		snprintf(out, size, "a sibling of %s, which is on the "
			 "whitelist", cli_call_word(word, sizeof(word), of));
	return out;
}

static int print_siblings(FILE *out, struct db *db,
			  const struct db_pending *pending, struct error *err)
{
	cleanup_profiles_set struct profiles_set list = {0};
	cleanup_profiles_set struct profiles_set there = {0}, missing = {0};
	int ret = db_whitelist(db, pending->program, &list, err);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (collect_siblings(pending->call, &list, &there, &missing) < 0)
		return base_error(err, ENOMEM, "out of memory");
	if (!there.count && !missing.count)
		return 0;
	fprintf(out, "  %-11s ", "comes with:");
	print_words(out, &there);
	if (there.count)
		fprintf(out, " (on the list)%s", missing.count ? "; " : "");
	print_words(out, &missing);
	if (missing.count)
		fputs(" (not on it)", out);
	fputc('\n', out);
	return 0;
}

/* ---- the list --------------------------------------------------------- */

/* Why it may well be missing from what was learned. */
static int print_odds(FILE *out, struct db *db,
		      const struct db_pending *pending, struct error *err)
{
	cleanup_complete struct complete complete = {0};
	char text[256];
	int ret = suggest_reason(db, pending->program, pending->call, text,
				 sizeof(text), err);

	if (ret >= 0 && *text)
		line(out, "likely:", "%s", text);
	if (ret >= 0)
		ret = complete_read(db, pending->program, &complete, err);
	if (ret >= 0 && *complete_odds(text, sizeof(text), &complete.estimate))
		line(out, "learned in:", "%s", text);
	return ret;
}

/* ---- the denial ------------------------------------------------------- */

static void print_place(FILE *out, const struct profiles_denial *latest)
{
	char code[320], values[256];

	if (*latest->code)
		line(out, "made in:", "%s", base_printable(code, sizeof(code),
							   latest->code));
	else if (latest->ip)
		line(out, "made in:", "not known, at 0x%" PRIx64, latest->ip);
	else
		line(out, "made in:", "not known");
	cli_values_text(values, sizeof(values), latest);
	if (*values)
		line(out, "arguments:", "%s", values);
}

/* Users of another host have other names. */
static void print_who(FILE *out, const struct profiles_denial *latest)
{
	bool elsewhere = offer_is_elsewhere(latest);
	const struct passwd *user = elsewhere ? NULL : getpwuid(latest->uid);
	char exe[1024], comm[64], name[64] = "", host[65] = "";

	base_printable(exe, sizeof(exe), *latest->exe ? latest->exe :
		       "a program that is not known");
	base_printable(comm, sizeof(comm), latest->comm);
	if (user)
		base_printable(name, sizeof(name), user->pw_name);
	if (elsewhere)
		base_printable(host, sizeof(host), latest->host);
	line(out, "made by:", "%s%s%s%s, process %d, user %s%s%u%s%s%s", exe,
	     *comm ? " (" : "", comm, *comm ? ")" : "", (int)latest->pid, name,
	     *name ? " (" : "", latest->uid, *name ? ")" : "",
	     *host ? ", on " : "", host);
}

static void print_when(FILE *out, const struct db_pending *pending)
{
	const struct profiles_denial *latest = pending->latest;
	char first[32], last[32], source[16];

	cli_short_time(first, sizeof(first), pending->first_time);
	cli_short_time(last, sizeof(last), pending->last_time);
	base_printable(source, sizeof(source), *latest->source ?
		       latest->source : "jail");
	if (strcmp(first, last) == 0)
		line(out, "when:", "%" PRIu64 " time%s, %s", pending->count,
		     cli_plural(pending->count, "s"), first);
	else
		line(out, "when:", "%" PRIu64 " time%s, from %s to %s",
		     pending->count, cli_plural(pending->count, "s"), first,
		     last);
	line(out, "known from:", "%s%s", source, pending->forgeable ?
	     ", which any local user can write" : "");
}

/* ---- what was decided ------------------------------------------------- */

struct earlier {
	FILE *out;
	struct base_call call;
};

static int print_decision(void *data, const struct db_decided *row)
{
	const struct earlier *earlier = data;
	char when[32], who[64];

	if (base_call_compare(&row->call, &earlier->call) != 0)
		return 0;
	line(earlier->out, "decided:", "%s by %s, %s",
	     db_decision_name(row->decision),
	     base_printable(who, sizeof(who), row->who ? row->who : "somebody"),
	     cli_short_time(when, sizeof(when), row->time));
	return 1;
}

static int print_earlier(FILE *out, struct db *db,
			 const struct db_pending *pending, struct error *err)
{
	struct earlier earlier = {out, pending->call};
	char besides[1200];
	int ret = db_each_decision(db, pending->program, print_decision,
				   &earlier, err);

	offer_besides(besides, sizeof(besides), pending);
	if (ret >= 0 && *besides)
		line(out, "to allow:", "%s", besides);
	return ret < 0 ? ret : 0;
}

int offer_why(FILE *out, struct db *db, const struct db_pending *pending,
	      struct error *err)
{
	int ret;

	print_call(out, pending);
	ret = print_siblings(out, db, pending, err);
	if (ret >= 0)
		ret = print_odds(out, db, pending, err);
	if (ret < 0)
		return ret;
	print_place(out, pending->latest);
	print_who(out, pending->latest);
	print_when(out, pending);
	return print_earlier(out, db, pending, err);
}
