/* SPDX-License-Identifier: MIT */
/*
 * minimize-try: what the command does as usual, and trials, which are compared
 * with that. Compared are the exit status, what was printed, and files that the
 * user named. What differs between runs in numbers alone is compared without
 * them; what differs otherwise is no measure, and refused.
 */
#include <string.h>
#include <sys/wait.h>

#include "cli/minimize.h"

static const char *const streams[] = {
	[MINIMIZE_STDOUT] = "standard output",
	[MINIMIZE_STDERR] = "standard error",
};

/* ---- alike ---------------------------------------------------------- */

static bool stream_alike(const struct minimize *self, size_t stream,
			 const struct minimize_outcome *a,
			 const struct minimize_outcome *b, bool loose)
{
	const struct minimize_output *x = &a->output[stream];
	const struct minimize_output *y = &b->output[stream];

	if (self->ignored[stream])
		return true;
	return loose ? x->loose == y->loose :
		       x->exact == y->exact && x->size == y->size;
}

static bool files_alike(const struct minimize *self,
			const struct minimize_outcome *a,
			const struct minimize_outcome *b, size_t *which)
{
	for (*which = 0; *which < self->setup.files->count; ++*which)
		if (a->files[*which] != b->files[*which] ||
		    a->written[*which] != b->written[*which])
			return false;
	return true;
}

/* "ends with status 1", "is ended by signal 11". */
static const char *status_text(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "is ended by signal %d", WTERMSIG(status));
	else
		snprintf(out, size, "ends with status %d", WEXITSTATUS(status));
	return out;
}

static bool streams_alike(struct minimize *self,
			  const struct minimize_outcome *outcome)
{
	const struct minimize_output *usual = self->usual.output;
	char how[192];

	for (size_t i = 0; i < MINIMIZE_STREAMS; i++) {
		if (stream_alike(self, i, outcome, &self->usual,
				 self->loose[i]))
			continue;
		minimize_output_difference(&usual[i], &outcome->output[i], how,
					   sizeof(how));
		snprintf(self->unlike, sizeof(self->unlike), "%s differs %s",
			 streams[i], how);
		return false;
	}
	return true;
}

/* If not, self->unlike says why. */
static bool as_usual(struct minimize *self,
		     const struct minimize_outcome *outcome)
{
	char *why = self->unlike;
	size_t room = sizeof(self->unlike), which;
	char text[64];

	if (outcome->late)
		snprintf(why, room, "it takes too long");
	else if (outcome->denied)
		snprintf(why, room, "it makes %s, which is not on the list",
			 cli_call_label(text, sizeof(text), outcome->call));
	else if (outcome->status != self->usual.status)
		snprintf(why, room, "it %s",
			 status_text(outcome->status, text, sizeof(text)));
	else if (!files_alike(self, outcome, &self->usual, &which))
		snprintf(why, room, "%s differs",
			 self->setup.files->items[which]);
	else
		return streams_alike(self, outcome);
	return false;
}

/* ---- the first runs ------------------------------------------------- */

static int say_denied(const struct minimize *self,
		      const struct minimize_outcome *outcome,
		      struct error *err)
{
	const struct enforce_plan *plan = self->setup.plan;
	char label[64], learn[1024];
	const struct cli_words words = {
		.verb = "learn", .name = plan->program,
		.program = plan->argv[0], .arguments = plan->argv + 1,
	};

	return base_error(err, EINVAL, "the command makes %s, which is not on "
			  "the list of \"%s\", as all that it starts would "
			  "have to be; learn it with: %s",
			  cli_call_label(label, sizeof(label), outcome->call),
			  plan->program,
			  cli_command_text(learn, sizeof(learn), &words));
}

/* One that is to be a measure must have come to an end of its own. */
static int judge_first(const struct minimize *self,
		       const struct minimize_outcome *outcome,
		       struct error *err)
{
	int status = outcome->status;
	char text[64];

