/* SPDX-License-Identifier: MIT */
/*
 * Host: what of the host a network of a user does not reach, though the program
 * that makes it would: the loopback, and each address that the host has or
 * gets, on whichever device. They are closed in the sandbox, before its program
 * starts, and afterwards by the keeper, who hears of new ones.
 */
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/net/netlink.h"
#include "enforce/net/parts.h"

static void take_index(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *info = nlmsg_data(header);
	int *index = data;

	if (header->nlmsg_type == RTM_NEWLINK &&
	    nlmsg_valid_hdr(header, sizeof(*info)))
		*index = info->ifi_index;
}

/* As an address of the sandbox's own, on eth0: what is for it never goes out. A
 * route that only refuses would not do, for who binds a socket to that device
 * has the kernel take what it finds no way to for a neighbour there
 * (net/ipv4/route.c), and may ask it for the loopback's addresses, too. */
static int close_way(struct nl_sock *sock, int device, int family,
		     const void *address, unsigned bits, struct error *err)
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
	    nla_put_u32(msg, RTA_OIF, (uint32_t)device) == 0 &&
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

static int close_loopback(struct nl_sock *sock, int device, struct error *err)
{
	const struct in_addr ipv4 = {htonl(INADDR_LOOPBACK & 0xff000000)};
	int ret = close_way(sock, device, AF_INET, &ipv4, 8, err);

	return ret < 0 ? ret : close_way(sock, device, AF_INET6,
					 &in6addr_loopback, 128, err);
}

static int close_address(struct nl_sock *sock, int device,
			 const struct sockaddr *address, struct error *err)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address && address->sa_family == AF_INET)
		return close_way(sock, device, AF_INET, &in->sin_addr, 32,
				 err);
	if (address && address->sa_family == AF_INET6)
		return close_way(sock, device, AF_INET6, &in6->sin6_addr, 128,
				 err);
	return 0;
}

/* Those of the host's loopback devices, and of its links, are its own, too. */
int host_close(struct nl_sock *sock, const struct ifaddrs *addresses,
	       struct error *err)
{
	int device = 0;
	int ret = netlink_ask_link(sock, "eth0", take_index, &device, err);

	if (ret == 0)
		ret = close_loopback(sock, device, err);
	for (; addresses && ret == 0; addresses = addresses->ifa_next)
		ret = close_address(sock, device, addresses->ifa_addr, err);
	return ret;
}

/* ---- those that come later --------------------------------------------- */

int host_listen(struct nl_sock **news, struct error *err)
{
	int ret = netlink_open(news, err);

	if (ret == 0 && nl_socket_add_memberships(*news, RTNLGRP_IPV4_IFADDR,
						  RTNLGRP_IPV6_IFADDR, 0) < 0)
		ret = base_error(err, EIO, "cannot hear of new addresses of "
				 "this host");
	return ret;
}

/* That something has happened is news enough, also where the queue was too
 * short for all of it. */
static void empty(int news)
{
	char byte;

	while (recv(news, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0 ||
	       errno == ENOBUFS || errno == EINTR)
		;
}

int host_close_later(int news, int handed, struct error *err)
{
	struct ifaddrs *addresses = NULL;
	struct nl_sock *sock = NULL;
	int ret = netlink_adopt(handed, &sock, err);

	empty(news);
	if (ret == 0 && getifaddrs(&addresses) < 0)
		ret = base_error(err, errno, "cannot list the addresses of "
				 "this host: %m");
	if (ret == 0)
		ret = host_close(sock, addresses, err);
	freeifaddrs(addresses);
	netlink_close(&sock);
	return ret;
}
