/* SPDX-License-Identifier: MIT */
/* What rows do whose effect is a flag, a word or a list of words. */
#include <ctype.h>
#include <string.h>

#include "profiles/text.h"

/* ---- flags ------------------------------------------------------------ */

/* Applies the lines that a directive stands for. */
static int apply_all(struct profiles_text *text, const char *lines,
		     struct error *err)
{
	cleanup_free char *copy = lines ? strdup(lines) : NULL;
	char *rest = copy, *line;
	int result = 0;

	if (!lines)
		return 0;
	if (!copy)
		return policy_no_memory(err);
	while (result == 0 && (line = strsep(&rest, "\n")) && *line)
		result = profiles_directive_apply(line, text, err);
	return result;
}

int apply_lines(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	(void)argument;
	return apply_all(text, row->words, err);
}

int apply_flag(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	(void)argument;
	text->policy.flags |= UINT64_C(1) << row->data;
	return apply_all(text, row->words, err);
}

/* ---- what is not carried out ------------------------------------------ */

int apply_nothing(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	(void)text;
	(void)argument;
	(void)row;
	(void)err;
	return 0;
}

int apply_notice(struct profiles_text *text, char *argument,
		 const struct text_row *row, struct error *err)
{
	cleanup_free char *words = base_printf("%s: %s", row->directive.name,
					       row->words);

	(void)argument;
	if (!words ||
	    policy_add_word(&text->policy.notices, words, true) < 0)
		return policy_no_memory(err);
	return 0;
}

int apply_refuse(struct profiles_text *text, char *argument,
		 const struct text_row *row, struct error *err)
{
	(void)text;
	(void)argument;
	return base_error(err, ENOTSUP, "jail does not carry out \"%s\": %s",
			  row->directive.name, row->words);
}

/* ---- words ------------------------------------------------------------ */

/* A name in a folder, or a pattern of names. */
static int check_item(const char *item, const struct text_row *row,
		      struct error *err)
{
	int result = paths_check(item, true, err);

	if (result < 0)
		return result;
	if (strchr(item, '/') && row->data != TEXT_OPT &&
	    row->data != TEXT_SRV)
		return base_error(err, EINVAL, "%s takes names without \"/\", "
				  "but got \"%.200s\"", row->directive.name,
				  item);
	if (*item == '/')
		return base_error(err, EINVAL, "%s takes names below the "
				  "folder, but got \"%.200s\"",
				  row->directive.name, item);
	return 0;
}

int apply_words(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	static const enum profiles_flag flags[] = {
		[TEXT_BIN] = PROFILES_PRIVATE_BIN,
		[TEXT_ETC] = PROFILES_PRIVATE_ETC,
		[TEXT_OPT] = PROFILES_PRIVATE_OPT,
		[TEXT_SRV] = PROFILES_PRIVATE_SRV,
	};
	struct profiles_words *const lists[] = {
		[TEXT_BIN] = &policy->private_bin,
		[TEXT_ETC] = &policy->private_etc,
		[TEXT_OPT] = &policy->private_opt,
		[TEXT_SRV] = &policy->private_srv,
	};
	char *item;

	policy->flags |= UINT64_C(1) << flags[row->data];
	while ((item = strsep(&argument, ","))) {
		int result = *item ? check_item(item, row, err) : 0;

		if (result < 0)
			return result;
		if (*item && policy_add_word(lists[row->data], item, true) < 0)
			return policy_no_memory(err);
	}
	return 0;
}

/* ---- names ------------------------------------------------------------ */

int apply_folder(struct profiles_text *text, char *argument,
		 const struct text_row *row, struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	char **const fields[] = {
		[TEXT_CHROOT] = &policy->chroot,
		[TEXT_PRIVATE] = &policy->private_home,
		[TEXT_CWD] = &policy->private_cwd,
	};
	char **field = fields[row->data];
	cleanup_free char *path = NULL;
	int result;

	if (row->data == TEXT_PRIVATE)
		policy->flags |= UINT64_C(1) << PROFILES_PRIVATE;
	if (row->data == TEXT_CWD)
		policy->flags |= UINT64_C(1) << PROFILES_PRIVATE_CWD;
	if (!argument) {
		base_free(field);
		return 0;
	}
	result = paths_check(argument, false, err);
	if (result == 0)
		result = macros_expand(text, argument, false, &path, err);
	if (result < 0)
		return result;
	if (!path || *path != '/')
		return base_error(err, EINVAL, "%s takes a path from / on, "
				  "but got \"%.200s\"", row->directive.name,
				  argument);
	paths_tidy(path);
	return policy_set(field, path, err);
}

/* A name that becomes a folder's. */
int apply_overlay_named(struct profiles_text *text, char *argument,
			const struct text_row *row, struct error *err)
{
	size_t length = strlen(argument);

	if (length > 200 || *argument == '.' || *argument == '-' ||
	    strspn(argument, "abcdefghijklmnopqrstuvwxyz0123456789._+-"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != length)
		return base_error(err, EINVAL, "%s takes a name of letters, "
				  "digits and . _ + -, but got \"%.200s\"",
				  row->directive.name, argument);
	text->policy.flags |= UINT64_C(1) << PROFILES_OVERLAY;
	return policy_set(&text->policy.overlay, argument, err);
}

/* hostname(7): labels of letters, digits and hyphens; at most 64 bytes. */
int apply_hostname(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	bool good = strlen(argument) <= 64 && isalnum((unsigned char)*argument);

	for (const char *c = argument; *c; c++)
		good &= isalnum((unsigned char)*c) || strchr("-._", *c);
	if (!good)
		return base_error(err, EINVAL, "%s takes a name of at most 64 "
				  "letters, digits and hyphens, but got "
				  "\"%.200s\"", row->directive.name, argument);
	return policy_set(&text->policy.hostname, argument, err);
}

/* Of a sandbox. A number would be taken for the program's. */
int apply_sandbox_name(struct profiles_text *text, char *argument,
		       const struct text_row *row, struct error *err)
{
	char printable[256];

	base_printable(printable, sizeof(printable), argument);
	if (strcmp(printable, argument) != 0 || strchr(argument, '/'))
		return base_error(err, EINVAL, "%s takes a name of at most 255 "
				  "bytes, without slashes and control "
				  "characters, but got \"%.200s\"",
				  row->directive.name, argument);
	if (!argument[strspn(argument, "0123456789")])
		return base_error(err, EINVAL, "%s takes a name that is no "
				  "number, but got \"%.200s\"",
				  row->directive.name, argument);
	text->policy.join_or_start |= row->data != 0;
	return policy_set(&text->policy.name, argument, err);
}

int apply_environment(struct profiles_text *text, char *argument,
		      const struct text_row *row, struct error *err)
{
	bool has_value = strchr(argument, '=') != NULL;
	bool set = row->data;

	if (*argument == '=' || has_value != set)
		return base_error(err, EINVAL, "%s takes %s, but got "
				  "\"%.200s\"", row->directive.name,
				  row->directive.argument, argument);
	if (policy_add_word(&text->policy.env, argument, false) < 0)
		return policy_no_memory(err);
	return 0;
}
