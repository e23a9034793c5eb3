/* SPDX-License-Identifier: MIT */
/*
 * Whom `jail enforce --deny=ask` asks: who sits at the terminal. For cli/
 * alone.
 */
#ifndef JAIL_CLI_ASK_H
#define JAIL_CLI_ASK_H

#include "cli/denial.h"
#include "cli/offer.h"
#include "enforce/enforce.h"

struct cli_kept;

/* Zero-initialised is closed. */
struct cli_ask {
	struct enforce_asker asker;
	struct keys keys;
	struct cli_denials *denials;
	/* The question that is put; NULL: none. */
	const struct profiles_denial *question;
	bool by_program;
	size_t waiting, said;	/* how many more wait, and what is shown */
	bool shown;		/* else we are not in the foreground */
	size_t width;		/* of what is shown, in bytes */
	bool expected;		/* it was decided never: no question at all */
	char withdrawn[1024];	/* what was shown last and went unanswered; */
	int64_t deaf_until;	/* in place of it no key counts so long */
	bool answered;		/* what was answered is shown */
	struct profiles_set never;
	struct cli_kept *kept;	/* decisions that the store could not take */
	size_t kept_count;
};

/* Asks at the terminal, what DENIALS are about. Where there is none nobody is
 * asked, and DENIALS says so once. TIMEOUT as in enforce_asker. */
void cli_ask_open(struct cli_ask *ask, struct cli_denials *denials,
		  int64_t timeout);
/* The terminal is as it was; stores what the store could not take. */
void cli_ask_close(struct cli_ask *ask);

#endif
