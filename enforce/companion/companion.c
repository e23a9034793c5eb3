/* SPDX-License-Identifier: MIT */
/*
 * Companions as jail sees them: found, started through a keeper, ended.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/companion/keeper.h"

/* ---- which program ---------------------------------------------------- */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

char *companion_find(const char *program)
{
	static const char *const folders[] = {
		"/usr/bin", "/bin", "/usr/sbin", "/sbin",
	};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *path = base_printf("%s/%s", folders[i],
						      program);

		if (path && is_program(path))
			return take_ptr(path);
	}
	return NULL;
}

const char *companion_package(const char *program)
{
	static const struct {
		const char *program, *package;
	} rows[] = {
		{"Xephyr", "xserver-xephyr"},
		{"Xvfb", "xvfb"},
		{"ip6tables-restore", "iptables"},
		{"iptables-restore", "iptables"},
		{"nft", "nftables"},
		{"pasta", "passt"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].program, program) == 0)
			return rows[i].package;
	return program;
}

/* ---- start ------------------------------------------------------------ */

/* PIDFD is our own, for the keeper to see us end. */
static int fork_keeper(const struct companion *companion, int ready,
		       const char *path, struct companion_waiting *waiting,
		       struct error *err)
{
	cleanup_close int jail = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int ends[2] = {-1, -1};
	pid_t pid;

	if (jail < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return base_error(err, errno, "cannot make what a companion "
				  "is told by: %m");
	pid = fork();
	if (pid == 0)
		keeper_main(&(struct keeper){
			.companion = companion, .path = path, .jail = jail,
			.socket = ends[1], .ready = ready,
		});
	base_close(&ends[1]);
	if (pid < 0) {
		base_close(&ends[0]);
		return base_error(err, errno, "cannot start a process: %m; "
				  "end some, or raise ulimit -u");
	}
	*waiting = (struct companion_waiting){ends[0], pid, 0};
	return 0;
}

int companion_prepare(const struct companion *companion, int ready,
		      struct companion_waiting *waiting, struct error *err)
{
	const char *program = companion->argv[0];
	cleanup_free char *path = companion_find(program);

	*waiting = (struct companion_waiting){.socket = -1};
	if (!path)
		return base_error(err, ENOENT, "%s is not installed; install "
				  "the package %s", program,
				  companion_package(program));
	return fork_keeper(companion, ready, path, waiting, err);
}

/* Where nobody reads any more nobody answers either. */
static void send_order(const struct companion_waiting *waiting,
		       const struct keeper_order *order)
{
	struct iovec bytes = {(void *)order, sizeof(*order)};
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} hand = {.header = {
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	}};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};

	if (waiting->hand > 0) {
		memcpy(CMSG_DATA(&hand.header), &waiting->hand, sizeof(int));
		message.msg_control = hand.space;
		message.msg_controllen = sizeof(hand.space);
	}
	(void)sendmsg(waiting->socket, &message, MSG_NOSIGNAL);
}

int companion_go(struct companion_waiting *waiting, pid_t pid,
		 int milliseconds, struct error *err)
{
	const struct keeper_order order = {pid, milliseconds};
	struct error answer;
	ssize_t length;

	send_order(waiting, &order);
	do
		length = recv(waiting->socket, &answer, sizeof(answer), 0);
	while (length < 0 && errno == EINTR);
	if (length != sizeof(answer))
		return base_error(err, EPIPE, "the process that keeps a "
				  "companion of the sandbox was killed");
	if (answer.code)
		return base_error(err, answer.code, "%s", answer.text);
	return 0;
}

void companion_close(struct companion_waiting *waiting)
{
	if (waiting->keeper)
		base_close(&waiting->socket);
}

/* ---- end -------------------------------------------------------------- */

static void reap(pid_t *keeper)
{
	while (*keeper > 0 && waitpid(*keeper, NULL, 0) < 0 && errno == EINTR)
		;
	*keeper = 0;
}

/* One that has ended, and was reaped with init, has a number that may be
 * another's by now. */
void companion_end(pid_t *keeper)
{
	if (*keeper > 0 && waitpid(*keeper, NULL, WNOHANG) == 0)
		kill(*keeper, SIGTERM);
	reap(keeper);
}

int companion_start(const struct companion *companion, int ready,
		    int milliseconds, pid_t *keeper, struct error *err)
{
	struct companion_waiting waiting;
	int ret = companion_prepare(companion, ready, &waiting, err);

	*keeper = waiting.keeper;
	if (ret == 0)
		ret = companion_go(&waiting, 0, milliseconds, err);
	companion_close(&waiting);
	if (ret < 0)
		companion_end(keeper);
	else if (companion->ends)
		reap(keeper);
	return ret;
}
