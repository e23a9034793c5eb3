/* SPDX-License-Identifier: MIT */
/*
 * Messages to the kernel's rtnetlink(7), by libnl. Of its two libraries that
 * about links and routes is loaded when a network is wanted: linked, it would
 * cost each start of jail a tenth of a millisecond.
 */
#ifndef JAIL_ENFORCE_NET_NETLINK_H
#define JAIL_ENFORCE_NET_NETLINK_H

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/ipvlan.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "base/base.h"

/* Each is called rtnl_NAME there. */
#define NETLINK_CALLS(ROW)                                                     \
	ROW(addr_alloc)                                                        \
	ROW(addr_alloc_cache)                                                  \
	ROW(addr_build_add_request)                                            \
	ROW(addr_build_delete_request)                                         \
	ROW(addr_get_family)                                                   \
	ROW(addr_get_flags)                                                    \
	ROW(addr_get_ifindex)                                                  \
	ROW(addr_get_local)                                                    \
	ROW(addr_get_prefixlen)                                                \
	ROW(addr_put)                                                          \
	ROW(addr_set_broadcast)                                                \
	ROW(addr_set_ifindex)                                                  \
	ROW(addr_set_local)                                                    \
	ROW(link_alloc)                                                        \
	ROW(link_build_add_request)                                            \
	ROW(link_get_addr)                                                     \
	ROW(link_get_arptype)                                                  \
	ROW(link_get_flags)                                                    \
	ROW(link_get_ifindex)                                                  \
	ROW(link_get_kernel)                                                   \
	ROW(link_get_master)                                                   \
	ROW(link_get_mtu)                                                      \
	ROW(link_get_type)                                                     \
	ROW(link_ipvlan_alloc)                                                 \
	ROW(link_macvlan_alloc)                                                \
	ROW(link_macvlan_set_mode)                                             \
	ROW(link_put)                                                          \
	ROW(link_set_addr)                                                     \
	ROW(link_set_flags)                                                    \
	ROW(link_set_ifindex)                                                  \
	ROW(link_set_link)                                                     \
	ROW(link_set_master)                                                   \
	ROW(link_set_mtu)                                                      \
	ROW(link_set_name)                                                     \
	ROW(link_set_ns_fd)                                                    \
	ROW(link_set_ns_pid)                                                   \
	ROW(link_set_type)                                                     \
	ROW(link_veth_alloc)                                                   \
	ROW(link_veth_get_peer)                                                \
	ROW(neigh_alloc_cache)                                                 \
	ROW(neigh_get_dst)                                                     \
	ROW(neigh_get_ifindex)                                                 \
	ROW(neigh_get_state)                                                   \
	ROW(route_add_nexthop)                                                 \
	ROW(route_alloc)                                                       \
	ROW(route_build_add_request)                                           \
	ROW(route_get_nnexthops)                                               \
	ROW(route_lookup)                                                      \
	ROW(route_nexthop_n)                                                   \
	ROW(route_nh_alloc)                                                    \
	ROW(route_nh_get_gateway)                                              \
	ROW(route_nh_get_ifindex)                                              \
	ROW(route_nh_set_gateway)                                              \
	ROW(route_nh_set_ifindex)                                              \
	ROW(route_put)                                                         \
	ROW(route_set_dst)

struct netlink_library {
#define ROW(name) __typeof__(rtnl_##name) *name;
	NETLINK_CALLS(ROW)
#undef ROW
};

/* NULL with a sentence where it cannot be had. */
const struct netlink_library *netlink_library(struct error *err);

/* A socket in the network namespace that the caller is in. */
int netlink_open(struct nl_sock **sock, struct error *err);
/* The same for a socket that another process has opened, of which FD is a copy,
 * and stays the caller's. */
int netlink_adopt(int fd, struct nl_sock **sock, struct error *err);
void netlink_close(struct nl_sock **sock);	/* takes NULL */

/*
 * Sends MSG, which is freed, and waits for the kernel's answer. The sentence is
 * what the kernel itself says of a failure (NLMSGERR_ATTR_MSG), where it says
 * more than an errno; callers put in front what was to be done. BUILT is what
 * the function returned that made the message.
 */
int netlink_send(struct nl_sock *sock, int built, struct nl_msg *msg,
		 struct error *err);
/* Asks for the device NAME, of SOCK's namespace: TAKE is called with the
 * answer, an RTM_NEWLINK as the kernel sent it. */
int netlink_ask_link(struct nl_sock *sock, const char *name,
		     void (*take)(const struct nlmsghdr *header, void *data),
		     void *data, struct error *err);
/* After a call of libnl's that talked to the kernel itself and returned FAILED,
 * below 0: the same. */
int netlink_failed(int failed, struct error *err);

/* An address in new memory, or NULL; BITS of it count. In the other direction:
 * 0 if it is none of IPv4. */
struct nl_addr *netlink_address(uint32_t address, unsigned bits);
uint32_t netlink_number(const struct nl_addr *address);

#endif
