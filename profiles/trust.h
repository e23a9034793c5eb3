/* SPDX-License-Identifier: MIT */
/*
 * How far a learned list can be trusted: how complete it is (estimate.c), what
 * it may lack (suggest.c), what stands for its calls in another libc or kernel
 * (siblings.c), and whether what it was learned from is still what runs
 * (fresh.c). A part of profiles/profiles.h; the files are in profiles/trust/.
 */
#ifndef JAIL_PROFILES_TRUST_H
#define JAIL_PROFILES_TRUST_H

#include "base/base.h"

struct profiles_set;
struct profiles_argument;

/* ---- how complete ------------------------------------------------------ */

/* A session as the estimate sees it. */
struct profiles_visit {
	char session[9];	/* its identifier */
	int64_t started;	/* microseconds since the epoch */
	uint64_t workload;	/* a hash of its argv; 0: not known */
	uint32_t found;		/* calls that it saw */
	uint32_t fresh;		/* of them, those of no session before it */
	bool counted;		/* it ended by itself or as asked, and nothing
				 * of it was lost: a unit of the sample */
};

/* A call that was observed. A session looks for a call unless that may pass
 * unseen in it, as known. */
struct profiles_incidence {
	struct base_call call;
	uint32_t seen;		/* by so many counted sessions */
	uint32_t looked;	/* so many counted sessions looked for it: at
				 * least as many as saw it */
};

/* Zero-initialised is empty. */
struct profiles_history {
	struct profiles_visit *visits;	/* by when they started, then by their
					 * identifier */
	size_t visit_count;
	struct profiles_incidence *items;	/* by call */
	size_t item_count;
};
void profiles_history_free(struct profiles_history *history);	/* takes NULL */
#define cleanup_profiles_history \
	__attribute__((cleanup(profiles_history_free)))

/* Chao2 as in the books, with its 95 % interval: each call by itself. */
struct profiles_chao2 {
	double missing;		/* f0 */
	double low, high;	/* of observed + missing */
};

/*
 * What the sessions say about calls that none of them saw: Chao2 and the sample
 * coverage (Chao 1987; Chao and Jost 2012; Good-Turing for the next session),
 * and an interval that takes calls in groups, for they come so. All are lower
 * bounds: what training never exercises has no probability.
 */
struct profiles_estimate {
	unsigned sessions;	/* counted ones: m */
	unsigned workloads;	/* different ones of them */
	size_t observed;	/* different calls, of all sessions */
	size_t once, twice;	/* seen by one and by two of them: Q1, Q2 */
	double missing;		/* Chao2's f0, of calls in groups */
	double low, high;	/* of observed + missing; high at most what the
				 * architectures have */
	double coverage;	/* 0 to 1 */
	double next;		/* new calls that the next session brings */
	double chance;		/* at most, that it brings any: 0 to 1 */
	unsigned quiet;		/* so many sessions in a row, up to the last,
				 * brought nothing new */
	double quiet_chance;	/* with 95 % confidence the chance of news is
				 * below it: 1 - 0.05^(1/quiet) */
	struct profiles_chao2 chao2;	/* to compare */
	bool known;		/* false: too few sessions, and of what is above
				 * only the counts are meant */
};
void profiles_estimate(const struct profiles_history *history,
		       struct profiles_estimate *estimate);
/* Calls that are expected after so many more sessions. */
double profiles_estimate_after(const struct profiles_estimate *estimate,
			       unsigned sessions);
/* ---- what it may lack --------------------------------------------------- */

enum profiles_suggested {
	PROFILES_SUGGEST_SIBLING,	/* the same work by another call */
	PROFILES_SUGGEST_COMPANION,	/* comes with one that was learned */
	PROFILES_SUGGEST_POPULAR	/* most programs make it */
};

struct profiles_suggestion {
	struct base_call call;
	enum profiles_suggested kind;
	struct base_call of;	/* the learned call of the first two */
	unsigned used, programs;	/* base_call_prior() */
	unsigned risk;		/* base_call_risk(): 0 to 10 */
	bool stub;		/* rather to be answered ENOSYS: most programs
				 * do without */
	char reason[200];	/* one sentence part, for people */
};
/* What LISTED, a whitelist, lacks, the likeliest first; never a call of
 * REFUSED. *SUGGESTIONS is new memory. 0 or -ENOMEM. */
