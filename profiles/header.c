/* SPDX-License-Identifier: MIT */
/*
 * The comment header of a profile: printed and read back in this one place.
 *
 *   # PROGRAM: system calls on ARCH, exported by jail
 *   # session 0a1b2c3d on HOST, Linux KERNEL, LIBC
 *
 * The architecture is that of calls without one in front, so that a file from
 * another machine is not misread. Below the calls stand those that not every
 * host saw, as `# seen on HOST: CALL`. A profile for Firejail has, as older
 * exports have, a line for each kernel and libc, wrapped:
 *
 *   # PROGRAM: system calls on ARCH, exported by jail; also a Firejail profile
 *   # learned in 9 sessions on Linux KERNEL, LIBC: 0a1b2c3d 1b2c3d4e ...
 *   #   5f6a7b8c
 */
#include <string.h>

#include "profiles/text.h"

#define SUBJECT "system calls on "
#define TAIL ", exported by jail"
#define FIREJAIL "; also a Firejail profile"
#define SESSION "# session "
#define NOWHERE "unknown host"
#define SEEN "# seen on "
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

static void print_title(FILE *out, const struct profiles_text *text,
			bool firejail)
{
	char name[256];

	fputs("# ", out);
	if (text->program)
		fprintf(out, "%s: ",
			base_printable(name, sizeof(name), text->program));
	fprintf(out, SUBJECT "%s" TAIL "%s\n",
		base_arch_name(base_arch_native()), firejail ? FIREJAIL : "");
}

void profiles_header_firejail(FILE *out, const struct profiles_text *text)
{
	print_title(out, text, true);
	for (size_t i = 0; i < text->origin_count; i++)
		print_origin(out, &text->origins[i]);
}

/* ---- a line a session ------------------------------------------------- */

struct session {
	const char *uid;
	char words[512];	/* what is behind it */
};

static int compare_sessions(const void *a, const void *b)
{
	const struct session *left = a, *right = b;
	int order = strcmp(left->uid, right->uid);

	return order ? order : strcmp(left->words, right->words);
}

static void describe(char *out, size_t size,
		     const struct profiles_origin *origin)
{
	char host[128], kernel[128], libc[128];

	clean(kernel, sizeof(kernel), origin->kernel, "unknown", ", :");
	clean(libc, sizeof(libc), origin->libc, "unknown libc", ":");
	if (origin->host && *origin->host)
		clean(host, sizeof(host), origin->host, "", ", :#");
	else
		snprintf(host, sizeof(host), NOWHERE);
	snprintf(out, size, " on %s, Linux %s, %s", host, kernel, libc);
}

static size_t count_sessions(const struct profiles_text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->origin_count; i++)
		count += text->origins[i].session_count;
	return count;
}

/* By their identifiers, each line once. */
static int print_sessions(FILE *out, const struct profiles_text *text)
{
	size_t count = count_sessions(text), filled = 0;
	cleanup_free struct session *sessions =
		calloc(count + 1, sizeof(*sessions));

	if (!sessions)
		return -ENOMEM;
	for (size_t i = 0; i < text->origin_count; i++)
		for (size_t s = 0; s < text->origins[i].session_count; s++) {
			struct session *session = &sessions[filled++];

			session->uid = text->origins[i].sessions[s];
			describe(session->words, sizeof(session->words),
				 &text->origins[i]);
		}
	qsort(sessions, count, sizeof(*sessions), compare_sessions);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || compare_sessions(&sessions[i - 1], &sessions[i]))
			fprintf(out, SESSION "%s%s\n", sessions[i].uid,
				sessions[i].words);
	return 0;
}

int profiles_header_print(FILE *out, const struct profiles_text *text)
{
	print_title(out, text, false);
	return print_sessions(out, text);
}

void profiles_header_seen(FILE *out, const struct profiles_text *text)
{
	char host[128], word[64];

	if (text->seen_count)
		fputs("# Not every host's sessions saw these:\n", out);
	for (size_t i = 0; i < text->seen_count; i++)
		for (size_t c = 0; c < text->seen[i].set.count; c++)
			fprintf(out, SEEN "%s: %s\n",
				clean(host, sizeof(host), text->seen[i].host,
				      "", ", :#"),
				text_call_word(word, sizeof(word),
					       text->seen[i].set.calls[c]));
}

/* ---- reading ---------------------------------------------------------- */

/* The last place where the subject stands, so that a program may be called
 * anything. */
