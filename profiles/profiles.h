/* SPDX-License-Identifier: MIT */
/*
 * profiles: the language that the other rooms share. Whitelists and what was
 * observed, denials, the text form of a profile: parse and print.
 */
#ifndef JAIL_PROFILES_H
#define JAIL_PROFILES_H

#include "base/base.h"
#include "profiles/exchange.h"
#include "profiles/policy.h"
#include "profiles/set.h"
#include "profiles/trust.h"

/* ---- what a learning session observed --------------------------------- */

/*
 * An image is an executable of the tree, numbered from 0 in the order of
 * appearance within one session; image 0 is the program itself.
 */
struct profiles_image {
	uint32_t image;
	char *path;		/* as the kernel resolved it: /proc/PID/exe */
	char *build_id;		/* hexadecimal, or NULL */
	bool lost_privileges;	/* its set-user-ID or set-group-ID bit or file
				 * capabilities had no effect (no_new_privs) */
	struct profiles_stamp stamp;	/* inode 0: not known */
};

struct profiles_library {
	uint32_t image;		/* the executable that had it mapped */
	char *path;
	char *build_id;		/* hexadecimal, or NULL */
	struct profiles_stamp stamp;	/* inode 0: not known */
};

/* One (image, call): totals of the session so far, not increments. */
struct profiles_observation {
	uint32_t image;
	struct base_call call;
	uint64_t calls;		/* how often it was made */
	uint64_t errors;	/* how often it was seen to fail */
	uint64_t returns;	/* how often its return was watched: errors are
				 * complete if returns == calls, else a lower
				 * bound */
	bool partial;		/* from some moment on the call was let pass
				 * unseen: all three numbers are lower bounds */
	int64_t first_seen;	/* microseconds since the epoch */
	int64_t last_seen;
};

/* The values of those register arguments of a call that later become rules.
 * Totals of the session, for all images together. Unused values are 0. */
struct profiles_argument {
	struct base_call call;
	uint64_t values[3];
	uint64_t calls;
};

/*
 * What needs not be seen again: calls that were observed, and of those that
 * have a rule (below) the values that were; other values of theirs are news.
 * Zero-initialised is empty.
 */
struct profiles_known {
	struct profiles_set set;
	struct profiles_set watched;	/* of them, those that are to be seen
					 * all the same, for they were seen
					 * seldom: no news, but an incidence */
	struct profiles_argument *arguments;	/* by call, then by values */
	size_t argument_count;
};
/* For qsort(3): the order of known->arguments. */
int profiles_argument_compare(const void *a, const void *b);
void profiles_known_free(struct profiles_known *known);	/* takes NULL */
#define cleanup_profiles_known __attribute__((cleanup(profiles_known_free)))

/* Which arguments of a call are kept: up to three register numbers (0-5) and
 * the mask for their values; count 0 if none are. The flags of clone3 lie in
 * memory: the tracer reads them and hands them over as argument 0. */
struct profiles_argument_rule {
	unsigned count;
	unsigned index[3];
	uint64_t mask[3];
	const char *label[3];	/* "family", "type", "protocol" */
};
const struct profiles_argument_rule *profiles_argument_rule(
	struct base_call call);

struct profiles_batch {
	const struct profiles_image *images;
	size_t image_count;
	const struct profiles_library *libraries;
	size_t library_count;
	const struct profiles_observation *observations;
	size_t observation_count;
	const struct profiles_argument *arguments;
	size_t argument_count;
};

/* ---- denials ---------------------------------------------------------- */

enum profiles_action {
	PROFILES_KILLED,
	PROFILES_ERRNO,
	PROFILES_LOGGED,
	PROFILES_TRAPPED,	/* by SIGSYS, which the program may handle */
	PROFILES_NOTIFIED,	/* answered by a supervisor, not jail's own */
	PROFILES_TRACED,	/* skipped, by a tracer or for want of one */
	PROFILES_ACTION_COUNT
};
const char *profiles_action_name(enum profiles_action action);
int profiles_action_parse(const char *name);

/* One refused call, or several alike. Strings are as the target chose them:
 * print them through base_printable. */
struct profiles_denial {
	int64_t time;		/* microseconds since the epoch, first one */
	int64_t last_time;
	char host[65];
	char boot_id[37];
	int64_t serial;		/* of the audit record, 0 if none */
	pid_t pid;
	uid_t uid;
	char exe[4096];
	char comm[64];
	struct base_call call;
	bool has_arguments;
	uint64_t arguments[6];
	uint64_t ip;
	enum profiles_action action;
	int action_errno;	/* for PROFILES_ERRNO */
	bool dangerous;		/* being on the whitelist is not enough; not
				 * recorded */
	char code[320];		/* where the instruction pointer is:
				 * "/usr/lib/libc.so.6+0xd0a89"; empty: not
				 * known */
	char source[16];	/* who says so: "jail" (our own supervisor,
				 * which empty stands for, too), "netlink",
				 * "journal", "kmsg", "file" */
	bool forgeable;		/* any local user can write that source */
	uint64_t count;
};

/* ---- the profiles that jail brings ------------------------------------ */

/* In a list of folders, and in front of a name: those below. */
#define PROFILES_SHIPPED "(shipped)"

/* The text of a shipped profile, "default.profile"; NULL if there is none of
 * that name. */
const char *profiles_shipped(const char *name);

/* Capabilities by the names that Firejail gives them, as caps.keep takes them:
 * "chown,net_admin". */
void profiles_caps_print(FILE *out, uint64_t caps);

/* ---- the text form ---------------------------------------------------- */

