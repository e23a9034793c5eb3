/* SPDX-License-Identifier: MIT */
/*
 * What the parser and the printer of profiles share; for profiles/ alone.
 *
 *   parse.c		bytes into lines
 *   reading.c		a line: ignored, conditional, included, a directive
 *   directives.c	the directive's row; directives-*.c: the rows
 *   apply.c, caps.c, calls.c, lists.c, network*.c, paths.c
 *			what rows do, by the kind of their argument
 *   macros.c		${HOME} and the like
 *   finish.c		what follows from the whole
 *   policy.c		the memory of it
 */
#ifndef JAIL_PROFILES_TEXT_H
#define JAIL_PROFILES_TEXT_H

#include "profiles/profiles.h"

/* Firejail reads a file in pieces of this many bytes (8,192 with the NUL): the
 * rest of a longer line would be a line of its own. */
#define TEXT_LINE_MAX 8191

/* A call as the native machine's text names it: "read", "$999", "i386:open".
 * Returns OUT. */
char *text_call_word(char *out, size_t size, struct base_call call);

/* In front of a directive that Firejail takes for a comment. */
#define TEXT_JAIL_PREFIX "#jail "

/* The directives that the printer names; those for one architecture each have
 * its name behind TEXT_KEEP and a dot. */
#define TEXT_CAPS_DROP "caps.drop"
#define TEXT_CAPS_KEEP "caps.keep"
#define TEXT_BLOCK_SECONDARY "seccomp.block-secondary"
#define TEXT_KEEP "seccomp.keep"
#define TEXT_CALL "seccomp.call"
#define TEXT_STUB "seccomp.stub"
#define TEXT_EXPECTED "seccomp.expected"

/* Of what is about the network: network.c. */
struct network_reading {
	const char *name;	/* "net user": which kind the lines so far ask
				 * for; NULL: none */
	const char *file;	/* where; NULL: an option */
	unsigned line;
	bool option, dns_option;	/* what files say was forgotten */
	const char *loose;	/* a directive without the net in front of it */
	const char *loose_file;
	unsigned loose_line;
	const char *early;	/* an option about a device of files: --ip */
	const char *gateway;	/* the option; NULL: files say it */
	size_t forwarded;	/* ports that files name, in front of those
				 * of options */
};

/* What reading needs to remember from one line to the next, over all files and
 * options. */
struct profiles_reading {
	struct profiles_words ignored;	/* of ignore LINE */
	struct profiles_words files;	/* their names: rules point to them */
	const char *file;		/* the one being read; NULL: none */
	unsigned line, depth;
	size_t lines, bytes;		/* of all files */
	bool placed;			/* the failure says already where */
	bool bus;			/* a D-Bus policy was set */
	unsigned seccomp_rank;		/* of the list that counts: calls.c */
	struct profiles_words path;	/* the folders of $PATH */
	bool path_known;
	char *user_dirs;		/* user-dirs.dirs, whole */
	bool user_dirs_known;
	uint64_t folders_known, folders_there;	/* bits: the first 64 of
						 * context->folders */
	struct network_reading net;
	bool finished;
};

/* Of TEXT; NULL without memory. */
struct profiles_reading *reading_of(struct profiles_text *text);
void reading_free(struct profiles_reading *reading);

/* ---- parse.c ---------------------------------------------------------- */

/* Bytes that a file has at most, and all files together. */
#define TEXT_BYTES_MAX (1024 * 1024)
#define TEXT_LINES_MAX 100000
#define TEXT_ALL_BYTES_MAX (16 * TEXT_BYTES_MAX)

/* Reads the lines of BYTES, which are changed; BYTES[LENGTH] is writable. */
int parse_bytes(struct profiles_text *text, char *bytes, size_t length,
		const char *name, struct error *err);

/* ---- reading.c -------------------------------------------------------- */

/* A line without comment and superfluous blanks; it is changed. */
int reading_line(struct profiles_text *text, char *line, struct error *err);

/* ---- directives.c ----------------------------------------------------- */

struct text_row {
	struct profiles_directive directive;
	/* ARGUMENT is not empty, or NULL where there is none; it may be
	 * changed. */
	int (*apply)(struct profiles_text *text, char *argument,
		     const struct text_row *row, struct error *err);
	unsigned data;
	/* Lines that the directive stands for, each with its newline; or why
	 * it is not carried out. */
	const char *words;
};
#define TEXT_ROW_FUNCTION(name)                                                \
	int name(struct profiles_text *text, char *argument,                   \
		 const struct text_row *row, struct error *err)

