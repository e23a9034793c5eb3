/* SPDX-License-Identifier: MIT */
/*
 * minimize-store: what was found before, and what is kept. Each decision is
 * stored as it falls, under a key that has all it depends on: the command, the
 * list, what is compared, and the file that is run.
 */
#include <string.h>
#include <sys/stat.h>

#include "cli/minimize.h"

/* ---- what was found before ------------------------------------------ */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return base_hash(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* The command, the list, how is compared, and the file that is run. */
static void make_key(struct minimize_work *work)
{
	const struct minimize_options *options = work->options;
	const struct minimize *self = &work->minimize;
	uint64_t hash = hash_text(BASE_HASH, work->plan.program);
	cleanup_free char *build = NULL;
	struct stat file;

	for (char *const *word = work->plan.argv; *word; word++)
		hash = hash_text(hash, *word);
	for (size_t i = 0; i < self->count; i++) {
		hash = base_hash(hash, &self->calls[i].call,
				 sizeof(self->calls[i].call));
		hash = base_hash(hash, &self->calls[i].was,
				 sizeof(self->calls[i].was));
	}
	for (size_t i = 0; i < options->files.count; i++)
		hash = hash_text(hash, options->files.items[i]);
	for (size_t i = 0; i < options->common.directives.count; i++)
		hash = hash_text(hash, options->common.directives.items[i]);
	hash = hash_text(hash, options->input);
	hash = hash_text(hash, options->ignore);
	hash = hash_text(hash, options->profile);
	hash = base_hash(hash, &options->status_only, 1);
	if (work->path && base_build_id(work->path, &build, NULL) == 0) {
		hash = hash_text(hash, build);
	} else if (work->path && stat(work->path, &file) == 0) {
		hash = base_hash(hash, &file.st_mtim, sizeof(file.st_mtim));
		hash = base_hash(hash, &file.st_size, sizeof(file.st_size));
	}
	snprintf(work->key, sizeof(work->key), "%016llx",
		 (unsigned long long)hash);
}

static const int answers[MINIMIZE_ANSWERS] = {
	[MINIMIZE_ENOSYS] = ENOSYS,
	[MINIMIZE_EPERM] = EPERM,
};

static void recall(struct minimize_call *call, const struct db_trial *trial)
{
	bool last = trial->answer == answers[MINIMIZE_ANSWERS - 1];

	if (strcmp(trial->result, "works") == 0) {
		call->state = MINIMIZE_STUB;
		call->answer = trial->answer;
	} else if (strcmp(trial->result, "not made") == 0) {
		call->state = MINIMIZE_UNMADE;
	} else if (strcmp(trial->result, "needed") == 0) {
		call->tried |= 1u << (last ? MINIMIZE_EPERM : MINIMIZE_ENOSYS);
		if (call->tried == (1u << MINIMIZE_ANSWERS) - 1)
			call->state = MINIMIZE_NEEDED;
	}
}

static int take_trial(void *data, const struct db_trial *trial)
{
	struct minimize *self = data;

	for (size_t i = 0; i < self->count; i++)
		if (base_call_compare(&self->calls[i].call,
				      &trial->call) == 0 &&
		    self->calls[i].state == MINIMIZE_OPEN) {
			recall(&self->calls[i], trial);
			self->resumed = true;
		}
	return 0;
}

int minimize_keep(struct minimize *self, const struct minimize_call *call,
		  int answer, struct error *err)
{
	const struct minimize_work *work = self->data;
	struct db_trial trial = {.call = call->call, .answer = answer};

	snprintf(trial.result, sizeof(trial.result), "%s",
		 call->state == MINIMIZE_STUB ? "works" :
		 call->state == MINIMIZE_UNMADE ? "not made" :
		 call->tried ? "needed" : "open");
	return db_trial_store(work->db, work->list.program, work->key, &trial,
			      1, err);
}

int minimize_recall(struct minimize_work *work, struct error *err)
{
	make_key(work);
	if (work->options->restart)
		return db_trials_forget(work->db, work->list.program, err);
	return db_each_trial(work->db, work->list.program, work->key,
			     take_trial, &work->minimize, err);
}

/* ---- what is stored ------------------------------------------------- */

int minimize_store(struct minimize_work *work, size_t *changed,
		   struct error *err)
{
	const struct minimize *self = &work->minimize;
	cleanup_free struct profiles_refused *stubs =
		calloc(self->count + 1, sizeof(*stubs));
	cleanup_free struct base_call *allowed =
		calloc(self->count + 1, sizeof(*allowed));
	size_t count = 0, allowed_count = 0;
	int ret = 0;

	if (!stubs || !allowed)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < self->count; i++) {
		const struct minimize_call *call = &self->calls[i];

		if (call->state == MINIMIZE_STUB && call->was != call->answer)
			stubs[count++] = (struct profiles_refused){
				call->call, call->answer};
		else if (call->state == MINIMIZE_NEEDED && call->was)
			allowed[allowed_count++] = call->call;
	}
	if (count > 0)
		ret = db_stub(work->db, work->list.program, stubs, count,
			      DB_MINIMIZED, cli_author(), err);
	if (ret == 0 && allowed_count > 0)
		ret = db_decide(work->db, work->list.program, DB_ALLOW, allowed,
				allowed_count, DB_MINIMIZED, cli_author(), err);
	if (ret == 0)
		ret = db_trials_forget(work->db, work->list.program, err);
	*changed = count + allowed_count;
	return ret;
}
