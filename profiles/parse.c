/* SPDX-License-Identifier: MIT */
/*
 * Reads a profile line by line, as Firejail does: the first # ends a line, runs
 * of blanks are one, a carriage return ends it like a newline. A file is
 * hostile: its size, its lines and the length of each are bounded, and what is
 * no text is refused.
 */
#include <string.h>
#include <sys/stat.h>

#include "profiles/text.h"

#define BYTES_MAX (1024 * 1024)
#define LINES_MAX 100000

struct reader {
	FILE *file;
	size_t bytes;
	unsigned line;
	bool continues;			/* header.c's memory */
	char text[TEXT_LINE_MAX + 1];
};

/* Removes the comment and superfluous blanks, in place. */
static void strip(char *line)
{
	char *out = line;

	line[strcspn(line, "#\r\n")] = '\0';
	for (const char *in = line; *in; in++) {
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

/* Takes the next byte of a line; false at its end. */
static bool next_byte(struct reader *reader, int *c)
{
	*c = getc(reader->file);
	if (*c != EOF)
		reader->bytes++;
	return *c != EOF && *c != '\n' && reader->bytes <= BYTES_MAX;
}

/* Reads a line without its newline. 1, 0 at the end of the file, or -errno. */
static int read_line(struct reader *reader, struct error *err)
{
	size_t length = 0;
	int c;

	reader->line++;
	while (next_byte(reader, &c)) {
		if (c == '\0')
			return base_error(err, EINVAL,
					  "not a text: there is a byte of "
					  "zero; 'jail export' prints a "
					  "profile as text");
		if (length == TEXT_LINE_MAX)
			return base_error(err, EINVAL,
					  "the line is longer than %d bytes, "
					  "which is all that Firejail reads",
					  TEXT_LINE_MAX);
		reader->text[length++] = (char)c;
	}
	if (ferror(reader->file))
		return base_error(err, errno, "cannot read: %s",
				  strerror(errno));
	if (c == EOF && length == 0)
		return 0;
	if (reader->bytes > BYTES_MAX || reader->line > LINES_MAX)
		return base_error(err, EFBIG, "too large for a profile, which "
				  "has %d bytes and %d lines at most",
				  BYTES_MAX, LINES_MAX);
	reader->text[length] = '\0';
	return 1;
}

static int apply_line(struct reader *reader, struct profiles_text *text,
		      struct error *err)
{
	char *line = reader->text;
	size_t prefix = strlen(TEXT_JAIL_PREFIX);

	line[strcspn(line, "\r")] = '\0';
	if (strncmp(line, TEXT_JAIL_PREFIX, prefix) == 0)
		return profiles_parse_line(line + prefix, text, err);
	if (*line == '#')
		return profiles_header_parse(line, text, &reader->continues,
					     err);
	reader->continues = false;
	return profiles_parse_line(line, text, err);
}

int profiles_parse_line(const char *line, struct profiles_text *text,
			struct error *err)
{
	cleanup_free char *copy = strdup(line);

	if (!copy)
		return base_error(err, ENOMEM, "out of memory");
	strip(copy);
	return *copy ? profiles_directive_apply(copy, text, err) : 0;
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
	struct reader reader = { .file = file };
	int result;

	while ((result = read_line(&reader, err)) > 0) {
		result = apply_line(&reader, text, err);
		if (result < 0)
			break;
	}
	if (result < 0) {
		base_error_at(err, "%s:%u", name, reader.line);
		return result;
	}
	return check_secondary(text, name, err);
}

int profiles_read(const char *path, struct profiles_text *text,
		  struct error *err)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	int code = errno;
	struct stat st;

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
