/* SPDX-License-Identifier: MIT */
/*
 * jail watch: follows the records that the kernel writes of refused calls, and
 * what jail's own supervisors put in the store, and offers to allow them. It
 * sleeps until there is something: in a log, in the store, on the terminal.
 */
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "cli/watch.h"

#define AT(field) .offset = offsetof(struct watch_options, field)

static const struct cli_option rows[] = {
	{.name = "source", .argument = "SOURCE", .kind = CLI_LIST, AT(sources),
	 .values = "netlink journal audit.log kern.log syslog kmsg - @file",
	 .help = "Where records come from: netlink, journal, audit.log, "
		 "kern.log, syslog, kmsg, - for standard input, or a file. Can "
		 "be repeated. If not given, the best that can be read."},
	{.name = "since", .argument = "TIME", .kind = CLI_STRING,
	 AT(since_text),
	 .help = "Begin with what happened since TIME, such as 2h, 14:00, "
		 "yesterday or 2026-11-22, instead of where the last watch "
		 "stopped."},
	{.name = "once", .kind = CLI_FLAG, AT(once),
	 .help = "Read what is there, and end."},
	{.name = "all", .kind = CLI_FLAG, AT(all),
	 .help = "Tell of other programs, too; else it is those that the store "
		 "knows."},
	{.name = "yes", .kind = CLI_FLAG, AT(yes),
	 .help = "Allow what is neither dangerous, nor from a source that any "
		 "user could have written, nor another user's, without "
		 "asking."},
	{.name = "exec", .argument = "CMD", .kind = CLI_STRING, AT(exec),
	 .help = "Run CMD by the shell for each offer, such as a notification; "
		 "what it is about is in its environment, in JAIL_TEXT and "
		 "others."},
	{.name = NULL},
};

static const struct cli_option *const tables[] = {
	rows, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

struct watch {
	const struct watch_options *options;
	struct watch_user user;
	struct watch_sources sources;
	struct gather gather;
	struct offers offers;
	struct watch_store store;
	int signals;		/* signalfd(2) */
	bool changed;		/* the store: by others */
	bool stored;		/* by us, since offers were looked for */
	bool end;
	int64_t read_next;	/* when programs may be read: monotonic */
	int64_t failed_at;	/* when the store did not take something */
};

#define RETRY_AFTER 1000000 /* microseconds */
/* The kernel's clock for records is set a hundred times a second. */
#define CLOCK_BEHIND 20000
#define DEAF_FOR 50 /* milliseconds until stdout is tried again */
#define LAST_PATIENCE 10000 /* milliseconds */

static int take_store(struct watch *watch, struct error *err)
{
	watch->offers.db = watch->store.db;
	return match_read(&watch->gather.match, watch->store.db, err);
}

static int renew_store(struct watch *watch, struct error *err)
{
	int ret = watch_store_renew(&watch->store, err);

	if (ret <= 0)
		return ret;
	watch->changed = true;
	return take_store(watch, err);
}

/* ---- signals ---------------------------------------------------------- */

/* Ctrl-Z: the terminal first. */
static void stop(struct watch *watch)
{
	offers_pause(&watch->offers, false);
	raise(SIGSTOP);
	offers_pause(&watch->offers, true);
}

static void read_signals(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			hook_reap(&watch->offers.hook, false);
		else if (info.ssi_signo == SIGTSTP)
			stop(watch);
		else
			watch->end = true;
	}
}

/* ---- records ---------------------------------------------------------- */

static int take_record(void *data, const struct auditlog_record *record)
{
	struct watch *watch = data;

	match_look_for(&watch->gather.match, record->time);
	return gather_take(&watch->gather, record);
}

static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct watch *watch = data;

	watch->gather.current->lost = true;
	watch_losses_take(&watch->sources.losses, loss);
}

static int read_one(struct watch *watch, struct watched *watched,
		    struct error *err)
{
	const struct auditlog_sink records = {
		.record = take_record, .loss = take_loss, .data = watch,
	};
	int ret;

	watch->gather.current = watched;
	watch_user_raise(&watch->user);
	match_look(&watch->gather.match);
	ret = auditlog_read(watched->source, &records, err);
	watch_user_lower(&watch->user);
	auditlog_about(watched->source, &watched->about);
	watched->more = ret == 1;
	watched->ended = ret == -ENODATA;
	return ret == 1 || ret == -ENODATA ? 0 : ret;
}

