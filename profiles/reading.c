/* SPDX-License-Identifier: MIT */
/*
 * A line of a profile, in Firejail's order: whitelist-ro is two lines that
 * nothing stops, quiet, what is ignored, what is conditional, and only then
 * its directive; and the files that include reads. What was ignored, how deep
 * files are nested and the like is remembered over all files and options.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "profiles/text.h"

#define IGNORED_MAX 32
#define DEPTH_MAX 16

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

struct profiles_reading *reading_of(struct profiles_text *text)
{
	if (!text->reading)
		text->reading = calloc(1, sizeof(*text->reading));
	return text->reading;
}

void reading_free(struct profiles_reading *reading)
{
	if (!reading)
		return;
	profiles_words_free(&reading->ignored);
	profiles_words_free(&reading->files);
	profiles_words_free(&reading->path);
	free(reading->user_dirs);
	free(reading);
}

/* ---- ignore ----------------------------------------------------------- */

static bool is_ignored(const struct profiles_reading *reading,
		       const char *line)
{
	for (size_t i = 0; i < reading->ignored.count; i++) {
		const char *words = reading->ignored.items[i];
		size_t length = strlen(words);

		if (strncmp(line, words, length) == 0 &&
		    (line[length] == '\0' || line[length] == ' '))
			return true;
	}
	return false;
}

int reading_ignore(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);

	(void)row;
	if (!reading)
		return policy_no_memory(err);
	if (reading->ignored.count == IGNORED_MAX)
		return base_error(err, E2BIG, "more than %d lines of ignore, "
				  "which is all that Firejail remembers",
				  IGNORED_MAX);
	if (policy_add_word(&reading->ignored, argument, false) < 0)
		return policy_no_memory(err);
	return 0;
}

int reading_quiet(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	(void)argument;
	(void)err;
	text->policy.flags |= UINT64_C(1) << row->data;
	return 0;
}

/* ---- conditions ------------------------------------------------------- */

static bool has(const struct profiles_text *text, enum profiles_flag flag)
{
	return profiles_has(&text->policy, flag);
}

/* The settings are those of firejail.config as Firejail brings it. 1, 0, or
 * -1: there is no such condition. */
