/* SPDX-License-Identifier: MIT */
/*
 * top-screen: what jail top shows. A screen is made in memory and written at
 * once, line by line over the one before, so that nothing flickers. It is the
 * terminal's other one (xterm's ctlseqs, 1049): what was there comes back.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/top.h"

#define PATIENCE 500		/* milliseconds that a screen may take */

enum { ID, PROFILE, CPU, MEMORY, PROCESSES, DENIED, UPTIME, USER, COLUMNS };

static const struct {
	const char *heading;
	bool right;
} columns[COLUMNS] = {
	{"id", true}, {"profile", false}, {"cpu%", true}, {"memory", true},
	{"processes", true}, {"denied", true}, {"uptime", true},
	{"user", false},
};

struct line {
	char cells[COLUMNS][600];
	const char *program;
};

static void make_line(const struct top *top, size_t number, struct line *line)
{
	const struct enforce_running *entry = &top->running.entries[number];
	const struct running_use *use = &top->running.uses[number];
	size_t size = sizeof(line->cells[0]);

	snprintf(line->cells[ID], size, "%d", (int)entry->program);
	running_name(line->cells[PROFILE], size, entry);
	snprintf(line->cells[CPU], size, "%.1f", top->cpu[number]);
	running_size(line->cells[MEMORY], size, use->memory);
	snprintf(line->cells[PROCESSES], size, "%zu", use->processes);
	snprintf(line->cells[DENIED], size, "%" PRIu64, entry->denied);
	running_time(line->cells[UPTIME], size, running_uptime(entry));
	running_user(line->cells[USER], size, entry->uid);
	line->program = *entry->command ? entry->command : entry->exe;
}

static void make_heading(struct line *line)
{
	for (size_t i = 0; i < COLUMNS; i++)
		strcpy(line->cells[i], columns[i].heading);
	line->program = "program";
}

static void find_widths(const struct top *top, int widths[COLUMNS])
{
	struct line line;

	for (size_t i = 0; i < COLUMNS; i++)
		widths[i] = (int)strlen(columns[i].heading);
	for (size_t i = 0; i < top->running.count; i++) {
		make_line(top, i, &line);
		for (size_t j = 0; j < COLUMNS; j++)
			running_widen(&widths[j], line.cells[j],
				      RUNNING_WIDEST);
	}
}

/* One line as text, cut off at WIDTH; negative: whole. Returns OUT. */
static char *line_text(char *out, size_t size, const struct line *line,
		       const int widths[COLUMNS], int width)
{
	char text[2048];
	size_t used = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		used += running_cell(text + used, sizeof(text) - used,
				     line->cells[i], widths[i],
				     columns[i].right);
	snprintf(text + used, sizeof(text) - used, "%s", line->program);
	return running_cut(out, size, text, width);
}

void top_print(const struct top *top)
{
	int widths[COLUMNS], width = running_terminal(NULL);
	char text[2048];
	struct line line;

	find_widths(top, widths);
	make_heading(&line);
	puts(line_text(text, sizeof(text), &line, widths, width));
	for (size_t i = 0; i < top->running.count; i++) {
		make_line(top, top->order[i], &line);
		puts(line_text(text, sizeof(text), &line, widths, width));
	}
}

/* ---- the screen -------------------------------------------------------- */

struct screen {
	FILE *out;
	int width, height;
	int line;		/* the next one */
};

/* Lines after the last one of the terminal are left out. */
static void put_line(struct screen *screen, const char *text, bool chosen)
{
	char cut[2048];

	if (screen->line >= screen->height)
		return;
	if (screen->line++)
		fputc('\n', screen->out);
	running_cut(cut, sizeof(cut), text, screen->width);
	if (chosen)
		fprintf(screen->out, "\x1b[7m%s%*s\x1b[0m", cut,
			screen->width - running_columns(cut), "");
	else
		fputs(cut, screen->out);
	if (running_columns(cut) < screen->width && !chosen)
		fputs("\x1b[K", screen->out);
}

