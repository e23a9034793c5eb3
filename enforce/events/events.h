/* SPDX-License-Identifier: MIT */
/*
 * What happens in the sandboxes: enforce/sandboxes.h is its manual.
 *
 *   connector.c  the kernel's process events: a socket, and a thread for it
 *   parse.c      a datagram of it -> events
 *   tasks.c      the processes that are known, by the numbers of their threads
 *   follow.c     events -> what happened in which sandbox
 *   loop.c       what is waited for, and for those who call
 *   adopt.c      sandboxes come and go; what is judged by a look at /proc
 *   passed.c     those of which nothing can be told, counted
 *   scan.c       the same where there are no events: looks through /proc
 */
#ifndef JAIL_ENFORCE_EVENTS_H
#define JAIL_ENFORCE_EVENTS_H

#include "base/base.h"
#include "enforce/registry/registry.h"

/* ---- parse.c ----------------------------------------------------------- */

/* The numbers of the messages: one row a processor (cn_proc.c, send_msg). */
#define EVENTS_PROCESSORS 8192
struct events_order {
	uint32_t next[EVENTS_PROCESSORS];
	bool known[EVENTS_PROCESSORS];
};
/*
 * One datagram of SIZE bytes, of which nothing is believed. 1: *EVENT is
 * filled, its time in the kernel's monotonic microseconds. 0: it is none that
 * is wanted. In any case *LOST is how many messages of its processor never
 * came.
 */
int events_parse(const void *bytes, size_t size, struct events_order *order,
		 struct enforce_event *event, uint64_t *lost);

/* ---- tasks.c ----------------------------------------------------------- */

enum events_role {
	EVENTS_MEMBER,		/* of the sandbox */
	EVENTS_STAFF		/* jail itself, init, what serves it outside */
};

struct events_process {
	pid_t pid, parent;
	size_t sandbox;		/* index */
	enum events_role role;
	bool unsure;		/* it was gone before it could be looked at */
	uid_t uid, real_uid;
	gid_t gid, real_gid;
	int status;		/* of the thread that ended last */
	uint64_t start;		/* field 22 of proc(5) stat; 0: not known */
	uint64_t program;	/* its file, from a look; 0: not known */
	unsigned look;		/* that saw it last */
	int fd;			/* a pidfd; -1 */
	int64_t gone;		/* when that said it has ended; 0: not yet */
	bool first_ended;	/* its first thread has; others live */
	struct events_task *tasks;
	struct events_process *before, *after;	/* in the list of all */
};
struct events_task {
	pid_t tid;
	struct events_process *process;
	struct events_task *next;	/* of the process */
	struct events_task *chain;	/* of the hash */
};
#define EVENTS_BUCKETS 4096
struct events_tasks {
	struct events_task *buckets[EVENTS_BUCKETS];
	struct events_process *first;
};
struct events_process *events_find(const struct events_tasks *tasks,
				   pid_t tid);
/* A new process with one thread, all else zero; what had its number before is
 * forgotten. NULL without memory. */
struct events_process *events_add(struct events_tasks *tasks, pid_t pid);
/* Nothing if it is there; without memory it is not added. */
void events_add_thread(struct events_tasks *tasks,
		       struct events_process *process, pid_t tid);
/* False: that was the last one; the process is to be removed. */
bool events_end_thread(struct events_tasks *tasks,
		       struct events_process *process, pid_t tid);
/* After an execve all threads but the first are gone, whose number it has. */
void events_keep_first(struct events_tasks *tasks,
		       struct events_process *process);
void events_remove(struct events_tasks *tasks, struct events_process *process);
/* EACH may remove the process that it is called for. */
void events_each(struct events_tasks *tasks,
		 void (*each)(void *data, struct events_process *process),
		 void *data);

/* ---- passed.c ---------------------------------------------------------- */

struct events_passed_one {
	uint64_t start;
	pid_t program;
	uid_t uid;
};
struct events_passed {
	struct events_passed_one *old, *now;	/* of the check before; of this
						 * one */
	size_t old_count, now_count;
	uint64_t total;
};
/* In this check, as in others: it counts once. -ENOMEM. */
int passed_add(struct events_passed *passed,
	       const struct enforce_running *entry);
/* It was verified after all. */
void passed_take_back(struct events_passed *passed,
		      const struct enforce_running *entry);
/* The check has come to its end. */
void passed_settle(struct events_passed *passed);
void passed_free(struct events_passed *passed);

/* ---- follow.c ---------------------------------------------------------- */

/* Of processes that are in no sandbox that is known yet: so many events. An
 * entry of the registry comes when its program is running already. */
#define EVENTS_KEPT 16384u
#define EVENTS_DEAD 1024u	/* members that have ended, remembered */

