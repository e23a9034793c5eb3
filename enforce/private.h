/* SPDX-License-Identifier: MIT */
/*
 * What the files of enforce/ share among themselves; nobody else includes it.
 */
#ifndef JAIL_ENFORCE_PRIVATE_H
#define JAIL_ENFORCE_PRIVATE_H

#include <sys/stat.h>
#include <time.h>

#include "enforce/enforce.h"

/* ---- programs: program.c ---------------------------------------------- */

struct enforce_program {
	struct sock_filter *code;
	size_t count;
};
void enforce_program_free(struct enforce_program *program);
#define cleanup_program __attribute__((cleanup(enforce_program_free)))

/* What libseccomp makes of CONTEXT (a scmp_filter_ctx). */
int enforce_program_export(void *context, struct enforce_program *program,
			   struct error *err);
/* Makes a program of the native architecture one of ARCH. */
int enforce_program_retarget(struct enforce_program *program,
			     enum base_arch arch, struct error *err);
/* Makes *NATIVE a program that goes on in OTHER for calls of i386. */
int enforce_program_join(struct enforce_program *native,
			 struct enforce_program *other, struct error *err);
/* Puts in front of a filter the rule that lets execve pass when its unused
 * sixth register holds KEY. launch.c says what that is for. */
int enforce_filter_key(uint64_t key, struct sock_filter **filter,
		       size_t *count, struct error *err);

/* describe-filter.c: the part "filter" of enforce_plan_describe(). */
int enforce_describe_filter(const struct enforce_plan *plan,
			    void (*line)(void *data, const char *heading,
					 const char *text),
			    void *data, struct error *err);
/* Of one call at most this many different values are told apart. */
#define ENFORCE_VALUES 64
/* The recorded values that CALL may have, without doubles, where the policy has
 * ARGS_LEARNED. MASKS are those of its rule as they are compared. Returns their
 * count; 0: it passes by its number; -E2BIG: so it does, as there are more. */
int enforce_learned_values(const struct enforce_plan *plan,
			   struct base_call call,
			   uint64_t values[ENFORCE_VALUES][3],
			   uint64_t masks[3]);

/* ---- the run ---------------------------------------------------------- */

/* Whether the whitelist has calls of ARCH; only then has the filter a part for
 * it. */
bool enforce_arch_learned(const struct enforce_plan *plan, enum base_arch arch);

/* Answers LISTENER (taken over; -1: there is none) until the program has ended
 * and fills *result. EVENTS is an empty epoll(7) set, made before the program
 * was there and could take our descriptors away. Negative: the program has been
 * killed. */
int enforce_supervise(const struct enforce_plan *plan,
		      const struct enforce_sink *sink,
		      struct base_front *front, struct enforce_sandbox *sandbox,
		      int events, int listener, struct enforce_result *result,
		      struct error *err);

/* ---- the registry ------------------------------------------------------ */

/* registry.c: notes that the program of SANDBOX runs, and that it has ended:
 * once for each process of ours that supervises it. SWEEP: and removes what is
 * old; not in the background, where nobody expects it any more. What fails is
 * nobody's failure. */
void registry_begin(const struct enforce_plan *plan,
		    struct enforce_sandbox *sandbox, bool supervised);
void registry_end(struct enforce_sandbox *sandbox, bool sweep);
/* The inode number of a process's namespace NAME; 0: it cannot be seen. */
uint64_t registry_namespace(pid_t pid, const char *name);
/* registry-entry.c: an entry as text, without its owner. Print: new memory,
 * NULL without; what cannot be said in a line is left out. Parse writes to
 * TEXT; -EINVAL for what is not an entry. */
char *registry_print(const struct enforce_running *entry);
int registry_parse(char *text, struct enforce_running *entry);

/* ---- planning the tree of files: files.c ------------------------------ */

/*
 *   files.c	the order: roots, private parts, devices, rules, jail's own
 *   steps.c	the list of steps
 *   view.c	what the program would see so far: paths, links, patterns
 *   roots.c	the local tree
 *   overlay.c	the tree with an overlay; chroot.c: that of another root
 *   whitelist.c, rules.c	the directives about paths
 *   parts.c	private-bin, -etc, -opt, -srv, -cache, home
 *   devices.c	/dev by class, /proc, /sys
 *   own.c	jail's own files
 *
 * and taking the steps: mounts.c.
 */

