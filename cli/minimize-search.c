/* SPDX-License-Identifier: MIT */
/*
 * minimize-search: which calls are tried, and together with which.
 *
 * What works stays answered in all later trials: so of two calls that replace
 * each other the second one is needed, and what was found was found together.
 * Likely stubs, by what others measured, are tried together first. A group that
 * fails tells by its hits which of its calls were made before: only these can
 * be why, and they are halved until one is left. First all with ENOSYS, as
 * though the kernel did not have the call; then, for those that need it, with
 * EPERM.
 *
 * A call is a stub only if it was made in runs that all came out as usual. In
 * the end all run together. Where that fails, or a trial in which nothing that
 * is tried was made, something had worked by luck (distrust()).
 */
#include <string.h>

#include "cli/minimize.h"

enum {
	MOST = 32,	/* calls of a group */
	PENDING = 64,
	OFTEN = 8,	/* runs that find out what is luck */
	UNSTEADY = 8	/* calls that were luck */
};

#define ALL_TRIED ((1u << MINIMIZE_ANSWERS) - 1)

static const int answers[MINIMIZE_ANSWERS] = {
	[MINIMIZE_ENOSYS] = ENOSYS,
	[MINIMIZE_EPERM] = EPERM,
};

/* Groups that wait: halves of those that failed. */
struct search {
	struct minimize *self;
	unsigned answer;
	struct minimize_group waiting[PENDING];
	size_t waiting_count;
	size_t *order;		/* indices of open calls, the likeliest first */
	size_t order_count;
	struct error *err;
};

/* ---- decisions ------------------------------------------------------ */

static int decide(struct search *search, size_t index,
		  enum minimize_state state)
{
	struct minimize *self = search->self;
	struct minimize_call *call = &self->calls[index];
	int answer = answers[search->answer];

	call->order = ++self->decisions;
	if (state == MINIMIZE_NEEDED) {
		call->tried |= 1u << search->answer;
		if (call->tried == ALL_TRIED)
			call->state = state;
	} else {
		call->state = state;
		call->answer = state == MINIMIZE_STUB ? answer : 0;
	}
	return self->decided ? self->decided(self, call, answer, search->err) :
			       0;
}

/* The whole group came out as usual. Who was not made in it is not made where
 * the others are stubs: nothing was learned of it. */
static int accept(struct search *search, const struct minimize_group *group)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < group->count; i++)
		ret = decide(search, group->items[i],
			     group->hits[i] ? MINIMIZE_STUB : MINIMIZE_UNMADE);
	return ret;
}

static int put(struct search *search, const size_t *items, size_t count)
{
	struct minimize_group *group;

	if (count == 0)
		return 0;
	if (search->waiting_count == PENDING)
		return base_error(search->err, E2BIG, "too many groups wait");
	group = &search->waiting[search->waiting_count++];
	*group = (struct minimize_group){
		.count = count, .answer = answers[search->answer]};
	memcpy(group->items, items, count * sizeof(*items));
	return 0;
}

/* ---- what worked by luck ------------------------------------------- */

/* Whether all is as usual, OFTEN times, with those of SUSPECTS lifted that are
 * not among the first HALF. */
static int try_half(struct minimize *self, const size_t *suspects,
		    size_t count, size_t half, bool *works, struct error *err)
{
	struct minimize_group none = {.answer = ENOSYS};
	int ret;

	for (size_t i = half; i < count; i++)
		self->calls[suspects[i]].state = MINIMIZE_OPEN;
	ret = minimize_try(self, &none, 1, OFTEN, err);
	for (size_t i = half; i < count; i++)
		self->calls[suspects[i]].state = MINIMIZE_STUB;
	*works = none.works;
	return ret;
}

/* For all answers. */
static int tell(struct minimize *self, const struct minimize_call *call,
		struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && self->decided && i < MINIMIZE_ANSWERS;
	     i++)
		ret = self->decided(self, call, answers[i], err);
	return ret;
}