int profiles_suggest(const struct profiles_set *listed,
		     const struct profiles_set *refused,
		     struct profiles_suggestion **suggestions, size_t *count);

/* ---- what stands for its calls elsewhere -------------------------------- */

enum profiles_sibling_answer {
	PROFILES_SIBLING_ALLOW,	/* no more authority than what was learned */
	PROFILES_SIBLING_STUB,	/* flags behind a pointer, or known to be done
				 * without: answered ENOSYS, so that libc falls
				 * back */
	PROFILES_SIBLING_OFFER	/* a person decides */
};

struct profiles_sibling {
	struct base_call call;
	struct base_call of;		/* that is listed; the call itself where
					 * its class needs none */
	const char *class, *why;	/* of base/syscall-siblings.tsv */
	enum profiles_sibling_answer answer;
};
/* The siblings of LISTED that are not in it, by call, each once, with the most
 * that is given for it; of REFUSED none. One pass, no fixpoint. *SIBLINGS is
 * new memory. 0 or -ENOMEM. */
int profiles_siblings(const struct profiles_set *listed,
		      const struct profiles_set *refused,
		      struct profiles_sibling **siblings, size_t *count);
/* Values that stand for values of ROWS (TCGETS2 for TCGETS), without those that
 * are there. *MORE is new memory. 0 or -ENOMEM. */
int profiles_sibling_values(const struct profiles_argument *rows, size_t count,
			    struct profiles_argument **more,
			    size_t *more_count);

/* Values with which calls that are not in LISTED give no authority, so that
 * they may pass with these alone (fcntl with F_GETFL); of REFUSED none. The
 * same. */
int profiles_sibling_partly(const struct profiles_set *listed,
			    const struct profiles_set *refused,
			    struct profiles_argument **more,
			    size_t *more_count);

/* ---- whether it is still what runs -------------------------------------- */

/* What tells, without reading it, that a file is the one it was. */
struct profiles_stamp {
	uint64_t inode;
	uint64_t size;
	int64_t mtime;		/* nanoseconds since the epoch */
};

/* An executable or a library, as one session or several had it. */
struct profiles_object {
	char *path;		/* as the program saw it */
	char *build_id;		/* hexadecimal, or NULL */
	struct profiles_stamp stamp;	/* inode 0: not known */
	bool library;
	bool outdated;		/* the latest session ran without it: that it is
				 * gone is no news */
};

struct profiles_change {
	const char *path;
	bool library;
	bool gone;		/* it is not there any more */
	const char *kernel, *was;	/* the kernel's release now and when it
					 * was learned; then all above is
					 * empty */
};

/* What was found of files so far, below one root, so that each is looked at
 * once for many programs. Zero-initialised is empty. */
struct profiles_files {
	void *tree;		/* tsearch(3) */
	size_t opened;		/* so many had to be opened */
};
void profiles_files_free(struct profiles_files *files);	/* takes NULL */
#define cleanup_profiles_files __attribute__((cleanup(profiles_files_free)))

/* So many paths of a program are looked at; others count as unchanged. */
#define PROFILES_PATHS_MAX 1000

/*
 * Compares what OBJECTS, sorted by path, were learned from with the files of
 * now, below ROOT (NULL: the host's own), and calls TELL for each that has
 * changed: whose build-id is none of those that the path had, or of a file
 * without one, whose size or time is not. A file with a stamp of one of them is
 * not opened; of a path without any stamp nothing is known. KERNELS are the
 * releases that it was learned on, NULL at the end; only another version (6.18
 * and 6.19) is a change. A path that was never a file to begin with, or one in
 * a folder for a while (/tmp, /dev), is none. No path is trusted: none blocks,
 * none leads out of ROOT. FILES, of one ROOT, or NULL: what was looked at
 * already. Negative: what TELL returned.
 */
int profiles_changes(struct profiles_files *files,
		     const struct profiles_object *objects, size_t count,
		     const char *const *kernels, const char *root,
		     int (*tell)(void *data,
				 const struct profiles_change *change),
		     void *data);

#endif
