/* SPDX-License-Identifier: MIT */
/*
 * Directives about paths. The checks are Firejail's: they are about the text of
 * a path, not about what is there. One line becomes one rule, with ${PATH} one
 * for each folder, and with a macro of a folder that does not exist none.
 */
#include <string.h>

#include "profiles/text.h"

#define BIT(kind) (1u << PROFILES_##kind)
#define PATTERNS (BIT(BLACKLIST) | BIT(NOBLACKLIST) | BIT(WHITELIST) |         \
		  BIT(NOWHITELIST) | BIT(READ_ONLY) | BIT(READ_WRITE) |        \
		  BIT(NOEXEC) | BIT(TMPFS))
#define MANY (BIT(BLACKLIST) | BIT(NOBLACKLIST) | BIT(READ_ONLY) |             \
	      BIT(READ_WRITE) | BIT(NOEXEC) | BIT(TMPFS))
#define MAKE (BIT(MKDIR) | BIT(MKFILE))

static const char path_macro[] = "${PATH}";

/* Classes of bytes: 1 no path has, 2 patterns alone have. */
static const unsigned char refused[256] = {
	[1 ... 31] = 1, [127] = 1, ['!'] = 1, ['"'] = 1, ['#'] = 1, ['$'] = 1,
	['%'] = 1, ['&'] = 1, [','] = 1, [';'] = 1, ['<'] = 1, ['>'] = 1,
	['\\'] = 1, ['^'] = 1, ['`'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1,
	['*'] = 2, ['?'] = 2, ['['] = 2, [']'] = 2,
};

int paths_check(const char *path, bool pattern, struct error *err)
{
	const char *c = path + macros_length(path);

	for (; *c; c++) {
		unsigned class = refused[(unsigned char)*c];

		if (class == 1 || (class == 2 && !pattern))
			return base_error(err, EINVAL, "\"%.200s\" is no path "
					  "for this directive because of its "
					  "'%c'", path, *c);
		if (*c == '.' && c[1] == '.')
			return base_error(err, EINVAL, "\"%.200s\" is no path "
					  "for a profile because of its \"..\"",
					  path);
	}
	return 0;
}

void paths_tidy(char *path)
{
	char *out = path;

	for (const char *in = path; *in; in++)
		if (*in != '/' || out == path || out[-1] != '/')
			*out++ = *in;
	if (out > path + 1 && out[-1] == '/')
		out--;
	*out = '\0';
}

/* Takes PATH over. */
static int add(struct profiles_text *text, enum profiles_rule_kind kind,
	       char *path, struct error *err)
{
	cleanup_free char *tidy = path;

	if (!tidy)
		return policy_no_memory(err);
	if (*tidy != '/')
		return base_error(err, EINVAL, "\"%.200s\" does not begin with "
				  "/, ~ or a macro such as ${HOME}; write the "
				  "path in full", tidy);
	paths_tidy(tidy);
	if (policy_add_rule(&text->policy, kind, take_ptr(tidy), NULL,
			    text->reading) < 0)
		return base_error(err, ENOMEM, "too many rules about paths for "
				  "the memory");
	return 0;
}

static int add_for_path(struct profiles_text *text,
			enum profiles_rule_kind kind, const char *path,
			struct error *err)
{
	const struct profiles_words *folders = macros_path(text);
	int result = 0;

	if (!folders)
		return policy_no_memory(err);
	if (!(MANY & 1u << kind))
		return base_error(err, EINVAL, "${PATH} has no place here: it "
				  "stands for several folders");
	for (size_t i = 0; result == 0 && i < folders->count; i++)
		result = add(text, kind,
			     base_printf("%s%s", folders->items[i],
					 path + strlen(path_macro)), err);
	return result;
}

int paths_add(struct profiles_text *text, enum profiles_rule_kind kind,
	      const char *path, struct error *err)
{
	char *expanded;
	int result;

	if (!reading_of(text))
		return policy_no_memory(err);
	if (strncmp(path, path_macro, strlen(path_macro)) == 0)
		return add_for_path(text, kind, path, err);
	result = macros_expand(text, path, false, &expanded, err);
	if (result < 0 || !expanded)
		return result;
	return add(text, kind, expanded, err);
}

/* ---- rows ------------------------------------------------------------- */

static bool is_below(const char *path, const char *folder)
{
	size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/' &&
	       path[length + 1];
}

/* What mkdir and mkfile may make. */
static int check_place(const struct profiles_text *text, size_t first,
		       struct error *err)
{
	const struct profiles_context *context = text->context;
	char run[64];

	snprintf(run, sizeof(run), "/run/user/%u", (unsigned)context->uid);
	for (size_t i = first; i < text->policy.rule_count; i++) {
		const char *path = text->policy.rules[i].path;

		if (!is_below(path, context->home) && !is_below(path, "/tmp") &&
		    !is_below(path, run))
			return base_error(err, EINVAL, "\"%.200s\" is neither "
					  "below the home nor below /tmp or "
					  "%s, where alone a profile makes "
					  "something", path, run);
	}
	return 0;
}

int paths_rule(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	size_t first = text->policy.rule_count;
	int result = paths_check(argument, PATTERNS & 1u << row->data, err);

	if (result == 0)
		result = paths_add(text, row->data, argument, err);
	if (result == 0 && MAKE & 1u << row->data)
		result = check_place(text, first, err);
	return result;
}

/* Firejail does not check this path; components that lead up are never
 * taken. */
int paths_whitelist_read_only(struct profiles_text *text, char *argument,
			      const struct text_row *row, struct error *err)
{
	cleanup_free char *slashed = base_printf("%s/", argument);
	int result;

	(void)row;
	if (!slashed)
		return policy_no_memory(err);
	if (strstr(slashed, "/../"))
		return base_error(err, EINVAL, "\"%.200s\" is no path for a "
				  "profile because of its \"..\"", argument);
	result = paths_add(text, PROFILES_WHITELIST, argument, err);
	if (result == 0)
		result = paths_add(text, PROFILES_READ_ONLY, argument, err);
	return result;
}

/* An absolute path in new memory. */
static int full_path(struct profiles_text *text, const char *path,
		     char **expanded, struct error *err)
{
	int result = paths_check(path, false, err);

	if (result == 0)
		result = macros_expand(text, path, false, expanded, err);
	if (result < 0)
		return result;
	if (!*expanded || **expanded != '/')
		return base_error(err, EINVAL, "\"%.200s\" is no path from / "
				  "on", path);
	paths_tidy(*expanded);
	return 0;
}

int paths_bind(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	cleanup_free char *source = NULL, *path = NULL;
	char *comma = strchr(argument, ',');
	int result;

	if (!comma)
		return base_error(err, EINVAL, "%s takes two paths, %s",
				  row->directive.name,
				  row->directive.argument);
	*comma = '\0';
	if (!reading_of(text))
		return policy_no_memory(err);
	result = full_path(text, argument, &source, err);
	if (result == 0)
		result = full_path(text, comma + 1, &path, err);
	if (result < 0)
		return result;
	if (policy_add_rule(&text->policy, row->data, take_ptr(path),
			    take_ptr(source), text->reading) < 0)
		return policy_no_memory(err);
	return 0;
}
