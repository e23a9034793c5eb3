/* SPDX-License-Identifier: MIT */
/*
 * What the files of `jail report` share; for cli/ alone. report-data.c fills a
 * struct report from the store, and each other file writes a part of the page
 * from it. Whatever a target or another host chose is written by report_text()
 * and report_short() alone.
 */
#ifndef JAIL_CLI_REPORT_H
#define JAIL_CLI_REPORT_H

#include "cli/complete.h"
#include "cli/fresh.h"

/* So that the page stays small, whatever the store holds. What is left out is
 * said where it would stand. */
enum {
	REPORT_SESSIONS = 500,		/* rows of the table */
	REPORT_COLUMNS = 125,		/* of the map */
	REPORT_CALLS = 400,
	REPORT_EXECUTABLES = 100,
	REPORT_DENIALS = 100,
	REPORT_SUGGESTIONS = 20,
	REPORT_CHANGES = 50,
	REPORT_HOSTS = 50
};

/* ---- what is told ------------------------------------------------------- */

struct report_call {
	struct base_call call;
	const struct db_entry *entry;	/* NULL: it is not on the list */
	const char *off;		/* why not: "dropped", "stub" */
	int answer;			/* of a stub: an errno */
	uint32_t seen;			/* by so many sessions */
	uint32_t passed;		/* in so many it may have passed, and
					 * was not seen */
	uint32_t first;			/* the session that saw it first */
	uint32_t executables, hosts;	/* that made it */
	uint32_t host;			/* one of them: its place */
	unsigned risk;
	const char *why;		/* it is risky, or what it does; or
					 * NULL */
};

struct report_executable {
	char *path;
	uint64_t times;			/* all its calls together */
	uint32_t *calls;		/* which, as places in report.calls */
	size_t count;
	size_t own;			/* of them, made by no other */
};

struct report_host {
	char *host, *kernel, *libc;
	uint64_t sessions, calls;
	size_t alone;			/* calls that no other host saw */
	int64_t last;
};

struct report {
	FILE *out;
	const char *program;
	int64_t now;

	struct profiles_bundle bundle;
	const struct profiles_bundle_session **sessions;	/* by start */
	size_t session_count;	/* of which calls are known */
	size_t bare;		/* of which they are not: imported */
	struct complete complete;	/* how, and of how much */

	struct db_entry *entries;
	size_t entry_count;
	struct report_call *calls;	/* listed or observed, by call */
	size_t call_count;

	struct report_executable *executables;	/* most calls first */
	size_t executable_count;
	struct changes changes;
	struct report_host *hosts;
	size_t host_count;
	struct profiles_suggestion *suggestions;
	size_t suggestion_count;
	struct cli_denial_groups *denials;
	size_t denial_count;		/* of kinds; and all, counted: */
	uint64_t denied;
	struct report_timeline *timeline;
};

/* ---- report-data.c ------------------------------------------------------ */

/* Fills a zeroed report, but for `out`, which is set afterwards. */
int report_gather(struct db *db, const char *program, struct report *report,
		  struct error *err);
void report_free(struct report *report);	/* takes NULL */
#define cleanup_report __attribute__((cleanup(report_free)))
/* The place of CALL, or NULL. */
struct report_call *report_find(const struct report *report,
				struct base_call call);

/* ---- report-more.c ------------------------------------------------------ */

/* Parts of report_gather(): who made which call, and what has changed, hosts
 * and suggestions. */
int report_gather_executables(struct db *db, struct report *report,
			      struct error *err);
int report_gather_more(struct db *db, struct report *report,
		       struct error *err);
void report_free_more(struct report *report);

/* ---- report-denials.c --------------------------------------------------- */

/* Another part: what was refused, and when. */
int report_gather_denials(struct db *db, struct report *report,
			  struct error *err);

/* ---- report-html.c ------------------------------------------------------ */

/* Writes TEXT so that a browser shows it and does nothing else. */
void report_text(FILE *out, const char *text);
/* The same; of what is longer than some 90 characters the middle is left
 * out. */
void report_short(FILE *out, const char *text);
/* A table that can be scrolled where it is wider than the page. A head that
 * begins with # is above numbers; NULL ends them. */
void report_table(FILE *out, const char *id, const char *caption,
		  const char *const *heads);
void report_table_end(FILE *out);
/* A call as the next in a list of COUNT, after PLACE others: a list ends with
 * how many more there are. */
void report_name(FILE *out, struct base_call call, size_t place, size_t count);
/* "2026-11-22 14:02" as an element, or a dash for 0. */
void report_time(FILE *out, int64_t microseconds);

/* A picture of so many units, with words for who does not see it, which are
 * markup. */
struct report_picture {
	const char *id, *title;
	unsigned width, height;
};
void report_picture(FILE *out, const struct report_picture *picture,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_picture_end(FILE *out);

/* A scale from LOW to HIGH onto the units FROM to TO. */
struct report_scale {
	double low, high, from, to;
};
double report_at(const struct report_scale *scale, double value);
/* The distance of about COUNT round numbers up to SPAN; at least 1. */
double report_step(double span, unsigned count);
/* Lines across the picture at round numbers, with the numbers in front. */
void report_grid(FILE *out, const struct report_scale *y, double left,
		 double right);
/* A horizontal bar of SHARE (0 to 1), its first part PART darker. */
void report_bar(FILE *out, double share, double part, const char *class);

/* ---- the parts of the page ---------------------------------------------- */

extern const char report_style[];		/* report-style.c */
void report_page(struct report *report);	/* report-page.c: all of it */
void report_growth(struct report *report);	/* report-growth.c */
void report_heat(struct report *report);	/* report-heat.c */
void report_executables(struct report *report);	/* report-executables.c */
void report_calls(struct report *report);	/* report-calls.c */
void report_denials(struct report *report);	/* report-denials.c */
void report_suggestions(struct report *report);	/* report-lists.c */
void report_changes(struct report *report);
void report_hosts(struct report *report);
void report_sessions(struct report *report);

#endif