/* Calls that were found to be needed beside CULPRIT are open again. */
static int reopen(struct minimize *self, const struct minimize_call *culprit,
		  struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < self->count; i++) {
		struct minimize_call *call = &self->calls[i];

		if (call->order < culprit->order || !call->tried ||
		    call->luck || (call->state != MINIMIZE_OPEN &&
		     call->state != MINIMIZE_NEEDED))
			continue;
		call->state = MINIMIZE_OPEN;
		call->tried = 0;
		ret = tell(self, call, err);
	}
	return ret;
}

/* Halves COUNT suspects until one is left, and puts it first; *ALIKE: alone it
 * is as usual after all. */
static int single_out(struct minimize *self, size_t *suspects, size_t count,
		      bool *alike, struct error *err)
{
	size_t *first = suspects, left = count, one;
	int ret = 0;

	while (ret == 0 && left > 1) {
		size_t half = left / 2;
		bool works;

		ret = try_half(self, first, left, half, &works, err);
		first += works ? half : 0;
		left = works ? left - half : half;
	}
	one = *first;
	*first = *suspects;
	*suspects = one;
	return ret < 0 ? ret :
			 try_half(self, suspects, count, 1, alike, err);
}

/*
 * A failure where nothing new was made: something had come out as usual by
 * luck, such as by what lay in memory that a failed call was to fill. Whoever
 * it is, is among the stubs that were made in that run, and shows when half of
 * them is tried often. It counts as needed. Where nobody shows the command
 * itself is at fault, which may happen a few times.
 */
static int distrust(struct minimize *self, struct error *err)
{
	cleanup_free size_t *suspects = calloc(self->count, sizeof(*suspects));
	struct minimize_call *call;
	size_t count = 0;
	bool alike;
	int ret;

	if (!suspects)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < self->count; i++)
		if (self->calls[i].state == MINIMIZE_STUB &&
		    self->calls[i].blamed)
			suspects[count++] = i;
	if (!count || ++self->unsteady > UNSTEADY)
		return base_error(err, EINVAL, "the command is not steady: "
				  "with nothing changed %s; nothing is stored",
				  self->unlike);
	ret = single_out(self, suspects, count, &alike, err);
	if (ret < 0 || alike)
		return ret;
	call = &self->calls[*suspects];
	call->state = MINIMIZE_NEEDED;
	call->tried = ALL_TRIED;
	call->luck = self->reopened = true;
	ret = tell(self, call, err);
	return ret < 0 ? ret : reopen(self, call, err);
}

/* ---- groups that fail ---------------------------------------------- */

/* Only who was made can be why. */
static int divide(struct search *search, const struct minimize_group *group)
{
	size_t made[MOST], others[MOST], count = 0, other_count = 0, half;
	int ret;

	for (size_t i = 0; i < group->count; i++)
		if (group->hits[i])
			made[count++] = group->items[i];
		else
			others[other_count++] = group->items[i];
	if (count == 1) {
		ret = decide(search, made[0], MINIMIZE_NEEDED);
		return ret < 0 ? ret : put(search, others, other_count);
	}
	if (count == 0) { /* None of them was made, and yet it failed. */
		ret = distrust(search->self, search->err);
		return ret < 0 ? ret : put(search, group->items, group->count);
	}
	half = count / 2;
	ret = put(search, others, other_count);
	if (ret == 0)
		ret = put(search, made + half, count - half);
	return ret < 0 ? ret : put(search, made, half);
}

/* ---- groups --------------------------------------------------------- */

static double chance_of(const struct search *search, size_t index)
{
	/* Who cannot be without the call can seldom be refused it. */
	return search->answer == MINIMIZE_ENOSYS ?
		       search->self->calls[index].chance : 0.1;
}

/* As many as come out well together in about every second trial. */
static void next_group(struct search *search, struct minimize_group *group)
{
	double chance = 1;

	if (search->waiting_count > 0) {
		*group = search->waiting[--search->waiting_count];
		return;
	}
	*group = (struct minimize_group){.answer = answers[search->answer]};
	while (search->order_count > 0 && group->count < MOST) {
		size_t index = search->order[0];

		chance *= chance_of(search, index);
		if (group->count > 0 && chance < 0.4)
			return;
		group->items[group->count++] = index;
		search->order++;
		search->order_count--;
	}
}

