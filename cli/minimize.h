/* SPDX-License-Identifier: MIT */
/*
 * Which calls of a list a command can do without. For cli/ alone.
 *
 *   minimize.c		the command: the list, what is stored
 *   minimize-store.c	what was found before, and what is kept
 *   minimize-search.c	which calls are tried, and together with which
 *   minimize-try.c	trials, and whether one came out as usual
 *   minimize-run.c	a run of the command with some calls answered errors
 *   minimize-output.c	what a run printed, as numbers to be compared
 *   minimize-out.c	what is printed
 */
#ifndef JAIL_CLI_MINIMIZE_H
#define JAIL_CLI_MINIMIZE_H

#include "cli/policy.h"
#include "cli/store.h"
#include "cli/whitelist.h"
#include "enforce/enforce.h"

/* ---- what a run printed --------------------------------------------- */

enum { MINIMIZE_STDOUT, MINIMIZE_STDERR, MINIMIZE_STREAMS };
enum { MINIMIZE_HEAD = 4096, MINIMIZE_FILES = 16, MINIMIZE_JOBS = 16 };

/* Zeroed in the beginning. */
struct minimize_output {
	uint64_t size;
	uint64_t exact;		/* a hash of all bytes */
	uint64_t loose;		/* the same with each number as one sign */
	bool number, hexadecimal, zero;	/* within one, in hexadecimal; it has
					 * been "0" so far */
	char head[MINIMIZE_HEAD];	/* the first bytes, for people */
};
void minimize_output_add(struct minimize_output *output, const char *bytes,
			 size_t count);
/* The first line in which they differ: "line 3: 'a' and 'b'". */
void minimize_output_difference(const struct minimize_output *a,
				const struct minimize_output *b, char *out,
				size_t size);
/* A hash of the file's size and of what is written in it, 64 MiB at most; 0
 * where there is none. *CHANGED: when. */
uint64_t minimize_file(const char *path, int64_t *changed);

/* ---- a run ---------------------------------------------------------- */

struct minimize_outcome {
	int status;			/* as from wait(2) */
	bool late;			/* it took too long, and was ended */
	bool stopped;			/* so was it, for we are to end */
	bool denied;			/* a call off the list was refused: */
	struct base_call call;
	struct error error;		/* jail itself failed; else code 0 */
	int64_t took;			/* microseconds */
	struct minimize_output output[MINIMIZE_STREAMS];
	uint64_t files[MINIMIZE_FILES];	/* minimize_file(), and whether it was
					 * written */
	bool written[MINIMIZE_FILES];
};

/* What all runs have in common. */
struct minimize_setup {
	const struct enforce_plan *plan;	/* its files are made anew each
						 * time; path NULL: looked for
						 * in its tree */
	const struct profiles_refused *fixed;	/* stubs of every run */
	size_t fixed_count;
	const char *input;		/* a file, or /dev/null */
	const struct cli_list *files;	/* to be compared */
	sigset_t mask;			/* as our caller had it */
	int signals;			/* signalfd(2): we are to end */
	int stopped;			/* by this signal; 0: not */
};

/* Calls to be taken off the list in a run and answered as they say, or counted
 * (0); HITS, as many, is filled. Zeroed but for the first three. */
struct minimize_run {
	const struct profiles_refused *stubs;
	size_t count;
	uint64_t *hits;
	struct minimize_outcome outcome;
	/* For minimize-run.c alone. */
	pid_t pid;
	int pidfd, pipes[MINIMIZE_STREAMS];
	struct minimize_shared *shared;
	size_t shared_size;
	int64_t started, ending, changed[MINIMIZE_FILES];
};
/* Makes COUNT runs side by side, each ended after LIMIT (microseconds). -EINTR:
 * setup->stopped is set, and nothing is said. */
int minimize_runs(struct minimize_setup *setup, struct minimize_run *runs,
		  size_t count, int64_t limit, struct error *err);

/* ---- trials --------------------------------------------------------- */

enum minimize_state {
	MINIMIZE_OPEN,
	MINIMIZE_NEEDED,
	MINIMIZE_STUB,		/* it works without */
	MINIMIZE_UNMADE,	/* CMD does not make it: it stays as it was */
	MINIMIZE_KEPT		/* never tried: WHY */
};

