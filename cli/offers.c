/* SPDX-License-Identifier: MIT */
/*
 * offers: looks in the store for denials that are new since it looked
 * last, whoever put them there, and tells or asks. On a terminal one question
 * stands at a time, the others wait; what was answered `later` is not asked
 * again by this watch. Elsewhere a denial is told when it comes, and again
 * while it comes, once a minute.
 */
#include <time.h>

#include "cli/watch.h"

#define AGAIN 60000000 /* microseconds */
#define KNOWN_MOST 65536

/* One that was told of, or asked about. */
struct offered {
	char *program;
	struct base_call call;
	uint64_t count;		/* when it was told last */
	int64_t told;		/* monotonic */
};

/* ---- what is known ---------------------------------------------------- */

static struct offered *find(const struct offers *offers,
			    const struct db_pending *pending)
{
	for (size_t i = 0; i < offers->count; i++)
		if (base_call_compare(&offers->known[i].call,
				      &pending->call) == 0 &&
		    strcmp(offers->known[i].program, pending->program) == 0)
			return &offers->known[i];
	return NULL;
}

static void note(struct offers *offers, const struct db_pending *pending)
{
	struct offered *offered = find(offers, pending);

	if (!offered && offers->count < KNOWN_MOST) {
		offered = reallocarray(offers->known, offers->count + 1,
				       sizeof(*offered));
		if (!offered)
			return;
		offers->known = offered;
		offered += offers->count;
		*offered = (struct offered){
			.program = strdup(pending->program),
			.call = pending->call,
		};
		if (!offered->program)
			return;
		offers->count++;
	}
	if (!offered)
		return;
	offered->count = pending->count;
	offered->told = base_now_monotonic();
}

/* Whether it is to be told of, now. */
static bool is_news(const struct offers *offers,
		    const struct db_pending *pending)
{
	const struct offered *offered = find(offers, pending);

	if (!offered)
		return true;
	return offers->keys.fd < 0 && pending->count > offered->count &&
	       base_now_monotonic() - offered->told >= AGAIN;
}

/* ---- looking ---------------------------------------------------------- */

static void forget_news(struct offers *offers)
{
	for (size_t i = 0; i < offers->news_count; i++)
		offer_free(offers->news[i]);
	base_free(&offers->news);
	offers->news_count = 0;
}

static int take(void *data, const struct db_pending *pending)
{
	struct offers *offers = data;
	struct db_pending **news;

	if (!is_news(offers, pending))
		return 0;
	news = reallocarray(offers->news, offers->news_count + 1,
			    sizeof(struct db_pending *));
	if (!news)
		return -ENOMEM;
	offers->news = news;
	news[offers->news_count] = offer_keep(pending);
	return news[offers->news_count++] ? 0 : -ENOMEM;
}

static int read_news(struct offers *offers, struct error *err)
{
	int ret;

	forget_news(offers);
	ret = db_each_pending(offers->db, NULL, offers->since, take, offers,
			      err);
	return ret == -ENOMEM ? base_error(err, ENOMEM, "out of memory") : ret;
}

/* ---- deciding --------------------------------------------------------- */

static int decide(struct offers *offers, const struct db_pending *pending,
		  enum offer_answer answer, struct error *err)
{
	int ret;

	db_patience(offers->db, WATCH_PATIENCE_DECIDING);
	ret = offer_settle(offers->db, pending, answer, err);
	db_patience(offers->db, WATCH_PATIENCE);
	return ret < 0 ? ret : 0;
}

/* Where the store is busy for longer, it is left to jail review. */
static int allow(struct offers *offers, const struct db_pending *pending,
		 struct error *err)
{
	int ret = decide(offers, pending, OFFER_YES, err);

	if (ret != -EBUSY)
		return ret;
	cli_fail(CLI_FAILED, err);
	return 0;
}

/* ---- telling ---------------------------------------------------------- */

static int print(const struct offers *offers, const struct db_pending *pending,
		 struct error *err)
{
	char text[2048], when[32];
	time_t seconds = (time_t)(pending->last_time / 1000000);
	struct tm tm = {0};

