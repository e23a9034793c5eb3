/* SPDX-License-Identifier: MIT */
/*
 * watch-sources: where records come from. Those that were asked for have to be
 * there; else it is the best that can be read, and what stands in the way of a
 * better one is said. What was lost is said when it is noticed, and added up.
 */
#include <inttypes.h>

#include "cli/watch.h"

#define TELL_EVERY 10000000 /* microseconds */

/* ---- opening ---------------------------------------------------------- */

static int open_at(struct watched *watched, const char *name,
		   const char *position, const struct watch_options *options,
		   const struct watch_user *user, struct error *err)
{
	const struct auditlog_options how = {
		.name = name, .position = position, .since = options->since,
		.follow = !options->once,
	};
	int ret;

	watch_user_raise(user);
	ret = auditlog_open(&watched->source, &how, err);
	watch_user_lower(user);
	return ret;
}

/* What the source is called in the store is known once it is open. */
static int open_one(struct watch_sources *sources, const char *name,
		    const struct watch_options *options,
		    const struct watch_user *user, struct db *db,
		    struct error *err)
{
	struct watched *watched = &sources->items[sources->count];
	cleanup_free char *position = NULL;
	int ret;

	if (sources->count == WATCH_SOURCES)
		return base_error(err, E2BIG, "%d sources can be watched at "
				  "once at the most", WATCH_SOURCES);
	ret = open_at(watched, name, NULL, options, user, err);
	if (ret < 0)
		return ret;
	auditlog_key(watched->source, watched->key, sizeof(watched->key));
	if (!options->since)
		ret = db_position(db, watched->key, &position, err);
	if (ret == 0 && position && strcmp(name, "-") != 0) {
		auditlog_close(take_ptr(watched->source));
		ret = open_at(watched, name, position, options, user, err);
	}
	if (ret < 0) {
		auditlog_close(take_ptr(watched->source));
		return ret;
	}
	auditlog_about(watched->source, &watched->about);
	watched->more = true;
	sources->count++;
	return 0;
}

struct choice {
	const char *name;	/* the first that can be read */
	char why[1024];		/* not one that is better */
};

static bool choose(void *data, const char *name, const struct error *why)
{
	struct choice *choice = data;
	size_t used = strlen(choice->why);

	if (!why)
		choice->name = name;
	else
		snprintf(choice->why + used, sizeof(choice->why) - used,
			 "jail: not %s: %s\n", name, why->text);
	return why;
}

static int open_best(struct watch_sources *sources,
		     const struct watch_options *options,
		     const struct watch_user *user, struct db *db,
		     struct error *err)
{
	struct choice choice = {0};

	watch_user_raise(user);
	auditlog_try(choose, &choice);
	watch_user_lower(user);
	if (!options->common.quiet)
		fputs(choice.why, stderr);
	return choice.name ? open_one(sources, choice.name, options, user, db,
				      err) : 0;
}

int watch_sources_open(struct watch_sources *sources,
		       const struct watch_options *options,
		       const struct watch_user *user, struct db *db,
		       struct error *err)
{
	int ret = 0;

	sources->losses.quiet = options->common.quiet;
	if (!options->sources.count)
		return open_best(sources, options, user, db, err);
	for (size_t i = 0; ret == 0 && i < options->sources.count; i++)
		ret = open_one(sources, options->sources.items[i], options,
			       user, db, err);
	return ret;
}

void watch_sources_close(struct watch_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		auditlog_close(sources->items[i].source);
		free(sources->items[i].now.events);
		free(sources->items[i].late.events);
	}
}

/* ---- losses ----------------------------------------------------------- */

void watch_losses_take(struct watch_losses *losses,
		       const struct auditlog_loss *loss)
{
	int64_t now = base_now_monotonic();
	char text[512];

	losses->events[loss->kind] += loss->count;
	losses->times[loss->kind]++;
	if (losses->quiet || (losses->told[loss->kind] &&
			      now - losses->told[loss->kind] < TELL_EVERY))
		return;
	losses->told[loss->kind] = now;
	fprintf(stderr, "jail: %s\n",
		auditlog_loss_text(text, sizeof(text), loss));
}

/* All of a kind as one. */
static void say_losses(const struct watch_losses *losses)
{
	char text[512];

	for (int kind = 0; kind <= AUDITLOG_LOST_FILE; kind++) {
		struct auditlog_loss loss = {
			.kind = (enum auditlog_loss_kind)kind,
			.count = losses->events[kind],
		};

		if (losses->times[kind])
			fprintf(stderr, "jail: lost, %" PRIu64 " time%s: %s\n",
				losses->times[kind],
				cli_plural(losses->times[kind], "s"),
				auditlog_loss_text(text, sizeof(text), &loss));
	}
}

/* Where records are made here, whether they are made at all. */
static void say_muted(const struct watch_sources *sources)
{
	bool local = false;
	char muted[128];

	for (size_t i = 0; i < sources->count; i++)
		local |= sources->items[i].about.local;
	if (local && auditlog_muted(muted, sizeof(muted)))
		fprintf(stderr, "jail: the kernel is told not to record: %s; "
			"add them to the sysctl "
			"kernel.seccomp.actions_logged\n", muted);
}

void watch_sources_announce(const struct watch_sources *sources,
			    const char *store)
{
	char path[1024], names[2048] = "";
	size_t used = 0;

	say_muted(sources);

	for (size_t i = 0; i < sources->count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used,
					 "%s%s", i ? ", " : "",
					 sources->items[i].about.text);
	base_printable(path, sizeof(path), store);
	fprintf(stderr, "jail: watching %s%sthe denials of jail's own "
		"sandboxes in %s\n", names, *names ? ", and " : "no log, but ",
		path);
}

void watch_sources_say(const struct watch_sources *sources,
		       const struct gather *gather)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct watched *watched = &sources->items[i];
		const struct auditlog_counts *counts = &watched->about.counts;

		fprintf(stderr, "jail: %s: %" PRIu64 " bytes read, %" PRIu64
			" record%s of refused calls, %" PRIu64 " damaged\n",
			watched->about.text, counts->bytes, counts->records,
			cli_plural(counts->records, "s"), counts->damaged);
	}
	if (sources->count)
		fprintf(stderr, "jail: %" PRIu64 " of them counted for the "
			"first time\n", gather->stored);
	if (gather->passed_over)
		fprintf(stderr, "jail: %" PRIu64 " record%s of %s\n",
			gather->passed_over,
			cli_plural(gather->passed_over, "s"),
			gather->match.all ? "jail's own sandboxes, which "
			"tell of them themselves, not counted again" :
			"programs that are not in the store, or told by jail "
			"itself, not counted (--all --since=TIME shows the "
			"former)");
	if (gather->odd)
		fprintf(stderr, "jail: %" PRIu64 " record%s of a call that "
			"does not exist, such as -1\n", gather->odd,
			cli_plural(gather->odd, "s"));
	if (gather->dropped)
		fprintf(stderr, "jail: %" PRIu64 " record%s not counted: too "
			"many different executables at once\n",
			gather->dropped, cli_plural(gather->dropped, "s"));
	say_losses(&sources->losses);
}
