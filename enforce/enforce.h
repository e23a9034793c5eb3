/* SPDX-License-Identifier: MIT */
/*
 * enforce: runs a program with nothing allowed but its whitelist.
 *
 *   jail (supervisor) <── seccomp user notification ── target
 *
 * In stages: plan (data only, checked before anything exists), filter, launch,
 * supervise. The only room that includes <cap-ng.h> and <seccomp.h>.
 */
#ifndef JAIL_ENFORCE_H
#define JAIL_ENFORCE_H

#include <linux/filter.h>

#include "enforce/sandboxes.h"
#include "profiles/profiles.h"

enum enforce_deny {
	ENFORCE_KILL,		/* kill the process that made the call */
	ENFORCE_ERRNO,		/* the call fails with an errno */
	ENFORCE_LOG,		/* the call is made; complain mode */
	ENFORCE_ASK		/* a person says what happens to it */
};

/*
 * One step of building the tree of files. Steps are data, made and checked
 * before anything exists, and taken in order in a mount namespace of its own,
 * beginning with an empty root.
 *
 * PATH is what the program will see: absolute, in normal form, no component a
 * symbolic link. SOURCE is a path of the host, just so. Both are resolved once
 * more, to descriptors, where a link that has come meanwhile is refused.
 */
#define ENFORCE_KEPT 64
enum enforce_step_kind {
	ENFORCE_DIRECTORY,	/* the next three: only within a TMPFS step */
	ENFORCE_FILE,		/* empty, to mount on */
	ENFORCE_SYMLINK,	/* SOURCE is its target, as it is */
	ENFORCE_TMPFS,		/* at PATH: size, mode */
	ENFORCE_BIND,		/* SOURCE and all that is mounted below it */
	ENFORCE_AGAIN,		/* what is at PATH, bound onto itself: pins it,
				 * and changes its flags */
	ENFORCE_MASK,		/* nothing to be seen: an empty read-only
				 * directory or file of mode 000; SOURCE is the
				 * path that the directive named */
	ENFORCE_CONTENT,	/* a read-only file with SOURCE as its text */
	ENFORCE_OVERLAY,	/* SOURCE below, UPPER and WORK above */
	ENFORCE_PROC,
	ENFORCE_SYSFS,		/* a new one; needs a network namespace */
	ENFORCE_DEVPTS,
	ENFORCE_MQUEUE
};

struct enforce_step {
	enum enforce_step_kind kind;
	char *path;
	char *source;
	char *upper, *work;
	bool directory;		/* BIND, MASK, AGAIN: what it has to be */
	bool optional;		/* what has gone is left out */
	bool link;		/* AGAIN: PATH may be a link, which is pinned
				 * as one; what has gone is left out. CONTENT:
				 * PATH is a link, which is covered */
	bool learns;		/* CONTENT: name servers that DHCP tells come in
				 * the place of SOURCE */
	bool alone;		/* AGAIN: flags of the one mount at PATH, not of
				 * those below it */
	bool user_attributes;	/* OVERLAY: the caller is an ordinary user */
	/* TMPFS: a number that is its own; what it covers can still be had, by
	 * BIND steps of the same number: their SOURCE is a path below PATH, as
	 * it was before. 0: not. At most ENFORCE_KEPT. */
	unsigned kept;
	uint64_t set, clear;	/* MOUNT_ATTR_* (mount_setattr(2)) of all
				 * mounts of the tree */
	unsigned mode;
	uint64_t size;		/* bytes, of a TMPFS */
	const char *why;	/* the directive, for people: "blacklist" */
};

/* A message bus that the program sees through a filter, which is a program that
 * runs outside. Zeroed: it is not filtered. */
#define ENFORCE_BUS_PROXY "xdg-dbus-proxy"
enum enforce_bus_kind { ENFORCE_BUS_USER, ENFORCE_BUS_SYSTEM, ENFORCE_BUSES };
struct enforce_bus {
	const char *lost;	/* why it is hidden instead; then no more */
	char *address;		/* of the bus */
	char *socket;		/* of the filter: a path of the host */
	char *inside;		/* the address that the program is given */
};

