/* SPDX-License-Identifier: MIT */
/*
 * What strace prints: traces, and the tables of -c. Of a line of a trace the
 * call's name is read, behind what options put in front of it (process, time,
 * address, number); its arguments are strings that the program chose, and are
 * not looked at.
 *
 * Code of 32 bits is marked by "[ Process PID=7 runs in 32 bit mode. ]", but
 * not in a file of -o. There a name that such code alone can have is the mark:
 * what the process called since its execve is then taken for calls of both.
 */
#include <ctype.h>
#include <string.h>

#include "profiles/formats/import.h"

enum {
	PID_MAX = 1 << 22,	/* the kernel's PID_MAX_LIMIT */
	NAMES = 1024,		/* numbers that are remembered of a process */
	LOOK = 200		/* so many lines are looked at for a call */
};

/* A process: how its code is taken, and which numbers it called in the mode of
 * 64 bits since its last execve. */
struct task {
	enum base_arch arch;
	uint64_t called[NAMES / 64];
};

struct reading {
	struct profiles_text *text;
	struct import_lines lines;
	enum base_arch native;
	/* The place of each process among tasks, from 1 on; 0: none yet. */
	uint32_t *places;
	size_t place_count;	/* processes that have one, from 0 on */
	struct task *tasks;
	size_t task_count;
	size_t last;		/* of the line before */
	bool guessed;		/* that code was of 32 bits */
	size_t calls;		/* lines with one */
	size_t others;		/* lines that are none of strace's */
	unsigned first_other;
};

/* ---- processes --------------------------------------------------------- */

/* Makes a place for PID. */
static int make_place(struct reading *in, uint64_t pid)
{
	size_t count = in->place_count ? in->place_count : 1024;
	uint32_t *places;

	while (count <= pid)
		count *= 2;
	places = reallocarray(in->places, count, sizeof(*places));
	if (!places)
		return -ENOMEM;
	memset(places + in->place_count, 0,
	       (count - in->place_count) * sizeof(*places));
	in->places = places;
	in->place_count = count;
	return 0;
}

/* The task of PID, 0 where lines name none. A new one is taken for what the one
 * of the line before was: strace thinks so, too. */
static struct task *task_of(struct reading *in, uint64_t pid)
{
	struct task *tasks;

	if (pid >= PID_MAX)
		pid = 0;
	if (pid >= in->place_count && make_place(in, pid) < 0)
		return NULL;
	if (!in->places[pid]) {
		size_t count = in->task_count;

		tasks = count & (count - 1) ? in->tasks :
			reallocarray(in->tasks, count ? 2 * count : 1,
				     sizeof(*tasks));
		if (!tasks)
			return NULL;
		in->tasks = tasks;
		tasks[count] = (struct task){
			.arch = count ? tasks[in->last].arch : in->native,
		};
		in->places[pid] = (uint32_t)++in->task_count;
	}
	in->last = in->places[pid] - 1;
	return &in->tasks[in->last];
}

/* ---- calls ------------------------------------------------------------- */

/* strace names what socketcall(2) and ipc(2) of i386 are asked for; they are
 * the call itself, or that. NULL: NAME is none of these. */
