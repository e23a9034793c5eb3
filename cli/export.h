/* SPDX-License-Identifier: MIT */
/*
 * jail export, for cli/ alone: what is exported, and the formats that are made
 * of more than a list.
 */
#ifndef JAIL_CLI_EXPORT_H
#define JAIL_CLI_EXPORT_H

#include "cli/cli.h"
#include "enforce/enforce.h"

struct cli_exported {
	const char *program;
	struct profiles_text text;
	struct profiles_rules rules;	/* of them */
	struct enforce_plan plan;	/* with what is known of arguments */
	bool arguments;			/* --args */
	struct profiles_notes notes;
};

/* ---- export-bpf.c ------------------------------------------------------ */

/* The filter that jail enforce would have without its supervisor, as
 * instructions (struct sock_filter). */
int cli_export_bpf(struct cli_exported *exported, FILE *out,
		   struct error *err);
/* Notes what is listed and dangerous, which enforce refuses all the same. */
int cli_export_dangerous(struct cli_exported *exported, struct error *err);

#endif