/* An X11 display of the program's own, whose server is a program that runs
 * outside. Zeroed: there is none. */
#define ENFORCE_XEPHYR "Xephyr"
#define ENFORCE_XVFB "Xvfb"
struct enforce_display {
	const char *server;	/* one of these two */
	const char *word;	/* "x11 xephyr", for people */
	unsigned number;	/* DISPLAY=:NUMBER */
	unsigned width, height;	/* pixels */
	char *socket;		/* of the server: a path of the host, and of the
				 * sandbox */
	char *key;		/* to it: a file of the host, to be made */
	char *inside;		/* the same as the program sees it */
};

/* Zero-initialised is empty. */
struct enforce_files {
	struct enforce_step *steps;
	size_t count, room;
	char *cwd;		/* where the program starts, as it sees it */
	bool failed;		/* there was no memory for a step */
	size_t rules;		/* where those of the rules about paths begin */
	struct view *view;	/* what enforce/plan/view.c remembers of them */
	int lock;		/* 1 + the descriptor that keeps others from
				 * using the same overlay; 0: none */
	struct enforce_bus buses[ENFORCE_BUSES];
	struct enforce_display display;
	char *served;		/* a folder, to be made, for what programs that
				 * serve it share with the sandbox; or NULL */
};

/* Who asks, and where jail's own files are. */
struct enforce_context {
	uid_t uid;
	gid_t gid;
	const char *home;	/* absolute, no links */
	const char *store;	/* the store's file, absolute; NULL: none */
	/* Folders of jail's own that the program must neither see nor make:
	 * profiles, the store's folder, the registry; NULL at the end. Below
	 * the first one overlays are kept. */
	const char *const *own;
	/* The one of them, or below one of them, for sockets; NULL: none. */
	const char *runtime;
	/* The names by which these and the store are looked for, where links
	 * may lead: absolute, NULL at the end. The program must not put
	 * anything else in the place of a link on the way. */
	const char *const *names;
};

struct enforce_plan {
	const char *program;		/* profile name */
	const char *path;
	char *const *argv;
	struct profiles_set whitelist;	/* baseline not included; owned */
	enum enforce_deny deny;
	int deny_errno;			/* for ENFORCE_ERRNO; default EPERM */
	bool allow_clone3;
	bool block_secondary;		/* no code of other architectures */
	/* Values of clone's namespace flags (CLONE_NEW*) that may be used. */
	uint64_t clone_namespaces[16];
	size_t clone_namespace_count;
	/* False: only the filters of the policy count; but without a policy,
	 * and with calls in it, the whitelist does. */
	bool has_whitelist;
	/* What was seen of arguments, for policy flag ARGS_LEARNED; owned. */
	struct profiles_argument *arguments;
	size_t argument_count;
	/* Calls that are not on the whitelist and pass with these values of
	 * their arguments alone (those of profiles_argument_rule()): siblings,
	 * fcntl with F_GETFL. Stubs are none of them; owned. */
	struct profiles_argument *partly;
	size_t partly_count;
	/* Calls that are not on the whitelist and are answered an errno without
	 * a word: what the program was found to do without (jail minimize), or
	 * what is for libc to fall back from; owned. */
	struct profiles_refused *stubs;
	size_t stub_count;
	/* NULL: the filter itself answers them. Else the supervisor does, and
	 * counts how often, one number a stub; and then a stub whose answer is
	 * 0 passes. Such a run is a trial, which the registry does not hold. */
	uint64_t *stub_hits;
	uint64_t caps_keep;		/* capability bits; 0 is the default */
	/* NULL: the whitelist alone, no namespaces and no tree of files. */
	const struct profiles_policy *policy;
	/* --profile=none: of the policy only the filters count, as though there
	 * were none otherwise. */
	bool bare;
	struct enforce_files files;	/* made by enforce_plan_files() */
	struct enforce_context context;
	bool as_pid_1;
	/* Each step as it happens, for --debug; NULL: nobody listens. Called
	 * in the process that takes the step: write(2) to stderr. */
	void (*debug)(const char *sentence);
	int keep_fds[32];
	size_t keep_fd_count;
	pid_t handed_to;	/* whom LISTEN_PID may name: enforce_handed() */
	int *claim;		/* enforce_registry_claim(): closed when the
				 * sandbox is in the registry; or NULL */
};

