/* SPDX-License-Identifier: MIT */
/*
 * Siblings: what stands for a listed call, or for a value of its arguments,
 * with another libc or kernel. The classes are data, those of
 * base/syscall-siblings.tsv:
 *   always   brings its members into every list
 *   peer     one that is listed brings in the others
 *   implies  one left of the '>' brings in those right of it
 *   errno    is about what is refused: it had better fail than end a program
 * Each class is gone through once, with what is listed: what it brings in does
 * not bring in more. Calls of x32 have none, for they are always refused.
 */
#include <string.h>

#include "profiles/profiles.h"

struct search {
	const struct profiles_set *listed, *refused;
	struct profiles_sibling *found;
	size_t count, room;
};

static bool relation_is(const struct base_siblings *class, const char *name)
{
	return strcmp(class->relation, name) == 0;
}

static enum profiles_sibling_answer answer_of(
	const struct base_siblings *class, struct base_call call)
{
	if (base_call_hides_flags(call) || relation_is(class, "errno"))
		return PROFILES_SIBLING_STUB;
	return class->tier == 'A' ? PROFILES_SIBLING_ALLOW :
				    PROFILES_SIBLING_OFFER;
}

static int append(struct search *search, const struct base_siblings *class,
		  struct base_call call, struct base_call of)
{
	if (search->count == search->room) {
		size_t room = search->room ? search->room * 2 : 64;
		struct profiles_sibling *grown = reallocarray(
			search->found, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		search->found = grown;
		search->room = room;
	}
	search->found[search->count++] = (struct profiles_sibling){
		.call = call,
		.of = of,
		.class = class->name,
		.why = class->why,
		.answer = answer_of(class, call),
	};
	return 0;
}

/* The first of those that bring in others which is listed. */
static const struct base_call *find_listed(const struct search *search,
					   const struct base_siblings *class,
					   size_t left)
{
	for (size_t i = 0; i < left; i++)
		if (profiles_set_has(search->listed, class->calls[i]))
			return &class->calls[i];
	return NULL;
}

static int take_class(struct search *search, const struct base_siblings *class,
		      size_t left)
{
	const struct base_call *of = find_listed(search, class, left);
	size_t first = relation_is(class, "implies") ? left : 0;
	int ret = 0;

	if (!of && !relation_is(class, "always") &&
	    !relation_is(class, "errno"))
		return 0;
	for (size_t i = first; ret == 0 && i < class->count; i++) {
		struct base_call call = class->calls[i];

		if (!profiles_set_has(search->listed, call) &&
		    !profiles_set_has(search->refused, call) &&
		    !profiles_is_baseline(call))
			ret = append(search, class, call, of ? *of : call);
	}
	return ret;
}

static int take_arch(struct search *search, enum base_arch arch)
{
	struct base_siblings class;
	size_t left;
	int ret = 0;

	for (size_t i = 0; ret == 0 && base_class(i, arch, &class, &left); i++)
		ret = take_class(search, &class, left);
	return ret;
}

/* Several classes may bring in a call: the one that gives the most is first,
 * and among those the one that has a listed member. */
static int compare(const void *a, const void *b)
{
	const struct profiles_sibling *x = a, *y = b;
	int order = base_call_compare(&x->call, &y->call);

	if (order == 0)
		order = (int)x->answer - (int)y->answer;
	if (order == 0)
		order = (base_call_compare(&x->of, &x->call) == 0) -
			(base_call_compare(&y->of, &y->call) == 0);
	return order ? order : strcmp(x->class, y->class);
}

static void keep_first(struct search *search)
{
	size_t kept = 0;

	if (search->count)
		qsort(search->found, search->count, sizeof(*search->found),
		      compare);
	for (size_t i = 0; i < search->count; i++)
		if (!kept || base_call_compare(&search->found[kept - 1].call,
					       &search->found[i].call) != 0)
			search->found[kept++] = search->found[i];
	search->count = kept;
}

static bool has_arch(const struct profiles_set *set, enum base_arch arch)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->calls[i].arch == (uint32_t)arch)
			return true;
	return false;
}

int profiles_siblings(const struct profiles_set *listed,
		      const struct profiles_set *refused,
		      struct profiles_sibling **siblings, size_t *count)
{
	struct search search = { .listed = listed, .refused = refused };
	int ret = 0;

