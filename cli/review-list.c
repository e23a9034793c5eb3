/* SPDX-License-Identifier: MIT */
/*
 * review-list: what waits for a decision, without a question: as text, as one
 * object a line, and allowed by --yes as far as nothing stands in the way.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/offer.h"

/* ---- sums and headers ------------------------------------------------- */

static bool was_let_pass(const struct db_pending *pending)
{
	return pending->latest->action == PROFILES_LOGGED;
}

static const char *fate(bool refused)
{
	return refused ? "refused" : "let pass";
}

static int add_to_sum(void *data, const struct db_pending *pending)
{
	struct review_sum *sum = data;

	sum->calls++;
	sum->waiting += offer_asks(pending);
	sum->refused |= !was_let_pass(pending);
	if (__builtin_add_overflow(sum->count, pending->count, &sum->count))
		sum->count = UINT64_MAX;
	if (!sum->first_time || pending->first_time < sum->first_time)
		sum->first_time = pending->first_time;
	return 0;
}

int review_sum(struct db *db, const char *program, int64_t since,
	       struct review_sum *sum, struct error *err)
{
	*sum = (struct review_sum){0};
	return db_each_pending(db, program, since, add_to_sum, sum, err);
}

static bool takes_bold(FILE *out)
{
	const char *plain = getenv("NO_COLOR");

	return isatty(fileno(out)) && (!plain || !*plain) &&
	       cli_terminal_obeys();
}

void review_header(FILE *out, const char *program,
		   const struct review_sum *sum)
{
	bool bold = takes_bold(out), one = sum->calls == 1;
	char name[256], since[32];

	fprintf(out, "%s%s%s: %zu call%s %s %s ", bold ? "\033[1m" : "",
		base_printable(name, sizeof(name), program),
		bold ? "\033[m" : "", sum->calls, one ? "" : "s",
		one ? "was" : "were", fate(sum->refused));
	cli_short_time(since, sizeof(since), sum->first_time);
	if (sum->count == 1)
		fprintf(out, "once, %s\n", since);
	else
		fprintf(out, "%" PRIu64 " times since %s\n", sum->count,
			since);
}

/* ---- as text, as objects ---------------------------------------------- */

struct listing {
	struct db *db;
	int64_t since;
	bool json, quiet;
	char program[256];	/* whose header was printed */
	size_t left;
	struct error *err;
};

static void print_text(struct db *db, const struct db_pending *pending)
{
	const char *obstacle = offer_obstacle(pending);
	char text[1024], besides[1200], sibling[160];

	printf("  %s\n", offer_text(text, sizeof(text), pending));
	offer_sibling(sibling, sizeof(sibling), db, pending);
	if (*sibling)
		printf("    %s\n", sibling);
	offer_besides(besides, sizeof(besides), pending);
	if (*besides)
		printf("    %s\n", besides);
	else if (obstacle)
		printf("    not allowed by --yes: %s\n", obstacle);
}

/* What belongs to a program comes in one piece. */
static int print_header(struct listing *self, const char *program)
{
	struct review_sum sum;
	int ret;

	if (strcmp(self->program, program) == 0)
		return 0;
	snprintf(self->program, sizeof(self->program), "%s", program);
	ret = review_sum(self->db, program, self->since, &sum, self->err);
	if (ret == 0)
		review_header(stdout, program, &sum);
	return ret;
}

static int print_pending(void *data, const struct db_pending *pending)
{
	struct listing *self = data;
	int ret;

	self->left += offer_asks(pending);
	if (self->quiet)
		return 0;
	if (self->json)
		return cli_json_print(offer_json(pending), self->err);
	ret = print_header(self, pending->program);
	if (ret == 0)
		print_text(self->db, pending);
	return ret;
}

int review_list(struct db *db, const char *program, int64_t since, bool json,
		bool quiet, size_t *left, struct error *err)
{
	struct listing self = {
		.db = db, .since = since, .json = json, .quiet = quiet,
		.err = err,
	};
	int ret = db_each_pending(db, program, since, print_pending, &self,
				  err);

	*left = self.left;
	return ret;
}

/* ---- --yes ------------------------------------------------------------ */

/* What can be allowed, and the lines that say so once it is. */
struct allowed {
	char *program;
	struct base_call call;
	char *line;
};

struct allowing {
	struct allowed *rows;
	size_t count, room;
	bool json;
};

static void allowing_free(struct allowing *self)
{
	for (size_t i = 0; i < self->count; i++) {
		free(self->rows[i].program);
		free(self->rows[i].line);
	}
	free(self->rows);
}

static char *line_of(const struct db_pending *pending, bool json)
{
	char label[64], name[256];
	json_t *object;

	if (!json)
		return base_printf("%s: %s is allowed, %s %" PRIu64
				   " time%s before",
				   base_printable(name, sizeof(name),
						  pending->program),
				   cli_call_label(label, sizeof(label),
						  pending->call),
				   fate(!was_let_pass(pending)), pending->count,
				   cli_plural(pending->count, "s"));
	object = offer_json(pending);
	json_object_set_new(object, "allowed", json_true());
	return cli_json_line(object);
}

static int collect(void *data, const struct db_pending *pending)
{
	struct allowing *self = data;
	struct allowed *rows, row = {.call = pending->call};

	if (offer_obstacle(pending))
		return 0;
	if (self->count == self->room) {
		self->room = self->room ? self->room * 2 : 64;
		rows = reallocarray(self->rows, self->room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		self->rows = rows;
	}
	row.program = strdup(pending->program);
	row.line = line_of(pending, self->json);
	self->rows[self->count++] = row;
	return row.program && row.line ? 0 : -ENOMEM;
}

/* The rows from FIRST on that are about the same program, as one decision.
 * Returns the first one of the next program, or a negative errno. */
static ssize_t allow_program(struct db *db, const struct allowing *self,
			     size_t first, struct error *err)
{
	const char *program = self->rows[first].program;
	cleanup_free struct base_call *calls = calloc(self->count - first,
						      sizeof(*calls));
	size_t next = first;
	int ret;

	if (!calls)
		return base_error(err, ENOMEM, "out of memory");
	for (; next < self->count &&
	     strcmp(self->rows[next].program, program) == 0; next++)
		calls[next - first] = self->rows[next].call;
	ret = db_decide(db, program, DB_ALLOW, calls, next - first,
			DB_REVIEWED, cli_author(), err);
	return ret < 0 ? ret : (ssize_t)next;
}

static int allow_all(struct db *db, const struct allowing *self, bool quiet,
		     struct error *err)
{
	size_t done = 0;

	while (done < self->count) {
		ssize_t next = allow_program(db, self, done, err);

		if (next < 0)
			return (int)next;
		for (; done < (size_t)next; done++)
			if (!quiet)
				puts(self->rows[done].line);
	}
	return 0;
}

int review_allow(struct db *db, const char *program, int64_t since, bool json,
		 bool quiet, size_t *left, struct error *err)
{
	struct allowing self = {.json = json};
	int ret;

	base_error(err, ENOMEM, "out of memory");
	ret = db_each_pending(db, program, since, collect, &self, err);
	if (ret == 0)
		ret = allow_all(db, &self, quiet, err);
	allowing_free(&self);
	return ret < 0 ? ret : review_list(db, program, since, json, quiet,
					   left, err);
}