static void put_title(struct screen *screen, const struct top *top)
{
	static const char *const sorts[] = {
		"cpu", "memory", "processes", "denied"
	};
	struct running_use all = {0};
	time_t now = time(NULL);
	char text[256], used[32] = "", size[16], clock[16] = "";
	struct tm tm;

	for (size_t i = 0; i < top->running.count; i++) {
		all.processes += top->running.uses[i].processes;
		all.memory += top->running.uses[i].memory;
	}
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (all.memory)
		snprintf(used, sizeof(used), "%s, ",
			 running_size(size, sizeof(size), all.memory));
	snprintf(text, sizeof(text), "%s  %zu sandbox%s, %zu process%s, %s"
		 "by %s", clock, top->running.count,
		 cli_plural(top->running.count, "es"), all.processes,
		 cli_plural(all.processes, "es"), used, sorts[top->sort]);
	put_line(screen, text, false);
}

/* The chosen line is among those that are shown. */
static void scroll(struct top *top, size_t room)
{
	size_t chosen = top_chosen(top);

	if (chosen < top->first)
		top->first = chosen;
	if (room && chosen >= top->first + room)
		top->first = chosen - room + 1;
	if (top->first >= top->running.count)
		top->first = 0;
}

static void put_sandboxes(struct screen *screen, struct top *top)
{
	int room = screen->height - 3, widths[COLUMNS];
	size_t chosen = top_chosen(top);
	char text[2048];
	struct line line;

	find_widths(top, widths);
	make_heading(&line);
	put_line(screen, line_text(text, sizeof(text), &line, widths, -1),
		 false);
	top->page = room > 0 ? (size_t)room : 1;
	scroll(top, top->page);
	for (size_t i = top->first; i < top->running.count &&
	     screen->line < screen->height - 1; i++) {
		make_line(top, top->order[i], &line);
		put_line(screen, line_text(text, sizeof(text), &line, widths,
					   -1), i == chosen);
	}
	if (!top->running.count)
		put_line(screen, "no sandbox is running", false);
	while (screen->line < screen->height - 1)
		put_line(screen, "", false);
}

/* In memory: OUT is NULL without. */
static void begin_screen(struct screen *screen, char **text, size_t *size)
{
	*screen = (struct screen){.out = base_memstream(text, size)};
	screen->width = running_terminal(&screen->height);
	if (screen->width < 0) {
		screen->width = 80;
		screen->height = 24;
	}
	if (screen->out)
		fputs("\x1b[H", screen->out);
}

static void end_screen(struct screen *screen, char **text, const size_t *size)
{
	if (fclose(screen->out) == 0)
		(void)base_write_patiently(STDOUT_FILENO, *text, *size,
					   PATIENCE);
	free(*text);
}

void top_draw(struct top *top)
{
	struct screen screen;
	char *text = NULL;
	size_t size;

	begin_screen(&screen, &text, &size);
	if (!screen.out)
		return;
	put_title(&screen, top);
	put_sandboxes(&screen, top);
	put_line(&screen, *top->message ? top->message :
		 "c m p d sort  up down choose  e denials  s stop  q quit",
		 false);
	end_screen(&screen, &text, &size);
}

/* One line of TEXT, on as many of the screen as it takes. False: there is not
 * the room for it. */
static bool put_folded(struct screen *screen, const char *text, size_t length)
{
	char line[2048], cut[2048], *at = line;
	int room = screen->height - 1 - screen->line;

	snprintf(line, sizeof(line), "%.*s", (int)length, text);
	if (room < 1 || running_columns(line) > room * screen->width)
		return false;
	do {
		running_cut(cut, sizeof(cut), at, screen->width);
		put_line(screen, cut, false);
		at += strlen(cut);
	} while (*cut && *at && screen->line < screen->height - 1);
	return true;
}

void top_page(const char *text, const char *profile)
{
	char *bytes = NULL, last[400] = "any key goes back";
	struct screen screen;
	size_t size, left = 0;

	begin_screen(&screen, &bytes, &size);
	if (!screen.out)
		return;
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (left || !put_folded(&screen, text, length))
			left++;
	}
	while (screen.line < screen.height - 1)
		put_line(&screen, "", false);
	if (left)
		snprintf(last, sizeof(last), "any key goes back; %zu more "
			 "line%s: jail show %s", left, cli_plural(left, "s"),
			 profile);
	put_line(&screen, last, false);
	end_screen(&screen, &bytes, &size);
}

static void put(const char *text)
{
	(void)base_write_patiently(STDOUT_FILENO, text, strlen(text), PATIENCE);
}

void top_enter(void)
{
	put("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J");
}

void top_leave(void)
{
	put("\x1b[?25h\x1b[?1049l");
}

void top_clear(void)
{
	put("\x1b[H\x1b[2J");
}
