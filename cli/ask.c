/* SPDX-License-Identifier: MIT */
/*
 * ask: a call waits, and a person says what becomes of it.
 *
 *   jail: top wants time (201, x86_64): asks for the time. [o]nce [a]lways ...
 *
 * Keys count from when the question is shown: what was typed before was meant
 * for the program. Our terminal is a file of our own, so that it can be such
 * that nothing blocks: who stops its output holds up the question, and not us.
 * In the background nothing is asked, and the question waits for the
 * foreground. A question that goes without an answer may be read still, and
 * another be in its place by then: for a moment no key counts.
 */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cli/ask.h"

#define MOMENT 700000 /* microseconds */

/* A call that is always allowed, and not yet in the store. */
struct cli_kept {
	struct profiles_denial denial;
	int64_t id;		/* of its row, 0: there is none */
};

static void print(const struct cli_ask *ask, const char *text)
{
	base_write_all(ask->keys.fd, text, strlen(text));
}

static bool in_foreground(const struct cli_ask *ask)
{
	return tcgetpgrp(ask->keys.fd) == getpgrp();
}

/* ---- the store -------------------------------------------------------- */

static const char *name_of(const struct cli_ask *ask)
{
	return ask->denials->program;
}

static struct db_pending pending_of(const struct cli_ask *ask,
				    const struct profiles_denial *denial,
				    int64_t id)
{
	return (struct db_pending){
		.program = name_of(ask), .call = denial->call, .count = 1,
		.first_time = denial->time, .last_time = denial->time,
		.rows = 1, .id = id, .latest = denial,
		.listed = profiles_set_has(ask->denials->whitelist,
					   denial->call),
	};
}

/* The denial is what the decision answers, so it comes first. */
static int store(const struct cli_ask *ask, struct cli_kept *kept, bool wait,
		 struct error *err)
{
	cleanup_db struct db *db = NULL;
	struct db_pending pending;
	int ret = cli_denial_open(ask->denials, wait, &db, err);

	if (ret == 0 && !kept->id)
		ret = db_denial_add(db, name_of(ask), &kept->denial, &kept->id,
				    err);
	if (ret < 0)
		return ret;
	pending = pending_of(ask, &kept->denial, kept->id);
	return offer_decide(db, &pending, OFFER_YES, err);
}

static void keep(struct cli_ask *ask, const struct cli_kept *kept)
{
	struct cli_kept *grown = reallocarray(ask->kept, ask->kept_count + 1,
					      sizeof(*grown));

	if (!grown)
		return;
	ask->kept = grown;
	grown[ask->kept_count++] = *kept;
}

/* A list that is not the store's is changed by its owner alone. */
static void allow(struct cli_ask *ask)
{
	struct cli_kept kept = {.denial = *ask->question};
	struct error err = {0};
	char remedy[4096];
	int ret;

	kept.denial.action = PROFILES_LOGGED;
	if (!cli_denial_list_is_stores(ask->denials)) {
		cli_denial_remedy(ask->denials, ask->question, remedy,
				  sizeof(remedy));
		fprintf(stderr, "jail: that is for this run; %s\n", remedy);
		return;
	}
	ret = store(ask, &kept, false, &err);
	if (ret == 0)
		return;
	if (ret == -EBUSY)
		base_error(&err, EBUSY, "the store is busy: that it is allowed "
			   "is stored when the program has ended");
	cli_fail(CLI_FAILED, &err);
	keep(ask, &kept);
}

static void read_never(struct cli_ask *ask)
{
	cleanup_db struct db *db = NULL;
	cleanup_free char *path = NULL;

	if (db_path(ask->denials->common->db, &path, NULL) == 0 &&
	    db_open(&db, path, DB_READ, NULL) == 0)
		(void)db_expected(db, name_of(ask), &ask->never, NULL);
}

/* ---- the question ----------------------------------------------------- */

static void who(const struct cli_ask *ask, char *out, size_t size)
{
	cli_denial_who(out, size, ask->denials, ask->question,
		       ask->by_program);
}

