/* SPDX-License-Identifier: MIT */
/*
 * net user: the network of an ordinary user, who can make a namespace but no
 * device that leads out of it. A program of the host, outside of the sandbox,
 * makes a tap device in it and does with sockets of the user's own what the
 * packets ask for: pasta(1), or slirp4netns(1) where that is missing.
 *
 * By itself pasta gives the gateway's address to the host's loopback, and leads
 * every port that is listened on, on either side, to the other: all of this is
 * switched off. What net.user.forward names is opened on the host's loopback
 * alone (forward.c). The host's other addresses lead nowhere inside (host.c): a
 * server that listens on all of them is not to be had by one of these.
 *
 * It enters the user namespace by the builder's number, for which the builder
 * has to be one whom others of the user may look into.
 */
#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "enforce/companion/companion.h"
#include "enforce/net/netlink.h"
#include "enforce/net/parts.h"

#define READY_WITHIN 10000 /* milliseconds */
#define ASKED_AT "asked"

struct user {
	struct companion_waiting waiting;
	const char *program;
	struct companion_folder folder;	/* where ASKED_AT is: a socket that
					 * slirp4netns is asked by */
	struct ifaddrs *host;		/* its addresses; or NULL */
	struct nl_sock *news;		/* of others that it gets */
};

/* ---- the two programs ------------------------------------------------- */

/* In the keeper. */
static int close_later(void *data, int handed, struct error *err)
{
	const struct user *user = data;

	return host_close_later(nl_socket_get_fd(user->news), handed, err);
}

static int prepare(struct net *net, struct user *user,
		   const char *const *argv, const int ready[2],
		   struct error *err)
{
	const struct companion companion = {
		.argv = argv, .data = user,
		.keep = {ready[1], user->folder.lock - 1, -1},
		.watched = close_later, .watch = nl_socket_get_fd(user->news),
	};
	int ret = companion_prepare(&companion, ready[0], &user->waiting, err);

	user->program = argv[0];
	net->result->keepers[0] = user->waiting.keeper;
	return ret;
}

static int prepare_pasta(struct net *net, struct user *user,
			 const int ready[2], struct error *err)
{
	const struct profiles_words *forward = &net->policy->forward;
	cleanup_free char *tcp = forward_list(forward, "tcp"),
			  *udp = forward_list(forward, "udp");
	char pid_file[32];
	const char *const argv[] = {
		"pasta", "--foreground", "--quiet", "--config-net",
		"--ns-ifname", "eth0", "--no-map-gw", "--no-dhcp",
		"--no-dhcpv6", "--no-ra", "--tcp-ports", tcp, "--udp-ports",
		udp, "--tcp-ns", "none", "--udp-ns", "none", "--pid", pid_file,
		"@PID@", NULL,
	};

	if (!tcp || !udp)
		return base_error(err, ENOMEM, "out of memory");
	/* Written when all is set up. */
	snprintf(pid_file, sizeof(pid_file), "/proc/self/fd/%d", ready[1]);
	return prepare(net, user, argv, ready, err);
}

/* By the folder's descriptor, since a socket's path has 107 bytes at most. */
static void asked_at(const struct user *user, char path[64])
{
	snprintf(path, 64, "/proc/self/fd/%d/" ASKED_AT,
		 user->folder.lock - 1);
}

static int make_folder(const struct net *net, struct user *user,
		       struct error *err)
{
	cleanup_free char *path = NULL;
	int ret = forward_check_asked(&net->policy->forward, err);

	if (ret == 0)
		ret = companion_folder_name(net->runtime, &path, err);
	return ret < 0 ? ret : companion_folder_open(net->runtime, path,
						     &user->folder, err);
}

/* Without --enable-sandbox, which wants to be user 0 of a namespace that has
 * our own number alone. */
static int prepare_slirp(struct net *net, struct user *user,
			 const int ready[2], struct error *err)
{
	const bool asked = net->policy->forward.count > 0;
	char ready_fd[32], path[64];
	const char *const argv[] = {
		"slirp4netns", "--configure", "--mtu=65520",
		"--disable-host-loopback", "--disable-dns", "--enable-seccomp",
		ready_fd, "@PID@", "eth0", asked ? "--api-socket" : NULL, path,
		NULL,
	};

	if (asked && make_folder(net, user, err) < 0)
		return -err->code;
	asked_at(user, path);
	snprintf(ready_fd, sizeof(ready_fd), "--ready-fd=%d", ready[1]);
	return prepare(net, user, argv, ready, err);
}

static int choose(struct net *net, struct user *user, const int ready[2],
		  struct error *err)
{
	cleanup_free char *pasta = companion_find("pasta"),
			  *slirp = companion_find("slirp4netns");

