/* SPDX-License-Identifier: MIT */
/*
 * jail watch: follows the records that the kernel writes of refused calls, and
 * what jail's own supervisors put in the store, and offers to allow them. It
 * sleeps until there is something: in a log, in the store, on the terminal.
 */
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
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
	 .help = "Allow what is neither dangerous nor from a source that any "
		 "user could have written, without asking."},
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
	struct db *db;
	char *path;		/* of the store */
	char *file;		/* its last component */
	dev_t device;		/* the store that is open */
	ino_t inode;
	int signals, changes;	/* signalfd(2), inotify(7) */
	int again;		/* ms until it is looked at once more; or 0 */
	bool changed;		/* the store: by others */
	bool stored;		/* by us, since offers were looked for */
	bool end;
	int64_t read_at;	/* when the programs were read: monotonic */
	int64_t failed_at;	/* when the store did not take something */
};

/* ---- the store -------------------------------------------------------- */

#define STORE_PATIENCE 500 /* milliseconds: a source must not overflow */
#define RETRY_AFTER 1000000 /* microseconds */

static int open_store(struct watch *watch, struct error *err)
{
	struct stat st;
	int ret;

	db_close(take_ptr(watch->db));
	ret = db_open_patient(&watch->db, watch->path, DB_WRITE,
			      STORE_PATIENCE, err);
	if (ret < 0)
		return ret;
	if (stat(watch->path, &st) == 0) {
		watch->device = st.st_dev;
		watch->inode = st.st_ino;
	}
	watch->offers.db = watch->db;
	return match_read(&watch->gather.match, watch->db, err);
}

/* Without it the store is looked at once a second. */
static void follow_store(struct watch *watch)
{
	cleanup_free char *copy = strdup(watch->path);

	watch->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->changes >= 0 && copy &&
	    inotify_add_watch(watch->changes, dirname(copy),
			      IN_MODIFY | IN_CREATE | IN_MOVED_TO |
			      IN_DELETE) >= 0)
		return;
	base_close(&watch->changes);
}

/* Another file may have its name by now. */
static int reopen_store(struct watch *watch, struct error *err)
{
	struct stat st;

	if (stat(watch->path, &st) < 0 ||
	    (st.st_dev == watch->device && st.st_ino == watch->inode))
		return 0;
	watch->changed = true;
	return open_store(watch, err);
}

static bool names_store(const struct watch *watch,
			const struct inotify_event *event)
{
	return event->mask & IN_Q_OVERFLOW ||
	       (event->len &&
		strncmp(event->name, watch->file, strlen(watch->file)) == 0);
}

