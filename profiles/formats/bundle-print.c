/* SPDX-License-Identifier: MIT */
/*
 * A bundle as facts, one a line. All of a session stand together, so that what
 * two hosts add are two blocks of lines, and merge.
 */
#include <string.h>

#include "profiles/formats/bundle.h"

/* ---- the order --------------------------------------------------------- */

/* As text; NULL is the first. */
static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_objects(const struct profiles_object *a,
			   const struct profiles_object *b)
{
	int order = strcmp(a->path, b->path);

	if (!order)
		order = compare_text(a->build_id, b->build_id);
	return order ? order : (a->library > b->library) -
			       (a->library < b->library);
}

static int compare_arguments(const struct profiles_bundle_argument *a,
			     const struct profiles_bundle_argument *b)
{
	int order = base_call_compare(&a->call, &b->call);

	for (size_t i = 0; !order && i < ARRAY_SIZE(a->values); i++)
		order = (a->values[i] > b->values[i]) -
			(a->values[i] < b->values[i]);
	return order;
}

static int compare_within(const struct bundle_fact *a,
			  const struct bundle_fact *b)
{
	switch (a->kind) {
	case BUNDLE_DECISION:
		return base_call_compare(&a->of.decision.call,
					 &b->of.decision.call);
	case BUNDLE_CALL:
		return base_call_compare(&a->of.call.call, &b->of.call.call);
	case BUNDLE_PASSED:
		return base_call_compare(&a->of.passed, &b->of.passed);
	case BUNDLE_ARGUMENT:
		return compare_arguments(&a->of.argument, &b->of.argument);
	case BUNDLE_OBJECT:
		return compare_objects(&a->of.object, &b->of.object);
	case BUNDLE_PROFILE:
	case BUNDLE_SESSION:
	case BUNDLE_KINDS:
		break;
	}
	return 0;
}

/* What is of no session comes before what is, for it has no identifier. */
int bundle_fact_compare(const void *a, const void *b)
{
	const struct bundle_fact *left = a, *right = b;
	int order = strcmp(left->program, right->program);

	if (!order)
		order = strcmp(left->uid, right->uid);
	if (!order)
		order = (left->kind > right->kind) - (left->kind < right->kind);
	return order ? order : compare_within(left, right);
}

/* ---- the facts of a bundle --------------------------------------------- */

static size_t count_program(const struct profiles_bundle_program *program)
{
	size_t count = 1 + program->decision_count + program->session_count;

	for (size_t i = 0; i < program->session_count; i++) {
		const struct profiles_bundle_session *session =
			&program->sessions[i];

		count += session->call_count + session->passed_count +
			 session->argument_count + session->object_count;
	}
	return count;
}

/* Appends a fact of ITEM, and returns the place of the next. */
#define PUT(fact, the_kind, name, uid_, field, item)                           \
	do {                                                                   \
		*(fact) = (struct bundle_fact){ .kind = (the_kind),            \
						.program = (name) };           \
		memcpy((fact)->uid, (uid_), sizeof((fact)->uid));              \
		(fact)->of.field = (item);                                     \
		(fact)++;                                                      \
	} while (0)

static struct bundle_fact *put_session(
	struct bundle_fact *fact, const char *name,
	const struct profiles_bundle_session *session)
{
	const char *uid = session->uid;

	PUT(fact, BUNDLE_SESSION, name, uid, session, *session);
	for (size_t i = 0; i < session->call_count; i++)
		PUT(fact, BUNDLE_CALL, name, uid, call, session->calls[i]);
	for (size_t i = 0; i < session->passed_count; i++)
		PUT(fact, BUNDLE_PASSED, name, uid, passed, session->passed[i]);
	for (size_t i = 0; i < session->argument_count; i++)
		PUT(fact, BUNDLE_ARGUMENT, name, uid, argument,
		    session->arguments[i]);
	for (size_t i = 0; i < session->object_count; i++)
		PUT(fact, BUNDLE_OBJECT, name, uid, object,
		    session->objects[i]);
	return fact;
}

static int print_program(FILE *out,
			 const struct profiles_bundle_program *program)
{
	static const char none[9] = "";
	size_t count = count_program(program);
	cleanup_free struct bundle_fact *facts = calloc(count, sizeof(*facts));
	struct bundle_fact *next = facts;
	int result = 0;

	if (!facts)
		return -ENOMEM;
	PUT(next, BUNDLE_PROFILE, program->name, none, format, BUNDLE_FORMAT);
	for (size_t i = 0; i < program->decision_count; i++)
		PUT(next, BUNDLE_DECISION, program->name, none, decision,
		    program->decisions[i]);
	for (size_t i = 0; i < program->session_count; i++)
		next = put_session(next, program->name, &program->sessions[i]);
	qsort(facts, count, sizeof(*facts), bundle_fact_compare);
	for (size_t i = 0; result == 0 && i < count; i++)
		if (i == 0 || bundle_fact_compare(&facts[i - 1], &facts[i]))
			result = bundle_fact_print(out, &facts[i]);
	return result;
}

int profiles_bundle_print(FILE *out, const struct profiles_bundle *bundle,
			  struct error *err)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (print_program(out, &bundle->programs[i]) < 0)
			return base_error(err, ENOMEM, "out of memory");
	if (fflush(out) != 0 || ferror(out))
		return base_error(err, errno ? errno : EIO, "cannot write: %s",
				  strerror(errno ? errno : EIO));
	return 0;
}
