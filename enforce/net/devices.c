/* SPDX-License-Identifier: MIT */
/*
 * The devices of a sandbox, stage by stage: devices.h says which file does
 * what. Questions for a free address are sent before the tree of files is
 * built, and the answers read after.
 */
#include <arpa/inet.h>
#include <cap-ng.h>
#include <string.h>
#include <sys/random.h>

#include "enforce/net/devices.h"
#include "enforce/net/parts.h"

static struct net_device *at(struct net *net, size_t index)
{
	return &net->devices->items[index];
}

/* ---- in jail ---------------------------------------------------------- */

static int check_rights(const char *what, const char *name, struct error *err)
{
	if (capng_get_caps_process() == 0 &&
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN))
		return 0;
	return base_error(err, EPERM, "%s %s takes root's rights; run jail as "
			  "root, or with net user", what, name);
}

static int add_device(struct net *net, size_t index, struct error *err)
{
	struct net_devices *devices = net->devices;
	struct net_device *device = &devices->items[devices->count++];
	int fd = -1, ret = reserve_open(&fd, err);

	net->result->reserved[index] = fd + 1;
	if (ret < 0)
		return ret;
	device->want = &net->policy->networks[index];
	device->search.arp.fd = -1;
	device->search.reserve.fd = fd;
	snprintf(device->name, sizeof(device->name), "eth%u",
		 (unsigned)index % PROFILES_NETWORKS);
	ret = look_device(devices, device, err);
	if (ret == 0)
		ret = reserve_place(device->index,
				    &device->search.reserve.place, err);
	if (ret == 0 && device->want->how == PROFILES_ADDRESS_DHCP)
		ret = dhcp_open(net, index, device->name, err);
	return ret;
}

int devices_open(struct net *net, struct error *err)
{
	const struct profiles_policy *policy = net->policy;
	struct net_devices *devices;
	int ret;

	if (!policy->network_count)
		return 0;
	ret = check_rights("net", policy->networks[0].device, err);
	if (ret < 0)
		return ret;
	devices = calloc(1, sizeof(*devices));
	if (!devices)
		return base_error(err, ENOMEM, "out of memory");
	net->devices = devices;
	for (size_t i = 0; i < 2; i++)
		devices->ask[i] = devices->answer[i] = -1;
	if (!netlink_library(err))
		return -ENOSYS;
	ret = netlink_open(&devices->host, err);
	for (size_t i = 0; ret == 0 && i < policy->network_count; i++)
		ret = add_device(net, i, err);
	if (ret == 0)
		ret = look_routes(devices, policy, err);
	return ret < 0 ? ret : links_open(devices, profiles_has(policy,
						PROFILES_NOROOT), err);
}

void devices_close(struct net *net)
{
	struct net_devices *devices = net->devices;

	if (!devices)
		return;
	for (size_t i = 0; i < devices->count; i++)
		look_free(&devices->items[i]);
	links_close(devices);
	netlink_close(&devices->host);
	base_free(&net->devices);
}

/* ---- in the builder --------------------------------------------------- */

static int begin_search(struct net_device *device, struct error *err)
{
	struct search *search = &device->search;
	const uint8_t *mac = search->arp.mac;
	bool given = device->want->how == PROFILES_ADDRESS_GIVEN;
	int ret = arp_open(&search->arp, device->inside, mac, err);

	if (ret < 0)
		return ret;
	if (getrandom(&search->seed, sizeof(search->seed), 0) !=
	    sizeof(search->seed))
		return base_error(err, errno, "cannot get a random number: %m");
	if (!given) {
		search->pick = (struct pick){
			.forbidden = device->forbidden,
			.forbidden_count = device->forbidden_count,
			.neighbours = device->neighbours,
			.neighbour_count = device->neighbour_count,
		};
		pick_begin(&search->pick, device->first, device->last,
			   search->seed);
	}
	return search_begin(search, given ? device->want->ip : 0, err);
}

