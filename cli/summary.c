/* SPDX-License-Identifier: MIT */
/*
 * The end of a training: what was called, how complete the numbers are, what
 * was new, and what to do next.
 */
#include <string.h>
#include <sys/stat.h>

#include "cli/complete.h"
#include "cli/session.h"

enum { LOSERS_SHOWN = 3, SUGGESTED = 10 };

static const char *const limit_names[] = {
	[LEARN_TIME_LIMIT] = "time", [LEARN_QUIET_LIMIT] = "quiet",
};

/* ---- for people: the table -------------------------------------------- */

static int most_calls_first(const void *a, const void *b)
{
	const struct profiles_observation *x = a, *y = b;

	if (x->calls != y->calls)
		return x->calls < y->calls ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

/* Returns whether a number is a lower bound. */
static bool print_row(const struct profiles_observation *row)
{
	bool bound = row->partial || row->returns < row->calls;
	char label[64], errors[24] = "";

	if (row->errors || bound)
		snprintf(errors, sizeof(errors), "%llu%s",
			 (unsigned long long)row->errors, bound ? "+" : " ");
	fprintf(stderr, "%10llu%c %10s  %s\n", (unsigned long long)row->calls,
		row->partial ? '+' : ' ', errors,
		cli_call_word(label, sizeof(label), row->call));
	return bound;
}

static bool print_table(const struct totals *totals)
{
	size_t size = totals->row_count * sizeof(*totals->rows);
	cleanup_free struct profiles_observation *rows = malloc(size);
	bool bound = false;

	if (!rows || !totals->row_count)
		return false;
	memcpy(rows, totals->rows, size);
	qsort(rows, totals->row_count, sizeof(*rows), most_calls_first);
	fprintf(stderr, "%10s  %9s   %s\n", "calls", "errors", "call");
	for (size_t i = 0; i < totals->row_count; i++)
		bound |= print_row(&rows[i]);
	return bound;
}

/* ---- below it --------------------------------------------------------- */

static void print_set(const char *title, const struct profiles_set *set)
{
	char label[64];
	int column = fprintf(stderr, "%s:", title);

	for (size_t i = 0; i < set->count; i++) {
		cli_call_word(label, sizeof(label), set->calls[i]);
		if (column + 1 + (int)strlen(label) > 79)
			column = fprintf(stderr, "\n   ") - 1;
		column += fprintf(stderr, " %s", label);
	}
	fputc('\n', stderr);
}

/* Known calls of which none was counted. */
static size_t count_uncounted(const struct totals *totals)
{
	size_t count = totals->uncounted.count;

	for (size_t i = 0; i < totals->row_count; i++)
		count -= profiles_set_has(&totals->uncounted,
					  totals->rows[i].call);
	return count;
}

/* "ls: 24 calls seen in 00:01, 24 of them new". Where most calls passed freely,
 * few were seen, and that is well. */
static void print_total(const struct totals *totals, const char *program)
{
	unsigned seconds = (unsigned)(totals->elapsed / 1000000);
	size_t new = totals->new.count, free = count_uncounted(totals);
	char some[32] = "none", fresh[48] = "nothing new", runs[32] = "";

	if (new) {
		snprintf(some, sizeof(some), "%zu", new);
		snprintf(fresh, sizeof(fresh), "%zu new call%s", new,
			 cli_plural(new, "s"));
	}
	if (totals->sessions > 1)
		snprintf(runs, sizeof(runs), " (%zu runs)", totals->sessions);
	if (free)
		fprintf(stderr, "%s: %s in %02u:%02u%s; %zu known call%s "
			"passed freely, uncounted (--full counts all)\n",
			program, fresh, seconds / 60, seconds % 60, runs, free,
			cli_plural(free, "s"));
	else
		fprintf(stderr, "%s: %zu call%s seen in %02u:%02u%s, %s of "
			"them new\n", program, totals->row_count,
			cli_plural(totals->row_count, "s"), seconds / 60,
			seconds % 60, runs, some);
}

/* What the file at PATH would have given: as it is now, not as it was. */
static const char *privilege(const char *path)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return "privileges";
	return file.st_mode & S_ISUID ? "set-user-ID privilege" :
	       file.st_mode & S_ISGID ? "set-group-ID privilege" :
					"file capabilities";
}

static void print_losers(const struct totals *totals,
			 const struct training *training)
{
	/* To what runs already no_new_privs is not done. */
	const char *cause = training->learn.pid_count && geteuid() != 0 ?
		", because you trace it; root may do so and leave it that" :
		" (no_new_privs), as under jail enforce";
	char path[512];
	size_t i, more;

	for (i = 0; i < totals->loser_count && i < LOSERS_SHOWN; i++)
		fprintf(stderr, "%s lost its %s%s\n",
			base_printable(path, sizeof(path), totals->losers[i]),
			privilege(totals->losers[i]), cause);
	more = totals->loser_count - i;
	if (more)
		fprintf(stderr, "so did %zu other executable%s%s\n", more,
			cli_plural(more, "s"),
			totals->more_losers ? " and more" : "");
}

const char *summary_limit(char *out, size_t size,
			  const struct training *training,
			  enum learn_limit limit)
{
	double quiet = (double)training->learn.quiet_limit / 1e6;