/* What the call does, and where they count with which values. */
static void what(const struct cli_ask *ask, char *out, size_t size)
{
	const struct profiles_denial *denial = ask->question;
	const char *help = base_call_help(denial->call);
	const char *cost = enforce_dangerous_use(denial->call,
						 denial->arguments);
	bool listed = profiles_set_has(ask->denials->whitelist, denial->call);
	char call[64], values[256] = "";

	cli_call_label(call, sizeof(call), denial->call);
	if (cost || listed)
		cli_values_text(values, sizeof(values), denial);
	snprintf(out, size, "%s%s%s%s%s%s%s%s", call, help ? ": " : "",
		 help ? help : "", *values ? " (" : "", values,
		 *values ? ")" : "", cost ? "; that is dangerous: " : "",
		 cost ? cost : "");
}

/* "(2 more wait) " */
static char *more(const struct cli_ask *ask, char *out, size_t size)
{
	*out = '\0';
	if (ask->waiting)
		snprintf(out, size, "(%zu more wait%s) ", ask->waiting,
			 ask->waiting == 1 ? "s" : "");
	return out;
}

static void show(struct cli_ask *ask)
{
	char asks[1024], wants[1024], wait[48], line[2304];

	who(ask, asks, sizeof(asks));
	what(ask, wants, sizeof(wants));
	snprintf(line, sizeof(line), "\rjail: %s wants %s. [o]nce [a]lways "
		 "[d]eny [k]ill [w]hy %s\033[K", asks, wants,
		 more(ask, wait, sizeof(wait)));
	print(ask, line);
	ask->width = strlen(line) - strlen("\r\033[K");
	ask->said = ask->waiting;
	ask->shown = true;
}

/* What goes over several lines cannot be written over. */
static bool fits(const struct cli_ask *ask)
{
	struct winsize size = {0};

	(void)ioctl(ask->keys.fd, TIOCGWINSZ, &size);
	return ask->width < (size.ws_col ? size.ws_col : 80);
}

/* Where it is added to the end, only what makes a difference. */
static void show_more(struct cli_ask *ask)
{
	char wait[48];

	if (fits(ask)) {
		show(ask);
	} else if (ask->waiting >= 2 * ask->said) {
		print(ask, more(ask, wait, sizeof(wait)));
		ask->said = ask->waiting;
	}
}

static void drop_keys(struct cli_ask *ask)
{
	while (keys_read(&ask->keys) > 0)
		;
}

/* What was typed before is dropped. */
static void begin(struct cli_ask *ask)
{
	char wants[1024];

	what(ask, wants, sizeof(wants));
	if (strcmp(wants, ask->withdrawn) == 0)
		ask->deaf_until = 0;
	keys_begin(&ask->keys);
	drop_keys(ask);
	show(ask);
}

static void tell_background(const struct cli_ask *ask)
{
	char asks[1024], line[1200];

	who(ask, asks, sizeof(asks));
	snprintf(line, sizeof(line), "jail: %s waits for an answer; type fg to "
		 "give it\n", asks);
	print(ask, line);
}

static void put(void *data, const struct profiles_denial *denial,
		bool by_program, size_t waiting)
{
	struct cli_ask *ask = data;
	bool again = ask->question == denial;

	ask->question = denial;
	ask->by_program = by_program;
	ask->waiting = waiting;
	if (again) {
		if (ask->shown && in_foreground(ask))
			show_more(ask);
		return;
	}
	ask->shown = ask->answered = false;
	ask->expected = profiles_set_has(&ask->never, denial->call) ||
		(ask->denials->expected &&
		 profiles_set_has(ask->denials->expected, denial->call));
	if (ask->expected)
		return;
	if (in_foreground(ask))
		begin(ask);
	else
		tell_background(ask);
}

/* ---- the answer ------------------------------------------------------- */

static void why(struct cli_ask *ask)
{
	struct db_pending pending = pending_of(ask, ask->question, 0);
	cleanup_free char *text = NULL;
	cleanup_db struct db *db = NULL;
	struct error err = {0};
	size_t length;
	FILE *out = base_memstream(&text, &length);
	int ret = cli_denial_open(ask->denials, false, &db, &err);

	if (!out)
		return;
	fputs("why\n", out);
	if (ret == 0)
		ret = offer_why(out, db, &pending, &err);
	if (ret < 0)
		fprintf(out, "  %s\n", err.text);
	if (fclose(out) == 0)
		print(ask, text);
	show(ask);
}