struct minimize_call {
	struct base_call call;
	enum minimize_state state;
	int answer;		/* of a stub */
	int was;		/* it is stored as one already, with this
				 * answer; 0: it is on the list */
	unsigned tried;		/* answers that it does not work with: 1 << */
	double chance;		/* that it is a stub, before any trial */
	uint64_t hits;		/* in the runs that count */
	unsigned order;		/* of the latest decision on it */
	bool luck;		/* it worked, and then it did not */
	bool blamed;		/* a stub that was made in the latest run that
				 * was not as usual */
	const char *why;
};

enum { MINIMIZE_ENOSYS, MINIMIZE_EPERM, MINIMIZE_ANSWERS };

struct minimize {
	struct minimize_setup setup;
	struct minimize_call *calls;	/* by call */
	size_t count;
	/* As the user says. */
	uint64_t rounds;		/* runs that have to be alike */
	uint64_t jobs, most_runs;
	int64_t patience;		/* of a first run, microseconds */
	bool ignored[MINIMIZE_STREAMS];
	/* What came of the first runs. */
	struct minimize_outcome usual;
	bool loose[MINIMIZE_STREAMS];	/* numbers in it are not compared */
	int64_t limit;			/* of a run, microseconds */
	/* So far. */
	uint64_t runs;
	int64_t began, slowest;
	unsigned unsteady, decisions;
	bool reopened;			/* calls that were decided */
	char unlike[256];		/* why the latest trial failed */
	bool resumed;
	/* Told after each decision, and after each run. */
	int (*decided)(struct minimize *self, const struct minimize_call *call,
		       int answer, struct error *err);
	void (*progress)(struct minimize *self);
	void *data;
};

/* The first runs: several as usual, and as many in which all calls are counted,
 * all alike. What was not made is MINIMIZE_UNMADE. -EINVAL: they differ, or
 * make what is not on the list. */
int minimize_begin(struct minimize *self, struct error *err);
/* Runs with all that are stubs by now, and for each of GROUPS with the calls in
 * it (indices) answered ANSWER (an errno); fills WORKS, whether as many runs
 * were as usual, and HITS. */
struct minimize_group {
	size_t items[32];
	size_t count;
	int answer;
	bool works;
	uint64_t hits[32];
};
int minimize_try(struct minimize *self, struct minimize_group *groups,
		 size_t count, uint64_t rounds, struct error *err);

/* Decides on all calls that are open, and verifies the end. -EAGAIN: too many
 * runs; -EINTR: as minimize_runs(). */
int minimize_search(struct minimize *self, struct error *err);

/* ---- the command ---------------------------------------------------- */

struct minimize_options {
	struct cli_common common;
	const char *profile, *input, *ignore;
	struct cli_list files;
	bool dry_run, restart, status_only;
	uint64_t rounds, jobs, most_runs;
	int64_t patience;
};

/* All that a run of the command takes. */
struct minimize_work {
	const struct minimize_options *options;
	struct minimize minimize;
	struct cli_policy policy;
	struct enforce_plan plan;
	struct cli_denials list;	/* whose it is */
	struct db *db;
	char *path;
	char key[17];
	struct profiles_refused *stubs;	/* that are stored */
	size_t stub_count;
	struct profiles_refused *fixed;
};

/* Takes up what was found when the command was stopped. */
int minimize_recall(struct minimize_work *work, struct error *err);
/* For self->decided, whose data is a struct minimize_work. */
int minimize_keep(struct minimize *self, const struct minimize_call *call,
		  int answer, struct error *err);
/* Decides, in the store, on what was found; *CHANGED: on how many calls. */
int minimize_store(struct minimize_work *work, size_t *changed,
		   struct error *err);

/* ---- what is printed ------------------------------------------------ */

void minimize_show_progress(struct minimize *self);
void minimize_erase_progress(void);
void minimize_print(const struct minimize *self, const char *name);
json_t *minimize_json(const struct minimize *self, const char *name,
		      char *const *command, bool stored);
/* How many calls are in a state. */
size_t minimize_count(const struct minimize *self, enum minimize_state state);

#endif