/* Adds a step and returns it, zeroed but for these; strings are copied. NULL
 * without memory, which STEPS remembers: steps_failed(). */
struct enforce_step *steps_add(struct enforce_files *files,
			       enum enforce_step_kind kind, const char *path,
			       const char *source, const char *why);
bool steps_failed(const struct enforce_files *files);
void steps_free(struct enforce_files *files);
/* The folders above PATH that are not there yet, and PATH itself as a folder
 * (or an empty file): DIRECTORY and FILE steps within a TMPFS step. */
int steps_place(struct enforce_files *files, const char *path, bool directory,
		struct error *err);

/* A writable TMPFS step of a bounded size. */
struct enforce_step *steps_tmpfs(struct enforce_files *files, const char *path,
				 unsigned mode, const char *why);
/* A BIND step, DIRECTORY or file; FLAGS are set. */
struct enforce_step *steps_bind(struct enforce_files *files, const char *path,
				const char *source, bool directory,
				uint64_t flags, const char *why);

/* Forgets what view.c remembers: after steps were taken out of the list. */
void view_forget(struct enforce_files *files);
/* Where the host has what the program will see at PATH, by the steps so far:
 * new memory. NULL: nothing, or what a step made. PATH is normal and without
 * links. *STEP, if not NULL, is the last mount that covers it. */
char *view_locate(const struct enforce_files *files, const char *path,
		  const struct enforce_step **step);
/* lstat(2) by the eyes of the program. 0 or -errno. */
int view_lstat(const struct enforce_files *files, const char *path,
	       struct stat *st);
/* Follows links by the eyes of the program, at most 40: the path without links,
 * new memory; NULL and errno if it is not there. */
char *view_resolve(const struct enforce_files *files, const char *path);
/* Whether the program could write there as far as mounts go. */
bool view_writable(const struct enforce_files *files, const char *path);
/* Calls FOUND for each path that PATTERN matches as glob(3) with GLOB_NOCHECK
 * and GLOB_PERIOD does, by the eyes of the program. */
int view_glob(const struct enforce_files *files, const char *pattern,
	      int (*found)(void *data, const char *path), void *data);

/* entries.c: calls EACH for every entry of the host's FOLDER, by name, until
 * one fails. */
struct entry {
	const char *path, *name;
	struct stat st;		/* of lstat(2) */
};
int entries_each(const char *folder, void *data,
		 int (*each)(void *data, const struct entry *entry,
			     struct error *err), struct error *err);
/* A step for an ENTRY that is a link: the same at PATH. */
int entries_link(struct enforce_files *files, const char *path,
		 const struct entry *entry, const char *why, struct error *err);
/* NAMES ends with NULL. */
bool entries_is_one_of(const char *name, const char *const *names);

/* overlay-lock.c: keeps others from using the overlay in the folder BASE; then
 * says whose it is, once the sandbox has its init (or one program). */
int overlay_lock(struct enforce_files *files, const char *base,
		 struct error *err);
int overlay_used_by(const struct enforce_files *files, pid_t init,
		    struct error *err);

/* The stages; each adds to plan->files. */
int files_roots(struct enforce_plan *plan, struct error *err);
int files_overlay(struct enforce_plan *plan, struct error *err);
int files_chroot(struct enforce_plan *plan, struct error *err);
int files_devices(struct enforce_plan *plan, struct error *err);
int files_parts(struct enforce_plan *plan, struct error *err);
int files_whitelist(struct enforce_plan *plan, struct error *err);
int files_rules(struct enforce_plan *plan, struct error *err);
int files_own(struct enforce_plan *plan, struct error *err);

/* ---- limits, variables, sockets ---------------------------------------- */

/* limits.c: rlimits, nice, cpus, before capabilities are gone. */
int limits_apply(const struct profiles_policy *policy, struct error *err);
const char *limits_name(enum profiles_limit limit);	/* "rlimit-as" */

/* timeout.c: how long until a signal is due (milliseconds; -1: never), and
 * which one it is: SIGTERM, then SIGKILL; 0: none yet. */
struct timeout {
	int64_t due;		/* base_now_monotonic(), 0: never */
	int signal;
	timer_t timer;		/* if it is running */
	bool running;
};
/* MICROSECONDS 0: for ever. */
int timeout_begin(struct timeout *timeout, int64_t microseconds,
		  struct error *err);