static enum enforce_answer take_key(struct cli_ask *ask, int key)
{
	switch (tolower(key)) {
	case 'o': return ENFORCE_ANSWER_ONCE;
	case 'd': return ENFORCE_ANSWER_DENY;
	case 'k': return ENFORCE_ANSWER_KILL;
	case 'w': why(ask); return ENFORCE_ANSWER_NONE;
	case 'a': break;
	default: return ENFORCE_ANSWER_NONE;
	}
	print(ask, "always\n");
	ask->answered = true;
	allow(ask);
	return ENFORCE_ANSWER_ALWAYS;
}

/* Ctrl-D, or the terminal is gone. */
static void leave(struct cli_ask *ask)
{
	if (ask->shown)
		print(ask, "nobody is asked any more\n");
	ask->answered = true;
	keys_close(&ask->keys);
	ask->asker.fd = -1;
}

static enum enforce_answer read_answer(void *data)
{
	struct cli_ask *ask = data;
	enum enforce_answer answer = ENFORCE_ANSWER_NONE;
	int key = 0;

	if (ask->expected)
		return ENFORCE_ANSWER_DENY;
	if (tcgetpgrp(ask->keys.fd) < 0) {
		leave(ask);
		return answer;
	}
	if (!in_foreground(ask)) {
		ask->shown = false;
		return answer;
	}
	if (!ask->shown)
		begin(ask);
	if (base_now_monotonic() < ask->deaf_until)
		drop_keys(ask);
	while (answer == ENFORCE_ANSWER_NONE &&
	       (key = keys_read(&ask->keys)) > 0)
		answer = take_key(ask, key);
	if (key < 0)
		leave(ask);
	return answer;
}

static void say_end(const struct cli_ask *ask, enum enforce_answer answer,
		    bool expired)
{
	static const char *const words[] = {
		[ENFORCE_ANSWER_ONCE] = "once\n",
		[ENFORCE_ANSWER_ALWAYS] = "always\n",
		[ENFORCE_ANSWER_DENY] = "denied\n",
		[ENFORCE_ANSWER_KILL] = "killed\n",
	};

	if (expired)
		print(ask, "denied: no answer in time\n");
	else if (answer != ENFORCE_ANSWER_NONE)
		print(ask, words[answer]);
	else
		print(ask, fits(ask) ? "\r\033[K" : "withdrawn\n");
}

/* The same question may come again, as after Ctrl-Z. */
static void note_withdrawn(struct cli_ask *ask)
{
	what(ask, ask->withdrawn, sizeof(ask->withdrawn));
	ask->deaf_until = base_now_monotonic() + MOMENT;
}

/* What a person was asked about need not be told again. */
static void done(void *data, enum enforce_answer answer, bool expired)
{
	struct cli_ask *ask = data;

	if (ask->shown && !ask->answered)
		say_end(ask, answer, expired);
	if (ask->shown && (answer != ENFORCE_ANSWER_NONE || expired))
		(void)profiles_set_add(&ask->denials->asked,
				       ask->question->call);
	keys_end(&ask->keys);
	if (ask->shown && answer == ENFORCE_ANSWER_NONE)
		note_withdrawn(ask);
	ask->question = NULL;
	ask->shown = false;
}

/* ---- begin and end ---------------------------------------------------- */

void cli_ask_open(struct cli_ask *ask, struct cli_denials *denials,
		  int64_t timeout)
{
	*ask = (struct cli_ask){
		.denials = denials,
		.asker = {.timeout = timeout, .ask = put, .answer = read_answer,
			  .done = done, .data = ask},
	};
	denials->nobody = !keys_open(&ask->keys, true);
	ask->asker.fd = ask->keys.fd;
	if (denials->nobody)
		return;
	(void)fcntl(ask->keys.fd, F_SETFL, O_NONBLOCK);
	read_never(ask);
}

void cli_ask_close(struct cli_ask *ask)
{
	struct error err = {0};

	keys_close(&ask->keys);
	for (size_t i = 0; i < ask->kept_count; i++)
		if (store(ask, &ask->kept[i], true, &err) < 0)
			cli_fail(CLI_FAILED, &err);
	base_free(&ask->kept);
	ask->kept_count = 0;
	profiles_set_free(&ask->never);
	profiles_set_free(&ask->denials->asked);
}
