/* SPDX-License-Identifier: MIT */
/*
 * Attempts to talk to somebody outside: sockets, System V and POSIX IPC, keys.
 */
#include "escape.h"

#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

static int say_to(int fd, const struct sockaddr *to, socklen_t size,
		  const char *text)
{
	if (fd < 0)
		return refused("socket");
	if (connect(fd, to, size) < 0)
		return refused("connect");
	return outcome("write", write(fd, text, strlen(text)));
}

static int try_connect(char **args)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	strncpy(to.sun_path, args[0], sizeof(to.sun_path) - 1);
	return say_to(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&to,
		      sizeof(to), args[1]);
}

static int try_abstract(char **args)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(args[0]);

	memcpy(to.sun_path + 1, args[0], length);
	return say_to(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&to,
		      offsetof(struct sockaddr_un, sun_path) + 1 + length,
		      args[1]);
}

/* The same with a datagram, which needs no connection. */
static int try_datagram(char **args)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(args[0]);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0)
		return refused("socket");
	memcpy(to.sun_path + 1, args[0], length);
	return outcome("sendto",
		       sendto(fd, args[1], strlen(args[1]), 0, (void *)&to,
			      offsetof(struct sockaddr_un, sun_path) + 1 +
				      length));
}

static int try_loopback(char **args)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(atoi(args[0])),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return say_to(socket(AF_INET, SOCK_STREAM, 0), (void *)&to,
		      sizeof(to), args[1]);
}

static int try_socket(char **args)
{
	int fd = socket(atoi(args[0]), atoi(args[1]), atoi(args[2]));

	if (fd < 0 && (errno == ESOCKTNOSUPPORT || errno == EPROTONOSUPPORT ||
		       errno == EINVAL))
		return DONE;	/* the family was there */
	return outcome("socket", fd);
}

static int show_segment(int id)
{
	char *text = shmat(id, NULL, SHM_RDONLY);

	if (text == (void *)-1)
		return refused("shmat");
	return dprintf(1, "%s", text) > 0 ? DONE : BROKEN;
}

static int try_shm(char **args)
{
	int id = shmget(atoi(args[0]), 0, 0);

	return id < 0 ? refused("shmget") : show_segment(id);
}

/* By the number instead of the key. */
static int try_shm_id(char **args)
{
	return show_segment(atoi(args[0]));
}

static int try_msg(char **args)
{
	struct {
		long type;
		char text[256];
	} message = {0, ""};
	int id = msgget(atoi(args[0]), 0);

	if (id < 0)
		return refused("msgget");
	if (msgrcv(id, &message, sizeof(message.text), 0, IPC_NOWAIT) < 0)
		return refused("msgrcv");
	return dprintf(1, "%s", message.text) > 0 ? DONE : BROKEN;
}

static int try_sem(char **args)
{
	return outcome("semget", semget(atoi(args[0]), 1, 0));
}

static int try_mq(char **args)
{
	char text[8192];
	mqd_t queue = mq_open(args[0], O_RDONLY | O_NONBLOCK);
	ssize_t got;

	if (queue == (mqd_t)-1)
		return refused("mq_open");
	got = mq_receive(queue, text, sizeof(text), NULL);
	if (got < 0)
		return refused("mq_receive");
	return write(1, text, got) == got ? DONE : BROKEN;
}

/* The user's keyring: add a key to it, as the runner does; read one. */
static int try_key_make(char **args)
{
	return outcome("add_key",
		       syscall(SYS_add_key, "user", args[0], args[1],
			       strlen(args[1]), KEY_SPEC_USER_KEYRING));
}

static int try_key_read(char **args)
{
	char text[256];
	long size, key = syscall(SYS_keyctl, KEYCTL_SEARCH,
				 KEY_SPEC_USER_KEYRING, "user", args[0], 0);

	if (key < 0)
		return refused("KEYCTL_SEARCH");
	/* A key is the possessor's; the user's keyring is not our session's. */
	syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING,
		KEY_SPEC_PROCESS_KEYRING);
	size = syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text));
	if (size < 0)
		return refused("KEYCTL_READ");
	return write(1, text, size) == size ? DONE : BROKEN;
}

static int try_key_drop(char **args)
{
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING,
			   "user", args[0], 0);

	return outcome("KEYCTL_UNLINK",
		       syscall(SYS_keyctl, KEYCTL_UNLINK, key,
			       KEY_SPEC_USER_KEYRING));
}

static int try_request_key(char **args)
{
	return outcome("request_key", syscall(SYS_request_key, "user", args[0],
					      NULL, 0));
}

/* What the runner makes outside: TEXT in a segment, a queue, a semaphore of
 * KEY, and in a POSIX queue of NAME. Prints the segment's number. */
static int try_ipc_make(char **args)
{
	struct {
		long type;
		char text[256];
	} message = {1, ""};
	int key = atoi(args[0]), id = shmget(key, 4096, IPC_CREAT | 0600);
	char *memory = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
	struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 256};
	mqd_t queue = mq_open(args[2], O_RDWR | O_CREAT, 0600, &attr);

	if (memory == (void *)-1 || queue == (mqd_t)-1)
		return refused("ipc_make");
	snprintf(memory, 4096, "%s", args[1]);
	snprintf(message.text, sizeof(message.text), "%s", args[1]);
	/* Once for each attempt. */
	for (int i = 0; i < 4; i++)
		if (msgsnd(msgget(key, IPC_CREAT | 0600), &message,
			   sizeof(message.text), 0) < 0 ||
		    mq_send(queue, args[1], strlen(args[1]), 0) < 0)
			return refused("ipc_make");
	if (semget(key, 1, IPC_CREAT | 0600) < 0)
		return refused("semget");
	return dprintf(1, "%d\n", id) > 0 ? DONE : BROKEN;
}

const struct attempt attempts_ipc[] = {
	{"connect", try_connect, 2},	/* PATH TEXT */
	{"abstract", try_abstract, 2},	/* NAME TEXT */
	{"datagram", try_datagram, 2},	/* NAME TEXT */
	{"loopback", try_loopback, 2},	/* PORT TEXT */
	{"socket", try_socket, 3},	/* FAMILY TYPE PROTOCOL */
	{"shm", try_shm, 1},		/* KEY */
	{"shm_id", try_shm_id, 1},	/* ID */
	{"msg", try_msg, 1},		/* KEY */
	{"sem", try_sem, 1},		/* KEY */
	{"mq", try_mq, 1},		/* NAME */
	{"key_make", try_key_make, 2},	/* NAME TEXT */
	{"key_read", try_key_read, 1},	/* NAME */
	{"key_drop", try_key_drop, 1},	/* NAME */
	{"request_key", try_request_key, 1},	/* NAME */
	{"ipc_make", try_ipc_make, 3},	/* KEY TEXT NAME */
	{NULL, NULL, 0}};
