/* SPDX-License-Identifier: MIT */
/*
 * The sandboxes that are running: who they are, what they do, and how to get
 * into one. A part of enforce.h.
 */
#ifndef JAIL_ENFORCE_SANDBOXES_H
#define JAIL_ENFORCE_SANDBOXES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

/* ---- the registry ----------------------------------------------------- */

/*
 * Each `jail enforce` has an entry while it runs and for ten minutes after, in
 * $XDG_RUNTIME_DIR/jail, without one in run/ beside the default store, for root
 * in /run/jail (registry.c). What is in it was written by the user who owns it:
 * it is believed about this user's processes alone. jail holds a lock
 * (flock(2)) on an entry as long as it runs, so one that a kill left behind is
 * known; and root finds by their locks those that run and lie in none of the
 * folders of /run/user (elsewhere.c).
 */
struct enforce_running {
	pid_t jail, program, init;	/* in the first PID namespace as the
					 * user's own /proc shows it; init: 0,
					 * there is none */
	uint64_t start;		/* of the program, field 22 of proc(5) stat */
	uid_t uid;		/* the entry's owner */
	int64_t began, ended;	/* microseconds since the epoch; 0: it runs */
	uint64_t user_ns, pid_ns;	/* their inode numbers; those of the
					 * host where it has none of its own */
	uint64_t mnt_ns, net_ns;	/* likewise */
	bool supervised;	/* its denials are recorded by jail itself */
	uint64_t denied;	/* calls that were refused, so far; at most a
				 * second old */
	bool joinable;		/* it can be joined: enforce_join() */
	uint64_t inode;		/* of the entry's file, whose lock jail holds */
	char boot_id[37];
	char profile[256];
	char name[256];		/* of the sandbox: --name, name, join-or-start;
				 * else as profile */
	char command[1024];	/* its words, as base_printable() shows them;
				 * cut off */
	char cgroup[256];	/* of its own, absolute path; empty: none */
	char address[64];	/* of its network; empty: none of its own */
	char exe[4096];
	char store[4096];
};
/* Calls back for each entry that the caller may read: its own, as root those of
 * all users. One that is damaged, or whose owner, mode or place is not as it
 * should be, is left out. */
int enforce_registry_each(int (*callback)(void *data,
					  const struct enforce_running *entry),
			  void *data);
/* Whether the sandbox of ENTRY is what the entry says: the lock is held, and by
 * a process of its owner; program and init are there, began when it says, are
 * its owner's, and lie in the namespaces that it names, which belong to its
 * owner (NS_GET_OWNER_UID, ioctl_ns(2)). Then *PROGRAM is a pidfd of the
 * program; where that has ended and the sandbox goes on without it (wait-all),
 * of init. -ESRCH: it has ended; -EBADF: the entry lies, *err says how. */
int enforce_registry_verify(const struct enforce_running *entry, int *program,
			    struct error *err);
/* The one that runs now and whose id (its program's number) or name WORD is: a
 * sentence for none (-ENOENT) and for several (-EEXIST, with their ids). An id
 * comes before a name, and a name of the caller's own before those of others,
 * who cannot take it from him so. */
int enforce_registry_find(const char *word, struct enforce_running *entry,
			  struct error *err);
/*
 * The caller's own that has NAME, if there is one (-EEXIST: several). Else
 * -ENOENT, and nobody else of this user starts one of the name as long as
 * *LOCK, which is the caller's, is open; whoever asks meanwhile waits.
 */
int enforce_registry_claim(const char *name, struct enforce_running *entry,
			   int *lock, struct error *err);
/* All that run and are what they say, in any order. LIES, if it is not NULL, is
 * told each entry that is not. Cheaper than enforce_registry_verify() for
 * each. */
int enforce_registry_running(int (*callback)(void *data,
					     const struct enforce_running *),
			     void (*lies)(void *data,
					  const struct enforce_running *,
					  const struct error *err),
			     void *data, struct error *err);
/* -EPERM, with a sentence, where a folder of the registry, one of the caller or
 * as root of any user, is there but not to be trusted: nothing in it counts. */
