/* SPDX-License-Identifier: MIT */
/*
 * review-ask: goes through what waits for a decision, a key each. Nothing is
 * kept of what waits: after each answer the store is asked for the next one, so
 * that what was decided elsewhere meanwhile, undone or allowed together is
 * never asked about, and memory is that of one offer. Kept is what was put off,
 * and what was answered.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/offer.h"

enum { SHOWN = 12 };	/* calls in the last sentence */

struct item {
	char program[256];
	struct base_call call;
};

struct items {
	struct item *rows;
	size_t count;
};

struct review {
	struct db *db;
	struct keys *keys;
	const char *program;	/* NULL: all */
	int64_t since;
	struct items passed;	/* put off, or only told */
	struct items allowed, never;
	char header[256];	/* the program whose header was printed */
	struct item wanted;	/* what was asked about last: its program goes
				 * on, and, where it was undone, it is next */
	bool undone;
	struct db_pending *now;
	sigset_t mask;		/* as it was */
	int signal_fd;
	int ended_by;		/* a signal */
	struct error *err;
};

/* ---- lists of calls --------------------------------------------------- */

static void set_item(struct item *item, const char *program,
		     struct base_call call)
{
	snprintf(item->program, sizeof(item->program), "%s", program);
	item->call = call;
}

static bool is_item(const struct item *item, const char *program,
		    struct base_call call)
{
	return base_call_compare(&item->call, &call) == 0 &&
	       strcmp(item->program, program) == 0;
}

static bool items_have(const struct items *items, const char *program,
		       struct base_call call)
{
	for (size_t i = 0; i < items->count; i++)
		if (is_item(&items->rows[i], program, call))
			return true;
	return false;
}

static int items_add(struct review *self, struct items *items,
		     const char *program, struct base_call call)
{
	struct item *rows = reallocarray(items->rows, items->count + 1,
					 sizeof(*rows));

	if (!rows)
		return base_error(self->err, ENOMEM, "out of memory");
	items->rows = rows;
	set_item(&rows[items->count++], program, call);
	return 0;
}

static void items_remove(struct items *items, const char *program,
			 struct base_call call)
{
	size_t kept = 0;

	for (size_t i = 0; i < items->count; i++)
		if (!is_item(&items->rows[i], program, call))
			items->rows[kept++] = items->rows[i];
	items->count = kept;
}

/* ---- the next one ----------------------------------------------------- */

static int pick(void *data, const struct db_pending *pending)
{
	struct review *self = data;
	bool wanted = !self->undone ||
		      is_item(&self->wanted, pending->program, pending->call);

	if (items_have(&self->passed, pending->program, pending->call) ||
	    (self->now && !wanted))
		return 0;
	offer_free(self->now);
	self->now = offer_keep(pending);
	if (!self->now)
		return base_error(self->err, ENOMEM, "out of memory");
	return wanted;
}

/* Of the same program first. self->now is NULL where nothing is left. */
static int next(struct review *self)
{
	int ret = 0;

	offer_free(take_ptr(self->now));
	if (*self->wanted.program)
		ret = db_each_pending(self->db, self->wanted.program,
				      self->since, pick, self, self->err);
	if (ret >= 0 && !self->now)
		ret = db_each_pending(self->db, self->program, self->since,
				      pick, self, self->err);
	return ret < 0 ? ret : 0;
}

/* ---- a key ------------------------------------------------------------ */

/* Stops as though the signal had not been blocked; the terminal is the
 * shell's meanwhile. */
static void stop(struct review *self)
{
	sigset_t set;

	keys_end(self->keys);
	fputc('\n', stderr);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	keys_begin(self->keys);
}

