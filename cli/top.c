/* SPDX-License-Identifier: MIT */
/*
 * jail top: the sandboxes that run, anew each second, on a terminal; keys sort
 * them, show what was refused to one, stop one. All signals come by a
 * descriptor, so that whatever ends or stops us, the terminal is given back
 * first. Where there is none: one look, as lines.
 */
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/top.h"

#define SHORTEST 100000		/* microseconds between two looks */
#define PATIENCE 500		/* milliseconds for a store that is held */

struct options {
	struct cli_common common;
	bool once;
	const char *sort;
	int64_t delay;
};

enum mode {
	LIST,
	DENIALS,		/* are shown, until a key */
	STOP			/* is asked about */
};

struct live {
	struct top top;
	struct keys keys;
	sigset_t mask;		/* as it was */
	int signals;
	int ended_by;		/* a signal */
	bool quit;
	enum mode mode;
	int64_t due;		/* the next look, monotonic */
	int64_t delay;
	struct enforce_running asked;	/* STOP: about this one */
	struct error *err;
};

/* ---- keys -------------------------------------------------------------- */

static struct enforce_running *chosen(struct live *self)
{
	struct top *top = &self->top;

	if (!top->running.count)
		return NULL;
	return &top->running.entries[top->order[top_chosen(top)]];
}

static void say(struct live *self, const char *sentence)
{
	snprintf(self->top.message, sizeof(self->top.message), "%s", sentence);
}

/* Another user's store could be anything. */
static int open_store(const struct enforce_running *entry, struct db **db,
		      struct error *err)
{
	if (entry->uid != geteuid())
		return base_error(err, EPERM, "what was refused is in the "
				  "store of user %u, who can look at it",
				  entry->uid);
	if (!*entry->store)
		return base_error(err, ENOENT, "it has no store");
	if (!entry->denied && access(entry->store, F_OK) < 0)
		return base_error(err, ENOENT, "nothing was refused to it");
	return db_open_patient(db, entry->store, DB_READ, PATIENCE, err);
}

static void show_denials(struct live *self)
{
	const struct enforce_running *entry = chosen(self);
	cleanup_free char *text = NULL;
	cleanup_db struct db *db = NULL;
	struct error err = {0};
	char name[256];
	size_t size;
	FILE *out;

	if (!entry)
		return;
	if (open_store(entry, &db, &err) < 0) {
		say(self, err.text);
		return;
	}
	out = base_memstream(&text, &size);
	if (!out)
		return;
	fprintf(out, "%s: %llu call%s refused in this run; in all:\n",
		base_printable(name, sizeof(name), entry->profile),
		(unsigned long long)entry->denied,
		entry->denied == 1 ? " was" : "s were");
	if (cli_show_denials(out, db, entry->profile, &err) < 0)
		fprintf(out, "%s\n", err.text);
	self->mode = DENIALS;
	if (fclose(out) == 0)
		top_page(text, name);
}

static void ask_stop(struct live *self)
{
	const struct enforce_running *entry = chosen(self);
	char name[256], cut[256], text[512];

	if (!entry)
		return;
	self->asked = *entry;
	self->mode = STOP;
	base_printable(name, sizeof(name), entry->name);
	snprintf(text, sizeof(text), "stop %s (%d)? [y]es [k]ill [n]o",
		 running_cut(cut, sizeof(cut), name, RUNNING_WIDEST),
		 (int)entry->program);
	say(self, text);
}

/* Asked, it may take its time, and is seen to end; to be killed it takes none.
 */
static void stop(struct live *self, bool at_once)
{
	struct enforce_stopping stopping = {-1, -1, -1, false};
	struct error err = {0};
	bool killed = false;
	char text[512];
	int ret = enforce_stop_begin(&self->asked, &stopping, &err);

	if (ret == 0 && (at_once || stopping.over))
		ret = enforce_stop_end(&stopping, base_now_monotonic(),
				       &killed, &err);
	enforce_stop_close(&stopping);
	snprintf(text, sizeof(text), killed ? "%d was killed" :
		 "%d was asked to end", (int)self->asked.program);
	say(self, ret < 0 ? err.text : text);
}

static void move(struct live *self, int key)
{
	size_t line = top_chosen(&self->top), last = self->top.running.count;
	size_t page = key == KEYS_PAGE_UP || key == KEYS_PAGE_DOWN ?
		      self->top.page : 1;

	if (!last--)
		return;
	if (key == KEYS_HOME || key == KEYS_END)
		line = key == KEYS_HOME ? 0 : last;
	else if (key == KEYS_DOWN || key == KEYS_PAGE_DOWN || key == 'j')
		line = page < last - line ? line + page : last;
	else
		line -= page < line ? page : line;
	top_choose(&self->top, line);
}

static void list_key(struct live *self, int key)
{
	static const char sorts[] = "cmpd";
	const char *sort = key < 128 ? strchr(sorts, key) : NULL;

	say(self, "");
	if (sort) {
		self->top.sort = (enum top_sort)(sort - sorts);
		top_sort(&self->top);
	} else if (key == 'q') {
		self->quit = true;
	} else if (key == 'e' || key == '\n') {
		show_denials(self);
	} else if (key == 's') {
		ask_stop(self);
	} else if (key >= KEYS_UP || key == 'k' || key == 'j') {
		move(self, key);
	}
}

static void handle_key(struct live *self, int key)
{
	enum mode mode = self->mode;

	self->mode = LIST;
	if (mode == LIST) {
		list_key(self, key);
	} else if (mode == STOP) {
		say(self, "");
		if (key == 'y' || key == 'k')
			stop(self, key == 'k');
	} else {
		top_clear();
	}
}

/* ---- signals ----------------------------------------------------------- */

static void take_screen(struct live *self)
{
	keys_begin(&self->keys);
	top_enter();
}

