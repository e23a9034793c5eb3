/* SPDX-License-Identifier: MIT */
/*
 * jail top: one look after the other, and how it is drawn. For the files of
 * top alone.
 */
#ifndef JAIL_CLI_TOP_H
#define JAIL_CLI_TOP_H

#include "cli/offer.h"
#include "cli/running.h"

enum top_sort { TOP_CPU, TOP_MEMORY, TOP_PROCESSES, TOP_DENIED };

/* What a process had used at a look. */
struct top_process {
	size_t sandbox;
	pid_t pid;
	uint64_t start, cpu, spent;	/* ticks; SPENT since the last look */
};

struct top {
	struct running running;
	double *cpu;		/* of each entry, in percent of one CPU */
	size_t *order;		/* which entry stands in which line */
	enum top_sort sort;
	struct top_process *before, *now;	/* by PID */
	size_t before_count, now_count, room;
	int64_t looked;		/* monotonic, microseconds; 0: not yet */
	/* On the screen. */
	pid_t chosen;		/* its id; 0: the first line's */
	uint64_t chosen_start;
	size_t line;		/* its line, also when it has ended */
	size_t first;		/* line that is shown */
	size_t page;		/* so many are */
	char message[512];	/* the last line, instead of the keys */
};

/* top-look.c: looks, and sorts. The first time CPU time is that of all since
 * the sandbox began. */
int top_look(struct top *top, struct error *err);
void top_sort(struct top *top);
void top_free(struct top *top);
/* The line that is chosen; running.count where there is none. */
size_t top_chosen(const struct top *top);
void top_choose(struct top *top, size_t line);

/* top-screen.c: all lines, once, or what fits on the terminal. */
void top_print(const struct top *top);
void top_draw(struct top *top);
/* Takes the screen for us, and gives it back as it was. */
void top_enter(void);
void top_leave(void);
void top_clear(void);
/* TEXT, of many lines about PROFILE, in place of all else: what fits, and that
 * there is more. */
void top_page(const char *text, const char *profile);

#endif