	if (limit == LEARN_QUIET_LIMIT)
		snprintf(out, size, "nothing new was called for %.10gs", quiet);
	else
		snprintf(out, size, "the time was up");
	return out;
}

/* Of several runs each has said it itself. */
static void print_end(const struct totals *totals,
		      const struct training *training)
{
	char text[64];

	if (totals->limited && totals->sessions == 1)
		fprintf(stderr, "%s%s\n",
			summary_limit(text, sizeof(text), training,
				      totals->limited),
			training->learn.pid_count ? "; what runs goes on" : "");
	else if (totals->interrupted && training->learn.pid_count)
		fputs("interrupted; what runs goes on\n", stderr);
	if (totals->lost)
		fputs("more different calls were made than are kept; the list "
		      "is not complete\n", stderr);
}

/* Whatever sessions of the profile saw before, starting up may be new: this one
 * has not seen it. */
static void print_next(const struct totals *totals,
		       const struct training *training)
{
	bool unstarted = training->learn.pid_count > 0;
	const struct cli_words words = {
		.verb = unstarted ? "learn" : "enforce",
		.common = training->common, .directives = true,
		.profile = training->profile, .name = training->program,
		.program = training->command,
	};
	char text[4200];

	if (totals->incomplete)
		fprintf(stderr, "the list is not complete; learn the rest "
			"with: %s\n",
			notice_remedy(text, sizeof(text), training));
	else if (!totals->listed)
		fputs(totals->dropped.count ? "the list is empty\n" :
		      "nothing was learned; give it more time\n", stderr);
	else
		fprintf(stderr, "%s: %s\n", unstarted ?
			"its start was not seen; learn that, too" :
			"run it confined",
			cli_command_text(text, sizeof(text), &words));
	if (unstarted && training->has_caps)
		fputs("it has capabilities; name those that it needs with "
		      "--caps.keep, since it is left no others\n", stderr);
}

/* What the sessions so far say of what they did not see. */
static int print_estimate(const struct training *training, struct error *err)
{
	cleanup_complete struct complete complete = {0};
	int ret = complete_read(training->db, training->program, &complete,
				err);
	char text[320];

	if (ret < 0 || !complete.history.visit_count)
		return ret;
	complete_put(stderr, complete_words(text, sizeof(text),
					    &complete.estimate));
	complete_put(stderr, complete_warning(text, sizeof(text), &complete));
	return 0;
}

int summary_print(const struct totals *totals, const struct training *training,
		  struct error *err)
{
	bool bound = print_table(totals);
	int ret;

	print_total(totals, training->program);
	if (bound)
		fputs("+ means at least so many; numbers without it are exact, "
		      "with --full all are\n", stderr);
	print_end(totals, training);
	print_losers(totals, training);
	refusals_print(training);
	if (totals->new.count)
		print_set("new", &totals->new);
	if (totals->dropped.count)
		print_set("seen, but dropped from the whitelist earlier "
			  "(jail add puts them back)", &totals->dropped);
	ret = print_estimate(training, err);
	if (ret >= 0 && training->suggest)
		ret = suggest_print(stderr, training->db, training->program,
				    training->common, SUGGESTED, err);
	print_next(totals, training);
	return ret;
}

/* ---- for programs ----------------------------------------------------- */

static json_t *row_json(const struct profiles_observation *row,
			const struct profiles_set *new)
{
	json_t *object = cli_json_call(row->call);

	json_object_set_new(object, "calls", cli_json_value(row->calls));
	json_object_set_new(object, "errors", cli_json_value(row->errors));
	json_object_set_new(object, "returns", cli_json_value(row->returns));
	json_object_set_new(object, "partial", json_boolean(row->partial));
	json_object_set_new(object, "new",
			    json_boolean(profiles_set_has(new, row->call)));
	return object;
}

int summary_json(const struct totals *totals,
		 const struct training *training, struct error *err)
{
	json_t *calls = json_array(), *losers = json_array(),
	       *sessions = json_array(), *object;

	for (size_t i = 0; i < totals->row_count; i++)
		json_array_append_new(calls, row_json(&totals->rows[i],
						      &totals->new));
	for (size_t i = 0; i < totals->loser_count; i++)
		json_array_append_new(losers,
				      cli_json_text(totals->losers[i]));
	for (size_t i = 0; i < totals->sessions; i++)
		json_array_append_new(sessions,
				      json_string(totals->uids[i]));
	object = json_pack(
		"{s:o, s:s, s:o, s:f, s:b, s:s?, s:o, s:o, s:o, s:o, s:o}",
		"program", cli_json_text(training->program),
		"session", totals->uids[totals->sessions - 1],
		"sessions", sessions,
		"seconds", (double)totals->elapsed / 1e6,
		"complete", !totals->lost && !totals->incomplete,
		"limited", limit_names[totals->limited],
		"total", cli_json_value(totals->total),
		"known", cli_json_value(totals->known),
		"passing", cli_json_value(count_uncounted(totals)),
		"lost_privileges", losers,
		"calls", calls);
	refusals_json(training, object);
	if (complete_add_json(training->db, training->program, object, err) <
	    0) {
		json_decref(object);
		return -err->code;
	}
	return cli_json_print(object, err);
}
