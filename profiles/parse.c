/* SPDX-License-Identifier: MIT */
/*
 * Reads a profile line by line, as Firejail does: the first # ends a line, runs
 * of blanks are one, a carriage return ends it like a newline. A file is
 * hostile: its size, its lines and the length of each are bounded, and what is
 * no text is refused; so is all that it includes, taken together.
 */
#include <string.h>
#include <sys/stat.h>

#include "profiles/text.h"

/* Removes the comment and superfluous blanks, in place. */
static void strip(char *line)
{
	char *out = line;

	for (const char *in = line; *in && *in != '#' && *in != '\r'; in++) {
		bool blank = *in == ' ' || *in == '\t';

		if (!blank)
			*out++ = *in;
		else if (out > line && out[-1] != ' ')
			*out++ = ' ';
	}
	if (out > line && out[-1] == ' ')
		out--;
	*out = '\0';
}

static int apply_line(char *line, struct profiles_text *text, bool *continues,
		      struct error *err)
{
	size_t prefix = strlen(TEXT_JAIL_PREFIX);

	if (strncmp(line, TEXT_JAIL_PREFIX, prefix) == 0) {
		line += prefix;
	} else if (*line == '#') {
		line[strcspn(line, "\r")] = '\0';
		return profiles_header_parse(line, text, continues, err);
	} else {
		*continues = false;
	}
	strip(line);
	return *line ? reading_line(text, line, err) : 0;
}

int profiles_parse_line(const char *line, struct profiles_text *text,
			struct error *err)
{
	cleanup_free char *copy = strdup(line);
	struct profiles_reading *reading = reading_of(text);

	if (!copy || !reading)
		return policy_no_memory(err);
	reading->file = NULL;
	reading->line = 0;
	reading->placed = false;
	return reading_line(text, copy, err);
}

static int too_large(struct error *err)
{
	return base_error(err, EFBIG, "too large for a profile, which has %d "
			  "bytes and %d lines at most", TEXT_BYTES_MAX,
			  TEXT_LINES_MAX);
}

/* One line of LENGTH bytes, of which the one behind it is writable. */
static int take_line(char *line, size_t length, struct profiles_text *text,
		     bool *continues, struct error *err)
{
	struct profiles_reading *reading = text->reading;

	if (memchr(line, '\0', length))
		return base_error(err, EINVAL, "not a text: there is a byte of "
				  "zero; 'jail export' prints a profile as "
				  "text");
	if (length > TEXT_LINE_MAX)
		return base_error(err, EINVAL, "the line is longer than %d "
				  "bytes, which is all that Firejail reads",
				  TEXT_LINE_MAX);
	if (++reading->lines > TEXT_LINES_MAX)
		return too_large(err);
	line[length] = '\0';
	return apply_line(line, text, continues, err);
}

static int take_lines(char *bytes, size_t length, struct profiles_text *text,
		      struct error *err)
{
	struct profiles_reading *reading = text->reading;
	char *begin = bytes, *end = bytes + length;
	bool continues = false;
	int result = 0;

	reading->bytes += length;
	while (result == 0 && begin < end) {
		char *newline = memchr(begin, '\n', (size_t)(end - begin));
		char *stop = newline ? newline : end;

		reading->line++;
		if (stop - bytes > TEXT_BYTES_MAX ||
		    reading->bytes > TEXT_ALL_BYTES_MAX)
			return too_large(err);
		result = take_line(begin, (size_t)(stop - begin), text,
				   &continues, err);
		begin = stop + 1;
	}
	return result;
}

int parse_bytes(struct profiles_text *text, char *bytes, size_t length,
		const char *name, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	int result;

	if (!reading || policy_add_word(&reading->files, name, false) < 0)
		return policy_no_memory(err);
	reading->file = reading->files.items[reading->files.count - 1];
	reading->line = 0;
	reading->placed = false;
	result = take_lines(bytes, length, text, err);
	if (result < 0 && !reading->placed)
		base_error_at(err, "%s:%u", name, reading->line);
	reading->placed = result < 0;
	return result;
}

/* A file may not refuse other architectures and list their calls. */
static int check_secondary(const struct profiles_text *text, const char *name,
			   struct error *err)
{
	enum base_arch own = text->header_arch ? text->header_arch - 1 :
						 base_arch_native();

	for (size_t i = 0; text->block_secondary && i < text->set.count; i++) {
		enum base_arch arch = text->set.calls[i].arch;

		if (arch != own)
			return base_error(err, EINVAL,
					  "%s: seccomp.block-secondary refuses "
					  "the calls of %s that the file has; "
					  "remove one of the two", name,
					  base_arch_name(arch));
	}
	return 0;
}

int profiles_parse(FILE *file, const char *name, struct profiles_text *text,
		   struct error *err)
{
	cleanup_free char *bytes = malloc(TEXT_BYTES_MAX + 2);
	size_t length;
	int result;

	if (!bytes)
		return policy_no_memory(err);
	length = fread(bytes, 1, TEXT_BYTES_MAX + 1, file);
	if (ferror(file))
		return base_error(err, errno, "%s: cannot read: %s", name,
				  strerror(errno));
	result = parse_bytes(text, bytes, length, name, err);
	return result < 0 ? result : check_secondary(text, name, err);
}

static int read_shipped(const char *path, struct profiles_text *text,
			struct error *err)
{
	const char *name = path + strlen(PROFILES_SHIPPED "/");
	const char *shipped = profiles_shipped(name);
	cleanup_free char *bytes = shipped ? strdup(shipped) : NULL;
	int result;

	if (!shipped)
		return base_error(err, ENOENT, "jail brings no profile "
				  "'%.200s'", name);
	if (!bytes)
		return policy_no_memory(err);
	result = parse_bytes(text, bytes, strlen(bytes), path, err);
	return result < 0 ? result : check_secondary(text, path, err);
}

int profiles_read(const char *path, struct profiles_text *text,
		  struct error *err)
{
	cleanup_fclose FILE *file = NULL;
	struct stat st;
	int code;

	if (strncmp(path, PROFILES_SHIPPED "/",
		    strlen(PROFILES_SHIPPED "/")) == 0)
		return read_shipped(path, text, err);
	file = fopen(path, "re");
	code = errno;
	if (!file && (code == ENOENT || code == ENOTDIR))
		return base_error(err, code, "there is no profile '%.200s'; "
				  "give the path of its file", path);
	if (!file)
		return base_error(err, code, "cannot open the profile "
				  "'%.200s': %s; give the path of a file that "
				  "you can read", path, strerror(code));
	if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode))
		return base_error(err, EISDIR, "'%.200s' is a folder; name a "
				  "profile in it", path);
	return profiles_parse(file, path, text, err);
}