/* Of those that ran side by side one is taken: the others were not together
 * with it. */
static int judge(struct search *search, struct minimize_group *groups,
		 size_t count)
{
	bool taken = false;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		if (!groups[i].works)
			ret = divide(search, &groups[i]);
		else if (!taken)
			ret = accept(search, &groups[i]);
		else
			ret = put(search, groups[i].items, groups[i].count);
		taken |= groups[i].works;
	}
	return ret;
}

/* Groups that all came out well are tried as one before that. */
static int join_groups(struct search *search, struct minimize_group *groups,
		       size_t *count)
{
	struct minimize_group all = {.answer = answers[search->answer]};
	int ret;

	for (size_t i = 0; i < *count; i++) {
		if (!groups[i].works || all.count + groups[i].count > MOST)
			return 0;
		memcpy(all.items + all.count, groups[i].items,
		       groups[i].count * sizeof(*all.items));
		all.count += groups[i].count;
	}
	ret = minimize_try(search->self, &all, 1, search->self->rounds,
			   search->err);
	if (ret == 0 && all.works) {
		groups[0] = all;
		*count = 1;
	}
	return ret;
}

static int round_of(struct search *search)
{
	size_t jobs = search->self->jobs, count = 0;
	cleanup_free struct minimize_group *groups = calloc(jobs,
							    sizeof(*groups));
	int ret;

	if (!groups)
		return base_error(search->err, ENOMEM, "out of memory");
	while (count < jobs && (search->waiting_count || search->order_count))
		next_group(search, &groups[count++]);
	ret = minimize_try(search->self, groups, count, search->self->rounds,
			   search->err);
	if (ret == 0 && count > 1)
		ret = join_groups(search, groups, &count);
	return ret < 0 ? ret : judge(search, groups, count);
}

/* ---- phases --------------------------------------------------------- */

static const struct minimize_call *sorted;

static int likelier(const void *a, const void *b)
{
	const struct minimize_call *x = &sorted[*(const size_t *)a];
	const struct minimize_call *y = &sorted[*(const size_t *)b];

	if (x->chance != y->chance)
		return x->chance < y->chance ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

static int phase(struct minimize *self, unsigned answer, struct error *err)
{
	cleanup_free size_t *order = calloc(self->count + 1, sizeof(*order));
	cleanup_free struct search *search = calloc(1, sizeof(*search));
	int ret = 0;

	if (!order || !search)
		return base_error(err, ENOMEM, "out of memory");
	*search = (struct search){.self = self, .answer = answer,
				  .order = order, .err = err};
	for (size_t i = 0; i < self->count; i++)
		if (self->calls[i].state == MINIMIZE_OPEN &&
		    !(self->calls[i].tried & 1u << answer))
			order[search->order_count++] = i;
	sorted = self->calls;
	qsort(order, search->order_count, sizeof(*order), likelier);
	while (ret == 0 && !self->reopened &&
	       (search->waiting_count || search->order_count))
		ret = round_of(search);
	return ret;
}

/* From the first one on, where calls are open again. */
static int all_phases(struct minimize *self, struct error *err)
{
	int ret = 0;

	while (ret == 0 && minimize_count(self, MINIMIZE_OPEN) > 0) {
		self->reopened = false;
		for (unsigned i = 0; ret == 0 && !self->reopened &&
		     i < MINIMIZE_ANSWERS; i++)
			ret = phase(self, i, err);
	}
	return ret;
}

/* All together, twice as often as anything was tried. */
static int verify(struct minimize *self, bool *works, struct error *err)
{
	struct minimize_group none = {.answer = ENOSYS};
	int ret = minimize_try(self, &none, 1, 2 * self->rounds, err);

	*works = none.works;
	return ret;
}

int minimize_search(struct minimize *self, struct error *err)
{
	bool works = false;
	int ret = 0;

	while (ret == 0 && !works) {
		ret = all_phases(self, err);
		if (ret == 0)
			ret = verify(self, &works, err);
		if (ret == 0 && !works)
			ret = distrust(self, err);
	}
	return ret;
}