	if (offers->options->common.json)
		return cli_json_print(offer_json(pending), err);
	if (!localtime_r(&seconds, &tm) ||
	    !strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(when, sizeof(when), "-");
	printf("%s  %s\n", when, offer_text(text, sizeof(text), pending));
	return 0;
}

/* Who reads what we print may take his time: what waits for him waits in the
 * store, and signals and records are heard meanwhile. */
static int tell(struct offers *offers, struct error *err)
{
	int ret = 0;

	offers->deaf = false;
	for (size_t i = 0; ret == 0 && i < offers->news_count; i++) {
		const struct db_pending *pending = offers->news[i];

		offers->deaf = fflush(stdout) == 0 &&
			       !base_writable(STDOUT_FILENO, 0);
		if (offers->deaf)
			return 0;
		note(offers, pending);
		hook_run(&offers->hook, pending);
		if (!offers->options->common.quiet ||
		    offers->options->common.json)
			ret = print(offers, pending, err);
		if (ret == 0 && offers->options->yes &&
		    !offer_obstacle(pending))
			ret = allow(offers, pending, err);
	}
	if (offers->news_count && fflush(stdout) != 0)
		return base_error(err, errno, "what was told did not arrive: "
				  "%m; give jail a standard output that takes "
				  "it");
	return ret;
}

/* ---- asking ----------------------------------------------------------- */

static void put_question(const struct offers *offers)
{
	char text[2048], besides[1200];

	offer_text(text, sizeof(text), offers->asked);
	/* What it would cost, before the answer. */
	if (offer_cost(offers->asked))
		fprintf(stderr, "%s.\n  %s\n%s", text,
			offer_besides(besides, sizeof(besides), offers->asked),
			offer_question(false));
	else
		fprintf(stderr, "%s. %s", text, offer_question(false));
	fflush(stderr);
}

void offers_pause(struct offers *offers, bool over)
{
	if (!over) {
		if (offers->asked)
			fputc('\n', stderr);
		keys_end(&offers->keys);
		return;
	}
	keys_begin(&offers->keys);
	if (offers->asked)
		put_question(offers);
}

/* What no answer would allow, and what allows it. */
static void tell_alone(const struct db_pending *pending)
{
	char text[2048], besides[1200];

	offer_besides(besides, sizeof(besides), pending);
	fprintf(stderr, "%s%s%s\n", offer_text(text, sizeof(text), pending),
		*besides ? "; " : "", besides);
}

/* The first of what is new; what goes without a question on the way to it. */
static int ask(struct offers *offers, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && !offers->asked &&
	     i < offers->news_count; i++) {
		struct db_pending *pending = offers->news[i];

		note(offers, pending);
		hook_run(&offers->hook, pending);
		if (!offer_asks(pending)) {
			tell_alone(pending);
		} else if (offers->options->yes && !offer_obstacle(pending)) {
			tell_alone(pending);
			ret = allow(offers, pending, err);
		} else {
			offers->asked = offer_keep(pending);
			if (!offers->asked)
				return base_error(err, ENOMEM, "out of memory");
			put_question(offers);
		}
	}
	return ret;
}

/* A question that somebody else has answered is taken back. */
static int look_at_asked(struct offers *offers, struct error *err)
{
	int ret = offer_waits(offers->db, offers->asked, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	fputc('\n', stderr);
	offer_tell_gone(offers->asked);
	offer_free(take_ptr(offers->asked));
	return 0;
}

int offers_look(struct offers *offers, struct error *err)
{
	int ret = offers->asked ? look_at_asked(offers, err) : 0;

	if (ret < 0 || offers->asked)
		return ret;
	ret = read_news(offers, err);
	if (ret == 0)
		ret = offers->keys.fd < 0 ? tell(offers, err) :
					    ask(offers, err);
	forget_news(offers);
	return ret;
}

/* ---- answers ---------------------------------------------------------- */

static int answer(struct offers *offers, enum offer_answer answer,
		  struct error *err)
{
	int ret = 0;

	fputc('\n', stderr);
	if (answer == OFFER_WHY) {
		ret = offer_why(stderr, offers->db, offers->asked, err);
		put_question(offers);
		return ret;
	}
	if (answer == OFFER_YES || answer == OFFER_NEVER)
		ret = decide(offers, offers->asked, answer, err);
	if (ret == -EBUSY) {
		cli_fail(CLI_FAILED, err);
		put_question(offers);
		return 0;
	}
	offers->quit = answer == OFFER_QUIT;
	offer_free(take_ptr(offers->asked));
	return ret;
}

int offers_key(struct offers *offers, struct error *err)
{
	int ret = 0, key;

	while (ret == 0 && !offers->quit &&
	       (key = keys_read(&offers->keys)) != 0) {
		enum offer_answer said = key < 0 ? OFFER_QUIT :
						   offer_key(key, false);

		if (said == OFFER_QUIT) {
			fputc('\n', stderr);
			offers->quit = true;
		} else if (offers->asked && said != OFFER_NONE) {
			ret = answer(offers, said, err);
		}
	}
	return ret == 0 && !offers->quit ? offers_look(offers, err) : ret;
}

/* ---- beginning and end ------------------------------------------------ */

void offers_begin(struct offers *offers, const struct watch_options *options,
		  struct db *db)
{
	*offers = (struct offers){
		.options = options, .db = db, .keys.fd = -1,
		.hook.command = options->exec,
	};
	/* What is there is told, and no more. */
	if (!options->common.json && !options->common.quiet &&
	    keys_open(&offers->keys, false))
		keys_begin(&offers->keys);
}

void offers_end(struct offers *offers)
{
	offers_pause(offers, false);
	keys_close(&offers->keys);
	hook_reap(&offers->hook, true);
	hook_free(&offers->hook);
	offer_free(take_ptr(offers->asked));
	forget_news(offers);
	for (size_t i = 0; i < offers->count; i++)
		free(offers->known[i].program);
	base_free(&offers->known);
	offers->count = 0;
}