static void take_signal(struct review *self)
{
	struct signalfd_siginfo info;

	if (read(self->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP)
		stop(self);
	else
		self->ended_by = (int)info.ssi_signo;
}

/* A key; 0: the question is to be put again; -1: there will be no more. */
static int wait_key(struct review *self)
{
	struct pollfd pollers[] = {
		{.fd = self->keys->fd, .events = POLLIN},
		{.fd = self->signal_fd, .events = POLLIN},
	};
	int key = 0;

	while (key == 0) {
		if (poll(pollers, ARRAY_SIZE(pollers), -1) < 0)
			continue;
		if (pollers[1].revents) {
			take_signal(self);
			return self->ended_by ? -1 : 0;
		}
		key = keys_read(self->keys);
	}
	return key;
}

/* ---- the question ----------------------------------------------------- */

static void print_help(void)
{
	fputs("  y  allow it, from the program's next start on\n"
	      "  n  never: it stays refused, and is not told of any more\n"
	      "  l  later: it is asked about again the next time\n"
	      "  w  why: what the call does, who needs it, what it costs\n"
	      "  q  quit; what was answered is stored\n"
	      "  a  allow all that this program waits for and that is neither "
	      "dangerous,\n"
	      "     forgeable, another user's nor dropped before\n"
	      "  s  allow it, and what usually comes with it\n"
	      "  u  undo the last answer, also one of an earlier review\n",
	      stderr);
}

/* Where a program has one call alone, the offer says what the header would. */
static int print_offer(struct review *self)
{
	const struct db_pending *now = self->now;
	bool same = strcmp(self->header, now->program) == 0;
	char text[1024], besides[1200], sibling[160];
	struct review_sum sum;
	int ret = 0;

	if (!same)
		ret = review_sum(self->db, now->program, self->since, &sum,
				 self->err);
	if (ret < 0)
		return ret;
	if (!same && sum.calls > 1)
		review_header(stderr, now->program, &sum);
	snprintf(self->header, sizeof(self->header), "%s", now->program);
	set_item(&self->wanted, now->program, now->call);
	offer_besides(besides, sizeof(besides), now);
	fprintf(stderr, "%s.%s%s%s\n", offer_text(text, sizeof(text), now),
		*besides ? "\n  " : "", besides, *besides ? "." : "");
	offer_sibling(sibling, sizeof(sibling), self->db, now);
	if (*sibling)
		fprintf(stderr, "  It is %s.\n", sibling);
	return 0;
}

static const char *echo(enum offer_answer answer)
{
	switch (answer) {
	case OFFER_YES: return "yes";
	case OFFER_NEVER: return "never";
	case OFFER_LATER: return "later";
	case OFFER_WHY: return "why";
	case OFFER_QUIT: return "quit";
	case OFFER_ALL: return "all";
	case OFFER_SIBLINGS: return "with siblings";
	case OFFER_UNDO: return "undo";
	case OFFER_NONE: break;
	}
	return "";
}

/* What is answered to self->now, why and help aside. */
static int ask(struct review *self, enum offer_answer *answer)
{
	int ret = 0, key;

	*answer = OFFER_NONE;
	while (ret == 0) {
		fputs(offer_question(true), stderr);
		key = wait_key(self);
		*answer = key < 0 ? OFFER_QUIT : offer_key(key, true);
		fprintf(stderr, "%s\n", key > 0 ? echo(*answer) : "");
		if (*answer == OFFER_WHY)
			ret = offer_why(stderr, self->db, self->now,
					self->err);
		else if (*answer != OFFER_NONE)
			break;
		else if (key != 0)
			print_help();
	}
	return ret;
}

/* ---- what becomes of the answer --------------------------------------- */

static int collect(void *data, const struct db_pending *pending)
{
	return offer_obstacle(pending) ? 0 :
		       profiles_set_add(data, pending->call);
}

static int allow_all(struct review *self)
{
	cleanup_profiles_set struct profiles_set set = {0};
	const char *obstacle = offer_obstacle(self->now);
	char label[64];
	int ret;

	base_error(self->err, ENOMEM, "out of memory");
	ret = db_each_pending(self->db, self->now->program, self->since,
			      collect, &set, self->err);
	if (ret == 0)
		ret = offer_allow(self->db, self->now->program, &set,
				  self->err);
	for (size_t i = 0; ret == 0 && i < set.count; i++)
		ret = items_add(self, &self->allowed, self->now->program,
				set.calls[i]);
	if (ret == 0 && obstacle)
		fprintf(stderr, "%s is left: %s\n",
			cli_call_label(label, sizeof(label), self->now->call),
			obstacle);
	return ret;
}

static int decide(struct review *self, enum offer_answer answer)
{
	struct items *items = answer == OFFER_NEVER ? &self->never :
						      &self->allowed;
	int ret = offer_settle(self->db, self->now, answer, self->err);

	return ret <= 0 ? ret : items_add(self, items, self->now->program,
					  self->now->call);
}

/* What is undone is asked about next. */
static int undo(struct review *self)
{
	cleanup_free struct db_undone *undone = NULL;
	size_t count = 0;
	int ret = db_undo(self->db, self->program, cli_author(), &undone,
			  &count, self->err);

	if (ret == -ENOENT) {
		fprintf(stderr, "%s\n", self->err->text);
		return 0;
	}
	if (ret < 0)
		return ret;
	offer_tell_undone(undone, count);
	for (size_t i = 0; i < count; i++) {
		const struct db_undone *row = &undone[i];

		items_remove(&self->passed, row->program, row->call);
		items_remove(&self->allowed, row->program, row->call);
		items_remove(&self->never, row->program, row->call);
		set_item(&self->wanted, row->program, row->call);
	}
	self->undone = count > 0;
	return 0;
}

static int act(struct review *self, enum offer_answer answer)
{
	switch (answer) {
	case OFFER_YES:
	case OFFER_SIBLINGS:
	case OFFER_NEVER:
		return decide(self, answer);
	case OFFER_ALL:
		return allow_all(self);
	case OFFER_UNDO:
		return undo(self);
	default:
		return items_add(self, &self->passed, self->now->program,
				 self->now->call);
	}
}

static int go_through(struct review *self)
{
	enum offer_answer answer = OFFER_NONE;
	int ret = next(self);

	while (ret == 0 && self->now && answer != OFFER_QUIT) {
		ret = print_offer(self);
		answer = OFFER_LATER;
		if (ret == 0 && offer_asks(self->now))
			ret = ask(self, &answer);
		if (ret == 0 && answer != OFFER_QUIT)
			ret = act(self, answer);
		if (ret == 0 && answer != OFFER_QUIT)
			ret = next(self);
	}
	offer_free(take_ptr(self->now));
	return ret;
}

/* ---- begin and end ---------------------------------------------------- */

static void print_items(const struct items *items, const char *what)
{
	size_t shown = items->count < SHOWN ? items->count : SHOWN;
	char word[64], name[256];

	if (!items->count)
		return;
	fputs(what, stderr);
	for (size_t i = 0; i < shown; i++) {
		const struct item *row = &items->rows[i];

		fprintf(stderr, "%s%s", i ? ", " : "",
			cli_call_word(word, sizeof(word), row->call));
		/* Once behind all of its calls. */
		if (i + 1 == shown || strcmp(row->program, row[1].program) != 0)
			fprintf(stderr, " (%s)",
				base_printable(name, sizeof(name),
					       row->program));
	}
	if (items->count > shown)
		fprintf(stderr, " and %zu more", items->count - shown);
	fputs("; ", stderr);
}

static void print_end(const struct review *self, size_t left)
{
	print_items(&self->allowed, "allowed: ");
	print_items(&self->never, "never: ");
	if (left)
		fprintf(stderr, "%zu call%s left to decide on\n", left,
			left == 1 ? " is" : "s are");
	else
		fputs("nothing waits for a decision\n", stderr);
}

static int begin(struct review *self)
{
	int ret = cli_signals((const int[]){SIGTSTP, 0}, &self->signal_fd,
			      &self->mask, self->err);

	keys_begin(self->keys);
	return ret;
}

static void end(struct review *self)
{
	keys_end(self->keys);
	base_close(&self->signal_fd);
	free(self->passed.rows);
	free(self->allowed.rows);
	free(self->never.rows);
	if (self->ended_by)
		raise(self->ended_by);
	sigprocmask(SIG_SETMASK, &self->mask, NULL);
}

int review_ask(struct db *db, struct keys *keys, const char *program,
	       int64_t since, size_t *allowed, size_t *left)
{
	struct error err = {0};
	struct review self = {
		.db = db, .keys = keys, .program = program, .since = since,
		.err = &err,
	};
	struct review_sum sum = {0};
	int ret = begin(&self);

	if (ret == 0)
		ret = go_through(&self);
	if (ret == 0)
		ret = review_sum(db, program, since, &sum, &err);
	*allowed = self.allowed.count;
	*left = sum.waiting;
	if (ret == 0 && !self.ended_by)
		print_end(&self, sum.waiting);
	end(&self);
	if (ret < 0)
		cli_fail(CLI_FAILED, &err);
	return ret < 0 || !self.ended_by ? ret : -EINTR;
}
