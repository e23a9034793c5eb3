/* SPDX-License-Identifier: MIT */
/*
 * profiles: the language that the other rooms share. Whitelists and what was
 * observed, denials, the text form of a profile: parse and print.
 */
#ifndef JAIL_PROFILES_H
#define JAIL_PROFILES_H

#include "base/base.h"
#include "profiles/exchange.h"
#include "profiles/trust.h"

/* ---- a set of calls --------------------------------------------------- */

/* Sorted by base_call_compare, without doubles. Zero-initialised is empty.
 * profiles_set_add returns 0, also where the call was there, or -ENOMEM. */
struct profiles_set {
	struct base_call *calls;
	size_t count;
	size_t room;
};

int profiles_set_add(struct profiles_set *set, struct base_call call);
void profiles_set_remove(struct profiles_set *set, struct base_call call);
bool profiles_set_has(const struct profiles_set *set, struct base_call call);
void profiles_set_free(struct profiles_set *set);	/* takes NULL */
#define cleanup_profiles_set __attribute__((cleanup(profiles_set_free)))

/* The calls that every program on ARCH needs, with or without being seen:
 * exit, signal return, restarts, the vDSO's fall-backs. Rows of a table; INDEX
 * counts from 0, returns false at the end. WHY is one line for people. */
bool profiles_baseline(size_t index, enum base_arch arch,
		       struct base_call *call, const char **why);
bool profiles_is_baseline(struct base_call call);

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

/* ---- the policy -------------------------------------------------------- */

/* A list of words, owned. Zero-initialised is empty. */
struct profiles_words {
	char **items;
	size_t count;
};

/* Rules about paths. Their order counts: that of the whitelist rules among
 * themselves, and that of the others (firejail-profile(5)). */
enum profiles_rule_kind {
	PROFILES_BLACKLIST,
	PROFILES_NOBLACKLIST,
	PROFILES_READ_ONLY,
	PROFILES_READ_WRITE,
	PROFILES_NOEXEC,
	PROFILES_TMPFS,
	PROFILES_MKDIR,
	PROFILES_MKFILE,
	PROFILES_BIND,		/* from source to path */
	PROFILES_WHITELIST,
	PROFILES_NOWHITELIST
};

struct profiles_rule {
	enum profiles_rule_kind kind;
	char *path;		/* absolute, macros expanded; a pattern for
				 * glob(7) where the kind takes one */
	char *source;		/* of PROFILES_BIND, else NULL */
	const char *file;	/* where it stands; owned by the text; NULL:
				 * an option on the command line */
	unsigned line;
};

/* Directives without an argument. Each is a bit of policy->flags. */
enum profiles_flag {
	PROFILES_ALLUSERS,
	PROFILES_ALLOW_DEBUGGERS,
	PROFILES_ARGS_LEARNED,		/* seccomp.args learned */
	PROFILES_DBUS_SYSTEM_FILTER,
	PROFILES_DBUS_SYSTEM_NONE,
	PROFILES_DBUS_USER_FILTER,
	PROFILES_DBUS_USER_NONE,
	PROFILES_DISABLE_MNT,
	PROFILES_KEEP_DEV_NTSYNC,
	PROFILES_KEEP_DEV_SHM,
	PROFILES_KEEP_DEV_TPM,
	PROFILES_KEEP_IPC,
	PROFILES_KEEP_VAR_TMP,
	PROFILES_MACHINE_ID,		/* a random one */
	PROFILES_MEMORY_DENY_WRITE_EXECUTE,
	PROFILES_NETFILTER,		/* policy->netfilter, or our rules */
	PROFILES_NET_NONE,
	PROFILES_NET_USER,		/* through pasta or slirp4netns */
	PROFILES_NO3D,
	PROFILES_NODVD,
	PROFILES_NOGROUPS,
	PROFILES_NOINPUT,
	PROFILES_NOPRINTERS,
	PROFILES_NOROOT,
	PROFILES_NOSOUND,
	PROFILES_NOTV,
	PROFILES_NOU2F,
	PROFILES_NOVIDEO,
	PROFILES_OVERLAY,		/* policy->overlay is its name */
	PROFILES_OVERLAY_TMPFS,
	PROFILES_PRIVATE,		/* policy->private_home, or empty */
	PROFILES_PRIVATE_BIN,
	PROFILES_PRIVATE_CACHE,
	PROFILES_PRIVATE_CWD,
	PROFILES_PRIVATE_DEV,
	PROFILES_PRIVATE_ETC,
	PROFILES_PRIVATE_OPT,
	PROFILES_PRIVATE_SRV,
	PROFILES_PRIVATE_TMP,
	PROFILES_QUIET,
	PROFILES_SECCOMP,		/* the default blacklist */
	PROFILES_SECCOMP_LEARNED,
	PROFILES_WAIT_ALL,		/* until the last process has ended */
	PROFILES_WRITABLE_ETC,
	PROFILES_WRITABLE_RUN_USER,
	PROFILES_WRITABLE_VAR,
	PROFILES_WRITABLE_VAR_LOG,
	PROFILES_X11_NONE,
	PROFILES_X11_OTHER,		/* a display of its own: later */
	PROFILES_FLAG_COUNT		/* at most 64 */
};

/* One network of the sandbox: `net BRIDGE` or `net DEVICE`, and what the
 * directives after it say. Addresses are IPv4, in the host's byte order. */
enum profiles_address {
	PROFILES_ADDRESS_FREE,		/* one that nobody has */
	PROFILES_ADDRESS_GIVEN,
	PROFILES_ADDRESS_NONE,
	PROFILES_ADDRESS_DHCP
};

