/* SPDX-License-Identifier: MIT */
/*
 * Ipv6: the address of ip6. The kernel asks whether somebody has it (duplicate
 * address detection, RFC 4862), and until it knows nobody can use the address.
 * That takes it up to two seconds: it waits at random, asks once, and waits for
 * an answer. Here it asks at once and as patiently as for an address of IPv4,
 * while the tree of files is built; afterwards the device is as patient as any.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/net/devices.h"

#define SETTLED_WITHIN 4000000 /* microseconds, more than without all this */
#define PATIENCE 1000000 /* with those that have the address */
#define LEAST_MTU 1280u	/* RFC 8200, 5 */

/* ---- patience --------------------------------------------------------- */

static const struct {
	const char *folder, *file, *quick;
} settings[] = {
	{"conf", "router_solicitation_delay", "0"},
	{"conf", "dad_transmits", "2"},
	{"neigh", "retrans_time_ms", "20"},
};
_Static_assert(ARRAY_SIZE(settings) ==
	       ARRAY_SIZE(((struct net_device *)NULL)->patience), "one each");

/* Where it cannot be set, it takes longer. The file stays open, for the builder
 * sees another /proc when the tree is there. */
static void hurry(struct net_device *device)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct net_patience *patience = &device->patience[i];
		cleanup_free char *path = base_printf(
			"/proc/sys/net/ipv6/%s/%s/%s", settings[i].folder,
			device->name, settings[i].file);
		cleanup_close int fd = path ? open(path, O_RDWR | O_CLOEXEC) :
					      -1;
		ssize_t length = fd < 0 ? -1 :
			pread(fd, patience->before,
			      sizeof(patience->before) - 1, 0);

		patience->file = -1;
		if (length <= 0 || pwrite(fd, settings[i].quick,
					  strlen(settings[i].quick), 0) < 0)
			continue;
		patience->before[length] = '\0';
		patience->file = take_fd(&fd);
	}
}

static int be_patient(struct net_device *device, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct net_patience *patience = &device->patience[i];

		if (patience->file >= 0 &&
		    pwrite(patience->file, patience->before,
			   strlen(patience->before), 0) < 0)
			ret = base_error(err, errno, "cannot set %s of %s "
					 "back: %m", settings[i].file,
					 device->name);
		base_close(&patience->file);
	}
	return ret;
}

/* ---- the address ------------------------------------------------------ */

static const char *print(const struct net_device *device,
			 char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(AF_INET6, device->want->ip6, text, INET6_ADDRSTRLEN);
}

static int check_mtu(const struct net_device *device, struct error *err)
{
	const struct profiles_network *want = device->want;
	unsigned mtu = want->mtu ? want->mtu : device->mtu;

	if (mtu >= LEAST_MTU)
		return 0;
	return base_error(err, EINVAL, "net %s: ip6 takes an mtu of %u at "
			  "least, and this is %u; say mtu %u, or leave ip6 out",
			  want->device, LEAST_MTU, mtu, LEAST_MTU);
}

int ipv6_begin(struct net_devices *devices, struct net_device *device,
	       struct error *err)
{
	if (!device->want->ip6_prefix)
		return 0;
	if (check_mtu(device, err) < 0)
		return -err->code;
	hurry(device);
	return configure_ip6(devices, device, true, err);
}

/* 0: the device has it; 1: not yet; -EADDRINUSE. */
static int state_of(const struct net_devices *devices,
		    const struct net_device *device)
{
	const struct netlink_library *nl = netlink_library(NULL);
	struct nl_cache *cache = NULL;
	int state = 1;

	if (nl->addr_alloc_cache(devices->here, &cache) < 0)
		return 1;
	for (struct nl_object *one = nl_cache_get_first(cache); one;
	     one = nl_cache_get_next(one)) {
		struct rtnl_addr *address = (struct rtnl_addr *)one;
		struct nl_addr *local = nl->addr_get_local(address);
		unsigned flags = nl->addr_get_flags(address);

		if (nl->addr_get_ifindex(address) != device->inside ||
		    nl->addr_get_family(address) != AF_INET6 || !local ||
		    memcmp(nl_addr_get_binary_addr(local), device->want->ip6,
			   sizeof(device->want->ip6)) != 0)
			continue;
		state = flags & IFA_F_DADFAILED ? -EADDRINUSE :
			flags & IFA_F_TENTATIVE ? 1 : 0;
	}
	nl_cache_free(cache);
	return state;
}

/* Until addresses have changed, or a moment has passed. */
static void await_news(struct nl_sock *news)
{
	struct pollfd poller = {.fd = nl_socket_get_fd(news), .events = POLLIN};
	char byte;

	poll(&poller, 1, 100);
	while (recv(poller.fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
}

/* A sandbox that has just ended answers until the kernel is done with it. */
static int ask_again(struct net_devices *devices,
		     const struct net_device *device, struct error *err)
{
	int ret = configure_ip6(devices, device, false, err);

	return ret < 0 ? ret : configure_ip6(devices, device, true, err);
}

static int await_address(struct net_devices *devices,
			 const struct net_device *device, struct error *err)
{
	int64_t begun = base_now_monotonic(), waited = 0;
	struct nl_sock *news = NULL;
	int state = netlink_open(&news, err);

	if (state == 0 && nl_socket_add_memberships(news, RTNLGRP_IPV6_IFADDR,
						    0) < 0)
		state = base_error(err, EIO, "cannot hear of addresses");
	if (state == 0)
		state = state_of(devices, device);
	while ((state == 1 && waited < SETTLED_WITHIN) ||
	       (state == -EADDRINUSE && waited < PATIENCE)) {
		if (state != 1 && ask_again(devices, device, err) < 0) {
			state = -err->code;
			break;
		}
		await_news(news);
		state = state_of(devices, device);
		waited = base_now_monotonic() - begun;
	}
	netlink_close(&news);
	return state;
}

int ipv6_finish(struct net_devices *devices, struct net_device *device,
		struct error *err)
{
	const char *on = device->want->device;
	char text[INET6_ADDRSTRLEN];
	int state;

	if (!device->want->ip6_prefix)
		return 0;
	state = await_address(devices, device, err);
	if (state == -EADDRINUSE)
		return base_error(err, EADDRINUSE, "net %s: %s is in use by "
				  "another; say another ip6", on,
				  print(device, text));
	if (state == 1)
		return base_error(err, ETIMEDOUT, "net %s: it is not known "
				  "whether %s is in use; see that the device "
				  "has a link, or leave ip6 out", on,
				  print(device, text));
	return state < 0 ? state : be_patient(device, err);
}
