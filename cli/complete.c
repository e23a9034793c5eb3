/* SPDX-License-Identifier: MIT */
/*
 * complete: how much of what a program calls is still unseen, in words. What
 * is estimated is a lower bound, for what no session ever does has no
 * probability; so nothing here says that a list has all.
 */
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "cli/complete.h"

enum {
	FEWEST = 3,		/* sessions for any estimate */
	ENOUGH = 5,		/* for one with chances */
	COLUMNS = 79
};

int complete_read(struct db *db, const char *program, struct complete *complete,
		  struct error *err)
{
	int ret = db_history(db, program, &complete->history, err);

	if (ret >= 0)
		profiles_estimate(&complete->history, &complete->estimate);
	return ret;
}

void complete_free(struct complete *complete)
{
	if (complete)
		profiles_history_free(&complete->history);
}

#define LIKELY 0.2

static unsigned percent(double share)
{
	return (unsigned)lround(share * 100);
}

/* ---- in words --------------------------------------------------------- */

/* "3 sessions: at least 96, perhaps 101-115": no more than that. */
static void say_few(char *out, size_t size,
		    const struct profiles_estimate *estimate)
{
	size_t low = estimate->observed + (size_t)lround(estimate->missing);
	size_t high = (size_t)estimate->high;
	char range[80] = "";

	if (low > estimate->observed && low < high)
		snprintf(range, sizeof(range), ", perhaps %zu-%zu", low, high);
	else if (high > estimate->observed)
		snprintf(range, sizeof(range), ", perhaps up to %zu", high);
	snprintf(out, size, "at least %zu calls%s", estimate->observed, range);
}

static void say_news(char *out, size_t size,
		     const struct profiles_estimate *estimate)
{
	if (estimate->chance < 1)
		snprintf(out, size, "the next session shows a new one in up to "
			 "%u %% of cases", percent(estimate->chance));
	else
		snprintf(out, size, "the next session may well show a new one");
}

static void say_missing(char *out, size_t size,
			const struct profiles_estimate *estimate)
{
	size_t low = (size_t)estimate->missing;
	size_t high = (size_t)estimate->high - estimate->observed;
	char more[80] = "", news[96];

	say_news(news, sizeof(news), estimate);
	if (low && high > low)
		snprintf(more, sizeof(more), ", at least %zu and up to %zu "
			 "more", low, high);
	else if (high)
		snprintf(more, sizeof(more), ", perhaps up to %zu more", high);
	snprintf(out, size, "%zu call%s%s; %s", estimate->observed,
		 cli_plural(estimate->observed, "s"), more, news);
}

static void say_quiet(char *out, size_t size,
		      const struct profiles_estimate *estimate)
{
	size_t calls = estimate->observed;

	snprintf(out, size, "%zu call%s, no new one in the last %u "
		 "session%s; chance of one in the next below %u %%", calls,
		 cli_plural(calls, "s"), estimate->quiet,
		 cli_plural(estimate->quiet, "s"),
		 percent(estimate->quiet_chance));
}

static void say_too_few(char *out, size_t size,
			const struct profiles_estimate *estimate)
{
	size_t calls = estimate->observed;

	snprintf(out, size, "%zu call%s; run %u more, with different work, and "
		 "jail estimates how many are missing", calls,
		 cli_plural(calls, "s"), FEWEST - estimate->sessions);
}

char *complete_words(char *out, size_t size,
		     const struct profiles_estimate *estimate)
{
	unsigned m = estimate->sessions;
	char text[256];

	if (!estimate->known && m < FEWEST)
		say_too_few(text, sizeof(text), estimate);
	else if (!estimate->known)
		snprintf(text, sizeof(text), "no calls");
	else if (m < ENOUGH)
		say_few(text, sizeof(text), estimate);
	else if (estimate->missing < 1 && estimate->quiet)
		say_quiet(text, sizeof(text), estimate);
	else
		say_missing(text, sizeof(text), estimate);
	snprintf(out, size, "%u session%s: %s", m, cli_plural(m, "s"), text);
	return out;
}

char *complete_warning(char *out, size_t size,
		       const struct complete *complete)
{
	const struct profiles_estimate *estimate = &complete->estimate;
	size_t left = complete->history.visit_count - estimate->sessions;
	char same[128] = "", cut[128] = "";

	if (estimate->known && estimate->workloads * 2 < estimate->sessions)
		snprintf(same, sizeof(same), "only %u of the %u sessions had "
			 "different command lines: of other work this says "
			 "nothing", estimate->workloads, estimate->sessions);
	if (left)
		snprintf(cut, sizeof(cut), "%s%zu %ssession%s cut short and "
			 "%s not count", *same ? "; " : "", left,
			 estimate->sessions ? "more " : "",
			 left == 1 ? " was" : "s were",
			 left == 1 ? "does" : "do");
	snprintf(out, size, "%s%s", same, cut);
	return out;
}