static char *find_subject(char *line)
{
	char *found = NULL, *next = strstr(line, SUBJECT);

	while (next) {
		found = next;
		next = strstr(next + 1, SUBJECT);
	}
	return found;
}

/* Whether LINE ends with WORDS; they are cut off. */
static bool cut_end(char *line, const char *words)
{
	size_t length = strlen(line), end = strlen(words);

	if (length < end || strcmp(line + length - end, words) != 0)
		return false;
	line[length - end] = '\0';
	return true;
}

/* Whether LINE is the first header line; *NAME is its program, new memory. */
static int parse_title(const char *line, char **name)
{
	cleanup_free char *copy = strdup(line);
	char *subject, *arch;
	size_t length;

	if (!copy)
		return -ENOMEM;
	cut_end(copy, FIREJAIL);
	if (!cut_end(copy, TAIL) || strncmp(copy, "# ", 2) != 0)
		return -EINVAL;
	subject = find_subject(copy);
	if (!subject)
		return -EINVAL;
	arch = subject + strlen(SUBJECT);
	length = (size_t)(subject - copy) - 2;
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

/* The origin of a session: one of the latest, or a new one. So many are looked
 * at: a file can name any number of hosts. */
enum { ORIGINS_AT_HAND = 64 };

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct profiles_origin *find_origin(struct profiles_text *text,
					   const char *host, const char *kernel,
					   const char *libc)
{
	size_t first = text->origin_count > ORIGINS_AT_HAND ?
			       text->origin_count - ORIGINS_AT_HAND : 0;
	struct profiles_origin *origin;

	for (size_t i = first; i < text->origin_count; i++) {
		origin = &text->origins[i];
		if (same(origin->host, host) && same(origin->kernel, kernel) &&
		    same(origin->libc, libc))
			return origin;
	}
	origin = new_origin(text);
	if (!origin)
		return NULL;
	origin->host = host ? strdup(host) : NULL;
	origin->kernel = strdup(kernel);
	origin->libc = strdup(libc);
	return origin->kernel && origin->libc && (origin->host || !host) ?
		       origin : NULL;
}

/* "0a1b2c3d on HOST, Linux KERNEL, LIBC" */
static int parse_session(char *line, struct profiles_text *text)
{
	char *host = strstr(line, " on ");
	char *kernel = host ? strstr(host, ", Linux ") : NULL;
	char *libc = kernel ? strstr(kernel + 2, ", ") : NULL;
	struct profiles_origin *origin;

	if (!libc || host == line)
		return -EINVAL;
	*host = *kernel = *libc = '\0';
	host += strlen(" on ");
	if (!profiles_session_valid(line) || !*host)
		return -EINVAL;
	origin = find_origin(text, strcmp(host, NOWHERE) ? host : NULL,
			     kernel + strlen(", Linux "), libc + strlen(", "));
	return origin ? add_sessions(origin, line) : -ENOMEM;
}

/* "HOST: CALL" */
static int parse_seen(char *line, struct profiles_text *text)
{
	char *word = strstr(line, ": ");
	struct base_call call;

	if (!word || word == line)
		return -EINVAL;
	*word = '\0';
	if (base_call_parse(word + 2, text->header_arch - 1, &call, NULL) < 0)
		return -EINVAL;
	return profiles_text_seen(text, line, call);
}

static bool begins(const char *line, const char *start)
{
	return strncmp(line, start, strlen(start)) == 0;
}

static int parse_line(char *line, struct profiles_text *text, bool *continues)
{
	if (begins(line, LEARNED) && strstr(line, " on Linux ")) {
		*continues = true;
		return parse_origin(line + strlen(LEARNED), text);
	}
	if (*continues && begins(line, MORE))
		return add_sessions(&text->origins[text->origin_count - 1],
				    line + strlen(MORE));
	*continues = false;
	if (text->header_arch && begins(line, SESSION))
		return parse_session(line + strlen(SESSION), text);
	if (text->header_arch && begins(line, SEEN))
		return parse_seen(line + strlen(SEEN), text);
	return 0;
}

/* Most comments are none of ours. */
static bool may_be_header(const char *line)
{
	return begins(line, LEARNED) || begins(line, SESSION) ||
	       begins(line, SEEN) || strstr(line, TAIL);
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
				  "this line does not name sessions, or hosts "
				  "and calls, as jail writes them (a session "
				  "by 8 hexadecimal digits); repair or remove "
				  "it");
	return 0;
}
