/* SPDX-License-Identifier: MIT */
/*
 * jail monitor: tells what happens in the sandboxes, as it happens: which
 * begin and end, what their processes make, execute, become and how they end,
 * and what is refused. It sleeps until there is something.
 */
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/monitor.h"

/* At the end: microseconds in all, and milliseconds without an event. */
#define CATCH_UP INT64_C(500000)
#define QUIET 50

struct monitor_options {
	struct cli_common common;
};

static const struct cli_option *const tables[] = {
	cli_json_option, cli_quiet_option, NULL
};

struct monitor {
	const struct monitor_options *options;
	const char *word;	/* which sandbox; NULL: all */
	struct enforce_follow *follow;
	struct monitor_denials denials;
	struct monitor_out out;
	int signals;		/* signalfd(2) */
	bool end;
	bool cut_off;		/* before all was read */
	pid_t over;		/* the program that ended last */
	uint64_t events, lost, sandboxes;
};

/* ---- telling ----------------------------------------------------------- */

static void print(struct monitor *monitor, char *line)
{
	monitor_out_add(&monitor->out, line, line ? strlen(line) : 0);
	free(line);
	monitor->events++;
}

/* One that was killed may have been by jail: what the store says of that comes
 * at the same time. */
static bool by_jail(struct monitor *monitor, const struct enforce_news *news,
		    struct base_call *call)
{
	int signal = news->status > 0 ? news->status & 0x7f : 0;
	bool rest;

	if (news->kind != ENFORCE_NEWS_EXIT)
		return false;
	/* What is left of a sandbox ends with its program, by SIGKILL. */
	rest = monitor->over == news->sandbox->program;
	if (news->pid == news->sandbox->program)
		monitor->over = news->pid;
	return (signal == SIGKILL || signal == SIGSYS || news->status < 0) &&
	       monitor_denials_of(&monitor->denials, news->sandbox, news->pid,
				  !rest, call);
}

static void tell(void *data, const struct enforce_news *news)
{
	struct monitor *monitor = data;
	bool looks = enforce_follow_why(monitor->follow) != NULL;
	struct base_call call;
	bool killed = by_jail(monitor, news, &call);

	if (news->kind == ENFORCE_NEWS_RUNS ||
	    news->kind == ENFORCE_NEWS_START) {
		monitor_denials_add(&monitor->denials, news->sandbox);
		monitor->sandboxes++;
	}
	monitor->lost += news->lost;
	print(monitor, monitor->options->common.json ?
	      monitor_object(news, killed ? &call : NULL) :
	      monitor_line(news, killed ? &call : NULL, looks));
}

static void tell_denial(void *data, const char *program,
			const struct profiles_denial *denial, int64_t id,
			uint64_t more)
{
	struct monitor *monitor = data;
	const struct enforce_running *entry =
		enforce_follow_of(monitor->follow, denial->pid);

	if (!entry && monitor->word && strcmp(monitor->word, program) != 0)
		return;
	print(monitor, monitor->options->common.json ?
	      monitor_denial_object(entry, program, denial, id, more) :
	      monitor_denial_line(entry, program, denial, more));
}

/* ---- the loop ------------------------------------------------------------ */

enum { SIGNALS, OUT, EVENTS, CHANGES, POLLED };

static int patience(const struct monitor *monitor)
{
	int64_t left = monitor->denials.look_at - base_now_monotonic();

	if (!monitor->denials.look_at)
		return -1;
	return left < 0 ? 0 : (int)(left / 1000) + 1;
}

/* While much waits to be printed nothing else is read. Who reads it and closes
 * it has seen enough, and so has a terminal that is gone. */
static int step(struct monitor *monitor, struct error *err)
{
	bool full = monitor->out.used >= MONITOR_ENOUGH;
	struct pollfd polled[POLLED] = {
		[SIGNALS] = {monitor->signals, POLLIN, 0},
		[OUT] = {STDOUT_FILENO, monitor->out.used ? POLLOUT : 0, 0},
		[EVENTS] = {full ? -1 : enforce_follow_fd(monitor->follow),
			    POLLIN, 0},
		[CHANGES] = {full ? -1 : monitor->denials.changes, POLLIN, 0},
	};
	int ready = poll(polled, POLLED, full ? -1 : patience(monitor));
	int ret = 0;

	if (ready < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for events: %m");
	if (ready > 0 && (polled[SIGNALS].revents ||
			  polled[OUT].revents & (POLLERR | POLLHUP)))
		monitor->end = true;
	if (ready > 0 && polled[EVENTS].revents)
		ret = enforce_follow_read(monitor->follow, tell, monitor, err);
	if (ret == 0 && !full)
		monitor_denials_look(&monitor->denials,
				     ready > 0 && polled[CHANGES].revents);
	monitor_out_flush(&monitor->out, false);
	return ret;
}

/* What happened before we were ended, and is not read yet. True: there is more
 * than can be read in time, or printed. */
static bool catch_up(struct monitor *monitor)
{
	struct pollfd events = {
		enforce_follow_fd(monitor->follow), POLLIN, 0,
	};
	int64_t now = base_now(), until = base_now_monotonic() + CATCH_UP;
	bool more = true;

	while (more && monitor->out.code == 0 &&
	       monitor->out.used < MONITOR_ENOUGH &&
	       base_now_monotonic() < until) {
		more = poll(&events, 1, QUIET) > 0 &&
		       enforce_follow_read(monitor->follow, tell, monitor,
					   NULL) == 0 &&
		       enforce_follow_heard(monitor->follow) < now;
		monitor_out_flush(&monitor->out, false);
	}
	return more;
}

static int follow(struct monitor *monitor, struct error *err)
{
	int ret = enforce_follow_read(monitor->follow, tell, monitor, err);

	monitor_out_flush(&monitor->out, false);
	while (ret == 0 && !monitor->end && monitor->out.code == 0 &&
	       !(monitor->word && !enforce_follow_running(monitor->follow)))
		ret = step(monitor, err);
	monitor->cut_off = monitor->end && catch_up(monitor);
	return ret;
}

/* ---- beginning and end --------------------------------------------------- */

static void announce(const struct monitor *monitor)
{
	const char *why = enforce_follow_why(monitor->follow);
	struct error err = {0};

	if (enforce_registry_refused(&err) < 0)
		fprintf(stderr, "jail: %s\n", err.text);
	if (monitor->options->common.quiet)
		return;
	if (why)
		fprintf(stderr, "jail: monitoring by looks at /proc, five "
			"times a second, for %s; what begins and ends between "
			"two looks is not seen\n", why);
	else
		fputs("jail: monitoring by the kernel's process events\n",
		      stderr);
}

static uint64_t not_taken(const struct monitor_out *out)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < out->used; i++)
		lines += out->bytes[i] == '\n';
	return lines;
}