int enforce_registry_refused(struct error *err);
/* Another number when an entry has come or gone; some microseconds. */
uint64_t enforce_registry_version(void);
/* How surely a process belongs to the sandbox of ENTRY: */
enum enforce_tie {
	ENFORCE_TIE_NONE,
	ENFORCE_TIE_LOOSE,	/* the process is gone; executable, user and
				 * time fit */
	ENFORCE_TIE_SURE	/* it is the program, or lives in its
				 * namespaces */
};
/* A process, as a record of the kernel's has it; all else is zero. */
#define ENFORCE_LINE 64
struct enforce_suspect {
	pid_t pid;
	uid_t uid;
	int64_t time;		/* microseconds since the epoch, of this boot */
	const char *exe;	/* or NULL */
	/* What /proc said of it when that was first needed. */
	bool looked, is_zombie;
	struct {
		pid_t pid;
		uint64_t start;
	} line[ENFORCE_LINE];	/* it and its ancestors; none: it is gone */
	size_t line_count;
	uint64_t pid_ns, user_ns, our_pid_ns, our_user_ns;
};
/* One suspect may be held against many entries, for /proc is asked once. */
enum enforce_tie enforce_registry_tie(const struct enforce_running *entry,
				      struct enforce_suspect *suspect);

/* ---- their processes --------------------------------------------------- */

/* One process of a sandbox, from one look through /proc. */
struct enforce_member {
	size_t sandbox;		/* index into the entries that were given */
	pid_t pid, parent;
	uid_t uid;		/* effective */
	char state;		/* as in proc(5) stat */
	uint64_t start;		/* field 22, clock ticks */
	uint64_t cpu;		/* user and system, clock ticks */
	uint64_t memory;	/* bytes resident; what several share counts
				 * in each */
	char comm[16 + 1];	/* hostile: to be shown by base_printable() */
};
/* Calls EACH for every process of the COUNT sandboxes: those whose PID
 * namespace is the entry's; where they cannot be looked at, or the sandbox has
 * none of its own, descendants of its program and init. By PID. */
int enforce_members(const struct enforce_running *entries, size_t count,
		    int (*each)(void *data,
				const struct enforce_member *member),
		    void *data, struct error *err);

/* ---- joining ----------------------------------------------------------- */

/*
 * Another program in a running sandbox. The jail that runs it listens on a
 * socket beside its entry; it looks who calls (SO_PEERCRED: the same user), and
 * a fork of it starts the program in the sandbox's namespaces, with the same
 * plan: filter, capabilities, limits, variables. Nothing is read from inside;
 * argv[0] is looked for in the sandbox, by its PATH.
 * Where the caller's input and output are terminals the program gets one of its
 * own (pty(7)), which the caller copies to and from his.
 */
struct enforce_joining {
	char *const *argv;
	bool shell;		/* argv[0] is one that the sandbox may lack:
				 * then /bin/sh */
	bool terminal;		/* a new one */
};
/* Returns when the program has ended; *STATUS is as from wait(2), SIGSYS where
 * a denial ended it. Negative: it could not be started, or nothing is known of
 * it any more; then *STATUS is what `jail enforce` would end with. -ESRCH: the
 * sandbox has ended, and nothing was run. */
int enforce_join(const struct enforce_running *entry,
		 const struct enforce_joining *joining, int *status,
		 struct error *err);

/* ---- steering ---------------------------------------------------------- */

/* SIGNAL for the program. -ESRCH: it has ended. */
int enforce_signal(const struct enforce_running *entry, int signal,
		   struct error *err);
/*
 * Asks the program to end (SIGTERM). Then end() waits until UNTIL
 * (base_now_monotonic()), and kills what is left of the sandbox: *KILLED. Of a
 * begin() that succeeded the caller owns *STOPPING: close().
 */
struct enforce_stopping {
	int program, init, jail;	/* pidfds, or -1 */
	bool over;		/* the program has ended by itself, and others
				 * go on (wait-all): nobody was asked */
};
int enforce_stop_begin(const struct enforce_running *entry,
		       struct enforce_stopping *stopping, struct error *err);
int enforce_stop_end(struct enforce_stopping *stopping, int64_t until,
		     bool *killed, struct error *err);
void enforce_stop_close(struct enforce_stopping *stopping);

/* ---- what happens in them ----------------------------------------------- */

/*
 * The kernel's process events (drivers/connector/cn_proc.c), of all processes.
 * Of a thread THREAD is not PID; a process that has ended is one whose last
 * thread did, which need not be the first.
 */