static const char *multiplexer(const char *name)
{
	static const struct {
		const char *call, *names;
	} rows[] = {
		{ "socketcall",
		  "socket bind connect listen accept getsockname getpeername "
		  "socketpair send recv sendto recvfrom shutdown setsockopt "
		  "getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg" },
		{ "ipc",
		  "semop semget semctl semtimedop msgsnd msgrcv msgget msgctl "
		  "shmat shmdt shmget shmctl" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (import_among(rows[i].names, name))
			return rows[i].call;
	return NULL;
}

static bool is_i386(const char *name)
{
	return base_call_number(BASE_ARCH_I386, name) >= 0 || multiplexer(name);
}

static int add_i386(struct reading *in, const char *name, struct error *err)
{
	const char *names[] = { name, multiplexer(name) };
	int result = 0;

	for (size_t i = 0; result == 0 && i < 2 && names[i]; i++) {
		struct base_call call;

		if (base_call_named(BASE_ARCH_I386, names[i], &call))
			result = import_add(in->text, call, err);
	}
	return result;
}

/* The process turns out to be one of 32 bits. */
static int turn(struct reading *in, struct task *task, struct error *err)
{
	int result = 0;

	task->arch = BASE_ARCH_I386;
	in->guessed = true;
	for (uint32_t number = 0; result == 0 && number < NAMES; number++) {
		const char *name = base_call_name((struct base_call){
			BASE_ARCH_X86_64, number });

		if (task->called[number / 64] >> number % 64 & 1 && name)
			result = add_i386(in, name, err);
	}
	return result;
}

/* "syscall_0x3e7" */
static bool by_number(const char *name, uint64_t *raw)
{
	return strncmp(name, "syscall_0x", 10) == 0 &&
	       base_parse_number(name + strlen("syscall_"), UINT32_MAX,
				 raw) == 0;
}

static int add_number(struct reading *in, enum base_arch arch, uint64_t raw,
		      struct error *err)
{
	struct base_call call = { arch, (uint32_t)raw };

	if (arch == BASE_ARCH_X86_64 && raw & BASE_X32_BIT)
		call = (struct base_call){ BASE_ARCH_X32, (uint32_t)raw &
					   ~BASE_X32_BIT };
	call.number &= ~BASE_X32_BIT;
	if (call.number >> 31)	/* negative: no call exists */
		return 0;
	return import_add(in->text, call, err);
}

static int add_call(struct reading *in, struct task *task, const char *name,
		    struct error *err)
{
	struct base_call call;
	uint64_t raw;
	int result;

	if (by_number(name, &raw))
		return add_number(in, task->arch, raw, err);
	if (task->arch == BASE_ARCH_I386)
		return is_i386(name) ? add_i386(in, name, err) :
			base_call_unknown(BASE_ARCH_I386, name, err);
	if (base_call_named(task->arch, name, &call)) {
		if (call.number < NAMES)
			task->called[call.number / 64] |=
				UINT64_C(1) << call.number % 64;
		return import_add(in->text, call, err);
	}
	if (task->arch != BASE_ARCH_X86_64 || !is_i386(name))
		return base_call_unknown(task->arch, name, err);
	result = turn(in, task, err);
	return result < 0 ? result : add_i386(in, name, err);
}

/* From an execve on the code is another's: of 64 bits, until it shows. */
static void forget(struct reading *in, struct task *task)
{
	memset(task->called, 0, sizeof(task->called));
	if (in->native == BASE_ARCH_X86_64)
		task->arch = BASE_ARCH_X86_64;
}

/* ---- lines of a trace -------------------------------------------------- */

/* Whether [TEXT, END) consists of characters in SET, and has one. */
static bool all_of(const char *text, const char *end, const char *set)
{
	size_t length = (size_t)(end - text);

	return length && strspn(text, set) >= length;
}

/* Skips what options put in front of a call: "[pid 7]", "7", "7<sh>",
 * "13:00:00.12", "1795.1", "(+ 0.1)", "[59]", "[00007f0000000000]". */
static const char *skip_front(const char *line, uint64_t *pid)
{
	for (bool first = true;; first = false) {
		const char *end, *close = NULL;

		line += strspn(line, " \t");
		end = line + strcspn(line, " \t");
		if (strncmp(line, "[pid", 4) == 0) {
			*pid = strtoul(line + 4, NULL, 10);
			close = strchr(line, ']');
		} else if (*line == '[' && strchr(line, ']') &&
			   all_of(line + 1, strchr(line, ']'),
				  " 0123456789abcdefx?")) {
			close = strchr(line, ']');
		} else if (strncmp(line, "(+", 2) == 0) {
			close = strchr(line, ')');
		} else if (first && isdigit((unsigned char)*line) &&
			   memchr(line, '<', (size_t)(end - line))) {
			*pid = strtoul(line, NULL, 10);
			close = strchr(line, '>');
		} else if (isdigit((unsigned char)*line) &&
			   all_of(line, end, "0123456789:.")) {
			if (first && all_of(line, end, "0123456789"))
				*pid = strtoul(line, NULL, 10);
			line = end;
			continue;
		}
		if (!close)
			return line;
		line = close + 1;
	}
}

/* The name of the call that begins here, or was resumed; false: none. */
static bool read_name(const char *line, char *name, size_t size)
{
	const char *begin = line, *end;

	if (strncmp(line, "<... ", 5) == 0)
		begin += 5;
	end = begin;
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == begin || isdigit((unsigned char)*begin) ||
	    (size_t)(end - begin) >= size ||
	    (begin == line ? *end != '(' : strncmp(end, " resumed", 8) != 0))
		return false;
	memcpy(name, begin, (size_t)(end - begin));
	name[end - begin] = '\0';
	return true;
}

/* "[ Process PID=7 runs in 32 bit mode. ]": the architecture, -1 if the line is
 * another, -ENOTSUP if none of ours. */
static int read_mode(const struct reading *in, const char *line, uint64_t *pid)
{
	static const char start[] = "[ Process PID=";
	const char *mode = strstr(line, " runs in ");

	if (strncmp(line, start, strlen(start)) != 0 || !mode)
		return -1;
	*pid = strtoul(line + strlen(start), NULL, 10);
	mode += strlen(" runs in ");
	if (strncmp(mode, "x32", 3) == 0)
		return BASE_ARCH_X32;
	if (strncmp(mode, "64", 2) == 0)
		return (int)in->native;
	return in->native == BASE_ARCH_X86_64 ? BASE_ARCH_I386 : -ENOTSUP;
}

/* What strace says between calls. */
static bool is_said(const char *line)
{
	static const char *const starts[] = {
		"+++ ", "--- ", "strace: ", "Process ", "> ", "???",
		"<detached", "<unfinished",
	};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (strncmp(line, starts[i], strlen(starts[i])) == 0)
			return true;
	return !*line;
}

static int read_line(struct reading *in, struct error *err)
{
	uint64_t pid = 0;
	int mode = read_mode(in, in->lines.line, &pid);
	const char *line = mode == -1 ? skip_front(in->lines.line, &pid) : "";
	struct task *task;
	char name[64];
	int result;

	if (mode == -1 && *line == '[')
		mode = read_mode(in, line, &pid);
	if (mode == -ENOTSUP)
		return base_error(err, ENOTSUP, "the calls of this mode are "
				  "not known to jail; remove the lines of this "
				  "process");
	if (mode == -1 && is_said(line))
		return 0;
	task = task_of(in, pid);
	if (!task)
		return base_error(err, ENOMEM, "out of memory");
	if (mode >= 0) {
		task->arch = (enum base_arch)mode;
		/* Of one process alone the lines name none. */
		if (in->places[0])
			in->tasks[in->places[0] - 1].arch =
				(enum base_arch)mode;
		return 0;
	}
	if (!read_name(line, name, sizeof(name))) {
		if (!in->others++)
			in->first_other = in->lines.number;
		return 0;
	}
	in->calls++;
	result = add_call(in, task, name, err);
	if (strcmp(name, "execve") == 0 && strstr(line, ") = 0"))
		forget(in, task);
	return result;
}

/* ---- tables ------------------------------------------------------------ */

/* A row of -c: the last word is the name, or the first where -U says so. */
static int read_row(struct reading *in, struct task *task, char *line,
		    bool name_first, struct error *err)
{
	char *end = line + strlen(line), *name;

	while (end > line && isblank((unsigned char)end[-1]))
		*--end = '\0';
	line += strspn(line, " \t");
	if (name_first)
		line[strcspn(line, " \t")] = '\0';
	name = strrchr(line, ' ');
	name = name ? name + 1 : line;
	if (!isalpha((unsigned char)*name) && *name != '_')
		return base_error(err, EINVAL, "there is no call in this row "
				  "of a table of strace -c");
	in->calls++;
	return add_call(in, task, name, err);
}

static bool is_rule(const char *line)
{
	line += strspn(line, " ");
	return strncmp(line, "------", 6) == 0;
}

/* "% time ... syscall", or other columns by -U. */
static bool is_heading(const char *line)
{
	return strstr(line, "syscall") && !strchr(line, '(') &&
	       (strstr(line, "% time") || strstr(line, "calls") ||
		strstr(line, "seconds"));
}

/* The rows between the two rules; then the total. */
static int read_table(struct reading *in, enum base_arch arch,
		      struct error *err)
{
	const char *heading = in->lines.line +
			      strspn(in->lines.line, " \t");
	bool name_first = strncmp(heading, "syscall", 7) == 0;
	struct task task = { .arch = arch };
	int result = 0;

	if (!import_next(&in->lines) || !is_rule(in->lines.line))
		return base_error(err, EINVAL, "the table of strace -c has no "
				  "rule below its heading");
	while (result == 0) {
		if (!import_next(&in->lines))
			return base_error(err, EINVAL, "the table of strace -c "
					  "has no end: the file is cut short");
		if (is_rule(in->lines.line))
			break;
		result = read_row(in, &task, in->lines.line, name_first, err);
	}
	if (result == 0)
		import_next(&in->lines);	/* the total */
	return result;
}

/* ---- the whole --------------------------------------------------------- */

static int read_lines(struct reading *in, struct error *err)
{
	static const char summary[] = "System call usage summary for ";
	enum base_arch arch = in->native;
	int result = 0;

	while (result == 0 && import_next(&in->lines)) {
		const char *line = in->lines.line;

		if (strncmp(line, summary, strlen(summary)) == 0) {
			arch = strstr(line, "x32") ? BASE_ARCH_X32 :
			       strstr(line, "32") ? BASE_ARCH_I386 : in->native;
		} else if (is_heading(line)) {
			result = read_table(in, arch, err);
			arch = in->native;
		} else {
			result = read_line(in, err);
		}
	}
	return result < 0 ? import_fail(&in->lines, err) : 0;
}

static int say(const struct reading *in, struct profiles_notes *notes,
	       struct error *err)
{
	int result = 0;

	if (in->others)
		result = profiles_note(notes, PROFILES_REMARK, "%zu line%s "
				       "none of strace's, as line %u, and "
				       "passed over", in->others,
				       in->others == 1 ? " is" : "s are",
				       in->first_other);
	if (result == 0 && in->guessed)
		result = profiles_note(notes, PROFILES_REMARK, "some code was "
				       "of 32 bits, which strace -o does not "
				       "mark: its first calls were taken for "
				       "those of both");
	return result < 0 ? base_error(err, ENOMEM, "out of memory") : 0;
}

/* A name that strace and we know, with a parenthesis behind it. */
static bool is_call(const char *line)
{
	uint64_t pid;
	char name[64];

	return read_name(skip_front(line, &pid), name, sizeof(name)) &&
	       (base_call_number(BASE_ARCH_X86_64, name) >= 0 ||
		base_call_number(BASE_ARCH_I386, name) >= 0);
}

bool formats_strace_is(const char *bytes, size_t count)
{
	const char *end = bytes + count;

	for (unsigned i = 0; i < LOOK && bytes < end; i++) {
		const char *newline = memchr(bytes, '\n',
					     (size_t)(end - bytes));
		size_t length = (size_t)((newline ? newline : end) - bytes);
		cleanup_free char *line = strndup(bytes, length < 4096 ?
						  length : 4096);

		if (line && (is_call(line) || (is_heading(line) &&
					       strstr(line, "% time"))))
			return true;
		bytes += length + 1;
	}
	return false;
}

int formats_strace_parse(char *bytes, size_t count, const char *name,
			 struct profiles_text *text,
			 struct profiles_notes *notes, struct error *err)
{
	struct reading in = {
		.text = text, .native = import_arch(text),
		.lines = { .bytes = bytes, .next = bytes, .count = count,
			   .name = name },
	};
	int result = read_lines(&in, err);

	if (result == 0 && !in.calls)
		result = base_error(err, EINVAL, "%s: there is no call in it",
				    name);
	if (result == 0)
		result = say(&in, notes, err);
	free(in.places);
	free(in.tasks);
	return result;
}