#define TEXT_BOTH (PROFILES_ENFORCE | PROFILES_LEARN)

/* The tables; a row without a name ends each. */
extern const struct text_row profiles_rows_files[];
extern const struct text_row profiles_rows_calls[];
extern const struct text_row profiles_rows_process[];
extern const struct text_row profiles_rows_bus[];
extern const struct text_row profiles_rows_display[];
extern const struct text_row profiles_rows_network[];
extern const struct text_row profiles_rows_others[];

/* Applies a line without comment and superfluous blanks; LINE is changed. */
int profiles_directive_apply(char *line, struct profiles_text *text,
			     struct error *err);

/* ---- apply.c ---------------------------------------------------------- */

TEXT_ROW_FUNCTION(apply_flag);		/* DATA: the flag; LINES with it */
TEXT_ROW_FUNCTION(apply_words);		/* DATA: enum text_words */
TEXT_ROW_FUNCTION(apply_folder);	/* DATA: enum text_folder */
TEXT_ROW_FUNCTION(apply_overlay_named);
TEXT_ROW_FUNCTION(apply_hostname);
TEXT_ROW_FUNCTION(apply_sandbox_name);	/* DATA: 1 joins */
TEXT_ROW_FUNCTION(apply_environment);	/* DATA: 1 sets */
TEXT_ROW_FUNCTION(apply_nothing);	/* what is so anyway */
TEXT_ROW_FUNCTION(apply_notice);	/* WORDS: why not */
TEXT_ROW_FUNCTION(apply_refuse);	/* WORDS: why not */
TEXT_ROW_FUNCTION(apply_lines);		/* the LINES it stands for, alone */

enum text_words { TEXT_BIN, TEXT_ETC, TEXT_OPT, TEXT_SRV };
enum text_folder { TEXT_CHROOT, TEXT_PRIVATE, TEXT_CWD };

/* ---- limits.c --------------------------------------------------------- */

TEXT_ROW_FUNCTION(limits_resource);	/* DATA: enum profiles_limit */
TEXT_ROW_FUNCTION(limits_memory);
TEXT_ROW_FUNCTION(limits_pids);
TEXT_ROW_FUNCTION(limits_userns);
TEXT_ROW_FUNCTION(limits_nice);
TEXT_ROW_FUNCTION(limits_cpus);
TEXT_ROW_FUNCTION(limits_timeout);

/* ---- network.c, network-device.c -------------------------------------- */

enum text_network {
	TEXT_NET_IP, TEXT_NET_IP6, TEXT_NET_MAC, TEXT_NET_MASK, TEXT_NET_MTU,
	TEXT_NET_RANGE, TEXT_NET_VETH
};
TEXT_ROW_FUNCTION(network_net);
TEXT_ROW_FUNCTION(network_netns);
TEXT_ROW_FUNCTION(network_device);	/* DATA: enum text_network */
TEXT_ROW_FUNCTION(network_gateway);
TEXT_ROW_FUNCTION(network_dns);
TEXT_ROW_FUNCTION(network_hosts);
TEXT_ROW_FUNCTION(network_filter);	/* DATA: 4 or 6 */
TEXT_ROW_FUNCTION(network_forward);
/* Once all was read. */
int network_finish(struct profiles_text *text, struct error *err);
/* "NAME takes WHAT, but got ..." */
int network_refuse(const struct text_row *row, const char *argument,
		   const char *what, struct error *err);
/* Whether a device of the host can have this name. */
bool network_is_device(const char *name);

/* ---- paths.c: directives about paths ---------------------------------- */

TEXT_ROW_FUNCTION(paths_rule);		/* DATA: enum profiles_rule_kind */
TEXT_ROW_FUNCTION(paths_bind);
TEXT_ROW_FUNCTION(paths_whitelist_read_only);

/* What Firejail takes for a path, before macros are expanded. */
int paths_check(const char *path, bool pattern, struct error *err);
/* Appends a rule; macros are expanded. */
int paths_add(struct profiles_text *text, enum profiles_rule_kind kind,
	      const char *path, struct error *err);
/* Removes doubled slashes and one at the end. */
void paths_tidy(char *path);