/* Whether it has namespaces and a tree of files, not the filter alone. */
static inline bool enforce_sandboxed(const struct enforce_plan *plan)
{
	return plan->policy && !plan->bare;
}

/* ---- the filter ------------------------------------------------------- */

/*
 * Builds the filter of a plan: [the layer: what refuses, whatever the whitelist
 * says][the whitelist]. Verdicts, for every (arch, number), the first that
 * fits:
 *   dangerous, whitelisted, not opened        USER_NOTIF, or ERRNO
 *   the policy's lists and conditions         ERRNO (or what they say)
 *   whitelist or baseline                     ALLOW, with the arguments that
 *                                             were seen if the policy says so
 *   one of the stubs                          ERRNO, or USER_NOTIF if its
 *                                             hits are counted
 *   clone                                     ALLOW without new namespaces
 *   clone3, unless plan->allow_clone3         ERRNO(ENOSYS) if clone passes
 *   a number that table and kernel don't know ERRNO(ENOSYS) or USER_NOTIF
 *   x32, other architectures not learned      never ALLOW
 *   any other                                 WITH_LISTENER USER_NOTIF, else
 *                                             what plan->deny says without a
 *                                             supervisor (KILL_PROCESS, ERRNO,
 *                                             LOG)
 * Without a whitelist all that the layer does not refuse is ALLOW, also on
 * i386; x32 is ERRNO(ENOSYS), another architecture KILL_PROCESS. The
 * instructions are new memory.
 */
int enforce_filter(const struct enforce_plan *plan, bool with_listener,
		   struct sock_filter **filter, size_t *count,
		   struct error *err);

/* ---- the plan --------------------------------------------------------- */

/*
 * Fills plan->files from plan->policy and plan->context, by looking at the
 * host's files as the user may; nothing is changed, but for the folders of
 * `mkdir` and jail's own. A path that a directive names and that cannot be had
 * is an error, one that a pattern or a blacklist names is not.
 */
int enforce_plan_files(struct enforce_plan *plan, struct error *err);
void enforce_plan_free(struct enforce_plan *plan);	/* what the plan owns */

/* base_find_program() by the eyes of the program, for a tree that is not the
 * host's (chroot): after enforce_plan_files(). */
int enforce_plan_program(const struct enforce_plan *plan, const char *name,
			 char **path, struct error *err);

/* The plan for people and for --check: calls LINE for each part of it with a
 * heading ("namespaces", "files", "capabilities", ...) and one line of text.
 * Fails where running it would, as far as that is known before; a network that
 * cannot be made yet is a line. */
int enforce_plan_describe(const struct enforce_plan *plan,
			  void (*line)(void *data, const char *heading,
				       const char *text),
			  void *data, struct error *err);

/* Whether the bus listens on an abstract socket, which is in no folder. */
bool enforce_bus_abstract(const struct enforce_bus *bus);

/* The directive that would let the program do with PATH what it was refused
 * with CODE (EACCES, EROFS, EPERM, ENOENT): "noblacklist /home/a/.ssh", in new
 * memory; NULL if the refusal is not the plan's. */
char *enforce_plan_remedy(const struct enforce_plan *plan, const char *path,
			  int code);

/* Those of root's capabilities that would have no effect if KEEP were kept,
 * since what they are for is the system's, and BESIDE others of KEEP all count
 * for the sandbox alone. */
uint64_t enforce_caps_in_vain(const struct enforce_plan *plan, uint64_t keep,
			      uint64_t *beside);

/* Adds the calls of the dangerous layer that the plan answers ENOSYS whatever
 * their arguments: those for which programs have another way. */
