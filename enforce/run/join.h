/* SPDX-License-Identifier: MIT */
/*
 * Joining: another program in a sandbox that runs.
 *
 *	jail join		jail enforce		helper
 *	connects		waits for what he says
 *	request, files 0-2	looks who it is; fork
 *	waits						reads the request
 *							usher: enters, and makes
 *							the program's process
 *	<----------------- started, terminal ---------- supervises it
 *	orders: signals ------------------------------>
 *	<----------------- stopped, ended -------------
 *
 * One SOCK_SEQPACKET for each, whose packets are the structs below. The helper
 * is a fork of the jail that runs the sandbox: it has the plan, and nothing of
 * it is sent. It lets go of what is jail's own, stays outside of all
 * namespaces, and does for the program what jail does for the first one.
 *
 * A terminal is one of the sandbox's own devpts, whose leading end the client
 * gets and copies to and from the user's. When he is gone, it hangs up.
 */
#ifndef JAIL_ENFORCE_JOIN_H
#define JAIL_ENFORCE_JOIN_H

#include <poll.h>
#include <termios.h>

#include "enforce/run/run.h"

#define JOIN_VERSION 1
/* Said on either side; of the sandbox's user. */
#define JOIN_OTHERS "the sandbox is user %u's, and nobody else can join it; " \
		    "join it as that user"
#define JOIN_MOST 64		/* programs at once */
#define JOIN_SILENT 64		/* who have come and said nothing yet */
#define JOIN_REQUEST 131072	/* bytes */
#define JOIN_WORDS 4096

/* Behind it VARIABLES strings "TERM=xterm" and WORDS of the command line, each
 * with its NUL. Comes with three descriptors. */
struct join_request {
	uint32_t version;
	uint32_t flags;
	uint16_t rows, columns;	/* of the terminal */
	uint32_t variables, words;
};
enum { JOIN_TERMINAL = 1, JOIN_SHELL = 2 };
/* What a program may know of the user's terminal and language. */
extern const char *const join_variables[];	/* NULL ends */

enum join_event {
	JOIN_STARTED,		/* with a terminal: its leading end, and a pipe
				 * of what is to be said to the user */
	JOIN_STOPPED,
	JOIN_ENDED,		/* VALUE as from wait(2) */
	JOIN_FAILED		/* VALUE likewise: what jail ends with; CODE
				 * and TEXT say why */
};
struct join_answer {
	uint32_t event;
	int32_t value;
	int32_t code;
	char text[512];
};

struct join_order {
	uint32_t signal;
	uint32_t group;		/* to all of the program's process group */
};

/* join-packets.c: with at most 3 descriptors. Receive: the number of bytes, 0
 * at the end, or -errno; *COUNT of FDS are the caller's. */
int join_send(int socket, const void *packet, size_t size, const int *fds,
	      size_t count, int flags);
ssize_t join_receive(int socket, void *packet, size_t size, int fds[3],
		     size_t *count);

/* ---- in the jail that runs the sandbox ---------------------------------- */

struct join_server {
	const struct enforce_plan *plan;
	const struct enforce_sink *sink;
	const struct base_front *front;
	struct enforce_sandbox *sandbox;
	int events;		/* the supervisor's epoll(7) set */
	struct enforce_beside beside;
	int helpers[JOIN_MOST];	/* pidfds */
	size_t count;
	int silent[JOIN_SILENT];	/* sockets, the longest first */
	size_t silent_count;
	int alive[2];		/* a pipe: helpers see when we are gone */
	int told[2];		/* sockets: they say what was refused */
};
/* Listens to sandbox->door, if there is one, as SERVER->beside. */
void join_server_begin(struct join_server *server);
/* Ends the helpers, and with them what has joined and still runs. */
void join_server_end(struct join_server *server);
/* join-helper.c: serves who is connected to CLIENT, process PID. */
_Noreturn void join_help(const struct join_server *server, int client,
			 pid_t pid);

/* ---- in the one who joins ----------------------------------------------- */

/* join-terminal.c: the user's terminal, and that of the program. */
struct join_terminal {
	int master, messages;	/* -1: there is none, or it has ended */
	bool raw;		/* the user's is, and has to be set back */
	bool eof;		/* of the user's input */
	struct termios saved;
	char pending[4096];	/* typed, and not taken yet */
	size_t count;
};
int join_terminal_begin(struct join_terminal *terminal, struct error *err);
void join_terminal_raw(struct join_terminal *terminal);
void join_terminal_restore(struct join_terminal *terminal);
void join_terminal_resize(const struct join_terminal *terminal);
/* Fills three entries for poll(2); then handles what came. */
void join_terminal_poll(const struct join_terminal *terminal,
			struct pollfd fds[3]);
void join_terminal_step(struct join_terminal *terminal,
			const struct pollfd fds[3]);
/* Shows what is left, once the program has ended. */
void join_terminal_end(struct join_terminal *terminal);

#endif
