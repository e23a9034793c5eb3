/* SPDX-License-Identifier: MIT */
/*
 * running: looks at the sandboxes that run, and shows their words. Names,
 * command lines and whatever else users and programs chose are printable before
 * they get here or when they leave.
 */
#include <inttypes.h>
#include <locale.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "cli/running.h"
#include "cli/store.h"

/* ---- looking -------------------------------------------------------- */

void running_free(struct running *running)
{
	free(running->entries);
	free(running->uses);
	*running = (struct running){0};
}

static int add(void *data, const struct enforce_running *entry)
{
	struct running *running = data;
	size_t room = running->room ? running->room * 2 : 16;
	struct enforce_running *entries;

	if (running->count == running->room) {
		entries = reallocarray(running->entries, room,
				       sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		running->entries = entries;
		running->room = room;
	}
	running->entries[running->count++] = *entry;
	return 0;
}

static int add_ended(void *data, const struct enforce_running *entry)
{
	return entry->ended ? add(data, entry) : 0;
}

static void note_lie(void *data, const struct enforce_running *entry,
		     const struct error *err)
{
	struct running *running = data;

	(void)entry;
	if (!running->lies++)
		running->lie = *err;
}

static int by_begin(const void *a, const void *b)
{
	const struct enforce_running *x = a, *y = b;

	if (x->began != y->began)
		return x->began < y->began ? -1 : 1;
	return x->program < y->program ? -1 : x->program > y->program;
}

struct counting {
	struct running *running;
	int (*each)(void *data, const struct enforce_member *member);
	void *data;
	uint64_t ticks;		/* a second */
};

static int count_one(void *data, const struct enforce_member *member)
{
	struct counting *counting = data;
	struct running_use *use = &counting->running->uses[member->sandbox];

	use->processes++;
	use->memory += member->memory;
	use->cpu += member->cpu * 1000000 / counting->ticks;
	return counting->each ? counting->each(counting->data, member) : 0;
}

static int collect(struct running *running, bool ended, struct error *err)
{
	int ret;

	running->count = running->lies = 0;
	ret = enforce_registry_running(add, note_lie, running, err);
	if (ret == 0 && ended)
		ret = enforce_registry_each(add_ended, running);
	base_free(&running->uses);
	running->uses = calloc(running->count + 1, sizeof(*running->uses));
	if (ret == -ENOMEM || !running->uses)
		return base_error(err, ENOMEM, "out of memory");
	if (running->count)
		qsort(running->entries, running->count,
		      sizeof(*running->entries), by_begin);
	return ret;
}

int running_look(struct running *running, bool ended,
		 int (*each)(void *data, const struct enforce_member *member),
		 void *data, struct error *err)
{
	struct counting counting = {
		.running = running, .each = each, .data = data,
		.ticks = (uint64_t)sysconf(_SC_CLK_TCK),
	};
	int ret = collect(running, ended, err);

	return ret < 0 ? ret :
		enforce_members(running->entries, running->count, count_one,
				&counting, err);
}

void running_warn(const struct running *running)
{
	struct error err;

	if (enforce_registry_refused(&err) < 0)
		fprintf(stderr, "jail: %s\n", err.text);
	if (running->lies)
		fprintf(stderr, "jail: %s", running->lie.text);
	if (running->lies > 1)
		fprintf(stderr, "; so are %zu more", running->lies - 1);
	if (running->lies)
		fputc('\n', stderr);
}

/* ---- words ---------------------------------------------------------- */

char *running_user(char *out, size_t size, uid_t uid)
{
	static uid_t last = (uid_t)-1;
	static char name[64];

	if (uid != last) {
		const struct passwd *user = getpwuid(uid);

		if (user)
			base_printable(name, sizeof(name), user->pw_name);
		else
			snprintf(name, sizeof(name), "%u", uid);
		last = uid;
	}
	snprintf(out, size, "%s", name);
	return out;
}

char *running_name(char *out, size_t size, const struct enforce_running *entry)
{
	char profile[256], name[256];

	base_printable(profile, sizeof(profile), entry->profile);
	if (strcmp(entry->name, entry->profile) == 0)
		snprintf(out, size, "%s", profile);
	else
		snprintf(out, size, "%s (%s)", profile,
			 base_printable(name, sizeof(name), entry->name));
	return out;
}

char *running_size(char *out, size_t size, uint64_t bytes)
{
	static const char units[] = "KMGT";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	while (value >= 1023.95 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (!bytes)
		snprintf(out, size, "-");
	else
		snprintf(out, size, unit ? "%.1f%c" : "%.0f%c", value,
			 units[unit]);
	return out;
}

char *running_time(char *out, size_t size, int64_t microseconds)
{
	int64_t seconds = microseconds > 0 ? microseconds / 1000000 : 0;
	int64_t minutes = seconds / 60, hours = minutes / 60;

	if (minutes == 0)
		snprintf(out, size, "%" PRId64 "s", seconds);
	else if (hours == 0)
		snprintf(out, size, "%" PRId64 "m%02ds", minutes,
			 (int)(seconds % 60));
	else if (hours < 24)
		snprintf(out, size, "%" PRId64 "h%02dm", hours,
			 (int)(minutes % 60));
	else
		snprintf(out, size, "%" PRId64 "d%02dh", hours / 24,
			 (int)(hours % 24));
	return out;
}

int64_t running_uptime(const struct enforce_running *entry)
{
	if (entry->ended)
		return entry->ended - entry->began;
	/* By a clock that nobody sets. Of a program that has ended the entry
	 * says what it likes. */
	if (entry->start > INT64_MAX / 1000000)
		return 0;
	return base_now() - base_process_began(entry->start);
}

/* ---- columns -------------------------------------------------------- */

/* The next character of a printable text: its bytes, *WIDTH its columns. UTF-8
 * whatever the user's locale is; it has been made valid. */
static size_t next(const char *text, int *width)
{
	static locale_t utf8;
	locale_t old;
	wchar_t wide = 0;
	mbstate_t state = {0};
	size_t length;

	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	*width = 1;
	if ((unsigned char)*text < 0x80 || !utf8)
		return 1;
	old = uselocale(utf8);
	length = mbrtowc(&wide, text, strlen(text), &state);
	if (length > 0 && length <= 4)
		*width = wcwidth(wide) < 0 ? 1 : wcwidth(wide);
	uselocale(old);
	return length > 0 && length <= 4 ? length : 1;
}

int running_columns(const char *text)
{
	int columns = 0, width;

	for (; *text; columns += width)
		text += next(text, &width);
	return columns;
}

char *running_cut(char *out, size_t size, const char *text, int columns)
{
	int used = 0, width;
	size_t at = 0;

	base_printable(out, size, text);
	while (columns >= 0 && out[at]) {
		size_t length = next(out + at, &width);

		used += width;
		if (used > columns)
			break;
		at += length;
	}
	if (columns >= 0)
		out[at] = '\0';
	return out;
}

void running_widen(int *width, const char *text, int most)
{
	int columns = running_columns(text);

	if (columns > most)
		columns = most;
	if (columns > *width)
		*width = columns;
}

size_t running_cell(char *out, size_t size, const char *text, int width,
		    bool right)
{
	char cut[600];
	int pad = width - running_columns(running_cut(cut, sizeof(cut), text,
						      width));

	return (size_t)snprintf(out, size, "%*s%s%*s  ", right ? pad : 0, "",
				cut, right ? 0 : pad, "");
}

int running_terminal(int *rows)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return -1;
	/* One that nobody told how large it is, as a serial line. */
	if (rows)
		*rows = size.ws_row ? size.ws_row : 24;
	return size.ws_col ? size.ws_col : 80;
}

/* ---- as JSON -------------------------------------------------------- */

json_t *running_json(const struct enforce_running *entry,
		     const struct running_use *use)
{
	int64_t tenths = running_uptime(entry) / 100000;
	char user[64];
	json_t *object = json_pack(
		"{s:i, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:f}",
		"id", (int)entry->program,
		"user", cli_json_text(running_user(user, sizeof(user),
						   entry->uid)),
		"uid", (json_int_t)entry->uid,
		"profile", cli_json_text(entry->profile),
		"name", cli_json_text(entry->name),
		"command", cli_json_text(entry->command),
		"exe", cli_json_text(*entry->exe ? entry->exe : NULL),
		"started", cli_json_time(entry->began),
		"ended", cli_json_time(entry->ended),
		"uptime_s", (double)(tenths > 0 ? tenths : 0) / 10);

	json_object_set_new(object, "memory_bytes",
			    cli_json_value(use->memory));
	json_object_set_new(object, "processes",
			    cli_json_value(use->processes));
	json_object_set_new(object, "cpu_s",
			    json_real((double)use->cpu / 1000000));
	json_object_set_new(object, "denied", cli_json_value(entry->denied));
	json_object_set_new(object, "address", cli_json_text(
		*entry->address ? entry->address : NULL));
	json_object_set_new(object, "jail", json_integer(entry->jail));
	json_object_set_new(object, "init", entry->init > 0 ?
			    json_integer(entry->init) : json_null());
	json_object_set_new(object, "joinable", json_boolean(entry->joinable));
	json_object_set_new(object, "store", cli_json_text(
		*entry->store ? entry->store : NULL));
	return object;
}