/* A store that is busy or full gets it again; what is read meanwhile waits. */
static void store_one(struct watch *watch, struct watched *watched, bool all)
{
	uint64_t before = watch->gather.stored;
	struct error err = {0};

	if (!all && watch->failed_at &&
	    base_now_monotonic() - watch->failed_at < RETRY_AFTER)
		return;
	if (gather_store(&watch->gather, watched, watch->store.db, all,
			 &err) == 0) {
		watch->failed_at = 0;
	} else {
		if (!watch->failed_at) {
			base_error_at(&err, "records wait in memory");
			cli_fail(CLI_FAILED, &err);
		}
		watch->failed_at = base_now_monotonic();
	}
	watch->stored |= watch->gather.stored != before;
}

static int read_sources(struct watch *watch, const struct pollfd *polled,
			struct error *err)
{
	struct watch_sources *sources = &watch->sources;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sources->count; i++) {
		struct watched *watched = &sources->items[i];

		if (!watched->ended &&
		    (watched->more || polled[i].revents ||
		     auditlog_timeout(watched->source) >= 0))
			ret = read_one(watch, watched, err);
		store_one(watch, watched, watched->ended);
	}
	gather_forget(&watch->gather, sources->items, sources->count);
	return ret;
}

/* ---- the loop --------------------------------------------------------- */

enum { SIGNALS, CHANGES, KEYS, SOURCES };

static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* How long to sleep, in milliseconds; -1: until something happens. */
static int patience(const struct watch *watch)
{
	int wait = watch_store_wait(&watch->store);

	if (watch->offers.deaf)
		wait = sooner(wait, DEAF_FOR);
	for (size_t i = 0; i < watch->sources.count; i++) {
		const struct watched *watched = &watch->sources.items[i];
		int due = gather_wait(watched);

		if (!watched->ended && watched->more)
			return 0;
		if (!watched->ended)
			wait = sooner(wait, auditlog_timeout(watched->source));
		wait = sooner(wait, due == 0 && watch->failed_at ?
				    RETRY_AFTER / 1000 : due);
	}
	return wait;
}

static int wait_for(struct watch *watch, struct pollfd *polled)
{
	size_t count = SOURCES;

	polled[SIGNALS] = (struct pollfd){watch->signals, POLLIN, 0};
	polled[CHANGES] = (struct pollfd){watch->store.changes, POLLIN, 0};
	polled[KEYS] = (struct pollfd){watch->offers.keys.fd, POLLIN, 0};
	for (size_t i = 0; i < watch->sources.count; i++, count++) {
		const struct watched *watched = &watch->sources.items[i];

		polled[count] = (struct pollfd){
			watched->ended ? -1 : auditlog_fd(watched->source),
			POLLIN, 0,
		};
	}
	return poll(polled, count, patience(watch));
}

/* Whose executables are whose changes with each session that is learned. It is
 * known before what comes next is read; but of the time a twentieth is enough
 * for it. */
static int read_programs(struct watch *watch, struct error *err)
{
	int64_t now = base_now_monotonic();
	int ret;

	if (!watch->changed || now < watch->read_next)
		return 0;
	watch->changed = false;
	ret = match_read(&watch->gather.match, watch->store.db, err);
	watch->read_next = base_now_monotonic() +
			   20 * (base_now_monotonic() - now);
	return ret;
}

static bool all_ended(const struct watch *watch)
{
	for (size_t i = 0; i < watch->sources.count; i++)
		if (!watch->sources.items[i].ended)
			return false;
	return true;
}

/* NEWS: others have written. With --once nobody waits: what there is, is looked
 * at when all is read. */
static int look_for_offers(struct watch *watch, bool news, struct error *err)
{
	bool later = watch->options->once && !all_ended(watch);

	if (watch->gather.earliest < watch->offers.since)
		watch->offers.since = watch->gather.earliest;
	watch->stored |= news;
	if (later || (!watch->stored && !watch->offers.deaf))
		return 0;
	watch->stored = false;
	return offers_look(&watch->offers, err);
}

static int step(struct watch *watch, struct error *err)
{
	struct pollfd polled[SOURCES + WATCH_SOURCES];
	int ready = wait_for(watch, polled), ret = 0;
	bool news = false;

	if (ready < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for records: %m");
	if (polled[SIGNALS].revents)
		read_signals(watch);
	if (watch_store_stirs(&watch->store, polled[CHANGES].revents,
			      ready == 0) || watch->failed_at) {
		ret = renew_store(watch, err);
		news = ret == 0 && db_changed(watch->store.db);
		watch->changed |= news;
	}
	if (ret == 0)
		ret = read_programs(watch, err);
	if (ret == 0)
		ret = read_sources(watch, polled + SOURCES, err);
	if (ret == 0)
		ret = look_for_offers(watch, news, err);
	if (ret == 0 && polled[KEYS].revents)
		ret = offers_key(&watch->offers, err);
	return ret;
}

/* Standard input ends, and with --once all does. The questions that stand are
 * asked when all is read. */
static bool goes_on(const struct watch *watch)
{
	if (watch->end || watch->offers.quit)
		return false;
	if (!watch->options->once && !watch->sources.count)
		return true; /* the store alone is watched */
	return !all_ended(watch) || watch->offers.asked || watch->offers.deaf;
}

/* What a live source holds by now can be read from nowhere later. */
static int read_last(struct watch *watch, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < watch->sources.count; i++) {
		struct watched *watched = &watch->sources.items[i];

		if (watched->ended || !auditlog_stop(watched->source))
			continue;
		while (ret == 0 && !watched->ended)
			ret = read_one(watch, watched, err);
	}
	return ret;
}

