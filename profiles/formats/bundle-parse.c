/* SPDX-License-Identifier: MIT */
/*
 * Lines into facts, facts into a bundle. The lines may stand in any order, and
 * twice, as a merge leaves them. They are sorted, what is there twice is told
 * from what contradicts itself, and each session gets what is its own.
 */
#include <string.h>

#include "profiles/formats/bundle.h"

struct facts {
	const char *name;		/* of the file */
	struct bundle_fact *items;
	size_t count, room;
	char **programs;		/* the names that items point to */
	size_t program_count, program_room;
};

static void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		bundle_fact_clear(&facts->items[i]);
	for (size_t i = 0; i < facts->program_count; i++)
		free(facts->programs[i]);
	free(facts->items);
	free(facts->programs);
}

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* Room for one more of SIZE bytes; NULL without memory. */
static void *grow(void *items, size_t count, size_t *room, size_t size)
{
	void *grown;

	if (count < *room)
		return items;
	grown = reallocarray(items, *room ? 2 * *room : 64, size);
	if (grown)
		*room = *room ? 2 * *room : 64;
	return grown;
}

/* ---- lines into facts -------------------------------------------------- */

/* PROGRAM is taken over; the name is kept once for a run of lines. */
static int keep_program(struct facts *facts, char *program, const char **kept)
{
	char **programs;

	if (facts->program_count &&
	    strcmp(facts->programs[facts->program_count - 1], program) == 0) {
		free(program);
	} else {
		programs = grow(facts->programs, facts->program_count,
				&facts->program_room, sizeof(*programs));
		if (!programs) {
			free(program);
			return -ENOMEM;
		}
		facts->programs = programs;
		programs[facts->program_count++] = program;
	}
	*kept = facts->programs[facts->program_count - 1];
	return 0;
}

static int add_line(struct facts *facts, const char *line, size_t length,
		    unsigned number, struct error *err)
{
	struct bundle_fact *items = grow(facts->items, facts->count,
					 &facts->room, sizeof(*items));
	struct bundle_fact *fact;
	char *program = NULL;
	int result;

	if (!items)
		return no_memory(err);
	facts->items = items;
	fact = &items[facts->count];
	*fact = (struct bundle_fact){ .line = number };
	result = bundle_fact_parse(line, length, fact, &program, err);
	if (result == 0 && keep_program(facts, take_ptr(program),
					&fact->program) < 0)
		result = no_memory(err);
	free(program);
	if (result == 0)
		facts->count++;
	else
		bundle_fact_clear(fact);
	return result;
}