	if (outcome->late)
		return base_error(err, ETIMEDOUT, "the command did not end "
				  "within %llu s; give it a task that ends, or "
				  "more time with --timeout",
				  (unsigned long long)self->patience / 1000000);
	if (outcome->denied)
		return say_denied(self, outcome, err);
	if (WIFSIGNALED(status) || WEXITSTATUS(status) == 126 ||
	    WEXITSTATUS(status) == 127)
		return base_error(err, EINVAL, "the command %s before anything "
				  "was changed; it has to work first",
				  status_text(status, text, sizeof(text)));
	return 0;
}

static int say_unsteady(const char *what, const char *how, struct error *err)
{
	return base_error(err, EINVAL, "%s differs from run to run, %s; so it "
			  "cannot tell what the command needs: leave it out "
			  "with --ignore or --status-only, or let the command "
			  "be a script that prints what counts", what, how);
}

static int compare_stream(struct minimize *self, size_t stream,
			  const struct minimize_outcome *one, struct error *err)
{
	char how[256];

	if (!stream_alike(self, stream, one, &self->usual, false))
		self->loose[stream] = true;
	if (stream_alike(self, stream, one, &self->usual, self->loose[stream]))
		return 0;
	minimize_output_difference(&self->usual.output[stream],
				   &one->output[stream], how, sizeof(how));
	return say_unsteady(streams[stream], how, err);
}

static int compare_first(struct minimize *self,
			 const struct minimize_outcome *one, struct error *err)
{
	char a[64], b[64];
	size_t which;
	int ret = 0;

	if (one->status != self->usual.status)
		return base_error(err, EINVAL, "the command is not steady: it "
				  "%s in one run and %s in another",
				  status_text(self->usual.status, a, sizeof(a)),
				  status_text(one->status, b, sizeof(b)));
	for (size_t i = 0; ret == 0 && i < MINIMIZE_STREAMS; i++)
		ret = compare_stream(self, i, one, err);
	if (ret == 0 && !files_alike(self, one, &self->usual, &which))
		return say_unsteady(self->setup.files->items[which],
				    "or is not written by each", err);
	return ret;
}

/* All calls that may be tried are counted, and pass. */
static struct profiles_refused *all_counted(const struct minimize *self,
					    size_t *count)
{
	struct profiles_refused *stubs = calloc(self->count + 1,
						sizeof(*stubs));

	*count = 0;
	for (size_t i = 0; stubs && i < self->count; i++)
		if (self->calls[i].state != MINIMIZE_KEPT)
			stubs[(*count)++] = (struct profiles_refused){
				self->calls[i].call, 0};
	return stubs;
}

static void take_hits(struct minimize *self, const uint64_t *hits)
{
	size_t n = 0;

	for (size_t i = 0; i < self->count; i++)
		if (self->calls[i].state != MINIMIZE_KEPT)
			self->calls[i].hits += hits[n++];
}

/* One at a time: they are the measure of time, too. */
static int first_run(struct minimize *self, bool counts, uint64_t round,
		     struct error *err)
{
	size_t count = 0;
	cleanup_free struct profiles_refused *stubs = all_counted(self, &count);
	cleanup_free uint64_t *hits = calloc(count + 1, sizeof(*hits));
	cleanup_free struct minimize_run *run = calloc(1, sizeof(*run));
	int ret;

	if (!stubs || !hits || !run)
		return base_error(err, ENOMEM, "out of memory");
	run->stubs = stubs;
	run->count = counts ? count : 0;
	run->hits = hits;
	ret = minimize_runs(&self->setup, run, 1, self->patience, err);
	self->runs++;
	if (self->progress)
		self->progress(self);
	if (ret == 0)
		ret = judge_first(self, &run->outcome, err);
	if (ret < 0)
		return ret;
	if (run->outcome.took > self->slowest)
		self->slowest = run->outcome.took;
	if (counts)
		take_hits(self, hits);
	if (round > 0)
		return compare_first(self, &run->outcome, err);
	self->usual = run->outcome;
	return 0;
}

/* Those that are stubs already are lifted in the usual runs: they may be what
 * this command needs. */
static int lifted(struct minimize *self, struct error *err)
{
	struct profiles_set *list =
		(struct profiles_set *)&self->setup.plan->whitelist;

	for (size_t i = 0; i < self->count; i++)
		if (profiles_set_add(list, self->calls[i].call) < 0)
			return base_error(err, ENOMEM, "out of memory");
	return 0;
}