char *complete_outlook(char *out, size_t size,
		       const struct profiles_estimate *estimate)
{
	unsigned known = percent(estimate->coverage);

	*out = '\0';
	if (!estimate->known || estimate->sessions < ENOUGH)
		return out;
	snprintf(out, size, "of what such a session calls %s %u %% is known",
		 known > 99 ? "over" : "about", known > 99 ? 99 : known);
	return out;
}

char *complete_odds(char *out, size_t size,
		    const struct profiles_estimate *estimate)
{
	unsigned m = estimate->sessions;
	double chance = estimate->missing < 1 && estimate->quiet ?
		estimate->quiet_chance : estimate->chance;

	*out = '\0';
	if (m && (!estimate->known || chance >= LIKELY))
		snprintf(out, size, "%u session%s: something new is likely", m,
			 cli_plural(m, "s"));
	else if (m)
		snprintf(out, size, "%u sessions: something new in up to %u %% "
			 "of cases", m, percent(chance));
	return out;
}

/* ---- for people --------------------------------------------------------- */

void complete_put(FILE *out, const char *text)
{
	size_t column = 0, length;

	for (; *text; text += length + (text[length] == ' ')) {
		length = strcspn(text, " ");
		if (column && column + 1 + length > COLUMNS) {
			fputs("\n  ", out);
			column = 2;
		} else if (column) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, length, out);
		column += length;
	}
	if (column)
		fputc('\n', out);
}

static bool is_plain(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool plain = !locale ||
		     strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") != 0;

	if (locale)
		freelocale(locale);
	return plain;
}

void complete_print(FILE *out, const struct complete *complete)
{
	const struct profiles_history *history = &complete->history;
	char text[320];

	if (!history->visit_count)
		return;
	fputc('\n', out);
	complete_put(out, complete_words(text, sizeof(text),
					 &complete->estimate));
	complete_put(out, complete_outlook(text, sizeof(text),
					   &complete->estimate));
	complete_put(out, complete_warning(text, sizeof(text), complete));
	curve_print(out, history, is_plain());
}

/* ---- for programs ----------------------------------------------------- */

static json_t *visit_json(const struct profiles_visit *visit)
{
	return json_pack("{s:s, s:o, s:I, s:I, s:b}", "session", visit->session,
			 "started", cli_json_time(visit->started), "calls",
			 (json_int_t)visit->found, "new",
			 (json_int_t)visit->fresh, "counted", visit->counted);
}

static json_t *number(const struct profiles_estimate *estimate, double value)
{
	return estimate->known ? json_real(value) : json_null();
}

static json_t *chao2_json(const struct profiles_estimate *e)
{
	return json_pack("{s:o, s:o, s:o}",
			 "missing", number(e, e->chao2.missing),
			 "low", number(e, e->chao2.low),
			 "high", number(e, e->chao2.high));
}

static json_t *to_json(const struct complete *complete)
{
	const struct profiles_estimate *e = &complete->estimate;
	json_t *visits = json_array();
	char text[320];

	for (size_t i = 0; i < complete->history.visit_count; i++)
		json_array_append_new(visits, visit_json(
			&complete->history.visits[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o, s:I, s:f, s:s, s:o}",
			 "sessions", (json_int_t)e->sessions,
			 "workloads", (json_int_t)e->workloads,
			 "observed", (json_int_t)e->observed,
			 "once", (json_int_t)e->once,
			 "twice", (json_int_t)e->twice,
			 "missing", number(e, e->missing),
			 "low", number(e, e->low),
			 "high", number(e, e->high),
			 "chao2", chao2_json(e),
			 "coverage", number(e, e->coverage),
			 "next", number(e, e->next),
			 "chance", number(e, e->chance),
			 "quiet", (json_int_t)e->quiet,
			 "quiet_chance", e->quiet_chance,
			 "text", complete_words(text, sizeof(text), e),
			 "history", visits);
}

int complete_add_json(struct db *db, const char *program, json_t *object,
		      struct error *err)
{
	cleanup_complete struct complete complete = {0};
	json_t *suggestions = NULL;
	int ret = complete_read(db, program, &complete, err);

	if (ret == 0)
		ret = suggest_json(db, program, &suggestions, err);
	json_object_set_new(object, "estimate", to_json(&complete));
	json_object_set_new(object, "suggestions", suggestions);
	return ret;
}
