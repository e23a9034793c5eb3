/* SPDX-License-Identifier: MIT */
/*
 * What a list may lack: what stands for its calls elsewhere (siblings.c), what
 * usually comes with them, and what most programs make. The likeliest is what
 * most of the known programs make: measured on them, that rank finds more of
 * what a program's own tests call than any other, and weighing it by how
 * similar the programs are gains nothing.
 */
#include <string.h>

#include "profiles/profiles.h"

/* A program of ten makes a call that is popular. */
enum { POPULAR = 10 };

/* Calls, and others that work is begun, gone on or ended with, of which one
 * training may have seen only the first. Words, with blanks between them. */
static const struct companions {
	const char *of, *names;
} companions[] = {
	{"socket", "connect setsockopt getsockname shutdown"},
	{"connect", "getsockopt getpeername"},
	{"bind", "listen getsockname"},
	{"listen", "accept accept4"},
	{"epoll_create", "epoll_ctl epoll_wait"},
	{"epoll_create1", "epoll_ctl epoll_wait"},
	{"timerfd_create", "timerfd_settime"},
	{"timer_create", "timer_settime timer_delete"},
	{"inotify_init", "inotify_add_watch inotify_rm_watch"},
	{"inotify_init1", "inotify_add_watch inotify_rm_watch"},
	{"signalfd4", "rt_sigprocmask"},
	{"fork", "wait4 kill"},
	{"vfork", "wait4 kill"},
	{"clone", "wait4"},
	{"pipe", "dup2"},
	{"pipe2", "dup2"},
	{"chdir", "getcwd fchdir"},
	{"mkdir", "rmdir"},
	{"rename", "unlink"},
	{"link", "unlink"},
	{"symlink", "readlink unlink"},
	{"fallocate", "ftruncate"},
	{"memfd_create", "ftruncate"},
	{"mlock", "munlock"},
	{"mlockall", "munlockall"},
	{"shmget", "shmat shmdt shmctl"},
	{"semget", "semop semctl"},
	{"msgget", "msgsnd msgrcv msgctl"},
	{"mq_open", "mq_timedsend mq_timedreceive mq_unlink"},
	{"io_setup", "io_submit io_getevents io_destroy"},
	{"io_uring_setup", "io_uring_enter io_uring_register"},
	{"landlock_create_ruleset",
	 "landlock_add_rule landlock_restrict_self"},
};

/* What is collected: each call once, the best reason first. */
struct list {
	const struct profiles_set *listed, *refused;
	struct profiles_suggestion *rows;
	size_t count, room;
	struct profiles_set seen;
	bool failed;
};

/* ---- one suggestion --------------------------------------------------- */

static unsigned percent(unsigned part, unsigned of)
{
	return of ? (100 * part + of / 2) / of : 0;
}

/* "; 37 % of them still work when it answers ENOSYS" */
static int say_prior(char *out, size_t size, const struct base_prior *prior)
{
	int length = snprintf(out, size, "used by %u of %u programs (%u %%)",
			      prior->used, prior->programs,
			      percent(prior->used, prior->programs));

	if (prior->stubbed && (size_t)length < size)
		length += snprintf(out + length, size - (size_t)length,
				   "; %u %% of them still work when it answers "
				   "ENOSYS", percent(prior->stubbed,
						     prior->used));
	return length;
}

static void explain(struct profiles_suggestion *row,
		    const struct base_prior *prior)
{
	static const char *const relations[] = {
		[PROFILES_SUGGEST_SIBLING] = "stands for",
		[PROFILES_SUGGEST_COMPANION] = "comes with",
	};
	char number[12];
	int length = 0;

	if (row->kind != PROFILES_SUGGEST_POPULAR)
		length = snprintf(row->reason, sizeof(row->reason),
				  "%s %s, which is on the list%s",
				  relations[row->kind],
				  base_call_text(row->of, number,
						 sizeof(number)),
				  prior->used ? "; " : "");
	if (prior->used)
		say_prior(row->reason + length,
			  sizeof(row->reason) - (size_t)length, prior);
}

static void add(struct list *list, enum profiles_suggested kind,
		struct base_call call, struct base_call of, bool stub)
{
	struct profiles_suggestion *row;
	struct base_prior prior;
	size_t before = list->seen.count;