#define PROFILES_NETWORKS 4
struct profiles_network {
	char device[16];		/* of the host */
	enum profiles_address how;
	uint32_t ip;			/* of PROFILES_ADDRESS_GIVEN */
	uint32_t first, last;		/* iprange; 0: the device's subnet */
	uint32_t netmask;		/* 0: the device's */
	uint8_t mac[6];			/* all 0: the kernel's choice */
	unsigned mtu;			/* 0: the device's */
	char veth_name[16];		/* on the host's side; empty: ours */
	uint8_t ip6[16];
	unsigned ip6_prefix;		/* 0: no such address */
};

/* What a call on a seccomp list is answered. */
struct profiles_refused {
	struct base_call call;
	int answer;		/* an errno; 0: policy->error_action; -1: the
				 * process is killed */
};

/* When the siblings of learned calls are allowed, too. */
enum profiles_when {
	PROFILES_WHEN_STALE,	/* what was learned from has changed */
	PROFILES_NEVER,
	PROFILES_ALWAYS
};

enum profiles_limit {
	PROFILES_LIMIT_AS, PROFILES_LIMIT_CPU, PROFILES_LIMIT_FSIZE,
	PROFILES_LIMIT_NOFILE, PROFILES_LIMIT_NPROC, PROFILES_LIMIT_SIGPENDING,
	PROFILES_LIMIT_COUNT
};

/* Zero-initialised is the policy of an empty profile: all namespaces but that
 * of the network, the local tree, no capabilities. Strings are owned. */
struct profiles_policy {
	uint64_t flags;			/* 1 << enum profiles_flag */
	struct profiles_rule *rules;	/* in the order read */
	size_t rule_count;
	char *chroot;
	char *overlay;			/* a name; NULL: the profile's own */
	char *private_home;		/* of private DIR */
	char *private_cwd;
	char *hostname;
	struct profiles_words private_bin, private_etc, private_opt,
		private_srv;
	struct profiles_words env;	/* "NAME=VALUE" to set, "NAME" to
					 * unset (a pattern), in order */
	/* Filters. */
	struct profiles_refused *refused;	/* those of drop, else of
						 * seccomp LIST; without the
						 * default list. One of the
						 * machine's own architecture
						 * is meant on others, too, by
						 * its name */
	size_t refused_count;
	struct profiles_set excepted;	/* !name: not refused by the default
					 * list */
	int error_action;		/* an errno; 0: EPERM; -1: kill; -2:
					 * log and let pass */
	char *learned;			/* seccomp.learned NAME */
	enum profiles_when siblings;	/* seccomp.siblings */
	struct profiles_set dangerous;	/* seccomp.allow-dangerous */
	unsigned protocols;		/* 1 << AF_*; 0: all */
	uint64_t namespaces;		/* CLONE_NEW* that are refused */
	/* Limits. */
	uint64_t limits[PROFILES_LIMIT_COUNT];
	unsigned limits_set;		/* 1 << enum profiles_limit */
	int nice;			/* 0: as jail's own */
	uint64_t cpus;			/* bits; 0: all */
	int64_t timeout;		/* microseconds; 0: none */
	uint64_t memory_max;		/* bytes, cgroup v2; 0: none */
	uint64_t pids_max;		/* 0: none */
	uint64_t userns_max;		/* user namespaces inside; 0: none */
	/* The network. At most one of NET_NONE, NET_USER, networks, netns. */
	struct profiles_network networks[PROFILES_NETWORKS];
	size_t network_count;
	uint32_t defaultgw;		/* 0: the bridge's own address */
	char *netns;			/* a name, as ip-netns(8) gives it */
	char *netfilter, *netfilter6;	/* files; NULL: our own rules */
	char *hosts_file;
	struct profiles_words dns;	/* addresses, in order */
	struct profiles_words forward;	/* of NET_USER: "tcp 8080 80": a port
					 * of the host's loopback, of the
					 * sandbox */
	/* Buses that are filtered: arguments of xdg-dbus-proxy(1), "talk=NAME",
	 * "own=NAME", "see=NAME", "call=RULE", "broadcast=RULE". */
	struct profiles_words user_bus, system_bus;
	char *name;			/* of the sandbox */
	bool join_or_start;
	/* Directives that are read and not carried out, each once, with the
	 * reason: to be said. And those that a later part of jail carries
	 * out; with PROFILES_X11_OTHER alone nothing is started. */
	struct profiles_words notices, later;	/* "private-lib: REASON";
						 * "xephyr-screen" */
};

void profiles_words_free(struct profiles_words *words);		/* take NULL */
void profiles_policy_free(struct profiles_policy *policy);

static inline bool profiles_has(const struct profiles_policy *policy,
				enum profiles_flag flag)
{
	return policy->flags >> flag & 1;
}

/* Whether the program's network is to be made, and whether it is not the
 * host's: a new one, or that of netns. */
bool profiles_net_is_new(const struct profiles_policy *policy);
bool profiles_net_is_own(const struct profiles_policy *policy);

/* What macros, includes and conditions of a profile depend on. */
struct profiles_context {
	const char *home;	/* absolute, as the user's $HOME or passwd */
	uid_t uid;
	const char *path;	/* $PATH */
	const char *const *folders;	/* where included files are looked for,
					 * in this order; NULL at the end.
					 * PROFILES_SHIPPED is one of them */
	const char *(*variable)(const char *name);	/* of the environment,
							 * NULL: getenv(3) */
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
/* "ENOSYS"; 0: there is none of that name. */
int profiles_errno(const char *name);

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
