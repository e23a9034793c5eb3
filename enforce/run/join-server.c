/* SPDX-License-Identifier: MIT */
/*
 * In the jail that runs a sandbox: who joins is let in, and a fork serves him.
 * Nothing here waits for anybody: he is looked at, and when he has said
 * something a fork reads it. Who says nothing costs a descriptor; of too many
 * such, who has been silent longest goes.
 *
 * What has joined ends with the sandbox. The forks see that by a pipe of which
 * we have the other end, also when we are killed.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/run/join.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77		/* asm-generic/socket.h of Linux 6.5 */
#endif

#define PATIENCE 30000		/* milliseconds that a helper may take to
				 * record what was refused */

static int listen_to(const struct join_server *server, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(server->events, EPOLL_CTL_ADD, fd, &event);
}

static void forget(const struct join_server *server, int fd)
{
	epoll_ctl(server->events, EPOLL_CTL_DEL, fd, NULL);
}

/* Until then there is a door, but nobody behind it. */
static void close_door(struct join_server *server)
{
	forget(server, server->sandbox->door - 1);
	close(server->sandbox->door - 1);
	server->sandbox->door = 0;
}

/* ---- who comes in ------------------------------------------------------- */

/* How many filters for calls a process is under; where the kernel does not
 * count them (before 5.9), 2 or 0. */
static int64_t filters_of(pid_t pid)
{
	int64_t count = base_process_number(pid, "Seccomp_filters");

	return count < 0 ? base_process_number(pid, "Seccomp") : count;
}

/* Nobody from a sandbox: its processes have numbers in a PID namespace of their
 * own; or at least, as with --profile=none, one more filter than jail has. */
static int check_place(pid_t pid, struct error *err)
{
	pid_t numbers[BASE_PID_DEPTH];

	if (base_process_numbers(pid, numbers) != 1)
		return base_error(err, EPERM, "nobody joins a sandbox from "
				  "another one or from a container; join it "
				  "from outside of these");
	if (filters_of(pid) > filters_of(getpid()))
		return base_error(err, EPERM, "nobody joins a sandbox from "
				  "under a filter for calls that the jail of "
				  "it is not under; join it from where that "
				  "was started");
	return 0;
}

/* The same user as ours. What was looked at is his: since 6.5 the kernel tells
 * who connected, and not only his number, which may be another's by now. */
static int check_peer(int client, pid_t *pid, struct error *err)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer), length = sizeof(int);
	cleanup_close int fd = -1;
	struct pollfd ended = {.events = POLLIN};
	int ret;

	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return base_error(err, errno, "cannot tell who joins: %m");
	if (peer.uid != geteuid())
		return base_error(err, EPERM, JOIN_OTHERS, geteuid());
	if (getsockopt(client, SOL_SOCKET, SO_PEERPIDFD, &fd, &length) < 0)
		fd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	ret = check_place(peer.pid, err);
	ended.fd = fd;
	if (ret == 0 && (fd < 0 || poll(&ended, 1, 0) != 0))
		return base_error(err, ESRCH, "who joins has ended");
	*pid = peer.pid;
	return ret;
}

static int check_room(const struct join_server *server, struct error *err)
{
	if (server->count < JOIN_MOST)
		return 0;
	return base_error(err, EBUSY, "%d programs have joined the sandbox, "
			  "and no more can; wait until one has ended",
			  JOIN_MOST);
}

static void refuse(int client, const struct error *err)
{
	struct join_answer answer = {
		.event = JOIN_FAILED, .value = W_EXITCODE(125, 0),
		.code = err->code,
	};

	snprintf(answer.text, sizeof(answer.text), "%s", err->text);
	(void)join_send(client, &answer, sizeof(answer), NULL, 0, MSG_DONTWAIT);
}

static int open_pipes(struct join_server *server)
{
	if (server->alive[0] < 0 && pipe2(server->alive, O_CLOEXEC) < 0)
		return -1;
	if (server->told[0] >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, server->told) < 0)
		return -1;
	return listen_to(server, server->told[0]);
}

static int fork_helper(struct join_server *server, int client, pid_t peer,
		       struct error *err)
{
	cleanup_close int fd = -1;
	pid_t pid;

	if (open_pipes(server) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	pid = fork();
	if (pid == 0)
		join_help(server, client, peer);
	if (pid < 0)
		return base_error(err, errno, "cannot start a process: %m");
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && listen_to(server, fd) == 0) {
		server->helpers[server->count++] = take_fd(&fd);
		return 0;
	}
	base_error(err, errno, "cannot wait for a process: %m");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -err->code;
}

/* The socket is the caller's. */
static int take_silent(struct join_server *server, size_t index)
{
	int client = server->silent[index];

	forget(server, client);
	server->silent_count--;
	for (size_t i = index; i < server->silent_count; i++)
		server->silent[i] = server->silent[i + 1];
	return client;
}