int enforce_absent(const struct enforce_plan *plan, struct profiles_set *absent,
		   struct error *err);

/* What it would cost to allow a call of the dangerous layer, one line; NULL if
 * it is not of it. The first: whatever its arguments. The second: this use of
 * it (ioctl with TIOCSTI, clone with new namespaces). */
const char *enforce_dangerous(struct base_call call);
const char *enforce_dangerous_use(struct base_call call,
				  const uint64_t arguments[6]);

/* Calls TELL for each call of KNOWN, what was learned, that the plan would
 * refuse although it is listed: one of the dangerous layer, with its COST, or,
 * with NULL, one that the policy's own lists and conditions refuse. */
int enforce_foresee(const struct enforce_plan *plan,
		    const struct profiles_known *known,
		    void (*tell)(void *data, struct base_call call,
				 const char *cost),
		    void *data, struct error *err);

/* ---- what this system can do ------------------------------------------ */

struct enforce_finding {
	const char *name;	/* "user namespaces" */
	bool ok;
	bool needed;		/* without it enforce does not run */
	char text[256];		/* what was found, and what it means */
	char remedy[256];	/* empty where there is none */
};

/* Tries out what enforce needs, in child processes, and tells each finding. */
void enforce_doctor(void (*tell)(void *data,
				 const struct enforce_finding *finding),
		    void *data);

/* ---- the sandbox ------------------------------------------------------ */

/*
 * The processes of a sandbox:
 *
 *   jail ──clone(namespaces)──> builder: ids, network, name
 *     ├── init <── of the builder, PID 1 inside; child of jail (CLONE_PARENT):
 *     │            tree of files
 *     └── program <── the same, PID 2; jail waits for it as for any child
 *
 * The builder ends when the program was started. When init dies all die; init
 * dies with jail.
 */
struct enforce_sandbox {
	pid_t init;		/* 0: there is none */
	pid_t program;
	char *cgroup;		/* to be removed, or NULL */
	int entry;		/* of the registry: 1 + its descriptor, which
				 * is locked; 0: none */
	int door;		/* 1 + the socket beside it, by which others
				 * join; 0: none */
	int told;		/* of one that has joined: 1 + a socket on
				 * which jail hears how many more calls were
				 * refused (uint64_t); 0: none */
	char address[64];	/* of its network, for people; empty: none */
	/* What joining takes: its namespaces, in the order in which they are
	 * entered (ENFORCE_NAMESPACES), 1 + a descriptor; 0: not its own. */
	int namespaces[10];
	struct enforce_outside *outside;	/* what serves it from outside:
						 * network, buses; or NULL */
};

struct enforce_child {
	/* Runs in the process that becomes the program: in all namespaces and
	 * in the tree of files, with the privileges it was born with, which
	 * enforce_privileges() takes away. Never returns. */
	void (*main)(void *data);
	void *data;
	/* Our table of descriptors is its table as well until it executes a
	 * program, and we sleep until then. */
	bool until_exec;
};

/* Builds the sandbox of PLAN and starts CHILD in it. Without a policy: a plain
 * child. Fails with all gone again. If files have gone since they were planned,
 * plan->files is made anew before CHILD is there. */
int enforce_spawn(struct enforce_plan *plan,
		  const struct enforce_child *child,
		  struct enforce_sandbox *sandbox, struct error *err);
/* Once the program was reaped: ends what is left (WAIT: waits until nothing
 * is), and reaps init. */
void enforce_sandbox_end(struct enforce_sandbox *sandbox, bool wait);

/* ---- running ---------------------------------------------------------- */

