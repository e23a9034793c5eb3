/* SPDX-License-Identifier: MIT */
/* Configure: the devices inside, by a socket in the sandbox's namespace. */
#include <net/if.h>
#include <string.h>

#include "enforce/net/devices.h"

/* ---- up --------------------------------------------------------------- */

static int raise_link(struct net_devices *devices, struct net_device *device,
		      struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct rtnl_link *link = nl->link_alloc();
	struct nl_msg *msg = NULL;
	int ret;

	if (!link)
		return base_error(err, ENOMEM, "out of memory");
	nl->link_set_ifindex(link, device->inside);
	nl->link_set_flags(link, IFF_UP);
	ret = nl->link_build_add_request(link, 0, &msg);
	nl->link_put(link);
	ret = netlink_send(devices->here, ret, msg, err);
	return ret < 0 ? base_error_at(err, "cannot raise %s in the sandbox",
				       device->name) : 0;
}

int configure_up(struct net_devices *devices, struct net_device *device,
		 struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct rtnl_link *link = NULL;
	struct nl_addr *mac;
	int ret = nl->link_get_kernel(devices->here, 0, device->name, &link);

	if (ret < 0) {
		netlink_failed(ret, err);
		return base_error_at(err, "cannot find %s in the sandbox",
				     device->name);
	}
	device->inside = nl->link_get_ifindex(link);
	mac = nl->link_get_addr(link);
	if (mac && nl_addr_get_len(mac) == sizeof(device->search.arp.mac))
		memcpy(device->search.arp.mac, nl_addr_get_binary_addr(mac),
		       sizeof(device->search.arp.mac));
	nl->link_put(link);
	return raise_link(devices, device, err);
}

/* ---- addresses -------------------------------------------------------- */

static int send_address(struct net_devices *devices, struct rtnl_addr *address,
			const struct net_device *device, struct nl_addr *local,
			bool set, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct nl_msg *msg = NULL;
	char text[80] = "";
	int ret;

	if (!local || !address)
		return base_error(err, ENOMEM, "out of memory");
	nl_addr2str(local, text, sizeof(text));
	nl->addr_set_ifindex(address, device->inside);
	nl->addr_set_local(address, local);
	if (set)
		ret = nl->addr_build_add_request(address, NLM_F_CREATE |
						 NLM_F_EXCL, &msg);
	else
		ret = nl->addr_build_delete_request(address, 0, &msg);
	ret = netlink_send(devices->here, ret, msg, err);
	return ret < 0 ? base_error_at(err, "cannot set the address %s of %s",
				       text, device->name) : 0;
}

int configure_address(struct net_devices *devices,
		      const struct net_device *device, bool set,
		      struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	uint32_t rest = ~UINT32_C(0) >> device->prefix;
	struct rtnl_addr *address = nl->addr_alloc();
	struct nl_addr *local = netlink_address(device->address,
						device->prefix);
	struct nl_addr *all = netlink_address(device->address | rest, 32);
	int ret;

	if (address && all)
		nl->addr_set_broadcast(address, all);
	ret = send_address(devices, address, device, local, set, err);
	nl_addr_put(all);
	nl_addr_put(local);
	if (address)
		nl->addr_put(address);
	return ret;
}

int configure_ip6(struct net_devices *devices,
		  const struct net_device *device, bool set, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	const struct profiles_network *want = device->want;
	struct rtnl_addr *address;
	struct nl_addr *local;
	int ret;

	address = nl->addr_alloc();
	local = nl_addr_build(AF_INET6, want->ip6, sizeof(want->ip6));
	if (local)
		nl_addr_set_prefixlen(local, (int)want->ip6_prefix);
	ret = send_address(devices, address, device, local, set, err);
	nl_addr_put(local);
	if (address)
		nl->addr_put(address);
	return ret;
}

/* ---- the default route ------------------------------------------------ */

static int send_route(struct net_devices *devices, struct rtnl_route *route,
		      struct nl_addr *all, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct nl_msg *msg = NULL;
	int ret = nl->route_set_dst(route, all);

	if (ret == 0)
		ret = nl->route_build_add_request(route, NLM_F_CREATE |
						  NLM_F_EXCL, &msg);
	return netlink_send(devices->here, ret, msg, err);
}

int configure_route(struct net_devices *devices,
		    const struct net_device *device, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct rtnl_nexthop *hop = nl->route_nh_alloc();
	struct rtnl_route *route = nl->route_alloc();
	struct nl_addr *all = netlink_address(0, 0);
	struct nl_addr *router = netlink_address(device->router, 32);
	int ret = -ENOMEM;

	if (hop && route && all && router) {
		nl->route_nh_set_ifindex(hop, device->inside);
		nl->route_nh_set_gateway(hop, router);
		nl->route_add_nexthop(route, hop); /* takes it over */
		ret = send_route(devices, route, all, err);
	} else {
		base_error(err, ENOMEM, "out of memory");
	}
	nl_addr_put(all);
	nl_addr_put(router);
	if (route)
		nl->route_put(route);
	return ret < 0 ? base_error_at(err, "cannot set the default route") :
	       0;
}