/* No source overflows while the store is waited for. What a log has the next
 * watch reads again. */
static bool store_last(struct watch *watch)
{
	struct error err = {0};
	int ret = 0;

	db_patience(watch->store.db, LAST_PATIENCE);
	for (size_t i = 0; ret == 0 && i < watch->sources.count; i++)
		ret = gather_store(&watch->gather, &watch->sources.items[i],
				   watch->store.db, true, &err);
	if (ret == 0)
		return true;
	base_error_at(&err, "what was read last is not stored");
	cli_fail(CLI_FAILED, &err);
	return false;
}

static int follow(struct watch *watch, bool *stored, struct error *err)
{
	int ret = 0;

	while (ret == 0 && goes_on(watch))
		ret = step(watch, err);
	if (ret == 0)
		ret = read_last(watch, err);
	*stored = store_last(watch);
	if (ret == 0 && !watch->offers.quit)
		ret = look_for_offers(watch, true, err);
	return ret;
}

/* ---- beginning and end ------------------------------------------------ */

static int begin(struct watch *watch, struct error *err)
{
	const struct watch_options *options = watch->options;
	struct stat st;
	int ret = watch_user_begin(&watch->user, &options->common, err);

	if (ret == 0)
		ret = db_path(options->common.db, &watch->store.path, err);
	if (ret < 0)
		return ret;
	watch->gather.match.all = options->all;
	ret = gather_begin(&watch->gather, err);
	if (ret == 0)
		ret = cli_signals((const int[]){SIGCHLD, SIGTSTP, 0},
				  &watch->signals, NULL, err);
	signal(SIGPIPE, SIG_IGN);
	offers_begin(&watch->offers, options, NULL);
	watch->offers.since = options->since ? options->since :
			      options->once ? INT64_MAX :
					      base_now() - CLOCK_BEHIND;
	if (ret == 0)
		ret = watch_store_open(&watch->store, err);
	if (ret == 0)
		ret = take_store(watch, err);
	if (ret < 0)
		return ret;
	watch->gather.match.store = realpath(watch->store.path, NULL);
	watch->gather.match.owner = stat(watch->store.path, &st) == 0 ?
				    st.st_uid : geteuid();
	watch_store_follow(&watch->store);
	return 0;
}

static int run_watch(struct watch *watch)
{
	struct error err = {0};
	bool stored = true;
	int ret = begin(watch, &err);

	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = watch_sources_open(&watch->sources, watch->options, &watch->user,
				 watch->store.db, &err);
	if (ret < 0)
		return cli_fail(1, &err);
	if (!watch->options->common.quiet)
		watch_sources_announce(&watch->sources, watch->store.path);
	/* What the store has already since then. */
	watch->stored = watch->options->since != 0;
	ret = follow(watch, &stored, &err);
	offers_end(&watch->offers);
	if (!watch->options->common.quiet)
		watch_sources_say(&watch->sources, &watch->gather);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	return stored ? 0 : CLI_FAILED;
}

static int run(void *data, char **operands)
{
	struct watch_options *options = data;
	struct watch watch = {
		.options = options, .signals = -1, .store.changes = -1,
		.offers.keys.fd = -1,
	};
	struct error err = {0};
	int status;

	(void)operands;
	if (options->since_text &&
	    cli_when(options->since_text, &options->since, &err) < 0)
		return cli_usage(&cli_watch, "--since: %s", err.text);
	status = run_watch(&watch);
	offers_end(&watch.offers);
	watch_sources_close(&watch.sources);
	gather_free(&watch.gather);
	watch_store_close(&watch.store);
	base_close(&watch.signals);
	return status;
}

const struct cli_command cli_watch = {
	.name = "watch",
	.summary = "follow what the kernel refuses, and offer to allow it",
	.description =
		"Follows the kernel's records of refused system calls, live or "
		"from a log, and what jail enforce itself refuses, and offers "
		"each call once: to allow it, never to ask again, or later "
		"(jail review). Elsewhere than on a terminal it prints a line "
		"each, and records. Records of the kernel are given to the "
		"program whose sandbox or executable it was. It goes on where "
		"the last watch of the same source stopped.",
	.options = tables,
	.size = sizeof(struct watch_options),
	.run = run,
};
