/* SPDX-License-Identifier: MIT */
/*
 * The comment header of a profile: printed and read back in this one place.
 *
 *   # PROGRAM: system calls on ARCH, exported by jail; also a Firejail profile
 *   # learned in 9 sessions on Linux KERNEL, LIBC: 0a1b2c3d 1b2c3d4e ...
 *   #   5f6a7b8c
 *
 * The architecture is that of the plain seccomp.keep line, so that a file from
 * another machine is not misread. The second line is there once for each kernel
 * and libc, and is wrapped.
 */
#include <string.h>

#include "profiles/text.h"

#define SUBJECT "system calls on "
#define TAIL ", exported by jail; also a Firejail profile"
#define LEARNED "# learned in "
#define MORE "#   "
#define COLUMNS 78

/* ---- printing --------------------------------------------------------- */

/* A word of the origin line, without what would end it. */
static char *clean(char *out, size_t size, const char *word,
		   const char *otherwise, const char *ends)
{
	base_printable(out, size, word && *word ? word : otherwise);
	for (char *p = strpbrk(out, ends); p; p = strpbrk(p, ends))
		*p = '_';
	return out;
}

static void print_origin(FILE *out, const struct profiles_origin *origin)
{
	char kernel[128], libc[128];
	int column = fprintf(
		out, LEARNED "%zu session%s on Linux %s, %s:",
		origin->session_count, origin->session_count == 1 ? "" : "s",
		clean(kernel, sizeof(kernel), origin->kernel, "unknown",
		      ", :"),
		clean(libc, sizeof(libc), origin->libc, "unknown libc", ":"));

	for (size_t i = 0; i < origin->session_count; i++) {
		const char *id = origin->sessions[i];

		if (column + 9 > COLUMNS)
			column = fprintf(out, "\n" MORE "%s", id) - 1;
		else
			column += fprintf(out, " %s", id);
	}
	fputc('\n', out);
}

void profiles_header_print(FILE *out, const struct profiles_text *text)
{
	char name[256];

	fputs("# ", out);
	if (text->program)
		fprintf(out, "%s: ",
			base_printable(name, sizeof(name), text->program));
	fprintf(out, SUBJECT "%s" TAIL "\n",
		base_arch_name(base_arch_native()));
	for (size_t i = 0; i < text->origin_count; i++)
		print_origin(out, &text->origins[i]);
}

/* ---- reading ---------------------------------------------------------- */

/* The last place where the subject stands, so that a program may be called
 * anything. */
static const char *find_subject(const char *line)
{
	const char *found = NULL, *next = strstr(line, SUBJECT);

	while (next) {
		found = next;
		next = strstr(next + 1, SUBJECT);
	}
	return found;
}

/* Whether LINE is the first header line; *NAME is its program, new memory. */
static int parse_title(const char *line, char **name)
{
	size_t length = strlen(line), tail = strlen(TAIL);
	const char *subject = find_subject(line);
	char arch[16];
	size_t arch_length;

	if (length < tail || strcmp(line + length - tail, TAIL) != 0 ||
	    !subject || strncmp(line, "# ", 2) != 0)
		return -EINVAL;
	arch_length = (size_t)(line + length - tail - subject);
	if (arch_length - strlen(SUBJECT) >= sizeof(arch))
		return -EINVAL;
	arch_length -= strlen(SUBJECT);
	memcpy(arch, subject + strlen(SUBJECT), arch_length);
	arch[arch_length] = '\0';
	length = (size_t)(subject - line) - 2;
	if (length == 1 || (length && strncmp(subject - 2, ": ", 2) != 0))
		return -EINVAL;
	if (base_arch_parse(arch) >= 0 && length > 2)
		*name = strndup(line + 2, length - 2);
	return base_arch_parse(arch);
}

bool profiles_session_valid(const char *uid)
{
	return strlen(uid) == 8 && strspn(uid, "0123456789abcdef") == 8;
}

/* Adds the identifiers in WORDS; -EINVAL if there is anything else. */
static int add_sessions(struct profiles_origin *origin, char *words)
{
	char *word;

	while ((word = strsep(&words, " "))) {
		char **sessions;

		if (*word == '\0')
			continue;
		if (!profiles_session_valid(word))
			return -EINVAL;
		sessions = reallocarray(origin->sessions,
					origin->session_count + 1,
					sizeof(*sessions));
		if (!sessions)
			return -ENOMEM;
		origin->sessions = sessions;
		sessions[origin->session_count] = strdup(word);
		if (!sessions[origin->session_count])
			return -ENOMEM;
		origin->session_count++;
	}
	return 0;
}

static struct profiles_origin *new_origin(struct profiles_text *text)
{
	struct profiles_origin *origins = reallocarray(
		text->origins, text->origin_count + 1, sizeof(*origins));

	if (!origins)
		return NULL;
	text->origins = origins;
	origins[text->origin_count] = (struct profiles_origin){ 0 };
	return &origins[text->origin_count++];
}

/* "3 sessions on Linux KERNEL, LIBC: 0a1b2c3d ..." */
static int parse_origin(char *line, struct profiles_text *text)
{
	struct profiles_origin *origin;
	char *kernel = strstr(line, " on Linux ");
	char *libc = kernel ? strstr(kernel, ", ") : NULL;
	char *sessions = libc ? strchr(libc, ':') : NULL;

	if (!sessions)
		return -EINVAL;
	*kernel = *libc = *sessions = '\0';
	origin = new_origin(text);
	if (!origin)
		return -ENOMEM;
	origin->kernel = strdup(kernel + strlen(" on Linux "));
	origin->libc = strdup(libc + strlen(", "));
	if (!origin->kernel || !origin->libc)
		return -ENOMEM;
	return add_sessions(origin, sessions + 1);
}

static int parse_line(char *line, struct profiles_text *text, bool *continues)
{
	if (strncmp(line, LEARNED, strlen(LEARNED)) == 0 &&
	    strstr(line, " on Linux ")) {
		*continues = true;
		return parse_origin(line + strlen(LEARNED), text);
	}
	if (*continues && strncmp(line, MORE, strlen(MORE)) == 0)
		return add_sessions(&text->origins[text->origin_count - 1],
				    line + strlen(MORE));
	*continues = false;
	return 0;
}

/* Most comments are none of ours. */
static bool may_be_header(const char *line)
{
	return strncmp(line, LEARNED, strlen(LEARNED)) == 0 ||
	       strstr(line, TAIL);
}

int profiles_header_parse(const char *line, struct profiles_text *text,
			  bool *continues, struct error *err)
{
	cleanup_free char *copy = NULL, *name = NULL;
	int result;

	if (!*continues && !may_be_header(line))
		return 0;
	copy = strdup(line);
	result = copy ? parse_title(copy, &name) : -ENOMEM;
	if (result >= 0) {
		text->header_arch = (unsigned)result + 1;
		free(text->program);
		text->program = take_ptr(name);
		*continues = false;
		return 0;
	}
	if (copy)
		result = parse_line(copy, text, continues);
	if (result == -ENOMEM)
		return base_error(err, ENOMEM, "out of memory");
	if (result < 0)
		return base_error(err, EINVAL,
				  "this line does not name sessions as jail "
				  "writes them (8 hexadecimal digits each); "
				  "repair or remove it");
	return 0;
}
