/* SPDX-License-Identifier: MIT */
/*
 * auditlog: the kernel's own records of refused calls (audit type 1326), from
 * whatever carries them, live or later.
 *
 *   netlink | journal | audit.log | kern.log, syslog, any file | kmsg | stdin
 *        ──> lines ──> one parser ──> struct auditlog_record ──> sink
 *
 * All of it may have been written by an enemy: lengths are bounded, what is
 * damaged is counted, nothing is trusted but what only the kernel can have said
 * (auditlog_about.forgeable). The only room that includes <libaudit.h> and
 * <systemd/sd-journal.h>.
 */
#ifndef JAIL_AUDITLOG_H
#define JAIL_AUDITLOG_H

#include <string.h>

#include "profiles/profiles.h"

/* ---- a record --------------------------------------------------------- */

/* A value as it stands in the line: its bytes without the quotes, or the
 * digits of audit's hexadecimal form. Points into the line. */
struct auditlog_text {
	const char *bytes;	/* NULL: the record has none, or "(null)" */
	size_t length;
	bool hex;
};

enum auditlog_kind {
	AUDITLOG_CALL,		/* 1326: a call met a seccomp filter */
	AUDITLOG_DEATH		/* 1701 with sig=31: a death by SIGSYS, whose
				 * record, if there is one, came before it */
};

/* Only what a record of its kind must have is sure to be there: of a call pid,
 * sig, arch, number and code, of a death pid. Else -1 or empty. */
struct auditlog_record {
	enum auditlog_kind kind;
	int64_t time;		/* microseconds since the epoch; the kernel
				 * writes milliseconds */
	uint32_t serial;	/* of the event; begins anew with each boot */
	int64_t uid, ses;	/* uid: in the first user namespace; the
				 * kernel's 4294967295 is -1 */
	int64_t pid;		/* of the process, in the first PID namespace */
	int64_t sig;
	uint32_t arch;		/* AUDIT_ARCH_* */
	int64_t number;		/* as printed: -1 occurs, x32 has bit 30 */
	struct base_call call;
	bool has_call;		/* false: no call of an architecture that we
				 * know (number -1 as well) */
	uint64_t ip;
	uint32_t code;		/* SECCOMP_RET_*, without data */
	struct auditlog_text comm, exe;	/* exe: none for <no_memory> */
	struct auditlog_text host;	/* node= or the column of syslog; none:
					 * this host, or the source knows */
	const char *boot_id;	/* of that host, as the kernel writes it, 36
				 * bytes; NULL: not said */
};

enum auditlog_parsed {
	AUDITLOG_NOTHING,	/* no record of ours */
	AUDITLOG_RECORD,
	AUDITLOG_DAMAGED	/* looks like one, and cannot be read */
};
/*
 * One line of any carrier, without its newline; it need not end with NUL, and
 * may hold any bytes. RECORD points into it. What stands in front of the
 * record is not trusted and only searched for a host.
 */
enum auditlog_parsed auditlog_parse(const char *line, size_t length,
				    struct auditlog_record *record);

/* Decodes TEXT to at most SIZE-1 bytes, ends them with NUL; a NUL within ends
 * them, too. Returns OUT, empty for none. */
char *auditlog_text_copy(const struct auditlog_text *text, char *out,
			 size_t size);

/* What became of the call, by record->code. -EINVAL: an action that is none of
 * ours (ALLOW, or a code that no kernel writes). */
int auditlog_action(uint32_t code);	/* enum profiles_action */

/* The record as a denial, count 1, without program, library and boot_id. HOST:
 * of records that do not say theirs. Only where record->has_call and
 * auditlog_action() knows the code: else -EINVAL. */
int auditlog_denial(const struct auditlog_record *record, const char *host,
		    struct profiles_denial *denial);

/* ---- many lines ------------------------------------------------------- */

struct auditlog_counts {
	uint64_t bytes;		/* read and looked at */
	uint64_t records;	/* handed on: calls */
	uint64_t damaged;	/* AUDITLOG_DAMAGED */
	uint64_t kernel_lost;	/* what the kernel said last that it has lost
				 * since it started (audit_lost=) */
};

/* What was lost, and how that is known. */
enum auditlog_loss_kind {
	AUDITLOG_LOST_SERIALS,	/* numbers of events that never came, where all
				 * events come by (netlink) */
	AUDITLOG_LOST_OVERRUN,	/* our socket's buffer was full (ENOBUFS) */
	AUDITLOG_LOST_KMSG,	/* sequence gap, or the ring was overrun */
	AUDITLOG_LOST_KERNEL,	/* the kernel's own counter rose (audit `lost`,
				 * audit_lost=N) */
	AUDITLOG_LOST_PRINTK,	/* "N callbacks suppressed" */
	AUDITLOG_LOST_RECORD,	/* a death by SIGSYS without its record: it was
				 * lost, or the filter traps without logging */
	AUDITLOG_LOST_FILE	/* the place where the last watch stopped is
				 * gone: rotated away, compressed, truncated */
};
struct auditlog_loss {
	enum auditlog_loss_kind kind;
	uint64_t count;		/* events or messages; 0: nobody knows */
	int64_t time;		/* when it was noticed, or the event's own */
	char detail[256];	/* printable: "pid 12 (python3)", a path */
};
/* A sentence: "20 events never came: the socket's buffer was full". Returns
 * OUT. */