static int condition(const struct profiles_text *text, const char *name)
{
	const struct {
		const char *name;
		bool value;
	} conditions[] = {
		{ "ALLOW_TRAY", false },
		{ "BROWSER_ALLOW_DRM", false },
		{ "BROWSER_DISABLE_U2F", true },
		{ "HAS_APPIMAGE", false },
		{ "HAS_NET", profiles_net_is_own(&text->policy) },
		{ "HAS_NODBUS", text->reading->bus },
		{ "HAS_NOSOUND", has(text, PROFILES_NOSOUND) },
		{ "HAS_PRIVATE", has(text, PROFILES_PRIVATE) },
		{ "HAS_X11", has(text, PROFILES_X11_NONE) ||
			     has(text, PROFILES_X11_REFUSED) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
		if (strcmp(conditions[i].name, name) == 0)
			return conditions[i].value;
	return -1;
}

/* "?NAME: REST": *REST is what remains to be done, NULL if nothing. */
static int split_condition(const struct profiles_text *text, char *line,
			   char **rest, struct error *err)
{
	char *colon = strchr(line, ':'), *next = colon ? colon + 1 : NULL;
	int value;

	if (next && *next == ' ')
		next++;
	if (!next || *next == '\0')
		return base_error(err, EINVAL, "a condition is written "
				  "?NAME: DIRECTIVE, but here is \"%.100s\"",
				  line);
	if (colon > line + 1 && colon[-1] == ' ')
		colon--;
	*colon = '\0';
	value = condition(text, line + 1);
	if (value < 0)
		return base_error(err, EINVAL, "there is no condition "
				  "\"%.64s\"; jail.profile(5) lists those that "
				  "there are", line + 1);
	if (value && (begins(next, "quiet") || begins(next, "include")))
		return base_error(err, EINVAL, "neither quiet nor include may "
				  "depend on a condition");
	*rest = value ? next : NULL;
	return 0;
}

/* ---- a line ----------------------------------------------------------- */

static int quiet(struct profiles_text *text)
{
	uint64_t bit = UINT64_C(1) << PROFILES_QUIET;

	text->directives++;
	if (is_ignored(text->reading, "quiet"))
		text->policy.flags &= ~bit;
	else
		text->policy.flags |= bit;
	return 0;
}

static int obey(struct profiles_text *text, char *line, struct error *err)
{
	text->directives++;
	return profiles_directive_apply(line, text, err);
}

int reading_line(struct profiles_text *text, char *line, struct error *err)
{
	int result;

	if (!text->context && text->calls_alone && *line == '?')
		return policy_add_word(&text->left_out, "conditions", true) < 0
			? policy_no_memory(err) : 0;
	if (!text->context || begins(line, "whitelist-ro "))
		return obey(text, line, err);
	if (!reading_of(text))
		return policy_no_memory(err);
	if (strcmp(line, "quiet") == 0)
		return quiet(text);
	if (is_ignored(text->reading, line))
		return 0;
	if (*line != '?')
		return obey(text, line, err);
	text->directives++;
	result = split_condition(text, line, &line, err);
	if (result < 0 || !line || is_ignored(text->reading, line))
		return result;
	if (begins(line, "whitelist-ro "))
		return base_error(err, EINVAL, "whitelist-ro may not depend on "
				  "a condition; write whitelist and read-only");
	return obey(text, line, err);
}

/* ---- include ---------------------------------------------------------- */

/* A file or /dev/null: nothing that could make us wait. 1, 0: there is none, or
 * -errno. */
static int open_file(const char *path, int *fd, size_t *size,
		     struct error *err)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (*fd < 0)
		return base_error(err, errno, "cannot open '%.200s': %s", path,
				  strerror(errno));
	if (fstat(*fd, &st) < 0)
		return base_error(err, errno, "cannot read '%.200s': %s", path,
				  strerror(errno));
	if (!S_ISREG(st.st_mode) && !(S_ISCHR(st.st_mode) &&
				      st.st_rdev == makedev(1, 3)))
		return base_error(err, EINVAL, "'%.200s' is no file", path);
	if (st.st_size > TEXT_BYTES_MAX)
		return base_error(err, EFBIG, "'%.200s' is too large for a "
				  "profile", path);
	*size = (size_t)st.st_size;
	return 1;
}

static int parse_named(struct profiles_text *text, char *bytes, size_t length,
		       const char *name, struct error *err)
{
	struct profiles_reading *reading = text->reading, outer = *reading;
	unsigned header = text->header_arch;
	int result;

	reading->depth++;
	result = parse_bytes(text, bytes, length, name, err);
	reading->depth = outer.depth;
	reading->file = outer.file;
	reading->line = outer.line;
	text->header_arch = header;
	return result;
}

/* 1, 0: there is no such file, or -errno. */
static int include_file(struct profiles_text *text, const char *path,
			struct error *err)
{
	cleanup_close int fd = -1;
	cleanup_free char *bytes = NULL;
	size_t size = 0;
	int result = open_file(path, &fd, &size, err);
	ssize_t length;

	if (result <= 0)
		return result;
	bytes = malloc(size + 1);
	if (!bytes)
		return policy_no_memory(err);
	length = base_read_all(fd, bytes, size + 1);
	if (length < 0)
		return base_error(err, errno, "cannot read '%.200s': %s", path,
				  strerror(errno));
	if ((size_t)length != size)
		return base_error(err, EAGAIN, "'%.200s' changed while it was "
				  "read; try again", path);
	result = parse_named(text, bytes, (size_t)length, path, err);
	return result < 0 ? result : 1;
}

static int include_shipped(struct profiles_text *text, const char *name,
			   struct error *err)
{
	cleanup_free char *path = base_printf(PROFILES_SHIPPED "/%s", name);
	const char *shipped = profiles_shipped(name);
	cleanup_free char *bytes = shipped ? strdup(shipped) : NULL;
	int result;

	if (!shipped)
		return 0;
	if (!bytes || !path)
		return policy_no_memory(err);
	result = parse_named(text, bytes, strlen(bytes), path, err);
	return result < 0 ? result : 1;
}

/* Whether the folder INDEX is there at all: most names are looked for in all of
 * them. */
static bool folder_there(struct profiles_text *text, size_t index)
{
	struct profiles_reading *reading = text->reading;
	uint64_t bit = index < 64 ? UINT64_C(1) << index : 0;
	struct stat st;

	if (!bit)
		return true;
	if (!(reading->folders_known & bit)) {
		reading->folders_known |= bit;
		if (stat(text->context->folders[index], &st) == 0 ||
		    (errno != ENOENT && errno != ENOTDIR))
			reading->folders_there |= bit;
	}
	return reading->folders_there & bit;
}

/* Whether the file being read is one of Firejail's, whose folders come after
 * what is shipped. What it includes by name is meant to be Firejail's, too. */
static bool is_firejails(const struct profiles_text *text)
{
	const char *const *folders = text->context->folders;
	const char *file = text->reading->file;
	bool after = false;

	for (size_t i = 0; file && folders && folders[i]; i++) {
		if (after && begins(file, folders[i]) &&
		    file[strlen(folders[i])] == '/')
			return true;
		after = after || strcmp(folders[i], PROFILES_SHIPPED) == 0;
	}
	return false;
}

static int search(struct profiles_text *text, const char *name,
		  struct error *err)
{
	const char *const *folders = text->context->folders;
	bool shipped_last = is_firejails(text);
	int result = 0;

	for (size_t i = 0; result == 0 && folders && folders[i]; i++) {
		cleanup_free char *path = NULL;

		if (strcmp(folders[i], PROFILES_SHIPPED) == 0) {
			if (!shipped_last)
				result = include_shipped(text, name, err);
			continue;
		}
		if (!folder_there(text, i))
			continue;
		path = base_printf("%s/%s", folders[i], name);
		result = path ? include_file(text, path, err) :
				policy_no_memory(err);
	}
	if (result == 0 && shipped_last)
		result = include_shipped(text, name, err);
	return result;
}

static bool is_local(const char *name)
{
	size_t length = strlen(name);

	return length >= 6 && strcmp(name + length - 6, ".local") == 0;
}

static int include(struct profiles_text *text, const char *name,
		   struct error *err)
{
	int result;

	if (*name == '/')
		result = include_file(text, name, err);
	else if (begins(name, PROFILES_SHIPPED "/"))
		result = include_shipped(text, strchr(name, '/') + 1, err);
	else if (strchr(name, '/'))
		return base_error(err, EINVAL, "include takes the name of a "
				  "file in a folder of profiles, or a path "
				  "from / on, but got \"%.200s\"", name);
	else
		result = search(text, name, err);
	if (result < 0)
		return result;
	if (result == 0 && !is_local(name))
		return base_error(err, ENOENT, "there is no file '%.200s' to "
				  "include", name);
	return 0;
}

int reading_include(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	cleanup_free char *name = NULL;
	int result = paths_check(argument, false, err);

	(void)row;
	if (!reading)
		return policy_no_memory(err);
	if (result == 0)
		result = macros_expand(text, argument, true, &name, err);
	if (result < 0)
		return result;
	if (!name)
		return base_error(err, ENOENT, "there is no folder for "
				  "\"%.200s\"", argument);
	if (reading->depth >= DEPTH_MAX)
		return base_error(err, ELOOP, "files include each other more "
				  "than %d deep; a file that is meant to add "
				  "to one of its own name includes it by its "
				  "path", DEPTH_MAX);
	if (strcmp(name, "disable-devel.inc") == 0 &&
	    has(text, PROFILES_ALLOW_DEBUGGERS))
		return 0;
	return include(text, name, err);
}