void timeout_end(struct timeout *timeout);
int timeout_wait(const struct timeout *timeout);
int timeout_signal(struct timeout *timeout);

/* cgroup.c: made by jail; *FD for CLONE_INTO_CGROUP, or -1 where the policy has
 * no such limit. Removed at the end: cgroup_remove() takes NULL. */
int cgroup_open(const struct enforce_plan *plan, char **path, int *fd,
		struct error *err);
void cgroup_remove(const char *path);
/* The group BASE/PREFIXpid with LIMITS, of which the last has no controller. */
struct cgroup_limit {
	const char *directive, *controller, *file;
	uint64_t value;		/* 0: no limit */
};
int cgroup_make(const char *base, const char *prefix,
		const struct cgroup_limit *limits, const char *remedy,
		char **path, int *fd, struct error *err);

/* mountinfo.c: calls EACH for every mount that we see, in their order, until
 * one returns other than 0, which is returned. Negative: it failed. */
struct mountinfo {
	const char *device;	/* "8:1" */
	const char *root;	/* what of the file system is mounted */
	const char *point;
	const char *type;
};
int mountinfo_read(int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err);
/* The same in two: the text in new memory, and the mounts in it. */
int mountinfo_text(char **text, struct error *err);
int mountinfo_each(const char *text,
		   int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err);

/* env.c: the variables of the program. landlock.c: abstract sockets; after the
 * variables, for it asks which display there is. One line for --check, or NULL
 * where there is nothing to be said. */
int env_apply(const struct enforce_plan *plan, struct error *err);
int landlock_apply(const struct enforce_plan *plan, struct error *err);
const char *landlock_describe(const struct enforce_plan *plan);

/* ---- the refusals of one run ------------------------------------------ */

/* One call that was refused, and how often since the sink was last told. */
struct enforce_refusal {
	struct profiles_denial *first;
	uint64_t detail;	/* why, or with which values */
	bool by_program;	/* by the program itself, not a descendant */
	int64_t id;		/* the sink's */
	uint64_t pending;	/* that the sink has not taken yet */
};

struct enforce_refusals {
	struct enforce_refusal *items;
	size_t count;
	int64_t flushed;	/* base_now_monotonic() of the last flush */
	bool any_pending;
};

/* A call that was refused before, for the same reason (DETAIL; 0: it is not on
 * the list); NULL if it was not. Of one call so many details are told apart;
 * then it is taken for one that was. */
#define ENFORCE_DETAILS 64
struct enforce_refusal *enforce_refusals_find(
	const struct enforce_refusals *refusals, struct base_call call,
	uint64_t detail, bool by_program);
/* Counts it once more. */
void enforce_refusals_repeat(struct enforce_refusals *refusals,
			     struct enforce_refusal *item);
/* Tells the sink of a first refusal and remembers it. */
void enforce_refusals_first(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    const struct profiles_denial *denial,
			    uint64_t detail, bool by_program);
enum enforce_flush {
	ENFORCE_DUE,		/* if a second has passed since the last one */
	ENFORCE_NOW,
	ENFORCE_LAST		/* now, and the sink may wait */
};
/* Hands on what the sink has not taken yet; what it does not take stays. */
void enforce_refusals_flush(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    enum enforce_flush when);
/* How long until the next flush, in milliseconds; -1: none is needed. */
int enforce_refusals_timeout(const struct enforce_refusals *refusals);
/* Forgets what the sink has not taken: another process hands that on. */
void enforce_refusals_leave(struct enforce_refusals *refusals);
void enforce_refusals_free(struct enforce_refusals *refusals);

/* Who makes the call, from /proc: thread group, user, executable and name of
 * the thread TID, and what is at denial->ip, where it was made. Where /proc
 * tells nothing, or numbers processes otherwise than we do, the process is TID,
 * the user ours and the rest empty. The caller makes sure that TID was alive
 * all the time. */
void enforce_denial_who(struct profiles_denial *denial, pid_t tid);
/* where.c: "PATH+0xOFFSET" of what TID has at the address IP; empty where that
 * is no file, or cannot be seen. */
void where_find(pid_t tid, uint64_t ip, char *out, size_t size);
/* Whether /proc numbers processes as we do: in that of another PID namespace
 * our numbers would be other processes'. */
bool enforce_proc_is_ours(void);
/* Time, host and boot. */
void enforce_denial_when(struct profiles_denial *denial);

#endif
