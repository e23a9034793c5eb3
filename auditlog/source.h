/* SPDX-License-Identifier: MIT */
/*
 * What the sources share: each kind is a row of functions, and a struct that
 * begins with struct auditlog_source. For auditlog/ alone.
 *
 *   source.c    opens by name, and does what is the same for all
 *   file.c      files, pipes and standard input (file.h: over rotation)
 *   netlink.c   the audit socket
 *   journal.c   the journal
 *   kmsg.c      /dev/kmsg
 *   deaths.c    deaths by SIGSYS whose record never came
 */
#ifndef JAIL_AUDITLOG_SOURCE_H
#define JAIL_AUDITLOG_SOURCE_H

#include "auditlog/auditlog.h"

struct source_kind {
	const char *name;
	/* The arguments and results of auditlog.h, without checks. */
	int (*open)(struct auditlog_source **source,
		    const struct auditlog_options *options, struct error *err);
	void (*close)(struct auditlog_source *source);
	int (*fd)(const struct auditlog_source *source);
	int (*timeout)(const struct auditlog_source *source);	/* or NULL */
	int (*read)(struct auditlog_source *source,
		    const struct auditlog_sink *sink, struct error *err);
	void (*stop)(struct auditlog_source *source);	/* or NULL: false */
	void (*position)(const struct auditlog_source *source, char *out,
			 size_t size);			/* or NULL: none */
	void (*key)(const struct auditlog_source *source, char *out,
		    size_t size);			/* or NULL: its name */
};
extern const struct source_kind source_file, source_netlink, source_journal,
	source_kmsg;

/* Those that died of SIGSYS or had a record, the latest ones. */
struct deaths {
	int64_t pids[64];	/* of records that ended their process */
	size_t next;
};
/* Notes a record; tells LOSS of a death that none was noted for. */
void deaths_note(struct deaths *deaths, const struct auditlog_record *record,
		 const struct auditlog_sink *sink);

struct auditlog_source {
	const struct source_kind *kind;
	struct auditlog_about about;
	int64_t since;
	bool follow;
	/* Set by a file that may have come from anywhere: about.local holds
	 * until a record names another host. */
	bool gathered;
	/* Of source.c: kinds hand records to a sink that it puts between. */
	char here[256];		/* this host */
	struct deaths deaths;
	const struct auditlog_sink *outer;
};

#endif
