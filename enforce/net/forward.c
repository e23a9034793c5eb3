/* SPDX-License-Identifier: MIT */
/*
 * Forward: net.user.forward, ports of the host's loopback that lead to ports of
 * a network of a user. Pasta is told of them when it starts. slirp4netns is
 * asked for each, by a socket that nobody reaches before its program starts, or
 * afterwards.
 *
 * Of slirp4netns only those of TCP can be had: with the host's loopback closed
 * it does not send an answer there, either (libslirp, sotranslate_out()), which
 * is what comes back to a port of UDP.
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "enforce/net/parts.h"

#define ANSWER_WITHIN 5 /* seconds */

/* ---- ports ------------------------------------------------------------ */

struct port {
	char protocol[4];
	unsigned from, to;
};

/* The parser has looked at it. */
static struct port port_of(const char *forward)
{
	struct port port = {.protocol = ""};

	sscanf(forward, "%3s %u %u", port.protocol, &port.from, &port.to);
	return port;
}

static int explain_port(const struct port *port, struct error *err)
{
	if (errno == EADDRINUSE)
		return base_error(err, EADDRINUSE, "net.user.forward: %s port "
				  "%u is in use on this host; take another "
				  "one", port->protocol, port->from);
	if (errno == EACCES)
		return base_error(err, EACCES, "net.user.forward: %s port %u "
				  "is for root alone; take one from 1024 on, "
				  "or as root: sysctl net.ipv4.ip_unprivileged_"
				  "port_start=%u", port->protocol, port->from,
				  port->from);
	return base_error(err, errno, "net.user.forward: %s port %u cannot be "
			  "opened: %m", port->protocol, port->from);
}

static int try_port(const struct port *port, struct error *err)
{
	bool tcp = strcmp(port->protocol, "tcp") == 0;
	cleanup_close int fd = socket(AF_INET, SOCK_CLOEXEC |
				      (tcp ? SOCK_STREAM : SOCK_DGRAM), 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port->from),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	/* Not for what has ended and only lingers. */
	if (fd < 0 || (tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
					 sizeof(on)) < 0) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return explain_port(port, err);
	return 0;
}

int forward_try(const struct profiles_words *forward, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < forward->count; i++) {
		struct port port = port_of(forward->items[i]);

		ret = try_port(&port, err);
	}
	return ret;
}

/* ---- pasta ------------------------------------------------------------ */

char *forward_list(const struct profiles_words *forward, const char *protocol)
{
	char *list = NULL;
	size_t size, count = 0;
	FILE *out = base_memstream(&list, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < forward->count; i++) {
		struct port port = port_of(forward->items[i]);

		if (strcmp(port.protocol, protocol) == 0)
			fprintf(out, "%s%u:%u", count++ ? "," : "127.0.0.1/",
				port.from, port.to);
	}
	if (count == 0)
		fputs("none", out);
	if (fclose(out) != 0)
		base_free(&list);
	return list;
}

/* ---- slirp4netns ------------------------------------------------------ */

int forward_check_asked(const struct profiles_words *forward,
			struct error *err)
{
	for (size_t i = 0; i < forward->count; i++)
		if (strncmp(forward->items[i], "tcp ", 4) != 0)
			return base_error(err, ENOENT, "net.user.forward %s: "
					  "slirp4netns forwards ports of TCP "
					  "alone; install the package passt",
					  forward->items[i]);
	return 0;
}

char *forward_rules(const struct profiles_words *forward)
{
	char *rules = NULL;
	size_t size;
	FILE *out = base_memstream(&rules, &size);

	for (size_t i = 0; out && i < forward->count; i++) {
		struct port port = port_of(forward->items[i]);

		fprintf(out, "  iifname \"eth0\" %s dport %u accept\n",
			port.protocol, port.to);
	}
	if (out && fclose(out) != 0)
		base_free(&rules);
	return rules;
}

/* For each question a new one. */
static int connect_to(const char *path)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval within = {.tv_sec = ANSWER_WITHIN};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within,
		       sizeof(within)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within,
		       sizeof(within)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* It answers by one write, when it has read to the end. */
static int talk(int fd, const struct port *port, char *answer, size_t size)
{
	cleanup_free char *question = base_printf(
		"{\"execute\": \"add_hostfwd\", \"arguments\": {\"proto\": "
		"\"%s\", \"host_addr\": \"127.0.0.1\", \"host_port\": %u, "
		"\"guest_port\": %u}}", port->protocol, port->from, port->to);
	ssize_t length;

	if (!question)
		return -ENOMEM;
	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0 ||
	    shutdown(fd, SHUT_WR) < 0)
		return -errno;
	length = recv(fd, answer, size - 1, 0);
	if (length < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	answer[length] = '\0';
	return 0;
}

static int refused(const struct port *port, const char *why,
		   struct error *err)
{
	return base_error(err, EIO, "net.user.forward: slirp4netns did not "
			  "open tcp port %u of the host (%s); take another "
			  "one, or install the package passt", port->from, why);
}

static int read_answer(const struct port *port, const char *text,
		       struct error *err)
{
	json_t *answer = json_loads(text, 0, NULL);
	const char *why = json_string_value(json_object_get(
		json_object_get(answer, "error"), "desc"));
	int ret = 0;

	if (!json_object_get(answer, "return"))
		ret = refused(port, why ? why : "it gave no answer", err);
	json_decref(answer);
	return ret;
}

int forward_ask(const struct profiles_words *forward, const char *path,
		struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < forward->count; i++) {
		const struct port port = port_of(forward->items[i]);
		cleanup_close int fd = connect_to(path);
		char answer[1024];

		ret = fd < 0 ? fd : talk(fd, &port, answer, sizeof(answer));
		ret = ret < 0 ? refused(&port, strerror(-ret), err) :
				read_answer(&port, answer, err);
	}
	return ret;
}