static void send_away_longest(struct join_server *server)
{
	cleanup_close int client = take_silent(server, 0);
	struct error err = {0};

	base_error(&err, EBUSY, "more have come to join the sandbox and asked "
		   "for nothing; try again");
	refuse(client, &err);
}

/* Who cannot be taken in because descriptors lack would be there again and
 * again: then nobody comes in any more. */
static void let_in(struct join_server *server)
{
	cleanup_close int client = -1;
	struct error err = {0};
	pid_t pid;

	if (server->silent_count == JOIN_SILENT)
		send_away_longest(server);
	client = accept4(server->sandbox->door - 1, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0 && errno != EAGAIN && errno != EINTR &&
	    errno != ECONNABORTED) {
		if (!server->silent_count)
			close_door(server);
		else
			send_away_longest(server);
	}
	if (client < 0)
		return;
	if (check_peer(client, &pid, &err) < 0)
		refuse(client, &err);
	else if (listen_to(server, client) == 0)
		server->silent[server->silent_count++] = take_fd(&client);
}

/* Who was silent says something, or has gone. He is looked at once more: it may
 * be long since he came. */
static void hear(struct join_server *server, size_t index)
{
	cleanup_close int client = take_silent(server, index);
	struct error err = {0};
	pid_t pid = 0;
	char first;

	if (recv(client, &first, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return;
	if (check_peer(client, &pid, &err) < 0 ||
	    check_room(server, &err) < 0 ||
	    fork_helper(server, client, pid, &err) < 0)
		refuse(client, &err);
}

/* ---- for the supervisor ------------------------------------------------- */

static void reap(struct join_server *server, size_t index)
{
	int fd = server->helpers[index];
	siginfo_t info;

	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED) < 0 && errno == EINTR)
		return;
	forget(server, fd);
	close(fd);
	server->helpers[index] = server->helpers[--server->count];
}

/* Of the helpers alone, which are ours. */
static void count_refused(struct join_server *server)
{
	uint64_t more;

	while (read(server->told[0], &more, sizeof(more)) == sizeof(more))
		*server->beside.refused += more;
}

static bool ready(void *data, int fd)
{
	struct join_server *server = data;

	if (fd == server->sandbox->door - 1) {
		let_in(server);
		return true;
	}
	if (fd == server->told[0]) {
		count_refused(server);
		return true;
	}
	for (size_t i = 0; i < server->count; i++)
		if (server->helpers[i] == fd) {
			reap(server, i);
			return true;
		}
	for (size_t i = 0; i < server->silent_count; i++)
		if (server->silent[i] == fd) {
			hear(server, i);
			return true;
		}
	return false;
}

static bool busy(void *data)
{
	const struct join_server *server = data;

	return server->count > 0;
}

static void close_pipes(struct join_server *server)
{
	base_close(&server->alive[0]);
	base_close(&server->alive[1]);
	base_close(&server->told[0]);
	base_close(&server->told[1]);
}

static void close_silent(struct join_server *server)
{
	while (server->silent_count)
		close(take_silent(server, server->silent_count - 1));
}

static void leave(void *data)
{
	struct join_server *server = data;

	for (size_t i = 0; i < server->count; i++)
		close(server->helpers[i]);
	server->count = 0;
	close_silent(server);
	close_pipes(server);
	if (server->sandbox->door)
		close(server->sandbox->door - 1);
	server->sandbox->door = 0;
}

void join_server_begin(struct join_server *server)
{
	server->alive[0] = server->alive[1] = -1;
	server->told[0] = server->told[1] = -1;
	server->count = server->silent_count = 0;
	server->beside = (struct enforce_beside){
		.ready = ready, .busy = busy, .leave = leave, .data = server,
	};
	if (server->sandbox->door &&
	    listen_to(server, server->sandbox->door - 1) < 0)
		close_door(server);
}

/* Those who have come in vain are told, so that they know that nothing was run;
 * who comes from now on finds the door shut. */
static void send_all_away(struct join_server *server)
{
	int door = server->sandbox->door - 1, client;
	struct error err = {0};

	base_error(&err, ESRCH, "the sandbox has ended");
	while (server->silent_count) {
		client = take_silent(server, server->silent_count - 1);
		refuse(client, &err);
		close(client);
	}
	if (door >= 0)
		(void)shutdown(door, SHUT_RDWR);
	while (door >= 0 && (client = accept4(door, NULL, NULL, SOCK_CLOEXEC |
					      SOCK_NONBLOCK)) >= 0) {
		refuse(client, &err);
		close(client);
	}
}

/* What they serve has been killed with the sandbox, or they kill it now. */
void join_server_end(struct join_server *server)
{
	base_close(&server->alive[1]);
	send_all_away(server);
	while (server->count > 0) {
		struct pollfd helper = {server->helpers[0], POLLIN, 0};

		if (poll(&helper, 1, PATIENCE) == 0)
			syscall(SYS_pidfd_send_signal, helper.fd, SIGKILL,
				NULL, 0);
		reap(server, 0);
	}
	if (server->told[0] >= 0)
		forget(server, server->told[0]);
	close_pipes(server);
}
