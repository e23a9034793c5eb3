/* SPDX-License-Identifier: MIT */
/*
 * notice: what tracing cannot learn, said while it happens: in one sentence,
 * with the two commands that do it instead. Enforcing with --deny=log needs no
 * tracer, and records what the program calls all the same.
 */
#include <string.h>

#include "cli/session.h"

char *notice_remedy(char *out, size_t size, const struct training *training)
{
	const struct cli_words enforce = {
		.verb = "enforce --deny=log", .common = training->common,
		.directives = true, .profile = training->profile,
		.name = training->program,
		.program = training->command,
		.arguments = training->learn.argv ? training->learn.argv + 1
						  : NULL,
	};
	const struct cli_words add = {
		.verb = "add --denied", .common = training->common,
		.program = training->program,
	};
	char first[2048], second[2048];

	snprintf(out, size, "%s, and then: %s",
		 cli_command_text(first, sizeof(first), &enforce),
		 cli_command_text(second, sizeof(second), &add));
	return out;
}

/* Whether this was said; notes that it is. Bounded: who makes up names shall
 * not fill the terminal. */
static bool was_said(struct training *training, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(training->notices); i++) {
		if (!training->notices[i]) {
			training->notices[i] = strdup(text);
			return false;
		}
		if (strcmp(training->notices[i], text) == 0)
			return true;
	}
	return true;
}

void notice_print(struct training *training, enum learn_notice notice,
		  const char *who)
{
	cleanup_free char *text = NULL;
	char name[512], remedy[4200];

	base_printable(name, sizeof(name), who);
	notice_remedy(remedy, sizeof(remedy), training);
	switch (notice) {
	case LEARN_USES_PTRACE:
		text = base_printf("%s wants to trace a process with ptrace, "
				   "and cannot: jail traces it already, and a "
				   "process has one tracer at most; learn it "
				   "without a tracer: %s", name, remedy);
		break;
	case LEARN_ESCAPED:
		text = base_printf("a child of %s runs unseen, since it was "
				   "made with CLONE_UNTRACED; the list is not "
				   "complete; learn the rest without a tracer: "
				   "%s", name, remedy);
		break;
	}
	if (text && !was_said(training, text))
		fprintf(stderr, "jail: %s\n", text);
}

void notice_free(struct training *training)
{
	for (size_t i = 0; i < ARRAY_SIZE(training->notices); i++)
		base_free(&training->notices[i]);
}