enum enforce_event_kind {
	ENFORCE_EVENT_FORK, ENFORCE_EVENT_EXEC, ENFORCE_EVENT_IDS,
	ENFORCE_EVENT_EXIT, ENFORCE_EVENT_LOST
};
struct enforce_event {
	enum enforce_event_kind kind;
	int64_t time;		/* microseconds since the epoch */
	pid_t pid, parent;	/* thread groups; parent: of a FORK, the real
				 * one (CLONE_PARENT) */
	pid_t thread;
	uid_t uid, real_uid;	/* IDS: the new ones; -1: not about them */
	gid_t gid, real_gid;
	int status;		/* EXIT: as from wait(2) */
	uint64_t lost;		/* LOST: events, at least */
};
/*
 * *fd is to be polled. -EOPNOTSUPP, with a sentence: there is no such source
 * here, or it stays silent, as in containers (a fork of our own is not seen).
 * ROOM: bytes of the socket's buffer, 0 for what can be had. Calls each() for
 * those that came by now, in the kernel's order; 1: for some of them, and the
 * descriptor stays readable.
 */
struct enforce_events;
int enforce_events_open(struct enforce_events **events, size_t room, int *fd,
			struct error *err);
int enforce_events_read(struct enforce_events *events,
			int (*each)(void *data,
				    const struct enforce_event *event),
			void *data, struct error *err);
void enforce_events_close(struct enforce_events *events);	/* takes NULL */

/*
 * The same for the sandboxes of the registry. A process belongs to one if it
 * was made by one that does; children of jail itself and of what it started
 * outside are looked at. Where there is no source of events, sandboxes are
 * looked at a few times a second: their processes' ends are known at once
 * (pidfds), but not what begins and ends between two looks.
 */
enum enforce_news_kind {
	ENFORCE_NEWS_RUNS,	/* a sandbox that is there from the beginning */
	ENFORCE_NEWS_START,	/* a sandbox: its program was executed */
	ENFORCE_NEWS_FORK, ENFORCE_NEWS_EXEC, ENFORCE_NEWS_IDS,
	ENFORCE_NEWS_EXIT,
	ENFORCE_NEWS_END,	/* a sandbox */
	ENFORCE_NEWS_LOST
};
struct enforce_news {
	enum enforce_news_kind kind;
	int64_t time;		/* microseconds since the epoch */
	const struct enforce_running *sandbox;	/* NULL: of LOST */
	pid_t pid, parent;
	uid_t old_uid, uid, old_real_uid, real_uid;	/* of IDS */
	gid_t old_gid, gid, old_real_gid, real_gid;
	int status;		/* of EXIT, as from wait(2); -1: not known */
	bool late;		/* it was found out by a look, and is older */
	bool unsure;		/* a process that was gone before it could be
				 * looked at; perhaps jail's own */
	uint64_t lost;
};
struct enforce_follow_options {
	pid_t id;		/* that of the one that is wanted, or 0 */
	const char *name;	/* of those that are wanted; NULL: all */
	bool own;		/* of this name, the caller's alone */
	bool looks;		/* no source of events is wanted */
	size_t room;		/* as above */
};
struct enforce_follow;
int enforce_follow_open(struct enforce_follow **follow,
			const struct enforce_follow_options *options,
			struct error *err);
/* Why there is no source of events, a sentence; NULL: there is one. */
const char *enforce_follow_why(const struct enforce_follow *follow);
int enforce_follow_fd(const struct enforce_follow *follow);	/* to poll */
size_t enforce_follow_running(const struct enforce_follow *follow);
/* How many sandboxes of other users were over before they could be verified, by
 * what their entries say, and so are not told of. Whoever has no folder of
 * entries that root looks into leaves none to be counted. */
uint64_t enforce_follow_passed(const struct enforce_follow *follow);
/* When the last event happened that was read, microseconds since the epoch; 0:
 * there was none. */
int64_t enforce_follow_heard(const struct enforce_follow *follow);
/* Tells what happened by now. The first time: what runs. */
int enforce_follow_read(struct enforce_follow *follow,
			void (*tell)(void *data,
				     const struct enforce_news *news),
			void *data, struct error *err);
/* The sandbox of a process that runs or ended not long ago; or NULL. */
const struct enforce_running *
enforce_follow_of(const struct enforce_follow *follow, pid_t pid);
void enforce_follow_close(struct enforce_follow *follow);	/* takes NULL */

#endif
