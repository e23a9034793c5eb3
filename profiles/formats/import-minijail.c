/* SPDX-License-Identifier: MIT */
/*
 * Policies of minijail: `NAME: EXPRESSION`. Both of its parsers are meant, that
 * of minijail0 and that of compile_seccomp_policy.py: lists in braces, names of
 * actions, architectures in brackets. A file may include others of its own
 * folder, which include none. Conditions on arguments are widened.
 */
#include <ctype.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "profiles/formats/import.h"

enum { INCLUDED_MAX = 1 << 20, INCLUDES_MAX = 64 };

struct reading {
	struct profiles_text *text;
	struct formats_words conditions, handled, skipped;
	bool included;		/* the file that is being read */
	unsigned includes;	/* files so far */
};

static int read_lines(struct reading *in, struct import_lines *lines,
		      struct error *err);

/* ---- what is done with a call ------------------------------------------ */

struct action {
	bool allow, conditions, handled;
	int answer;
};

static char *trim(char *text)
{
	size_t length;

	while (isblank((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isblank((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

static int read_return(const char *word, int *answer, struct error *err)
{
	*answer = base_errno_parse(word);
	if (*answer)
		return 0;
	return base_error(err, EINVAL, "'return %.40s': that is no errno",
			  word);
}

/* One part of an expression, between semicolons. */
static int read_part(char *part, struct action *action, struct error *err)
{
	static const char *const refused[] = { "kill", "kill-process",
					       "kill-thread" };
	static const char *const handled[] = { "trap", "trace",
					       "user-notify" };

	if (strncmp(part, "return ", 7) == 0)
		return read_return(trim(part + 7), &action->answer, err);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (strcmp(part, refused[i]) == 0)
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++)
		if (strcmp(part, handled[i]) == 0) {
			action->handled = true;
			return 0;
		}
	if (strcmp(part, "1") == 0 || strcmp(part, "allow") == 0 ||
	    strcmp(part, "log") == 0) {
		action->allow = true;
		return 0;
	}
	if (strncmp(part, "arg", 3) != 0 && *part != '(')
		return base_error(err, EINVAL, "'%.60s' is no expression of a "
				  "policy: 1, arg0 == 2, return EPERM", part);
	action->allow = action->conditions = true;
	return 0;
}

static int read_expression(char *expression, struct action *action,
			   struct error *err)
{
	char *part;
	int result = 0;

	expression[strcspn(expression, "#")] = '\0';
	while (result == 0 && (part = strsep(&expression, ";"))) {
		part = trim(part);
		if (*part)
			result = read_part(part, action, err);
		else if (!expression)
			return base_error(err, EINVAL, "the expression of a "
					  "call is missing");
	}
	return result;
}

/* ---- calls ------------------------------------------------------------- */

/* "NAME[arch=x86_64,aarch64]": cuts the brackets off. Whether it is ours. */
static bool is_ours(const struct reading *in, char *name)
{
	char *list = strchr(name, '['), *item;
	bool ours = false;

	if (!list)
		return true;
	*list++ = '\0';
	list[strcspn(list, "]")] = '\0';
	item = strchr(list, '=');
	for (list = item ? item + 1 : list; (item = strsep(&list, ",")); )
		ours |= base_arch_parse(trim(item)) ==
			(int)import_arch(in->text);
	return ours;
}

static int add_call(struct reading *in, char *name,
		    const struct action *action, struct error *err)
{
	struct base_call call;
	int result;

	name = trim(name);
	if (!is_ours(in, name))
		return 0;
	result = base_call_parse(trim(name), import_arch(in->text), &call, err);
	if (result < 0)
		return result;
	if (action->handled)
		import_word(&in->handled, name);
	if (action->conditions)
		import_word(&in->conditions, name);
	if (action->allow)
		return import_add(in->text, call, err);
	if (action->answer &&
	    profiles_text_stub(in->text, call, action->answer) < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

/* "NAME: EXPRESSION", "{NAME, NAME}: EXPRESSION" */
static int read_rule(struct reading *in, char *line, struct error *err)
{
	struct action action = { 0 };
	char *colon = strchr(line, ':'), *names = line, *name;
	int result;

	if (!colon)
		return base_error(err, EINVAL, "'%.60s': a line of a policy is "
				  "NAME: EXPRESSION", line);
	*colon++ = '\0';
	result = read_expression(colon, &action, err);
	if (result < 0)
		return result;
	if (*names != '{')
		return add_call(in, names, &action, err);
	names++;
	names[strcspn(names, "}")] = '\0';
	while (result == 0 && (name = strsep(&names, ",")))
		result = add_call(in, name, &action, err);
	return result;
}

/* ---- other files ------------------------------------------------------- */

/* Opens PATH, below the folder of the file BESIDE and by no link that leads out
 * of it. */
static int open_beside(const char *beside, const char *path, struct error *err)
{
	const char *slash = strrchr(beside, '/');
	cleanup_free char *folder = slash ?
		strndup(beside, (size_t)(slash - beside) + 1) : strdup(".");
	cleanup_close int dir = folder ? open(folder, O_PATH | O_DIRECTORY |
					      O_CLOEXEC) : -1;
	cleanup_close int fd = -1;
	struct stat st;

	if (dir >= 0)
		fd = base_openat2(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
				  RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 && errno == EXDEV)
		return base_error(err, EINVAL, "'%.100s' is not in the folder "
				  "of the file that includes it; copy it there",
				  path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return base_error(err, errno, "cannot open '%.100s', which is "
				  "included: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > INCLUDED_MAX)
		return base_error(err, EINVAL, "'%.100s' is no file of at most "
				  "1 MB", path);
	return take_fd(&fd);
}

static int read_file(struct reading *in, int fd, const char *path,
		     struct error *err)
{
	cleanup_free char *bytes = malloc(INCLUDED_MAX + 1);
	ssize_t count = bytes ? base_read_all(fd, bytes, INCLUDED_MAX) : -1;
	struct import_lines lines = { .name = path };

	if (count < 0)
		return base_error(err, errno, "cannot read '%.100s': %s", path,
				  strerror(errno));
	lines.bytes = lines.next = bytes;
	lines.count = (size_t)count;
	in->included = true;
	count = read_lines(in, &lines, err);
	in->included = false;
	return (int)count;
}

static int include(struct reading *in, const char *path,
		   const struct import_lines *lines, struct error *err)
{
	cleanup_close int fd = -1;

	if (in->included)
		return base_error(err, ELOOP, "an included file may not "
				  "include others, for minijail0 reads one "
				  "level");
	if (++in->includes > INCLUDES_MAX)
		return base_error(err, EFBIG, "more than %d files are "
				  "included; join them", INCLUDES_MAX);
	if (strcmp(lines->name, "-") == 0 ||
	    strcmp(lines->name, "standard input") == 0)
		return base_error(err, EINVAL, "standard input has no folder "
				  "to include '%.100s' from; name the file",
				  path);
	fd = open_beside(lines->name, path, err);
	return fd < 0 ? fd : read_file(in, fd, path, err);
}

/* ---- lines ------------------------------------------------------------- */

static int read_directive(struct reading *in, char *line,
			  const struct import_lines *lines, struct error *err)
{
	char *rest = line + strcspn(line, " \t");

	if (*rest)
		*rest++ = '\0';
	rest = trim(rest);
	if (strcmp(line, "@include") == 0)
		return include(in, rest, lines, err);
	if (strcmp(line, "@denylist") == 0 || (strcmp(line, "@default") == 0 &&
					       strcmp(rest, "allow") == 0))
		return base_error(err, EINVAL, "what it does not name is "
				  "allowed, which a list of calls to allow "
				  "cannot say; write what it refuses into a "
				  "profile as seccomp.drop");
	if (strcmp(line, "@default") != 0 && strcmp(line, "@frequency") != 0)
		return base_error(err, EINVAL, "there is no '%.40s' in a "
				  "policy", line);
	import_word(&in->skipped, line);
	return 0;
}

/* Joins what a backslash at the end carries on. */
static void join(struct import_lines *lines)
{
	while (lines->length && lines->line[lines->length - 1] == '\\' &&
	       lines->next < lines->bytes + lines->count) {
		char *line = lines->line;
		size_t length = lines->length;

		line[length - 1] = ' ';
		import_next(lines);
		memmove(line + length, lines->line, lines->length + 1);
		lines->line = line;
		lines->length += length;
	}
}

static int read_lines(struct reading *in, struct import_lines *lines,
		      struct error *err)
{
	while (import_next(lines)) {
		unsigned number = lines->number;
		int result = 0;
		char *line;

		join(lines);
		line = trim(lines->line);
		if (*line == '@')
			result = read_directive(in, line, lines, err);
		else if (*line && *line != '#')
			result = read_rule(in, line, err);
		if (result < 0)
			return base_error_at(err, "%s:%u", lines->name,
					     number);
	}
	return 0;
}

bool formats_minijail_is(const char *bytes, size_t count)
{
	const char *end = bytes + count;

	while (bytes < end &&
	       (*bytes == '#' || isspace((unsigned char)*bytes))) {
		const char *newline = *bytes == '#' ?
			memchr(bytes, '\n', (size_t)(end - bytes)) : bytes;

		bytes = newline ? newline + 1 : end;
	}
	if (bytes < end && (*bytes == '{' || *bytes == '@'))
		return true;
	if (bytes == end ||
	    (!isalpha((unsigned char)*bytes) && *bytes != '_') ||
	    strncmp(bytes, "strace:", 7) == 0)
		return false;
	while (bytes < end && (isalnum((unsigned char)*bytes) ||
			       *bytes == '_'))
		bytes++;
	return bytes < end && (*bytes == ':' || *bytes == '[') &&
	       bytes + 1 < end;
}

int formats_minijail_parse(char *bytes, size_t count, const char *name,
			   struct profiles_text *text,
			   struct profiles_notes *notes, struct error *err)
{
	struct import_lines lines = { .bytes = bytes, .next = bytes,
				      .count = count, .name = name };
	struct reading in = { .text = text };
	int result = read_lines(&in, &lines, err);

	if (result < 0)
		return result;
	if (formats_words_note(notes, PROFILES_WIDENED, &in.conditions,
			       "conditions on arguments were not taken") < 0 ||
	    formats_words_note(notes, PROFILES_REMARK, &in.handled,
			       "handed to somebody there who answers, and not "
			       "imported") < 0 ||
	    formats_words_note(notes, PROFILES_REMARK, &in.skipped,
			       "not imported") < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}