struct enforce_sink {
	/* A call was refused (or logged), and has been answered: its process
	 * was killed or goes on. The first time that this call is refused in
	 * this run, *id is 0: the sink sets it to something else. Repeats come
	 * at most once a second, with the number of new ones in DENIAL->count
	 * and the *id that the sink chose. Negative: DENIAL->count was not
	 * recorded, and comes again with what is added meanwhile, a second
	 * later at the earliest. WAIT: it is the last time, and the sink may
	 * wait for others; else every call of the program waits for it.
	 * BY_PROGRAM: the program itself made the call, not a descendant; these
	 * are told apart. It may be called in a forked child, see
	 * enforce_run(). */
	int (*denial)(void *data, const struct profiles_denial *denial,
		      bool by_program, bool wait, int64_t *id);
	void *data;
	const struct enforce_asker *asker;	/* of ENFORCE_ASK, or NULL */
};

/* What a person says of a call that waits. */
enum enforce_answer {
	ENFORCE_ANSWER_NONE,	/* nothing yet */
	ENFORCE_ANSWER_ONCE,	/* it is made; the next one is asked again */
	ENFORCE_ANSWER_ALWAYS,	/* it is made, and so are all like it in this
				 * run; the asker has stored it */
	ENFORCE_ANSWER_DENY,	/* it fails with plan->deny_errno, a dangerous
				 * call with its own, and so do all like it in
				 * this run, without a question */
	ENFORCE_ANSWER_KILL	/* its process is killed */
};

/*
 * For ENFORCE_ASK: whom to ask. The callers wait, each in its call; one
 * question at a time is put, in the order in which they came, and what was
 * answered for good answers those behind it that are alike (the same call, for
 * dangerous ones with the same values). What waits longer than TIMEOUT, and
 * than that since the latest answer, is denied, once; so is all without an
 * asker, and what comes while 1,024 wait. A question whose caller is gone (a
 * signal, Ctrl-C) is withdrawn; while the program is stopped none is put.
 * Never let pass, and so never asked about: calls of x32 or of an architecture
 * that was not learned, and input for a terminal (TIOCSTI, TIOCLINUX).
 */
struct enforce_asker {
	int fd;			/* to poll for input; below 0: nobody can be
				 * asked any more. The supervisor in the
				 * background closes it. */
	int64_t timeout;	/* microseconds; 0: for ever */
	/* Puts a question; DENIAL lives until done(). WAITING: how many more
	 * wait behind it. Called again with another WAITING where that has
	 * changed meanwhile. */
	void (*ask)(void *data, const struct profiles_denial *denial,
		    bool by_program, size_t waiting);
	/* What was said: once the question is put, when the fd is readable, and
	 * ten times a second. Never blocks. */
	enum enforce_answer (*answer)(void *data);
	/* The question that was put is settled: by ANSWER, or NONE: its caller
	 * is gone, or it will be put again, or, with EXPIRED, the time is up.
	 * The caller is answered next. */
	void (*done)(void *data, enum enforce_answer answer, bool expired);
	void *data;
};

struct enforce_result {
	bool exec_failed;	/* execve of the program failed: 126 */
	bool denied;		/* a denial killed the program itself: 159 */
	int status;		/* as from wait(2) */
	bool listener;		/* false: the kernel gave none */
};

/* Runs the program and returns when it has ended. If descendants live on, a
 * supervisor in the background, a forked child of the caller without terminal
 * and files, stays with them; it never returns, but calls SINK: which must not
 * use what cannot be used across fork(2), such as an open store. plan->files
 * may be made anew, as by enforce_spawn().
 * Negative: it never started, or was killed because it could not be supervised
 * any more. */
int enforce_run(struct enforce_plan *plan,
		const struct enforce_sink *sink,
		struct enforce_result *result, struct error *err);

/* What a service manager has handed to the calling process by LISTEN_PID and
 * WATCHDOG_PID (sd_listen_fds(3), sd_watchdog_enabled(3)) is the program's,
 * under the program's own number; sockets are added to keep_fds. */
int enforce_handed(struct enforce_plan *plan, struct error *err);

/* The privileges of the plan for the calling process: limits, groups,
 * environment, folder, Landlock, no_new_privs, capability sets and bounding set
 * down to caps_keep, all descriptors above 2 but keep_fds closed at exec. `jail
 * learn` uses it, so that training is like running. */
int enforce_privileges(const struct enforce_plan *plan, struct error *err);

#endif