	*siblings = NULL;
	*count = 0;
	for (unsigned arch = 0; ret == 0 && arch < BASE_ARCH_COUNT; arch++)
		if (arch != BASE_ARCH_X32 && has_arch(listed, arch))
			ret = take_arch(&search, arch);
	if (ret < 0) {
		free(search.found);
		return ret;
	}
	keep_first(&search);
	*siblings = search.found;
	*count = search.count;
	return 0;
}

/* ---- values ------------------------------------------------------------- */

struct values {
	const struct profiles_argument *rows;
	size_t count;
	/* Where values of calls are wanted that are not listed; else NULL. */
	const struct profiles_set *listed, *refused;
	struct profiles_argument *more;
	size_t more_count;
};

static const struct profiles_argument *find_value(
	const struct profiles_argument *rows, size_t count,
	struct base_call call, const uint64_t *value)
{
	for (size_t i = 0; i < count; i++)
		if (base_call_compare(&rows[i].call, &call) == 0 &&
		    (!value || rows[i].values[0] == *value))
			return &rows[i];
	return NULL;
}

/* The call of a value on ARCH; false: it has none, or no value of it is
 * known, or, where they are wanted of others, it is listed. */
static bool call_of(const struct values *values, enum base_arch arch,
		    const struct base_class_value *value,
		    struct base_call *call)
{
	if (!base_call_named(arch, value->call, call))
		return false;
	if (values->listed)
		return has_arch(values->listed, arch) &&
		       !profiles_set_has(values->listed, *call) &&
		       !profiles_set_has(values->refused, *call);
	return find_value(values->rows, values->count, *call, NULL);
}

static bool is_seen(const struct values *values, struct base_call call)
{
	return values->listed ?
		       profiles_set_has(values->listed, call) :
		       find_value(values->rows, values->count, call, NULL) !=
			       NULL;
}

/* A call that needs no value has to be seen for its class as well. */
static bool holds(const struct values *values, enum base_arch arch,
		  size_t index)
{
	struct base_siblings class;
	struct base_class_value value;
	struct base_call call;
	size_t left;

	if (!base_class(index, arch, &class, &left) || class.tier != 'A')
		return false;
	if (relation_is(&class, "always"))
		return true;
	for (size_t i = 0; i < left; i++)
		if (is_seen(values, class.calls[i]))
			return true;
	for (size_t i = 0; base_class_value(i, &value); i++)
		if (value.class == index && !value.implied &&
		    call_of(values, arch, &value, &call) &&
		    find_value(values->rows, values->count, call,
			       &value.value))
			return true;
	return false;
}

static int append_value(struct values *values, struct base_call call,
			uint64_t value)
{
	struct profiles_argument *grown;

	if (find_value(values->rows, values->count, call, &value) ||
	    find_value(values->more, values->more_count, call, &value))
		return 0;
	grown = reallocarray(values->more, values->more_count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	values->more = grown;
	grown[values->more_count++] = (struct profiles_argument){
		.call = call,
		.values = { value },
	};
	return 0;
}

static int collect(struct values *values, struct profiles_argument **more,
		   size_t *more_count)
{
	struct base_class_value value;
	struct base_call call;
	int ret = 0;

	*more = NULL;
	*more_count = 0;
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; ret == 0 && base_class_value(i, &value); i++)
			if (arch != BASE_ARCH_X32 &&
			    call_of(values, arch, &value, &call) &&
			    holds(values, arch, value.class))
				ret = append_value(values, call, value.value);
	if (ret < 0) {
		free(values->more);
		return ret;
	}
	*more = values->more;
	*more_count = values->more_count;
	return 0;
}

int profiles_sibling_values(const struct profiles_argument *rows, size_t count,
			    struct profiles_argument **more,
			    size_t *more_count)
{
	struct values values = { .rows = rows, .count = count };

	return collect(&values, more, more_count);
}

int profiles_sibling_partly(const struct profiles_set *listed,
			    const struct profiles_set *refused,
			    struct profiles_argument **more,
			    size_t *more_count)
{
	struct values values = { .listed = listed, .refused = refused };

	return collect(&values, more, more_count);
}
