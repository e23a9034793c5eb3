/* SPDX-License-Identifier: MIT */
/*
 * Look: what a network of the policy comes to on this host: its device, the
 * addresses there, whom it knows. In jail, before anything is made.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "enforce/net/devices.h"

/* linux/wireless.h, which does not go together with net/if.h. */
#define SIOCGIWNAME 0x8b01

/* An address of nobody (RFC 5737), to ask the way to. */
#define ANYWHERE 0xc6336401u

char *net_print_ip(uint32_t address, char *out)
{
	const struct in_addr in = {.s_addr = htonl(address)};

	inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
	return out;
}

char *net_print_mac(const uint8_t mac[6], char out[18])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	return out;
}

static uint32_t mask_of(unsigned prefix)
{
	return prefix ? ~UINT32_C(0) << (32 - prefix) : 0;
}

static bool within(const struct net_device *device, uint32_t address,
		   uint32_t of)
{
	return ((address ^ of) & mask_of(device->prefix)) == 0;
}

/* ---- the device ------------------------------------------------------- */

/* Wireless extensions are there for all drivers but the newest. */
static bool is_radio(const char *name)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cleanup_free char *folder = base_printf("/sys/class/net/%s/phy80211",
						name);
	struct ifreq request = {0};

	strcpy(request.ifr_name, name);
	return (fd >= 0 && ioctl(fd, SIOCGIWNAME, &request) == 0) ||
	       (folder && access(folder, F_OK) == 0);
}

static int refuse_kind(const struct netlink_library *nl,
		       struct rtnl_link *link, const char *name,
		       struct error *err)
{
	char bridge[IF_NAMESIZE] = "";
	int master = nl->link_get_master(link);

	if (master && if_indextoname((unsigned)master, bridge))
		return base_error(err, EINVAL, "'%s' is a port of '%s'; say "
				  "net %s", name, bridge, bridge);
	if (nl->link_get_arptype(link) != ARPHRD_ETHER)
		return base_error(err, EINVAL, "'%s' is neither a bridge nor "
				  "a network card; 'ip link' shows those that "
				  "there are", name);
	return 0;
}

static int check_settings(const struct net_device *device, struct error *err)
{
	static const uint8_t none[6];
	const struct profiles_network *want = device->want;

	if (*want->veth_name && device->kind != NET_BRIDGE)
		return base_error(err, EINVAL, "veth-name is for bridges, and "
				  "'%s' is none; remove it", want->device);
	if (memcmp(want->mac, none, sizeof(none)) != 0 &&
	    device->kind == NET_RADIO)
		return base_error(err, EINVAL, "mac: a wireless card such as "
				  "'%s' has one hardware address alone; remove "
				  "it", want->device);
	return 0;
}

static int take_link(const struct netlink_library *nl, struct rtnl_link *link,
		     struct net_device *device, struct error *err)
{
	const char *name = device->want->device;
	const char *type = nl->link_get_type(link);
	int ret = 0;

	device->index = nl->link_get_ifindex(link);
	device->mtu = nl->link_get_mtu(link);
	if (type && strcmp(type, "bridge") == 0)
		device->kind = NET_BRIDGE;
	else if ((ret = refuse_kind(nl, link, name, err)) == 0)
		device->kind = is_radio(name) ? NET_RADIO : NET_CARD;
	if (ret == 0 && !(nl->link_get_flags(link) & IFF_UP))
		ret = base_error(err, ENETDOWN, "'%s' is down; raise it with: "
				 "ip link set %s up", name, name);
	return ret < 0 ? ret : check_settings(device, err);
}

static int find_link(struct net_devices *devices, struct net_device *device,
		     struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	const char *name = device->want->device;
	struct rtnl_link *link = NULL;
	int ret;

	if (!nl)
		return -ENOSYS;
	ret = nl->link_get_kernel(devices->host, 0, name, &link);
	if (ret < 0) {
		ret = netlink_failed(ret, err);
		return ret != -ENODEV ? ret :
		       base_error(err, ENODEV, "there is no bridge or network "
				  "card '%s'; 'ip link' shows those that there "
				  "are, and 'ip link add %s type bridge' makes "
				  "one", name, name);
	}
	ret = take_link(nl, link, device, err);
	nl->link_put(link);
	return ret;
}