/* Sessions that learned on the same host, kernel and libc. */
struct profiles_origin {
	char *host;		/* NULL: not known */
	char *kernel;		/* "6.18.44" */
	char *libc;		/* "glibc 2.36" */
	char **sessions;	/* their 8-digit identifiers, sorted */
	size_t session_count;
};

/* What sessions of a host saw, and those of not every other. */
struct profiles_seen {
	char *host;
	struct profiles_set set;
};

/*
 * A profile as text: Firejail's language and a few directives more, with a
 * comment header that profiles_parse reads back. One fact a line, so that git
 * merges it. print -> parse -> print gives the same bytes. Firejail refuses the
 * file, rather than run a program without its list: profiles_print_firejail().
 * Strings are owned; profiles_text_free frees them.
 *
 *   # tool: system calls on x86_64, exported by jail
 *   # session 0a1b2c3d on alpha, Linux 6.18.44, glibc 2.36
 *   seccomp.call read
 *   seccomp.call i386:open
 *   seccomp.stub ENOSYS mbind
 *   seccomp.expected ptrace
 *   # seen on alpha: open
 *
 * `#jail DIRECTIVE` is read by jail and a comment for Firejail: for what it has
 * no working form.
 */
struct profiles_text {
	char *program;			/* profile name, NULL if not said */
	struct profiles_origin *origins;
	size_t origin_count;
	struct profiles_set set;	/* of all architectures */
	bool has_set;			/* there was a line that lists calls */
	struct profiles_refused *stubs;	/* answered an errno without a word; by
					 * call, each once */
	size_t stub_count;
	struct profiles_set expected;	/* refused for good: no offer */
	struct profiles_seen *seen;	/* by host; empty where there are not
					 * two hosts that saw calls */
	size_t seen_count;
	bool block_secondary;		/* the line of that name was there */
	const char *format;		/* that it was imported from, or NULL */
	/* Set before parsing, where CONTEXT is NULL: what is not about calls
	 * and capabilities is not refused, but left out and named here. */
	bool calls_alone;
	struct profiles_words left_out;
	size_t directives;		/* how many lines were obeyed, those of
					 * included files among them */
	uint64_t caps_keep;		/* capability bits; 0: drop all */
	bool has_caps;
	struct profiles_policy policy;
	/* Set before parsing. NULL: only calls and capabilities are taken, all
	 * other directives are refused, as import needs it. */
	const struct profiles_context *context;
	/* For the parser: which architecture a plain seccomp.keep is about if
	 * the header names one (enum base_arch + 1), and the rank of the caps
	 * directive that counts, for Firejail obeys one kind of several. */
	unsigned header_arch;
	unsigned caps_rank;
	struct profiles_reading *reading;
};

/* Whether UID identifies a session: 8 hexadecimal digits. */
bool profiles_session_valid(const char *uid);

/* CALL is answered ANSWER, whatever it was before. 0 or -ENOMEM. */
int profiles_text_stub(struct profiles_text *text, struct base_call call,
		       int answer);
/* HOST saw CALL. 0 or -ENOMEM. */
int profiles_text_seen(struct profiles_text *text, const char *host,
		       struct base_call call);

void profiles_text_free(struct profiles_text *text);	/* takes NULL */
#define cleanup_profiles_text __attribute__((cleanup(profiles_text_free)))

/* -ENOENT if the set is empty: a profile without calls is no profile. */
int profiles_check_calls(const struct profiles_text *text, struct error *err);
/* Prints all or nothing; the set is completed with the baseline of every
 * architecture in it. Fails as profiles_check_calls does. */
int profiles_print(FILE *out, const struct profiles_text *text,
		   struct error *err);
/* The same as a profile that Firejail runs and jail reads; without stubs,
 * hosts and expected denials. A list of no calls of other architectures
 * carries seccomp.block-secondary. -E2BIG if a list is longer than a line that
 * Firejail reads. */
int profiles_print_firejail(FILE *out, const struct profiles_text *text,
			    struct error *err);
/* Parses FILE into a zeroed text; NAME is for messages. Sentences begin with
 * NAME:LINE. After a failure the text still has to be freed. A directive that
 * Firejail knows and jail does not carry out is refused, not skipped: a wall
 * that is not built must not look as though it were. */
int profiles_parse(FILE *file, const char *name, struct profiles_text *text,
		   struct error *err);
/* The same for the file at PATH. */
int profiles_read(const char *path, struct profiles_text *text,
		  struct error *err);
/* Applies one directive line, as an option of enforce does: the first blank
 * ends the name, and the rest is the argument, just as it is. */
int profiles_parse_line(const char *line, struct profiles_text *text,
			struct error *err);
/* To be called once after the last line, where the policy counts: appends what
 * private-tmp, private-cache, disable-mnt and the like stand for. Directives
 * that contradict each other are an error that names both. */
int profiles_policy_finish(struct profiles_text *text, struct error *err);

/* Commands that take a directive as an option, too. */
enum profiles_option {
	PROFILES_ENFORCE = 1,
	PROFILES_LEARN = 2
};

/* A directive of the language: one row, read by the parser, the printer,
 * --help, the man pages and the completions. INDEX counts from 0; NULL at the
 * end. */
struct profiles_directive {
	const char *name;	/* "seccomp.keep" */
	const char *argument;	/* "LIST"; "[LIST]": it may be left out; NULL:
				 * there is none */
	const char *help;	/* one sentence */
	const char *example;	/* an argument that parses; NULL beside an
				 * argument: the directive is refused */
	unsigned option_of;	/* enum profiles_option bits */
};
const struct profiles_directive *profiles_directive(size_t index);

#endif