int minimize_begin(struct minimize *self, struct error *err)
{
	uint64_t rounds = self->rounds;
	int ret = lifted(self, err);

	for (uint64_t i = 0; ret == 0 && i < 2 * rounds; i++)
		ret = first_run(self, i % 2, i, err);
	if (ret < 0)
		return ret;
	self->limit = 5 * self->slowest + 1000000;
	for (size_t i = 0; i < self->count; i++)
		if (self->calls[i].state == MINIMIZE_OPEN &&
		    self->calls[i].hits == 0)
			self->calls[i].state = MINIMIZE_UNMADE;
	return 0;
}

/* ---- trials --------------------------------------------------------- */

/* What the call is answered beside the trial; 0: it passes. */
static int answer_of(const struct minimize_call *call)
{
	if (call->state == MINIMIZE_STUB)
		return call->answer;
	return call->state == MINIMIZE_UNMADE ? call->was : 0;
}

/* The calls of GROUP, and then what is a stub by now. */
static int fill(const struct minimize *self, const struct minimize_group *group,
		struct minimize_run *run, struct error *err)
{
	struct profiles_refused *stubs = calloc(self->count + 33,
						sizeof(*stubs));

	run->stubs = stubs;
	run->hits = calloc(self->count + 33, sizeof(*run->hits));
	run->count = 0;
	if (!stubs || !run->hits)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < group->count; i++)
		stubs[run->count++] = (struct profiles_refused){
			self->calls[group->items[i]].call, group->answer};
	for (size_t i = 0; i < self->count; i++)
		if (answer_of(&self->calls[i]))
			stubs[run->count++] = (struct profiles_refused){
				self->calls[i].call,
				answer_of(&self->calls[i])};
	return 0;
}

/* As fill() has put them. */
static void blame(struct minimize *self, const struct minimize_group *group,
		  const struct minimize_run *run)
{
	size_t n = group->count;

	for (size_t i = 0; i < self->count; i++)
		self->calls[i].blamed = answer_of(&self->calls[i]) &&
					run->hits[n++] > 0;
}

static void judge(struct minimize *self, struct minimize_group *group,
		  const struct minimize_run *run)
{
	if (!as_usual(self, &run->outcome)) {
		group->works = false;
		blame(self, group, run);
	}
	for (size_t i = 0; i < group->count; i++)
		group->hits[i] += run->hits[i];
}

/* Those that have worked so far, side by side. */
static int try_once(struct minimize *self, struct minimize_group *groups,
		    size_t count, struct error *err)
{
	cleanup_free struct minimize_run *runs = calloc(count, sizeof(*runs));
	struct minimize_group *tried[MINIMIZE_JOBS];
	size_t used = 0;
	int ret = 0;

	if (!runs)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		if (groups[i].works)
			tried[used++] = &groups[i];
	for (size_t i = 0; ret == 0 && i < used; i++)
		ret = fill(self, tried[i], &runs[i], err);
	if (ret == 0)
		ret = minimize_runs(&self->setup, runs, used, self->limit, err);
	for (size_t i = 0; i < used; i++) {
		if (ret == 0)
			judge(self, tried[i], &runs[i]);
		free((void *)runs[i].stubs);
		free(runs[i].hits);
	}
	self->runs += used;
	if (self->progress)
		self->progress(self);
	return ret;
}

static bool any_works(const struct minimize_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (groups[i].works)
			return true;
	return false;
}

int minimize_try(struct minimize *self, struct minimize_group *groups,
		 size_t count, uint64_t rounds, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < count; i++) {
		groups[i].works = true;
		memset(groups[i].hits, 0, sizeof(groups[i].hits));
	}
	for (uint64_t n = 0; ret == 0 && n < rounds; n++) {
		if (!any_works(groups, count))
			break;
		if (self->runs >= self->most_runs)
			return base_error(err, EAGAIN, "after %llu runs there "
					  "are calls that are not decided; "
					  "what was found is kept, and the "
					  "same command goes on from there",
					  (unsigned long long)self->runs);
		ret = try_once(self, groups, count, err);
	}
	return ret;
}