static void summarize(const struct monitor *monitor)
{
	const char *lost = monitor->lost ? "at least" : "";
	uint64_t left = not_taken(&monitor->out);
	uint64_t told = monitor->events - left;
	uint64_t passed = enforce_follow_passed(monitor->follow);
	char count[32] = "none";

	if (monitor->options->common.quiet)
		return;
	if (monitor->lost)
		snprintf(count, sizeof(count), " %llu",
			 (unsigned long long)monitor->lost);
	fprintf(stderr, "jail: %llu line%s about %llu sandbox%s; %s%s lost",
		(unsigned long long)told, cli_plural(told, "s"),
		(unsigned long long)monitor->sandboxes,
		cli_plural(monitor->sandboxes, "es"), lost, count);
	if (passed)
		fprintf(stderr, "; %llu sandbox%s of other users passed over, "
			"which had ended before %s could be verified",
			(unsigned long long)passed, cli_plural(passed, "es"),
			passed == 1 ? "it" : "they");
	if (left)
		fprintf(stderr, "; %llu more did not arrive: whoever reads "
			"them took no more", (unsigned long long)left);
	fputs(monitor->cut_off ? "; what came last was not read\n" : "\n",
	      stderr);
}

/* Who closes a pipe or a terminal, and so has enough, is no failure. */
static int end(struct monitor *monitor, int ret, struct error *err)
{
	int code;

	monitor_denials_look(&monitor->denials, true);
	monitor_out_flush(&monitor->out, true);
	code = monitor->out.code;
	if (ret == 0 && monitor->out.failed)
		ret = base_error(err, ENOMEM, "out of memory: some lines are "
				 "missing");
	if (ret == 0 && code < 0 && code != -EPIPE && code != -EIO)
		ret = base_error(err, -code, "what was told did not arrive: "
				 "%s", strerror(-code));
	if (ret < 0)
		return cli_fail(1, err);
	summarize(monitor);
	return 0;
}

/* What a word means now it means to the end. A name that several have means all
 * of them. */
static int find(const char *word, struct enforce_follow_options *options,
		struct error *err)
{
	struct enforce_running entry;
	uint64_t id;
	int ret = word ? enforce_registry_find(word, &entry, err) : -ENOENT;

	if (ret < 0 && ret != -EEXIST)
		return word ? ret : 0;
	if (base_parse_number(word, INT32_MAX, &id) == 0 &&
	    (uint64_t)entry.program == id)
		options->id = entry.program;
	options->name = word;
	options->own = entry.uid == geteuid();
	return 0;
}

static int run(void *data, char **operands)
{
	struct monitor monitor = {
		.options = data, .word = operands[0], .signals = -1,
		.denials = {.changes = -1, .tell = tell_denial},
	};
	struct enforce_follow_options options = {0};
	struct error err = {0};
	int ret = find(monitor.word, &options, &err), status;

	if (ret < 0)
		return cli_fail(1, &err);
	monitor.denials.data = &monitor;
	monitor_denials_begin(&monitor.denials);
	/* What executes has to be looked at before it has ended. */
	base_take_short_turns();
	signal(SIGPIPE, SIG_IGN);
	ret = cli_signals((const int[]){0}, &monitor.signals, NULL, &err);
	if (ret == 0)
		ret = enforce_follow_open(&monitor.follow, &options, &err);
	if (ret == 0) {
		announce(&monitor);
		ret = follow(&monitor, &err);
	}
	status = end(&monitor, ret, &err);
	enforce_follow_close(monitor.follow);
	monitor_denials_end(&monitor.denials);
	monitor_out_free(&monitor.out);
	base_close(&monitor.signals);
	return status;
}

const struct cli_command cli_monitor = {
	.name = "monitor",
	.operands = "[ID|NAME]",
	.summary = "tell what happens in the sandboxes, as it happens",
	.description =
		"Tells of each sandbox, or of that with this ID or NAME, when "
		"it begins and ends; of each of its processes what it makes, "
		"executes, becomes (user and group), and how it ends; and what "
		"is refused: a line each, as it happens. With ID or NAME it "
		"ends with that sandbox.",
	.options = tables,
	.size = sizeof(struct monitor_options),
	.run = run,
};