static int begin_device(struct net *net, size_t index, struct error *err)
{
	struct net_device *device = at(net, index);

	switch (device->want->how) {
	case PROFILES_ADDRESS_NONE:
		return 0;
	case PROFILES_ADDRESS_DHCP:
		return dhcp_begin(net, index, net->devices->routed != 0,
				  &device->address, &device->prefix, err);
	case PROFILES_ADDRESS_FREE:
	case PROFILES_ADDRESS_GIVEN:
		break;
	}
	return begin_search(device, err);
}

/* How many addresses there are to choose from, less one. */
static uint32_t choice(const struct net_device *device)
{
	switch (device->want->how) {
	case PROFILES_ADDRESS_GIVEN:
		return 0;
	case PROFILES_ADDRESS_FREE:
		return device->last - device->first;
	case PROFILES_ADDRESS_NONE:
	case PROFILES_ADDRESS_DHCP:
		break;
	}
	return UINT32_MAX;
}

/* Who has the least choice reserves first: another device of the same sandbox
 * could take the one address that is left to it. */
static void choose_order(const struct net_devices *devices,
			 size_t order[PROFILES_NETWORKS])
{
	for (size_t i = 0; i < devices->count; i++) {
		size_t place = i;

		for (; place > 0 && choice(&devices->items[order[place - 1]]) >
				    choice(&devices->items[i]); place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
}

int devices_begin(struct net *net, struct error *err)
{
	struct net_devices *devices = net->devices;
	size_t order[PROFILES_NETWORKS] = {0};
	int ret;

	if (!devices)
		return 0;
	choose_order(devices, order);
	ret = netlink_open(&devices->here, err);
	if (ret == 0)
		ret = links_make(devices, err);
	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		ret = ipv6_begin(devices, &devices->items[i], err);
	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		ret = begin_device(net, order[i], err);
	return ret;
}

static int explain(const struct net_device *device, struct error *err)
{
	char first[INET_ADDRSTRLEN], last[INET_ADDRSTRLEN];

	if (!err || err->code != EADDRINUSE ||
	    device->want->how == PROFILES_ADDRESS_GIVEN)
		return base_error_at(err, "net %s", device->want->device);
	return base_error(err, EADDRINUSE, "net %s: there is no free address "
			  "from %s to %s; say an iprange with more of them, or "
			  "end a sandbox", device->want->device,
			  net_print_ip(device->first, first),
			  net_print_ip(device->last, last));
}

/* Where another took it at the same moment, the next one. */
static int settle(struct net_devices *devices, struct net_device *device,
		  struct error *err)
{
	struct search *search = &device->search;
	int ret;

	do {
		ret = search_finish(search, &device->address, err);
		if (ret == 0)
			ret = configure_address(devices, device, true, err);
		if (ret == 0)
			ret = search_claim(search, device->address, err);
		if (ret > 0 && configure_address(devices, device, false,
						 err) < 0)
			return -err->code;
	} while (ret > 0);
	return ret < 0 ? explain(device, err) : 0;
}

/* For people: "10.10.20.5/24 on br0, ...", as far as there is room. */
static void tell_address(struct net_result *result,
			 const struct net_device *device)
{
	char ip[INET_ADDRSTRLEN];
	size_t used = strlen(result->address);
	cleanup_free char *text = base_printf("%s%s/%u on %s",
		used ? ", " : "", net_print_ip(device->address, ip),
		device->prefix, device->want->device);

	if (text && used + strlen(text) < sizeof(result->address))
		strcpy(result->address + used, text);
}

static int finish_device(struct net *net, size_t index, struct error *err)
{
	struct net_device *device = at(net, index);
	enum profiles_address how = device->want->how;
	int ret = 0;

	if (how == PROFILES_ADDRESS_FREE || how == PROFILES_ADDRESS_GIVEN)
		ret = settle(net->devices, device, err);
	arp_close(&device->search.arp);
	if (ret == 0)
		ret = ipv6_finish(net->devices, device, err);
	if (ret == 0 && index + 1 == net->devices->routed)
		ret = configure_route(net->devices, device, err);
	if (ret == 0 && device->address)
		tell_address(net->result, device);
	return ret;
}

int devices_finish(struct net *net, struct error *err)
{
	struct net_devices *devices = net->devices;
	int ret = 0;

	if (!devices)
		return 0;
	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		ret = finish_device(net, i, err);
	netlink_close(&devices->here);
	return ret;
}