char *auditlog_loss_text(char *out, size_t size,
			 const struct auditlog_loss *loss);

struct auditlog_sink {
	/* Strings of RECORD live until it returns. Negative: it stops reading
	 * and is what the reader returns. */
	int (*record)(void *data, const struct auditlog_record *record);
	void (*loss)(void *data, const struct auditlog_loss *loss);
	void *data;
};

/*
 * Hands every record in BUFFER on, up to its last newline; *USED is how many
 * bytes that is (all of them where WHOLE says that no more comes). Lines
 * without a record cost hardly more than reading them: 1 GB/s and more.
 * Messages of the kernel about lost records go to sink->loss.
 */
int auditlog_scan(const char *buffer, size_t size, bool whole, size_t *used,
		  struct auditlog_counts *counts,
		  const struct auditlog_sink *sink);

/* ---- sources ---------------------------------------------------------- */

struct auditlog_source;

struct auditlog_options {
	/* "netlink", "journal", "kmsg", "audit.log", "kern.log", "syslog", "-"
	 * (standard input), or a path with a slash: a file of text, or of the
	 * journal (*.journal). */
	const char *name;
	const char *position;	/* what auditlog_position() said when the last
				 * watch stopped; NULL or "": none */
	int64_t since;		/* microseconds since the epoch: nothing older;
				 * 0: from position, and where there is none
				 * from the beginning (live ones: from now) */
	bool follow;		/* wait for more at the end */
};

struct auditlog_about {
	const char *name;	/* "netlink", "journal", "kmsg", "file" */
	char text[256];		/* for people: "the kernel's audit socket",
				 * "/var/log/kern.log (forgeable)" */
	bool forgeable;		/* any local user could have written it */
	bool complete;		/* in order, and nothing is missing between two
				 * records but what sink->loss was told */
	bool local;		/* it is about this host as it runs now: the
				 * time and PIDs of records are ours */
	struct auditlog_counts counts;
};

/* Where libsystemd was missing at build, "journal" is -ENOSYS. Sentences say
 * the privilege that is wanting, and what else could be used. */
int auditlog_open(struct auditlog_source **source,
		  const struct auditlog_options *options, struct error *err);
void auditlog_close(struct auditlog_source *source);	/* takes NULL */
void auditlog_closep(struct auditlog_source **source);
#define cleanup_auditlog __attribute__((cleanup(auditlog_closep)))

/* To poll(2) for input. Call auditlog_timeout() for how long at the most, in
 * milliseconds; -1: for ever. */
int auditlog_fd(const struct auditlog_source *source);
int auditlog_timeout(const struct auditlog_source *source);

/* Reads what there is, 4 MiB or 20 ms of it at the most. 1: there is more now;
 * 0: not yet; -ENODATA, without a sentence: that was all, and more will never
 * come. Never blocks. Of records it hands on calls; deaths become losses. */
int auditlog_read(struct auditlog_source *source,
		  const struct auditlog_sink *sink, struct error *err);

/* Before the end: true if the source has no past that the next watch could
 * read. What came by now is then to be read, until -ENODATA; nothing more
 * comes, and what is missing is told as lost without waiting for it. */
bool auditlog_stop(struct auditlog_source *source);

/* For the next watch: where it is to go on so that what was handed on by now is
 * not handed on again and nothing is left out. One printable line; empty where
 * the source has no past. Returns OUT. */
#define AUDITLOG_POSITION 512
char *auditlog_position(const struct auditlog_source *source,
			char out[AUDITLOG_POSITION]);
/* What names the source in the store: "netlink", "file:/var/log/kern.log".
 * Returns OUT. */
char *auditlog_key(const struct auditlog_source *source, char *out,
		   size_t size);

void auditlog_about(const struct auditlog_source *source,
		    struct auditlog_about *about);

/* The actions that the kernel is told not to record, "errno log", by the sysctl
 * kernel.seccomp.actions_logged; false: it records all. */
bool auditlog_muted(char *out, size_t size);

/* The sources that `jail watch` tries, best first: calls TELL with each name
 * and with what stands in its way (NULL: nothing), until it returns false;
 * tries by opening. */
void auditlog_try(bool (*tell)(void *data, const char *name,
			       const struct error *why), void *data);

#endif