/* ---- macros.c --------------------------------------------------------- */

/* PATH with the macro at its start expanded, in new memory. NULL in *EXPANDED
 * if the macro is of a folder that there is not. ${PATH} is refused, ${CFG}
 * without CFG. */
int macros_expand(struct profiles_text *text, const char *path, bool cfg,
		  char **expanded, struct error *err);
/* How long the macro at the start of PATH is; 0: there is none. */
size_t macros_length(const char *path);
/* The folders of $PATH; NULL without memory. */
const struct profiles_words *macros_path(struct profiles_text *text);
/* A variable of the environment. */
const char *macros_variable(const struct profiles_text *text,
			    const char *name);

/* ---- reading.c, for rows ---------------------------------------------- */

TEXT_ROW_FUNCTION(reading_ignore);
TEXT_ROW_FUNCTION(reading_include);
TEXT_ROW_FUNCTION(reading_quiet);

/* ---- calls.c: lists of calls to refuse -------------------------------- */

TEXT_ROW_FUNCTION(calls_keep);		/* DATA: enum base_arch + 1; 0: that of
					 * the header */
TEXT_ROW_FUNCTION(calls_default);	/* seccomp [LIST] */
TEXT_ROW_FUNCTION(calls_drop);
TEXT_ROW_FUNCTION(calls_action);
TEXT_ROW_FUNCTION(calls_dangerous);
TEXT_ROW_FUNCTION(calls_learned);
TEXT_ROW_FUNCTION(calls_arguments);
TEXT_ROW_FUNCTION(calls_secondary);
TEXT_ROW_FUNCTION(calls_siblings);
/* The calls to keep are what counts from now on. */
int calls_begin_keep(struct profiles_text *text, struct error *err);

/* ---- calls-lines.c: a line a call ------------------------------------- */

TEXT_ROW_FUNCTION(calls_call);
TEXT_ROW_FUNCTION(calls_stub);
TEXT_ROW_FUNCTION(calls_expected);

/* ---- lists.c: the values of directives -------------------------------- */

/* Parses a comma list of NAME, $NUMBER, @group, !EXCEPTION. */
int profiles_list_parse(const char *list, enum base_arch arch,
			struct profiles_set *set, struct error *err);
/* Prints the calls of ARCH in SET in the same form. */
int profiles_list_print(FILE *out, const struct profiles_set *set,
			enum base_arch arch, bool names);

TEXT_ROW_FUNCTION(lists_protocol);
TEXT_ROW_FUNCTION(lists_namespaces);

/* ---- caps.c: capabilities --------------------------------------------- */

TEXT_ROW_FUNCTION(caps_bare);
TEXT_ROW_FUNCTION(caps_drop);
TEXT_ROW_FUNCTION(caps_keep);

/* ---- policy.c --------------------------------------------------------- */

/* Appends a copy of WORD, or nothing if it is there and ONCE. */
int policy_add_word(struct profiles_words *words, const char *word, bool once);
/* Replaces an owned string. */
int policy_set(char **field, const char *value, struct error *err);
int policy_no_memory(struct error *err);
/* PATH is taken over, also in failure. */
int policy_add_rule(struct profiles_policy *policy,
		    enum profiles_rule_kind kind, char *path, char *source,
		    const struct profiles_reading *reading);

/* ---- print.c, for print-firejail.c ------------------------------------ */

bool print_has_arch(const struct profiles_set *set, enum base_arch arch);
/* SET and the baseline of each architecture in it. */
int print_complete(const struct profiles_set *set,
		   struct profiles_set *completed);
void print_caps(FILE *out, const struct profiles_text *text);

/* ---- header.c: the comment header ------------------------------------- */

/* The first line and the sessions. 0 or -ENOMEM. */
int profiles_header_print(FILE *out, const struct profiles_text *text);
/* Those of a profile for Firejail. */
void profiles_header_firejail(FILE *out, const struct profiles_text *text);
/* What not every host saw. */
void profiles_header_seen(FILE *out, const struct profiles_text *text);
/* Reads a comment line. *CONTINUES is the reader's memory: true while the next
 * line may carry on with session identifiers. -EINVAL if the line begins as a
 * header line does and goes on otherwise. */
int profiles_header_parse(const char *line, struct profiles_text *text,
			  bool *continues, struct error *err);

#endif