struct events_sandbox {
	struct enforce_running entry;
	bool ended;		/* and that was told, or it was never taken in:
				 * remembered as long as it has an entry */
	bool lies;		/* its entry does */
	bool fresh;		/* it is to be taken in by this check */
	bool awaited;		/* its program's birth is perhaps to be read */
	bool alone;		/* it has a PID namespace of its own */
	unsigned seen;		/* the check that saw its entry last */
	int fd;			/* a pidfd of its jail; -1 */
};

struct enforce_follow {
	pid_t id;			/* as in the options */
	char *name;
	bool own;
	void (*tell)(void *data, const struct enforce_news *news);
	void *data;
	struct enforce_events *source;	/* NULL: looks alone */
	bool behind;			/* there may be more to read from it */
	int64_t heard;			/* the time of its last event */
	char why[256];			/* there is no source */
	int epoll, timer;
	struct events_tasks tasks;
	struct events_sandbox **sandboxes;	/* NULL: a free place */
	size_t count, lies, awaiting;
	struct events_passed passed;
	int64_t began;			/* microseconds since the epoch */
	bool started;			/* what runs was told */
	uint64_t version;		/* of the registry, when it was read */
	int64_t check_at;		/* monotonic: the registry; 0: not */
	int64_t look_at;		/* likewise: the processes */
	int64_t check_rest;		/* not before, monotonic */
	bool force;			/* it is read even if its version is the
					 * same */
	bool settling;			/* it was read lately, and is again */
	unsigned check, look;		/* their numbers */
	/* What came of processes that are not known, in a ring. */
	struct enforce_event kept[EVENTS_KEPT];
	size_t kept_count;		/* that ever came */
	size_t kept_checked;		/* that came before the last check */
	struct {
		pid_t pid;
		size_t sandbox;
	} dead[EVENTS_DEAD];
	size_t dead_count;
};

/* What a descriptor of the epoll set stands for, beside a number. */
enum follow_fd {
	FOLLOW_SOURCE, FOLLOW_TIMER, FOLLOW_JAIL, FOLLOW_PROCESS,
	FOLLOW_REAPED		/* a PROCESS, from now on: only when it is */
};
void follow_poll(struct enforce_follow *follow, int fd, enum follow_fd kind,
		 uint32_t number);
void follow_check_soon(struct enforce_follow *follow, int64_t microseconds);
/* Calls back with NEWS, of which kind and time are set, and what PROCESS says;
 * not of staff. */
void follow_tell(struct enforce_follow *follow,
		 const struct events_process *process,
		 struct enforce_news *news);
/* A process of a sandbox, with the ids of PARENT, as a child is born; NULL: as
 * /proc has them. */
struct events_process *follow_add(struct enforce_follow *follow, pid_t pid,
				  size_t sandbox, enum events_role role,
				  const struct events_process *parent);
/* Tells the end of PROCESS, and forgets it. STATUS: -1, it is not known. */
void follow_exit(struct enforce_follow *follow, struct events_process *process,
		 int64_t time, int status, bool late);
/* What an event means for a process that is known; false: it is not. */
bool follow_event(struct enforce_follow *follow,
		  const struct enforce_event *event);
/* What came from the source by now. */
int follow_drain(struct enforce_follow *follow, struct error *err);

/* ---- adopt.c ----------------------------------------------------------- */

/* Reads the registry if it may have changed: takes in sandboxes that are new,
 * and tells the end of others. */
int adopt_check(struct enforce_follow *follow, struct error *err);
/* Whether EVENT is the birth of the program of one that is awaited; then it is
 * taken in. */
bool adopt_awaited(struct enforce_follow *follow,
		   const struct enforce_event *event);
/* Whether a child of staff is in the sandbox: by its PID namespace; where the
 * sandbox has none of its own, by not being jail. */
void adopt_judge(const struct enforce_follow *follow,
		 struct events_process *process);

/* ---- scan.c ------------------------------------------------------------ */

/* Looks at the processes of all sandboxes, or of ONLY: what came and went since
 * is told as seen late; QUIET: not told. */
int scan_through(struct enforce_follow *follow, size_t only, bool quiet,
		 struct error *err);
/* The pidfd of PROCESS is readable, or was. */
void scan_ended(struct enforce_follow *follow, struct events_process *process,
		bool hung_up);
/* The ids of a process, from /proc. */
void scan_ids(struct events_process *process);
/* The end of PROCESS will be heard of without a source. */
void scan_hold(struct enforce_follow *follow, struct events_process *process);
/* A pidfd; -1 where there is none, or few descriptors are left. */
int scan_pidfd(pid_t pid);
/* As from wait(2), of one that was held and has ended; -1: not known, as before
 * it was reaped, and before Linux 6.15. */
int scan_status(const struct events_process *process);

#endif