/* Whether somebody may have written to it. */
static bool drain_changes(struct watch *watch)
{
	char buffer[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t size;

	while ((size = read(watch->changes, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; at < buffer + size;) {
			const struct inotify_event *event = (void *)at;

			ours |= names_store(watch, event);
			at += sizeof(*event) + event->len;
		}
	return ours;
}

/* ---- signals ---------------------------------------------------------- */

static int listen_to_signals(struct watch *watch, struct error *err)
{
	static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGTSTP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		sigaddset(&set, ours[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (watch->signals < 0)
		return base_error(err, errno, "cannot wait for signals: %m");
	return 0;
}

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

	return gather_take(&watch->gather, record);
}

static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct watch *watch = data;

	watch->gather.current->lost = true;
	watch_sources_loss(&watch->sources.losses, loss);
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
	if (gather_store(&watch->gather, watched, watch->db, all, &err) == 0) {
		watch->failed_at = 0;
	} else {
		if (!watch->failed_at || all) {
			base_error_at(&err, all ? "records are lost" :
				      "records wait in memory");
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
	int wait = watch->changes < 0 ? 1000 : -1;

	if (watch->again)
		wait = sooner(wait, watch->again);
	for (size_t i = 0; i < watch->sources.count; i++) {
		const struct watched *watched = &watch->sources.items[i];
		int due = gather_wait(watched);

		if (!watched->ended && watched->more)
			return 0;
		if (!watched->ended)
			wait = sooner(wait, auditlog_timeout(watched->source));
		wait = sooner(wait, due == 0 && watch->failed_at ? 1000 : due);
	}
	return wait;
}

static int wait_for(struct watch *watch, struct pollfd *polled)
{
	size_t count = SOURCES;

	polled[SIGNALS] = (struct pollfd){watch->signals, POLLIN, 0};
	polled[CHANGES] = (struct pollfd){watch->changes, POLLIN, 0};
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

/* Whose executables are whose changes with each session that is learned. */
static int read_programs(struct watch *watch, struct error *err)
{
	if (!watch->changed ||
	    base_now_monotonic() - watch->read_at < RETRY_AFTER)
		return 0;
	watch->changed = false;
	watch->read_at = base_now_monotonic();
	return match_read(&watch->gather.match, watch->db, err);
}

static int look_for_offers(struct watch *watch, bool perhaps,
			   struct error *err)
{
	bool others = perhaps && db_changed(watch->db);

	watch->changed |= others;
	if (watch->gather.earliest < watch->offers.since)
		watch->offers.since = watch->gather.earliest;
	if (!others && !watch->stored)
		return 0;
	watch->stored = false;
	return offers_look(&watch->offers, err);
}

static bool all_ended(const struct watch *watch)
{
	for (size_t i = 0; i < watch->sources.count; i++)
		if (!watch->sources.items[i].ended)
			return false;
	return true;
}

static int step(struct watch *watch, struct error *err)
{
	struct pollfd polled[SOURCES + WATCH_SOURCES];
	bool perhaps = watch->changes < 0;
	int ready = wait_for(watch, polled), ret = 0;

	if (ready < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for records: %m");
	if (polled[SIGNALS].revents)
		read_signals(watch);
	if (polled[CHANGES].revents && drain_changes(watch))
		watch->again = 5;
	/* Its file changes a moment before what was written can be read, which
	 * is told by shared memory alone (https://sqlite.org/walformat.html):
	 * it is looked at again, at growing distances. */
	perhaps |= watch->again > 0;
	if (ready == 0)
		watch->again = watch->again < 1000 ? watch->again * 2 : 0;
	if (perhaps)
		ret = reopen_store(watch, err);
	if (ret == 0)
		ret = read_programs(watch, err);
	if (ret == 0)
		ret = read_sources(watch, polled + SOURCES, err);
	if (ret == 0)
		ret = look_for_offers(watch, perhaps, err);
	if (ret == 0 && polled[KEYS].revents)
		ret = offers_key(&watch->offers, err);
	return ret;
}

/* With --once the questions that stand are asked when all is read. */
static bool goes_on(const struct watch *watch)
{
	if (watch->end || watch->offers.quit)
		return false;
	return !watch->options->once || !all_ended(watch) ||
	       watch->offers.asked;
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

static int follow(struct watch *watch, struct error *err)
{
	int ret = 0;

	while (ret == 0 && goes_on(watch))
		ret = step(watch, err);
	if (ret == 0)
		ret = read_last(watch, err);
	for (size_t i = 0; i < watch->sources.count; i++)
		store_one(watch, &watch->sources.items[i], true);
	if (ret == 0 && !watch->offers.quit)
		ret = look_for_offers(watch, true, err);
	return ret;
}

/* ---- beginning and end ------------------------------------------------ */

/* What is watched, in a line. */
static void say_watched(const struct watch *watch)
{
	char path[1024], sources[2048] = "";
	size_t used = 0;

	if (watch->options->common.quiet)
		return;
	for (size_t i = 0; i < watch->sources.count && used < sizeof(sources);
	     i++)
		used += (size_t)snprintf(sources + used, sizeof(sources) - used,
			"%s%s", i ? ", " : "",
			watch->sources.items[i].about.text);
	base_printable(path, sizeof(path), watch->path);
	fprintf(stderr, "jail: watching %s%sthe denials of jail's own "
		"sandboxes in %s\n", sources, *sources ? ", and " : "no log, "
		"but ", path);
}

static int begin(struct watch *watch, struct error *err)
{
	const struct watch_options *options = watch->options;
	int ret = watch_user_begin(&watch->user, &options->common, err);

	if (ret == 0)
		ret = db_path(options->common.db, &watch->path, err);
	if (ret < 0)
		return ret;
	watch->file = strrchr(watch->path, '/');
	watch->file = watch->file ? watch->file + 1 : watch->path;
	watch->gather.match.all = options->all;
	ret = gather_begin(&watch->gather, err);
	if (ret == 0)
		ret = listen_to_signals(watch, err);
	offers_begin(&watch->offers, options, NULL);
	watch->offers.since = options->since ? options->since :
			      options->once ? INT64_MAX : base_now();
	if (ret == 0)
		ret = open_store(watch, err);
	if (ret < 0)
		return ret;
	watch->gather.match.store = realpath(watch->path, NULL);
	follow_store(watch);
	return 0;
}

static int run_watch(struct watch *watch)
{
	struct error err = {0};
	int ret = begin(watch, &err);

	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = watch_sources_open(&watch->sources, watch->options, &watch->user,
				 watch->db, &err);
	if (ret < 0)
		return cli_fail(1, &err);
	say_watched(watch);
	/* What the store has already since then. */
	watch->stored = watch->options->since != 0;
	ret = follow(watch, &err);
	offers_end(&watch->offers);
	if (!watch->options->common.quiet)
		watch_sources_say(&watch->sources, &watch->gather);
	return ret < 0 ? cli_fail(CLI_FAILED, &err) : 0;
}

static int run(void *data, char **operands)
{
	struct watch_options *options = data;
	struct watch watch = {
		.options = options, .signals = -1, .changes = -1,
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
	db_close(watch.db);
	base_close(&watch.signals);
	base_close(&watch.changes);
	free(watch.path);
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