	if (list->failed || profiles_is_baseline(call) ||
	    profiles_set_has(list->listed, call) ||
	    profiles_set_has(list->refused, call))
		return;
	list->failed = list->count == list->room ||
		       profiles_set_add(&list->seen, call) < 0;
	if (list->failed || list->seen.count == before)
		return;
	row = &list->rows[list->count++];
	*row = (struct profiles_suggestion){
		.call = call, .kind = kind, .of = of,
		.risk = base_call_risk(call, NULL),
	};
	base_call_prior(call, &prior);
	row->used = prior.used;
	row->programs = prior.programs;
	row->stub = stub || (prior.used && !profiles_guards(call) &&
			     prior.stubbed * 5 >= prior.used * 4);
	explain(row, &prior);
}

/* ---- where they come from --------------------------------------------- */

/* Of the class by which it came; those that belong to every list are not the
 * likelier for what is on this one, and have none that counts here. */
static const char *relation_of(const struct profiles_sibling *sibling)
{
	struct base_siblings class;

	for (size_t i = 0; base_call_siblings(sibling->of, i, &class); i++)
		if (strcmp(class.name, sibling->class) == 0)
			return class.relation;
	return "";
}

static void add_siblings(struct list *list)
{
	struct profiles_sibling *siblings = NULL;
	size_t count = 0;

	list->failed |= profiles_siblings(list->listed, list->refused,
					  &siblings, &count) < 0;
	for (size_t i = 0; i < count; i++) {
		const struct profiles_sibling *row = &siblings[i];
		const char *relation = relation_of(row);
		bool implied = strcmp(relation, "implies") == 0;

		if (implied || strcmp(relation, "peer") == 0)
			add(list, implied ? PROFILES_SUGGEST_COMPANION :
					    PROFILES_SUGGEST_SIBLING,
			    row->call, row->of,
			    row->answer == PROFILES_SIBLING_STUB);
	}
	free(siblings);
}

static void add_names(struct list *list, struct base_call of, const char *names)
{
	char name[64];
	int length;

	for (; sscanf(names, " %63s%n", name, &length) == 1; names += length) {
		struct base_call call;

		if (base_call_named(of.arch, name, &call))
			add(list, PROFILES_SUGGEST_COMPANION, call, of, false);
	}
}

static void add_companions(struct list *list)
{
	for (size_t i = 0; i < list->listed->count; i++) {
		struct base_call call = list->listed->calls[i];
		const char *name = base_call_name(call);

		for (size_t k = 0; name && k < ARRAY_SIZE(companions); k++)
			if (strcmp(companions[k].of, name) == 0)
				add_names(list, call, companions[k].names);
	}
}

/* The architecture of most of the calls: of others there is hardly more than a
 * helper, whose calls are few. */
static uint32_t main_arch(const struct profiles_set *listed)
{
	size_t counts[BASE_ARCH_COUNT] = {0};
	uint32_t best = base_arch_native();

	for (size_t i = 0; i < listed->count; i++)
		counts[listed->calls[i].arch]++;
	for (uint32_t i = 0; i < BASE_ARCH_COUNT; i++)
		if (counts[i] > counts[best])
			best = i;
	return best;
}

/* All were started by execve, which needs not be listed for that. */
static void add_popular(struct list *list)
{
	struct base_call call = {.arch = main_arch(list->listed)};
	uint32_t highest = base_call_highest(call.arch);
	int start = base_call_number(call.arch, "execve");
	struct base_prior prior;

	for (; call.number <= highest; call.number++)
		if ((int)call.number != start &&
		    base_call_prior(call, &prior) &&
		    prior.used * POPULAR >= prior.programs)
			add(list, PROFILES_SUGGEST_POPULAR, call,
			    (struct base_call){0}, false);
}

static int likeliest_first(const void *a, const void *b)
{
	const struct profiles_suggestion *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

/* As many as there are calls. */
static size_t count_calls(void)
{
	size_t count = 0;

	for (uint32_t i = 0; i < BASE_ARCH_COUNT; i++)
		count += base_call_highest(i) + 1;
	return count;
}

int profiles_suggest(const struct profiles_set *listed,
		     const struct profiles_set *refused,
		     struct profiles_suggestion **suggestions, size_t *count)
{
	struct list list = {
		.listed = listed, .refused = refused, .room = count_calls(),
	};

	*suggestions = NULL;
	*count = 0;
	if (!listed->count)
		return 0;
	list.rows = malloc(list.room * sizeof(*list.rows));
	list.failed = !list.rows;
	add_siblings(&list);
	add_companions(&list);
	add_popular(&list);
	profiles_set_free(&list.seen);
	if (list.failed) {
		free(list.rows);
		return -ENOMEM;
	}
	qsort(list.rows, list.count, sizeof(*list.rows), likeliest_first);
	*suggestions = list.rows;
	*count = list.count;
	return 0;
}
