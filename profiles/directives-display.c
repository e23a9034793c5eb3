/* SPDX-License-Identifier: MIT */
/*
 * Rows: the X11 display. It is the host's, or hidden, or one of the program's
 * own: an X server that shows it in a window of the host's display, or in
 * memory alone.
 */
#include <string.h>

#include "profiles/text.h"

/* An X server takes 32767 at most (X protocol: signed 16-bit positions). */
#define SCREEN_MAX 32767u

#define FLAG(name) (UINT64_C(1) << PROFILES_X11_##name)
#define OWN (FLAG(XEPHYR) | FLAG(XVFB))

static const struct {
	const char *word;
	uint64_t flags;
} displays[] = {
	{"none", FLAG(NONE)},
	{"xephyr", FLAG(NONE) | FLAG(XEPHYR)},
	{"xorg", FLAG(REFUSED)},
	{"xpra", FLAG(REFUSED)},
	{"xvfb", FLAG(NONE) | FLAG(XVFB)},
};

/* Of several lines "none" holds, whichever comes first, for a file that is
 * included may close what another one gives; else the last one. */
static int apply_x11(struct profiles_text *text, char *argument,
		     const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	uint64_t *flags = &text->policy.flags, found = 0;

	if (!reading)
		return policy_no_memory(err);
	for (size_t i = 0; i < ARRAY_SIZE(displays); i++)
		if (strcmp(displays[i].word, argument) == 0)
			found = displays[i].flags;
	if (!found)
		return base_error(err, EINVAL, "%s takes none, xephyr or xvfb, "
				  "but got \"%.200s\"", row->directive.name,
				  argument);
	if (reading->file && (*flags & (FLAG(NONE) | OWN)) == FLAG(NONE))
		return 0;
	*flags &= ~(FLAG(NONE) | FLAG(REFUSED) | OWN);
	*flags |= found;
	return 0;
}

/* Number, "x", number, and nothing else. */
static int apply_screen(struct profiles_text *text, char *argument,
			const struct text_row *row, struct error *err)
{
	unsigned width, height;
	int length = 0;

	if (strspn(argument, "0123456789x") != strlen(argument) ||
	    sscanf(argument, "%5ux%5u%n", &width, &height, &length) != 2 ||
	    argument[length] || !width || !height || width > SCREEN_MAX ||
	    height > SCREEN_MAX)
		return base_error(err, EINVAL, "%s takes WIDTHxHEIGHT in "
				  "pixels, each up to %u, but got \"%.200s\"",
				  row->directive.name, SCREEN_MAX, argument);
	text->policy.screen_width = width;
	text->policy.screen_height = height;
	return 0;
}

const struct text_row profiles_rows_display[] = {
	{ { "x11", "none|xephyr|xvfb",
	    "Hide the X11 display, or give the program one of its own: in a "
	    "window (xephyr), or in memory (xvfb).", "none", TEXT_BOTH },
	  apply_x11, 0, NULL },
	{ { "xephyr-screen", "SIZE",
	    "The size of a display of its own, WIDTHxHEIGHT.", "800x600",
	    TEXT_BOTH },
	  apply_screen, 0, NULL },
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