/* ---- its addresses ---------------------------------------------------- */

static int append(uint32_t **list, size_t *count, uint32_t address,
		  struct error *err)
{
	uint32_t *grown = reallocarray(*list, *count + 1, sizeof(**list));

	if (!grown)
		return base_error(err, ENOMEM, "out of memory");
	*list = grown;
	grown[(*count)++] = address;
	return 0;
}

/* The host's address in the network that is meant: the first one that has the
 * wanted address or range in its network, or the first. */
static void meet_address(struct net_device *device, uint32_t address,
			 unsigned prefix)
{
	const struct profiles_network *want = device->want;
	uint32_t wanted = want->ip ? want->ip : want->first;

	if (device->own)
		return;
	if (want->netmask)
		prefix = (unsigned)__builtin_popcount(want->netmask);
	if (wanted && ((wanted ^ address) & mask_of(prefix)))
		return;
	device->own = address;
	device->prefix = prefix;
}

static int find_addresses(struct net_devices *devices,
			  struct net_device *device, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct nl_cache *cache = NULL;
	int ret = nl->addr_alloc_cache(devices->host, &cache);

	if (ret < 0)
		return netlink_failed(ret, err);
	ret = 0;
	for (struct nl_object *one = nl_cache_get_first(cache);
	     one && ret == 0; one = nl_cache_get_next(one)) {
		struct rtnl_addr *address = (struct rtnl_addr *)one;
		uint32_t ip = netlink_number(nl->addr_get_local(address));

		if (nl->addr_get_ifindex(address) != device->index || !ip)
			continue;
		meet_address(device, ip,
			     (unsigned)nl->addr_get_prefixlen(address));
		ret = append(&device->forbidden, &device->forbidden_count, ip,
			     err);
	}
	nl_cache_free(cache);
	return ret;
}

static int find_neighbours(struct net_devices *devices,
			   struct net_device *device, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct nl_cache *cache = NULL;
	int ret = nl->neigh_alloc_cache(devices->host, &cache);

	if (ret < 0)
		return netlink_failed(ret, err);
	ret = 0;
	for (struct nl_object *one = nl_cache_get_first(cache);
	     one && ret == 0; one = nl_cache_get_next(one)) {
		struct rtnl_neigh *neighbour = (struct rtnl_neigh *)one;
		uint32_t ip = netlink_number(nl->neigh_get_dst(neighbour));

		if (nl->neigh_get_ifindex(neighbour) == device->index && ip &&
		    !(nl->neigh_get_state(neighbour) &
		      (NUD_FAILED | NUD_INCOMPLETE)))
			ret = append(&device->neighbours,
				     &device->neighbour_count, ip, err);
	}
	nl_cache_free(cache);
	return ret;
}

/* ---- what is chosen from ---------------------------------------------- */

static int no_network(const struct net_device *device, struct error *err)
{
	const struct profiles_network *want = device->want;
	uint32_t wanted = want->ip ? want->ip : want->first;
	char ip[INET_ADDRSTRLEN];

	if (wanted && device->forbidden_count)
		return base_error(err, EADDRNOTAVAIL, "%s is in no network of "
				  "'%s'; say another one, or a netmask with it",
				  net_print_ip(wanted, ip), want->device);
	return base_error(err, EADDRNOTAVAIL, "'%s' has no IPv4 address, so "
			  "its network is not known; give it one, or say %s",
			  want->device, wanted ? "a netmask" :
			  "iprange and netmask, ip dhcp, or ip none");
}

static int set_range(struct net_device *device, struct error *err)
{
	const struct profiles_network *want = device->want;
	uint32_t wanted = want->ip ? want->ip : want->first;
	uint32_t base, last;

	if (!device->prefix && wanted && want->netmask)
		device->prefix = (unsigned)__builtin_popcount(want->netmask);
	if (!device->prefix)
		return no_network(device, err);
	base = (wanted ? wanted : device->own) & mask_of(device->prefix);
	last = base | ~mask_of(device->prefix);
	if (device->prefix > 30)
		return base_error(err, EADDRNOTAVAIL, "the network of '%s' is "
				  "a /%u, which has no address left; say a "
				  "netmask", want->device, device->prefix);
	if (want->ip == base || (want->ip && want->ip == last))
		return base_error(err, EADDRNOTAVAIL, "ip: the first and the "
				  "last address of a network are nobody's; say "
				  "another one");
	if (want->first && !within(device, want->last, want->first))
		return base_error(err, EADDRNOTAVAIL, "iprange goes beyond the "
				  "network of '%s', a /%u; make it smaller, or "
				  "say a netmask", want->device,
				  device->prefix);
	device->first = want->first ? want->first : base + 1;
	device->last = want->last ? want->last : last - 1;
	if (append(&device->forbidden, &device->forbidden_count, base,
		   err) < 0)
		return -ENOMEM;
	return append(&device->forbidden, &device->forbidden_count, last, err);
}