	if (pasta)
		return prepare_pasta(net, user, ready, err);
	if (slirp)
		return prepare_slirp(net, user, ready, err);
	return base_error(err, ENOENT, "net user goes through pasta or "
			  "slirp4netns, and neither is installed; install the "
			  "package passt (or slirp4netns)");
}

/* ---- in jail ---------------------------------------------------------- */

/* Both give up root's rights and then cannot enter what is root's; a program
 * that takes any packet apart is not to keep them. */
static int check_user(struct error *err)
{
	if (geteuid() == 0)
		return base_error(err, EPERM, "net user is for ordinary users; "
				  "as root take net BRIDGE or net DEVICE, or "
				  "start jail as the user");
	if (access("/dev/net/tun", R_OK | W_OK) < 0)
		return base_error(err, errno, "net user needs /dev/net/tun, "
				  "and it cannot be opened: %m; as root: "
				  "modprobe tun, chmod 666 /dev/net/tun");
	return 0;
}

int user_open(struct net *net, struct error *err)
{
	struct user *user;
	int ready[2], ret = check_user(err);

	/* Pasta goes on without a port that it does not get. */
	if (ret == 0)
		ret = forward_try(&net->policy->forward, err);
	if (ret < 0)
		return ret;
	net->user = user = calloc(1, sizeof(*user));
	if (!user)
		return base_error(err, ENOMEM, "out of memory");
	ret = host_listen(&user->news, err);
	if (ret < 0)
		return ret;
	if (getifaddrs(&user->host) < 0)
		return base_error(err, errno, "cannot list the addresses of "
				  "this host: %m");
	if (pipe2(ready, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	ret = choose(net, user, ready, err);
	close(ready[0]);
	close(ready[1]);
	return ret;
}

void user_close(struct net *net)
{
	struct user *user = net->user;

	if (user && user->host)
		freeifaddrs(user->host);
	if (user) {
		companion_close(&user->waiting);
		netlink_close(&user->news);
		companion_folder_end(&user->folder);
	}
	base_free(&net->user);
}

bool user_forwards_packets(const struct net *net)
{
	const struct user *user = net->user;

	return user && user->folder.lock;
}

/* ---- in the builder --------------------------------------------------- */

/* Before the program starts; what the host gets later, the keeper closes. */
static int close_host(const struct user *user, struct error *err)
{
	struct nl_sock *sock = NULL;
	int ret = netlink_open(&sock, err);

	if (ret == 0)
		ret = host_close(sock, user->host, err);
	netlink_close(&sock);
	return ret < 0 ? base_error_at(err, "cannot close the way to the "
				       "addresses of the host") : 0;
}

static int let_in(struct user *user, struct error *err)
{
	struct nl_sock *later = NULL;
	int ret = netlink_open(&later, err);

	if (ret < 0)
		return ret;
	user->waiting.hand = nl_socket_get_fd(later);
	ret = prctl(PR_SET_DUMPABLE, 1) < 0 ?
		base_error(err, errno, "cannot let %s in (PR_SET_DUMPABLE): "
			   "%m", user->program) :
		companion_go(&user->waiting, getpid(), READY_WITHIN, err);
	netlink_close(&later);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return base_error(err, errno, "cannot keep others from looking "
				  "into the process (PR_SET_DUMPABLE): %m");
	return ret;
}

/* The socket is gone before the program is there. */
static int forward(const struct net *net, const struct user *user,
		   struct error *err)
{
	char path[64];
	int ret;

	if (!user_forwards_packets(net))
		return 0;
	asked_at(user, path);
	ret = forward_ask(&net->policy->forward, path, err);
	if (unlink(path) < 0 && ret == 0)
		ret = base_error(err, errno, "cannot remove the socket of "
				 "slirp4netns: %m");
	return ret;
}

/* Of pasta that finds no device to lead out by, in whatever words its versions
 * say so, what to do. */
static int advise(struct error *err)
{
	const struct error said = *err;

	if (!strcasestr(said.text, "external interface"))
		return -said.code;
	return base_error(err, said.code, "%.300s: it leads out by the device "
			  "of the host's default route; give the host one "
			  "('ip route' shows it), or take net none", said.text);
}

int user_begin(struct net *net, struct error *err)
{
	struct user *user = net->user;
	int ret = let_in(user, err);

	if (ret < 0)
		ret = advise(err);
	if (ret == 0)
		ret = forward(net, user, err);
	if (ret == 0)
		ret = close_host(user, err);
	if (ret < 0)
		return base_error_at(err, "net user");
	snprintf(net->result->address, sizeof(net->result->address),
		 "through %s", user->program);
	return 0;
}
