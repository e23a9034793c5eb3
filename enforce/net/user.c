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
 * alone. The host's other addresses lead nowhere inside: a server that listens
 * on all of them is not to be had by one of these.
 *
 * It enters the user namespace by the builder's number, for which the builder
 * has to be one whom others of the user may look into.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "enforce/companion/companion.h"
#include "enforce/net/netlink.h"
#include "enforce/net/parts.h"

#define READY_WITHIN 10000 /* milliseconds */

struct user {
	struct companion_waiting waiting;
	const char *program;
	struct ifaddrs *host;		/* its addresses; or NULL */
};

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

/* Pasta goes on without a port that it does not get. */
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

/* Pasta's word for all ports of PROTOCOL: "127.0.0.1/8080:80,9090:90". */
static char *list_ports(const struct profiles_words *forward,
			const char *protocol)
{
	char *list = NULL;
	size_t size, count = 0;
	FILE *out = open_memstream(&list, &size);

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

/* ---- the two programs ------------------------------------------------- */

static int prepare(struct net *net, struct user *user,
		   const char *const *argv, const int ready[2],
		   struct error *err)
{
	const struct companion companion = {
		.argv = argv, .keep = {ready[1], -1},
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
	cleanup_free char *tcp = list_ports(forward, "tcp"),
			  *udp = list_ports(forward, "udp");
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

/* Without --enable-sandbox, which wants to be user 0 of a namespace that has
 * our own number alone. */
static int prepare_slirp(struct net *net, struct user *user,
			 const int ready[2], struct error *err)
{
	char ready_fd[32];
	const char *const argv[] = {
		"slirp4netns", "--configure", "--mtu=65520",
		"--disable-host-loopback", "--disable-dns", "--enable-seccomp",
		ready_fd, "@PID@", "eth0", NULL,
	};

	if (net->policy->forward.count)
		return base_error(err, ENOENT, "net.user.forward needs pasta, "
				  "which is not installed; install the package "
				  "passt");
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
	const struct profiles_words *forward = &net->policy->forward;
	struct user *user;
	int ready[2], ret = check_user(err);

	for (size_t i = 0; ret == 0 && i < forward->count; i++) {
		struct port port = port_of(forward->items[i]);

		ret = try_port(&port, err);
	}
	if (ret < 0)
		return ret;
	net->user = user = calloc(1, sizeof(*user));
	if (!user)
		return base_error(err, ENOMEM, "out of memory");
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
	if (user)
		companion_close(&user->waiting);
	base_free(&net->user);
}

/* ---- in the builder --------------------------------------------------- */

/* As an address of the sandbox's own, on eth0: what is for it never goes out. A
 * route that only refuses would not do, for who binds a socket to that device
 * has the kernel take what it finds no way to for a neighbour there
 * (net/ipv4/route.c), and may ask it for the loopback's addresses, too. */
static int close_way(struct nl_sock *sock, int family, const void *address,
		     unsigned bits, struct error *err)
{
	const struct rtmsg route = {
		.rtm_family = (unsigned char)family,
		.rtm_dst_len = (unsigned char)bits,
		.rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_HOST, .rtm_type = RTN_LOCAL,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_CREATE);
	struct error failed = {0};
	int ret = -NLE_NOMEM;

	if (msg && nlmsg_append(msg, (void *)&route, sizeof(route),
				NLMSG_ALIGNTO) == 0 &&
	    nla_put(msg, RTA_DST, family == AF_INET ? 4 : 16, address) == 0 &&
	    nla_put_u32(msg, RTA_OIF, if_nametoindex("eth0")) == 0 &&
	    nla_put_u32(msg, RTA_PRIORITY, 1) == 0)
		ret = 0;
	if (ret < 0 && msg)
		nlmsg_free(msg);
	ret = netlink_send(sock, ret, msg, &failed);
	/* It has it already; or has no IPv6 there. */
	if (ret == 0 || ret == -EEXIST ||
	    (family == AF_INET6 && (ret == -EOPNOTSUPP || ret == -EACCES ||
				    ret == -ENODEV)))
		return 0;
	return base_error(err, -ret, "%s", failed.text);
}

static int close_loopback(struct nl_sock *sock, struct error *err)
{
	const struct in_addr ipv4 = {htonl(INADDR_LOOPBACK & 0xff000000)};
	int ret = close_way(sock, AF_INET, &ipv4, 8, err);

	return ret < 0 ? ret : close_way(sock, AF_INET6, &in6addr_loopback,
					 128, err);
}

static int close_address(struct nl_sock *sock, const struct sockaddr *address,
			 struct error *err)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address && address->sa_family == AF_INET)
		return close_way(sock, AF_INET, &in->sin_addr, 32, err);
	if (address && address->sa_family == AF_INET6)
		return close_way(sock, AF_INET6, &in6->sin6_addr, 128, err);
	return 0;
}

/* Those of the host's loopback devices, and of its links, are its own, too. */
static int close_host(const struct user *user, struct error *err)
{
	struct nl_sock *sock = NULL;
	int ret = netlink_open(&sock, err);

	if (ret == 0)
		ret = close_loopback(sock, err);
	for (const struct ifaddrs *at = user->host; at && ret == 0;
	     at = at->ifa_next)
		ret = close_address(sock, at->ifa_addr, err);
	netlink_close(&sock);
	return ret < 0 ? base_error_at(err, "cannot close the way to the "
				       "addresses of the host") : 0;
}

int user_begin(struct net *net, struct error *err)
{
	struct user *user = net->user;
	int ret;

	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return base_error(err, errno, "cannot let %s in "
				  "(PR_SET_DUMPABLE): %m", user->program);
	ret = companion_go(&user->waiting, getpid(), READY_WITHIN, err);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return base_error(err, errno, "cannot keep others from looking "
				  "into the process (PR_SET_DUMPABLE): %m");
	if (ret == 0)
		ret = close_host(user, err);
	if (ret < 0)
		return base_error_at(err, "net user");
	snprintf(net->result->address, sizeof(net->result->address),
		 "through %s", user->program);
	return 0;
}