static void give_screen_back(struct live *self)
{
	top_leave();
	keys_end(&self->keys);
}

/* Not by SIGTSTP itself, which is blocked. */
static void stop_ourselves(struct live *self)
{
	give_screen_back(self);
	kill(getpid(), SIGSTOP);
	take_screen(self);
	self->due = 0;
}

static void handle_signals(struct live *self)
{
	struct signalfd_siginfo info;

	while (read(self->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && self->mode == DENIALS) {
			show_denials(self);
		} else if (info.ssi_signo == SIGWINCH) {
			top_clear();
		} else if (info.ssi_signo == SIGTSTP) {
			self->mode = LIST;
			stop_ourselves(self);
		} else {
			self->ended_by = (int)info.ssi_signo;
			self->quit = true;
		}
	}
}

/* ---- one after the other ----------------------------------------------- */

static int look(struct live *self)
{
	int64_t now = base_now_monotonic();

	if (now < self->due)
		return 0;
	self->due = now + self->delay;
	return top_look(&self->top, self->err);
}

/* Until the next look; -1 while something else is shown. */
static int patience(const struct live *self)
{
	int64_t left = self->due - base_now_monotonic();

	if (self->mode == DENIALS)
		return -1;
	return left > 0 ? (int)(left / 1000) + 1 : 0;
}

static void wait_for_something(struct live *self)
{
	struct pollfd fds[] = {
		{.fd = self->keys.fd, .events = POLLIN},
		{.fd = self->signals, .events = POLLIN},
	};
	int key = 0;

	if (poll(fds, ARRAY_SIZE(fds), patience(self)) <= 0)
		return;
	if (fds[1].revents)
		handle_signals(self);
	while (fds[0].revents && !self->quit &&
	       (key = keys_read(&self->keys)) > 0)
		handle_key(self, key);
	/* The terminal is gone, whether its signal has come or not. */
	if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) && !self->quit)
		self->ended_by = SIGHUP;
	self->quit |= key < 0 || self->ended_by;
}

static int run_live(struct live *self)
{
	int ret = look(self);

	while (ret == 0 && !self->quit) {
		if (self->mode != DENIALS)
			top_draw(&self->top);
		wait_for_something(self);
		if (!self->quit && self->mode != DENIALS)
			ret = look(self);
	}
	return ret;
}

static int live(struct live *self)
{
	int ret = cli_signals((const int[]){SIGTSTP, SIGWINCH, 0},
			      &self->signals, &self->mask, self->err);

	self->keys.moves = true;
	take_screen(self);
	if (ret == 0)
		ret = run_live(self);
	give_screen_back(self);
	base_close(&self->signals);
	if (self->ended_by) {
		/* As though we had never held it. */
		sigprocmask(SIG_SETMASK, &self->mask, NULL);
		raise(self->ended_by);
	}
	sigprocmask(SIG_SETMASK, &self->mask, NULL);
	return ret;
}

static int print_json(const struct top *top, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < top->running.count; i++) {
		size_t number = top->order[i];
		json_t *object = running_json(&top->running.entries[number],
					      &top->running.uses[number]);

		json_object_set_new(object, "cpu_percent",
				    json_real(top->cpu[number]));
		ret = cli_json_print(object, err);
	}
	return ret;
}

static enum top_sort sort_of(const char *word)
{
	static const char *const words[] = {
		[TOP_CPU] = "cpu", [TOP_MEMORY] = "memory",
		[TOP_PROCESSES] = "processes", [TOP_DENIED] = "denied",
	};

	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (enum top_sort)i;
	return TOP_CPU;
}

static int run(void *data, char **operands)
{
	const struct options *options = data;
	struct error err = {0};
	struct live self = {
		.top.sort = sort_of(options->sort), .err = &err,
		.delay = options->delay ? options->delay : 1000000,
		.keys.fd = -1,
	};
	int ret;

	(void)operands;
	if (self.delay < SHORTEST)
		return cli_usage(&cli_top, "--delay: at least 0.1s");
	if (!options->once && !options->common.json && cli_terminal_obeys() &&
	    running_terminal(NULL) > 0 && keys_open(&self.keys, false))
		ret = live(&self);
	else
		ret = top_look(&self.top, &err);
	if (ret == 0 && options->common.json)
		ret = print_json(&self.top, &err);
	else if (ret == 0 && self.keys.fd < 0)
		top_print(&self.top);
	running_warn(&self.top.running);
	keys_close(&self.keys);
	top_free(&self.top);
	return ret < 0 ? cli_fail(1, &err) : 0;
}

static const struct cli_option option_rows[] = {
	{.name = "once", .kind = CLI_FLAG,
	 .offset = offsetof(struct options, once),
	 .help = "Print them once, and end."},
	{.name = "sort", .argument = "BY", .kind = CLI_CHOICE,
	 .offset = offsetof(struct options, sort),
	 .values = "cpu memory processes denied",
	 .help = "What stands first: cpu (the default), memory, processes or "
		 "denied."},
	{.name = "delay", .argument = "TIME", .kind = CLI_DURATION,
	 .offset = offsetof(struct options, delay),
	 .help = "How long to wait between two looks: 5s, 1m; a second where "
		 "this is left out, a tenth at least."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_json_option, NULL
};

const struct cli_command cli_top = {
	.name = "top",
	.summary = "the sandboxes that are running, live",
	.description =
		"Shows the sandboxes that are running on the terminal, anew "
		"each second: CPU time (100 is one CPU), memory, processes and "
		"calls refused. Keys are c, m, p and d (sort by these), Up and "
		"Down (choose one), e or Enter (what was refused to it), s "
		"(stop it) and q (quit). Where there is no terminal, and with "
		"--json, they are printed once.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run,
};
