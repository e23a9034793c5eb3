/* SPDX-License-Identifier: MIT */
/*
 * Rows: the message buses (D-Bus). A bus is open, hidden, or filtered: then the
 * rules say which names the program reaches, in the words of xdg-dbus-proxy(1),
 * which is what filters.
 */
#include <ctype.h>
#include <string.h>

#include "profiles/text.h"

enum bus { USER, SYSTEM };

/* Of two policies for one bus the stricter one holds, whichever comes first: a
 * file that is included may close what another one filters. */
static int apply_policy(struct profiles_text *text, char *argument,
			const struct text_row *row, struct error *err)
{
	static const enum profiles_flag flags[][2] = {
		[USER] = { PROFILES_DBUS_USER_NONE, PROFILES_DBUS_USER_FILTER },
		[SYSTEM] = { PROFILES_DBUS_SYSTEM_NONE,
			     PROFILES_DBUS_SYSTEM_FILTER },
	};
	struct profiles_reading *reading = reading_of(text);
	bool filter = strcmp(argument, "filter") == 0;

	if (!reading)
		return policy_no_memory(err);
	if (!filter && strcmp(argument, "none") != 0)
		return base_error(err, EINVAL, "%s takes none or filter, but "
				  "got \"%.200s\"", row->directive.name,
				  argument);
	reading->bus = true;
	if (!reading->file) /* an option, in the place of what files say */
		for (size_t i = 0; i < ARRAY_SIZE(flags[0]); i++)
			text->policy.flags &= ~(UINT64_C(1) <<
						flags[row->data][i]);
	text->policy.flags |= UINT64_C(1) << flags[row->data][filter];
	return 0;
}

/* Elements of letters, digits, _ and -, with dots between them; behind the last
 * one ".*" (dbus-daemon(1), "MESSAGE BUS NAMES" of the specification). */
static bool is_name(const char *name, size_t length)
{
	bool dot = true, several = false;

	if (length > 2 && strncmp(name + length - 2, ".*", 2) == 0)
		length -= 2;
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '.' ? dot : !isalnum((unsigned char)name[i]) &&
					   !strchr("_-", name[i]))
			return false;
		if (dot && isdigit((unsigned char)name[i]))
			return false;
		dot = name[i] == '.';
		several |= dot;
	}
	return !dot && several && length < 256;
}

/* [METHOD][@PATH]: with * for all, or at the end for what begins so. */
static bool is_rule(const char *rule)
{
	size_t method = strspn(rule, "abcdefghijklmnopqrstuvwxyz0123456789._*"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = rule + method;

	if (*path == '\0')
		return method > 0;
	return *path == '@' && path[1] == '/' &&
	       !path[strspn(path, "@/_*abcdefghijklmnopqrstuvwxyz0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

static int add_rule(struct profiles_words *words, const char *verb,
		    const char *argument, struct error *err)
{
	cleanup_free char *word = base_printf("%s=%s", verb, argument);

	if (!word || policy_add_word(words, word, true) < 0)
		return policy_no_memory(err);
	return 0;
}

static struct profiles_words *words_of(struct profiles_text *text,
				       const struct text_row *row)
{
	return row->data == USER ? &text->policy.user_bus :
				   &text->policy.system_bus;
}

static int apply_name(struct profiles_text *text, char *argument,
		      const struct text_row *row, struct error *err)
{
	if (!is_name(argument, strlen(argument)))
		return base_error(err, EINVAL, "%s takes a name on the bus, "
				  "as org.example or org.example.*, but got "
				  "\"%.200s\"", row->directive.name, argument);
	return add_rule(words_of(text, row), row->words, argument, err);
}

static int apply_rule(struct profiles_text *text, char *argument,
		      const struct text_row *row, struct error *err)
{
	size_t length = strcspn(argument, "=");

	if (!argument[length] || !is_name(argument, length) ||
	    !is_rule(argument + length + 1))
		return base_error(err, EINVAL, "%s takes NAME=METHOD@/PATH, "
				  "either of the last two or both, but got "
				  "\"%.200s\"", row->directive.name, argument);
	return add_rule(words_of(text, row), row->words, argument, err);
}

#define NAME(bus, name, what, help)                                            \
	{ { name, "NAME", help, "org.example.*", TEXT_BOTH },                  \
	  apply_name, bus, what }
#define RULE(bus, name, what, help)                                            \
	{ { name, "RULE", help, "org.example=org.example.Do@/org/example/*",   \
	    TEXT_BOTH }, apply_rule, bus, what }

const struct text_row profiles_rows_bus[] = {
	{ { "dbus-system", "none|filter",
	    "Hide the system's D-Bus, or let the program reach what "
	    "dbus-system.talk and the like name.", "none", TEXT_BOTH },
	  apply_policy, SYSTEM, NULL },
	RULE(SYSTEM, "dbus-system.broadcast", "broadcast",
	     "Let these signals of a name come in from the system's D-Bus."),
	RULE(SYSTEM, "dbus-system.call", "call",
	     "Let these methods of a name be called on the system's D-Bus."),
	NAME(SYSTEM, "dbus-system.own", "own",
	     "Let the program have this name on the system's D-Bus."),
	NAME(SYSTEM, "dbus-system.see", "see",
	     "Let the program see that this name is on the system's D-Bus."),
	NAME(SYSTEM, "dbus-system.talk", "talk",
	     "Let the program talk to this name on the system's D-Bus."),
	{ { "dbus-user", "none|filter",
	    "Hide the user's D-Bus, or let the program reach what "
	    "dbus-user.talk and the like name.", "none", TEXT_BOTH },
	  apply_policy, USER, NULL },
	RULE(USER, "dbus-user.broadcast", "broadcast",
	     "Let these signals of a name come in from the user's D-Bus."),
	RULE(USER, "dbus-user.call", "call",
	     "Let these methods of a name be called on the user's D-Bus."),
	NAME(USER, "dbus-user.own", "own",
	     "Let the program have this name on the user's D-Bus."),
	NAME(USER, "dbus-user.see", "see",
	     "Let the program see that this name is on the user's D-Bus."),
	NAME(USER, "dbus-user.talk", "talk",
	     "Let the program talk to this name on the user's D-Bus."),
	{ { "nodbus", NULL, "The same as dbus-user none and dbus-system none.",
	    NULL, TEXT_BOTH },
	  apply_lines, 0, "dbus-user none\ndbus-system none\n" },
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