static bool has_address(const struct net_device *device)
{
	return device->want->how == PROFILES_ADDRESS_FREE ||
	       device->want->how == PROFILES_ADDRESS_GIVEN;
}

static int check_own(const struct net_device *device, struct error *err)
{
	char ip[INET_ADDRSTRLEN];

	for (size_t i = 0; i < device->forbidden_count; i++)
		if (device->want->ip && device->forbidden[i] ==
		    device->want->ip)
			return base_error(err, EADDRINUSE, "%s is the host's "
				"own address; say another one",
				net_print_ip(device->want->ip, ip));
	return 0;
}

int look_device(struct net_devices *devices, struct net_device *device,
		struct error *err)
{
	int ret = find_link(devices, device, err);

	if (ret < 0 || !has_address(device))
		return ret;
	ret = find_addresses(devices, device, err);
	if (ret == 0)
		ret = check_own(device, err);
	if (ret == 0)
		ret = set_range(device, err);
	if (ret == 0 && device->want->how == PROFILES_ADDRESS_FREE)
		ret = find_neighbours(devices, device, err);
	return ret;
}

/* ---- the way to all others -------------------------------------------- */

/* The host's router behind a card; 0 if there is none. */
static uint32_t find_router(struct net_devices *devices,
			    const struct net_device *device)
{
	const struct netlink_library *nl = netlink_library(NULL);
	struct nl_addr *anywhere = netlink_address(ANYWHERE, 32);
	struct rtnl_nexthop *hop = NULL;
	struct rtnl_route *route = NULL;
	uint32_t router = 0;

	if (anywhere && nl->route_lookup(devices->host, anywhere, &route) >= 0)
		hop = nl->route_get_nnexthops(route) > 0 ?
		      nl->route_nexthop_n(route, 0) : NULL;
	if (hop && nl->route_nh_get_ifindex(hop) == device->index)
		router = netlink_number(nl->route_nh_get_gateway(hop));
	if (route)
		nl->route_put(route);
	nl_addr_put(anywhere);
	return router;
}

static uint32_t router_of(struct net_devices *devices,
			  const struct net_device *device, uint32_t wanted)
{
	uint32_t router = wanted;

	if (!has_address(device))
		return 0;
	if (!router)
		router = device->kind == NET_BRIDGE ? device->own :
			 find_router(devices, device);
	return router && within(device, router, device->first) ? router : 0;
}

int look_routes(struct net_devices *devices,
		const struct profiles_policy *policy, struct error *err)
{
	bool dhcp = false;
	char ip[INET_ADDRSTRLEN];

	for (size_t i = 0; i < devices->count && !devices->routed; i++) {
		struct net_device *device = &devices->items[i];

		dhcp |= device->want->how == PROFILES_ADDRESS_DHCP;
		device->router = router_of(devices, device, policy->defaultgw);
		if (!device->router)
			continue;
		devices->routed = i + 1;
		if (device->router == device->want->ip)
			return base_error(err, EINVAL, "ip %s is the gateway's "
				"address; say another one",
				net_print_ip(device->router, ip));
		if (append(&device->forbidden, &device->forbidden_count,
			   device->router, err) < 0)
			return -ENOMEM;
	}
	if (policy->defaultgw && !devices->routed && !dhcp)
		return base_error(err, EADDRNOTAVAIL, "defaultgw %s is in no "
				  "network of the sandbox; say another one",
				  net_print_ip(policy->defaultgw, ip));
	return 0;
}

void look_free(struct net_device *device)
{
	free(device->forbidden);
	free(device->neighbours);
	device->forbidden = device->neighbours = NULL;
}
