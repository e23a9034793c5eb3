/* SPDX-License-Identifier: MIT */
/* jail signal: a signal for the program of a sandbox. */
#include <string.h>

#include "cli/cli.h"
#include "enforce/enforce.h"

/* RTMIN, RTMIN+3, RTMAX-1; 0: none of these. */
static int parse_realtime(const char *name)
{
	bool max = strncasecmp(name, "RTMAX", 5) == 0;
	int first = max ? SIGRTMAX : SIGRTMIN;
	uint64_t number = 0;

	if (!max && strncasecmp(name, "RTMIN", 5) != 0)
		return 0;
	if (name[5] && (name[5] != (max ? '-' : '+') ||
			base_parse_number(name + 6, (uint64_t)(SIGRTMAX -
					  SIGRTMIN), &number) < 0))
		return 0;
	return max ? first - (int)number : first + (int)number;
}

/* HUP, SIGHUP, 1, or as above; -EINVAL. */
static int parse(const char *text, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int realtime = parse_realtime(name);
	uint64_t number;

	if (base_parse_number(text, SIGRTMAX, &number) == 0 && number > 0)
		return (int)number;
	for (int signal = 1; signal < SIGRTMIN; signal++) {
		const char *known = sigabbrev_np(signal);

		if (known && strcasecmp(known, name) == 0)
			return signal;
	}
	return realtime ? realtime :
		base_error(err, EINVAL, "there is no signal '%s'; give a name "
			   "such as HUP, or a number from 1 to %d", text,
			   SIGRTMAX);
}

static int run(void *data, char **operands)
{
	struct enforce_running entry;
	struct error err = {0};
	int signal = parse(operands[1], &err);

	(void)data;
	if (signal < 0)
		return cli_usage(&cli_signal, "%s", err.text);
	if (enforce_registry_find(operands[0], &entry, &err) == 0 &&
	    enforce_signal(&entry, signal, &err) == 0)
		return 0;
	return cli_fail(1, &err);
}

const struct cli_command cli_signal = {
	.name = "signal",
	.operands = "ID|NAME SIGNAL",
	.summary = "send a signal to the program of a sandbox",
	.description =
		"Sends SIGNAL, a name such as HUP or a number, to the program "
		"that the sandbox was started with, whatever its number is "
		"inside. Root may send signals to the programs of all users.",
	.size = sizeof(struct cli_common),
	.run = run,
};