static bool is_mark(const char *line, size_t length)
{
	static const char *const marks[] = { "<<<<<<<", "=======", ">>>>>>>",
					     "|||||||" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (length >= 7 && strncmp(line, marks[i], 7) == 0)
			return true;
	return false;
}

/* The format that a line names, where it is newer than ours; else 0. */
static uint64_t newer_format(const char *bytes, size_t count)
{
	const char *end = bytes + count, *next;

	for (; bytes < end; bytes = next) {
		const char *newline = memchr(bytes, '\n',
					     (size_t)(end - bytes));
		json_t *object;
		json_int_t format;

		next = newline ? newline + 1 : end;
		if (!memmem(bytes, (size_t)(next - bytes), "\"format\"", 8))
			continue;
		object = json_loadb(bytes, (size_t)(next - bytes), 0, NULL);
		format = json_integer_value(json_object_get(object, "format"));
		json_decref(object);
		if (format > BUNDLE_FORMAT)
			return (uint64_t)format;
	}
	return 0;
}

static int parse_line(struct facts *facts, const char *line, size_t length,
		      unsigned number, struct error *err)
{
	int result;

	if (is_mark(line, length))
		result = base_error(err, EINVAL, "here is a conflict that a "
				    "merge left; remove its three marks and "
				    "keep the lines of both sides");
	else
		result = add_line(facts, line, length, number, err);
	return result < 0 ? base_error_at(err, "%s:%u", facts->name, number) :
			    0;
}

static bool is_blank(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static int parse_lines(struct facts *facts, const char *bytes, size_t count,
		       struct error *err)
{
	const char *line = bytes, *end = bytes + count;
	unsigned number = 1;
	int result = 0;

	for (; result == 0 && line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		if (!is_blank(line, length))
			result = parse_line(facts, line, length, number, err);
		line += length + 1;
	}
	if (result == -EPROTO) {
		uint64_t format = newer_format(bytes, count);

		if (format)
			return base_error(err, EPROTO, "%s is of format %ju, "
					  "and this jail reads format %d; use "
					  "the jail that wrote it, or a newer "
					  "one", facts->name,
					  (uintmax_t)format, BUNDLE_FORMAT);
	}
	return result;
}

/* ---- what contradicts itself ------------------------------------------- */

static char *print_fact(const struct bundle_fact *fact)
{
	char *text = NULL;
	size_t size;
	FILE *out = base_memstream(&text, &size);
	int result = out ? bundle_fact_print(out, fact) : -ENOMEM;

	if (out)
		fclose(out);
	if (result < 0)
		base_free(&text);
	return text;
}

/* 1: they say the same; 0: they do not; -ENOMEM. */
static int say_the_same(const struct bundle_fact *a,
			const struct bundle_fact *b)
{
	cleanup_free char *left = print_fact(a), *right = print_fact(b);

	return left && right ? strcmp(left, right) == 0 : -ENOMEM;
}

static int check_format(const struct facts *facts,
			const struct bundle_fact *fact, struct error *err)
{
	if (fact->of.format == BUNDLE_FORMAT)
		return 0;
	return base_error(err, EPROTO, "%s:%u: the file is of format %ju, and "
			  "this jail reads format %d; use the jail that wrote "
			  "it, or a newer one", facts->name, fact->line,
			  (uintmax_t)fact->of.format, BUNDLE_FORMAT);
}

/* Of a session of which only the identifier is known, another store may tell
 * all: 1, and KEPT is that one. */
static int is_only_named(struct bundle_fact *kept, struct bundle_fact *other)
{
	if (kept->kind != BUNDLE_SESSION ||
	    !kept->of.session.started == !other->of.session.started)
		return 0;
	if (!kept->of.session.started) {
		struct bundle_fact named = *kept;

		*kept = *other;
		*other = named;
	}
	return 1;
}

/* Takes out what is there twice. */
static int unite(struct facts *facts, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->count; i++) {
		struct bundle_fact *fact = &facts->items[i];
		struct bundle_fact *last = &facts->items[kept ? kept - 1 : 0];
		int same;

		if (fact->kind == BUNDLE_PROFILE &&
		    check_format(facts, fact, err) < 0)
			return -EPROTO;
		if (!kept || bundle_fact_compare(last, fact) != 0) {
			struct bundle_fact moved = *fact;

			*fact = facts->items[kept];
			facts->items[kept++] = moved;
			continue;
		}
		same = is_only_named(last, fact) ? 1 :
						   say_the_same(last, fact);
		if (same < 0)
			return no_memory(err);
		if (!same)
			return base_error(err, EINVAL, "%s:%u: this "
					  "contradicts line %u, which says "
					  "other things of the same %s; remove "
					  "one of the two",
					  facts->name, fact->line, last->line,
					  bundle_rows[fact->kind].name);
	}
	for (size_t i = kept; i < facts->count; i++)
		bundle_fact_clear(&facts->items[i]);
	facts->count = kept;
	return 0;
}

/* ---- facts into a bundle ----------------------------------------------- */

/* How many facts from FIRST on are of KIND, and of the same session. */
static size_t run_of(const struct facts *facts, size_t first,
		     enum bundle_kind kind)
{
	const struct bundle_fact *items = facts->items;
	size_t next = first;

	while (next < facts->count && items[next].kind == kind &&
	       strcmp(items[next].program, items[first].program) == 0 &&
	       strcmp(items[next].uid, items[first].uid) == 0)
		next++;
	return next - first;
}

/* The facts of KIND from *NEXT on become LIST, which takes their strings. */
#define TAKE(facts, next, the_kind, list, list_count, field, err)              \
	({                                                                     \
		size_t run_ = run_of(facts, *(next), the_kind);                \
		(list) = run_ ? calloc(run_, sizeof(*(list))) : NULL;          \
		for (size_t i_ = 0; (list) && i_ < run_; i_++) {               \
			struct bundle_fact *f_ = &(facts)->items[*(next) + i_];\
			(list)[(list_count)++] = f_->of.field;                 \
			memset(&f_->of, 0, sizeof(f_->of));                    \
		}                                                              \
		*(next) += run_;                                               \
		run_ && !(list) ? no_memory(err) : 0;                          \
	})

/* One that does not say when it started is one of which nothing is known but
 * its identifier. */
static int check_start(const struct facts *facts,
		       const struct bundle_fact *fact, size_t next,
		       const struct profiles_bundle_session *session,
		       struct error *err)
{
	const struct bundle_fact *item = &facts->items[next];

	if (session->started || next == facts->count ||
	    strcmp(item->program, fact->program) != 0 ||
	    strcmp(item->uid, fact->uid) != 0)
		return 0;
	return base_error(err, EINVAL, "%s:%u: the session %s does not say "
			  "when it started, and line %u says more of it",
			  facts->name, fact->line, fact->uid, item->line);
}

static int take_session(struct facts *facts, size_t *next,
			struct profiles_bundle_session *session,
			struct error *err)
{
	struct bundle_fact *fact = &facts->items[*next];
	int result;

	if (fact->kind != BUNDLE_SESSION)
		return base_error(err, EINVAL, "%s:%u: no line tells of the "
				  "session %s; the file is not whole",
				  facts->name, fact->line, fact->uid);
	*session = fact->of.session;
	memcpy(session->uid, fact->uid, sizeof(session->uid));
	memset(&fact->of, 0, sizeof(fact->of));
	++*next;
	result = check_start(facts, fact, *next, session, err);
	if (result == 0)
		result = TAKE(facts, next, BUNDLE_CALL, session->calls,
			      session->call_count, call, err);
	if (result == 0)
		result = TAKE(facts, next, BUNDLE_PASSED, session->passed,
			      session->passed_count, passed, err);
	if (result == 0)
		result = TAKE(facts, next, BUNDLE_ARGUMENT, session->arguments,
			      session->argument_count, argument, err);
	if (result == 0)
		result = TAKE(facts, next, BUNDLE_OBJECT, session->objects,
			      session->object_count, object, err);
	return result;
}

static int take_sessions(struct facts *facts, size_t *next,
			 struct profiles_bundle_program *program,
			 struct error *err)
{
	size_t room = 0;
	int result = 0;

	while (result == 0 && *next < facts->count &&
	       strcmp(facts->items[*next].program, program->name) == 0) {
		struct profiles_bundle_session *sessions = grow(
			program->sessions, program->session_count, &room,
			sizeof(*sessions));

		if (!sessions)
			return no_memory(err);
		program->sessions = sessions;
		sessions += program->session_count++;
		*sessions = (struct profiles_bundle_session){ 0 };
		result = take_session(facts, next, sessions, err);
	}
	return result;
}

static int take_program(struct facts *facts, size_t *next,
			struct profiles_bundle_program *program,
			struct error *err)
{
	const struct bundle_fact *fact = &facts->items[*next];
	int result;

	program->name = strdup(fact->program);
	if (!program->name)
		return no_memory(err);
	if (fact->kind != BUNDLE_PROFILE)
		return base_error(err, EINVAL, "%s:%u: no line says of which "
				  "format the facts of %s are; the file is not "
				  "whole", facts->name, fact->line,
				  program->name);
	++*next;
	result = TAKE(facts, next, BUNDLE_DECISION, program->decisions,
		      program->decision_count, decision, err);
	return result < 0 ? result : take_sessions(facts, next, program, err);
}

static int take_programs(struct facts *facts, struct profiles_bundle *bundle,
			 struct error *err)
{
	size_t next = 0, room = 0;
	int result = 0;

	while (result == 0 && next < facts->count) {
		struct profiles_bundle_program *programs = grow(
			bundle->programs, bundle->count, &room,
			sizeof(*programs));

		if (!programs)
			return no_memory(err);
		bundle->programs = programs;
		programs += bundle->count++;
		*programs = (struct profiles_bundle_program){ 0 };
		result = take_program(facts, &next, programs, err);
	}
	return result;
}

int profiles_bundle_parse(char *bytes, size_t count, const char *name,
			  struct profiles_bundle *bundle, struct error *err)
{
	__attribute__((cleanup(facts_free))) struct facts facts = {
		.name = name,
	};
	int result = parse_lines(&facts, bytes, count, err);

	if (result == 0 && !facts.count)
		result = base_error(err, EINVAL, "%s: there is no fact in it",
				    name);
	if (result < 0)
		return result;
	qsort(facts.items, facts.count, sizeof(*facts.items),
	      bundle_fact_compare);
	result = unite(&facts, err);
	return result < 0 ? result : take_programs(&facts, bundle, err);
}
