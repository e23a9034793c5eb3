/* SPDX-License-Identifier: MIT */
/*
 * Links: the cables from the host's devices to those of the sandbox. One
 * message makes both ends of a veth pair, one in the bridge and one inside, so
 * that whoever is killed leaves nothing: the pair goes with the network
 * namespace.
 *
 * The kernel asks for CAP_NET_ADMIN both of who opened the socket and of who
 * sends (netlink_ns_capable()). A builder with a user namespace of its own has
 * it there alone, so a helper makes its links, a fork of jail that ends then.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "enforce/net/devices.h"

/* How long a bridge may take to let packets pass, in microseconds: a work queue
 * of the kernel does it. */
#define PATIENCE 900000

/* ---- making one ------------------------------------------------------- */

/* By descriptor, or by process where FD is -1. */
struct target {
	int fd;
	pid_t pid;
};

static void set_target(const struct netlink_library *nl,
		       struct rtnl_link *link, const struct target *target)
{
	if (target->fd >= 0)
		nl->link_set_ns_fd(link, target->fd);
	else
		nl->link_set_ns_pid(link, target->pid);
}

static int set_mac(const struct netlink_library *nl, struct rtnl_link *link,
		   const uint8_t mac[6])
{
	static const uint8_t none[6];
	struct nl_addr *address;

	if (memcmp(mac, none, sizeof(none)) == 0)
		return 0;
	address = nl_addr_build(AF_LLC, mac, 6);
	if (!address)
		return -NLE_NOMEM;
	nl->link_set_addr(link, address);
	nl_addr_put(address);
	return 0;
}

/* The end inside. */
static int set_inside(const struct netlink_library *nl, struct rtnl_link *link,
		      const struct net_device *device,
		      const struct target *target)
{
	unsigned mtu = device->want->mtu;

	nl->link_set_name(link, device->name);
	set_target(nl, link, target);
	if (mtu || device->kind == NET_BRIDGE)
		nl->link_set_mtu(link, mtu ? mtu : device->mtu);
	return set_mac(nl, link, device->want->mac);
}

/* The host's end. A bridge takes the lowest address of its ports for its own
 * where nobody gave it one: that of a card, not of a sandbox, and where there
 * is no card the same one whichever sandboxes come and go, or the others would
 * have it wrong for a while. */
static int set_cable(const struct netlink_library *nl, struct rtnl_link *link,
		     const struct net_device *device)
{
	const uint32_t index = htonl((uint32_t)device->index);
	uint8_t mac[6] = {0xfe};

	memcpy(mac + 2, &index, sizeof(index));
	nl->link_set_name(link, device->cable);
	nl->link_set_master(link, device->index);
	nl->link_set_flags(link, IFF_UP);
	nl->link_set_mtu(link, device->want->mtu ? device->want->mtu :
			 device->mtu);
	return set_mac(nl, link, mac);
}

static struct rtnl_link *new_link(const struct netlink_library *nl,
				  const struct net_device *device,
				  const struct target *target)
{
	struct rtnl_link *link;
	int ret;

	if (device->kind == NET_BRIDGE) {
		link = nl->link_veth_alloc();
		if (!link)
			return NULL;
		ret = set_inside(nl, nl->link_veth_get_peer(link), device,
				 target);
		if (ret == 0)
			ret = set_cable(nl, link, device);
	} else {
		link = device->kind == NET_CARD ? nl->link_macvlan_alloc() :
		       nl->link_ipvlan_alloc();
		if (!link)
			return NULL;
		nl->link_set_link(link, device->index);
		ret = set_inside(nl, link, device, target);
		if (ret == 0 && device->kind == NET_CARD)
			ret = nl->link_macvlan_set_mode(link,
							MACVLAN_MODE_BRIDGE);
	}
	if (ret == 0)
		return link;
	nl->link_put(link);
	return NULL;
}

static int explain(const struct net_device *device, struct error *err)
{
	static const char *const kinds[] = {
		[NET_BRIDGE] = "veth", [NET_CARD] = "macvlan",
		[NET_RADIO] = "ipvlan",
	};

	if (err && err->code == EEXIST && *device->want->veth_name)
		return base_error(err, EEXIST, "veth-name: there is a device "
				  "'%s' already; say another name",
				  device->want->veth_name);
	if (err && err->code == EOPNOTSUPP)
		return base_error(err, EOPNOTSUPP, "this kernel has no %s "
				  "devices, which net %s takes (CONFIG_%s)",
				  kinds[device->kind], device->want->device,
				  device->kind == NET_BRIDGE ? "VETH" :
				  device->kind == NET_CARD ? "MACVLAN" :
				  "IPVLAN");
	return base_error_at(err, "cannot make a %s device for '%s'",
			     kinds[device->kind], device->want->device);
}

static int make_link(struct net_devices *devices, struct net_device *device,
		     const struct target *target, struct error *err)
{
	const struct netlink_library *nl = netlink_library(err);
	struct rtnl_link *link = new_link(nl, device, target);
	struct nl_msg *msg = NULL;
	int ret;

	if (!link)
		return base_error(err, ENOMEM, "cannot describe a device");
	ret = nl->link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL,
					 &msg);
	nl->link_put(link);
	ret = netlink_send(devices->host, ret, msg, err);
	return ret < 0 ? explain(device, err) : 0;
}

static int make_all(struct net_devices *devices, const struct target *target,
		    struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		ret = make_link(devices, &devices->items[i], target, err);
	return ret;
}

/* ---- the helper ------------------------------------------------------- */

/* Where the builder's process ends, so does its pipe. */
static _Noreturn void help(struct net_devices *devices)
{
	struct target target = {.fd = -1};
	struct error err = {0};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	base_close(&devices->ask[1]);
	base_close(&devices->answer[0]);
	if (base_read_all(devices->ask[0], &target.pid, sizeof(target.pid)) !=
	    sizeof(target.pid))
		_exit(1);
	(void)make_all(devices, &target, &err);
	_exit(base_write_all(devices->answer[1], &err, sizeof(err)) < 0);
}

static int name_cables(struct net_devices *devices, struct error *err)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return base_error(err, errno, "cannot get a random number: %m");
	for (size_t i = 0; i < devices->count; i++) {
		struct net_device *device = &devices->items[i];

		if (*device->want->veth_name)
			strcpy(device->cable, device->want->veth_name);
		else
			snprintf(device->cable, sizeof(device->cable),
				 "jail%08x%u", random,
				 (unsigned)i % PROFILES_NETWORKS);
	}
	return 0;
}

int links_open(struct net_devices *devices, bool helper, struct error *err)
{
	int ret = netlink_open(&devices->news, err);

	if (ret < 0)
		return ret;
	if (nl_socket_add_membership(devices->news, RTNLGRP_LINK) < 0)
		return base_error(err, EIO, "cannot hear of network devices");
	ret = name_cables(devices, err);
	if (ret < 0 || !helper)
		return ret;
	if (pipe2(devices->ask, O_CLOEXEC) < 0 ||
	    pipe2(devices->answer, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	devices->helper = fork();
	if (devices->helper == 0)
		help(devices);
	if (devices->helper < 0)
		return base_error(err, errno, "cannot start a process: %m; end "
				  "some, or raise ulimit -u");
	base_close(&devices->ask[0]);
	base_close(&devices->answer[1]);
	return 0;
}

void links_close(struct net_devices *devices)
{
	for (size_t i = 0; i < 2; i++) {
		base_close(&devices->ask[i]);
		base_close(&devices->answer[i]);
	}
	if (devices->helper > 0 &&
	    waitpid(devices->helper, NULL, WNOHANG) == 0) {
		kill(devices->helper, SIGKILL);
		while (waitpid(devices->helper, NULL, 0) < 0 && errno == EINTR)
			;
	}
	devices->helper = 0;
	netlink_close(&devices->news);
}

static int ask_helper(struct net_devices *devices, struct error *err)
{
	const pid_t self = getpid();
	struct error answer = {0};

	if (base_write_all(devices->ask[1], &self, sizeof(self)) < 0 ||
	    base_read_all(devices->answer[0], &answer, sizeof(answer)) !=
	    sizeof(answer))
		return base_error(err, EPIPE, "the process that makes network "
				  "devices was killed");
	if (answer.code && err)
		*err = answer;
	return -answer.code;
}

/* ---- until packets pass ----------------------------------------------- */

struct cable_state {
	int operation;		/* IF_OPER_* */
	int port;		/* BR_STATE_*, -1: not said */
};

/* The port's state is in what its bridge says of it
 * (net/bridge/br_netlink.c, br_port_fill_slave_info()). */
static void take_state(const struct nlmsghdr *header, void *data)
{
	struct cable_state *state = data;
	const int size = sizeof(struct ifinfomsg);
	struct nlattr *found;

	if (header->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(header, size))
		return;
	found = nlmsg_find_attr((struct nlmsghdr *)header, size,
				IFLA_OPERSTATE);
	if (found)
		state->operation = nla_get_u8(found);
	found = nlmsg_find_attr((struct nlmsghdr *)header, size,
				IFLA_LINKINFO);
	if (found)
		found = nla_find(nla_data(found), nla_len(found),
				 IFLA_INFO_SLAVE_DATA);
	if (found)
		found = nla_find(nla_data(found), nla_len(found),
				 IFLA_BRPORT_STATE);
	if (found)
		state->port = nla_get_u8(found);
}

static int refuse_slow(const struct net_device *device, struct error *err)
{
	return base_error(err, ETIMEDOUT, "the bridge '%s' does not let "
			  "packets pass from a new port; if it has STP on, "
			  "which takes some 30 seconds, switch that off: ip "
			  "link set %s type bridge stp_state 0",
			  device->want->device, device->want->device);
}

/* That something has happened is news enough: what, is looked at. */
static int wait_news(struct net_devices *devices, int64_t rest,
		     struct error *err)
{
	struct pollfd news = {
		.fd = nl_socket_get_fd(devices->news), .events = POLLIN,
	};
	struct timespec time = {.tv_nsec = rest * 1000};
	char byte;

	if (ppoll(&news, 1, &time, NULL) < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for a network "
				  "device: %m");
	while (recv(news.fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0 ||
	       errno == ENOBUFS)
		;
	return 0;
}

/* A work queue of the kernel sees that both ends are up (net/core/link_watch.c)
 * and only then gives the host's end a queue; what is sent before is lost. */
static int wait_cable(struct net_devices *devices,
		      const struct net_device *device, struct error *err)
{
	const int64_t end = base_now_monotonic() + PATIENCE;
	struct cable_state state;
	int ret;

	do {
		int64_t rest = end - base_now_monotonic();

		state = (struct cable_state){.port = -1};
		ret = netlink_ask_link(devices->host, device->cable,
				       take_state, &state, err);
		if (ret < 0)
			return ret;
		if (state.operation == IF_OPER_UP)
			break;
		if (rest <= 0)
			return refuse_slow(device, err);
		ret = wait_news(devices, rest, err);
	} while (ret == 0);
	if (ret == 0 && (state.port == BR_STATE_LISTENING ||
			 state.port == BR_STATE_LEARNING))
		return refuse_slow(device, err);
	return ret;
}

/* ---- all -------------------------------------------------------------- */

int links_make(struct net_devices *devices, struct error *err)
{
	struct target target = {.fd = -1};
	int ret = 0;

	if (devices->helper) {
		ret = ask_helper(devices, err);
	} else {
		target.fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		if (target.fd < 0)
			return base_error(err, errno, "cannot open the network "
					  "namespace of the sandbox: %m");
		ret = make_all(devices, &target, err);
		base_close(&target.fd);
	}
	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		ret = configure_up(devices, &devices->items[i], err);
	for (size_t i = 0; ret == 0 && i < devices->count; i++)
		if (devices->items[i].kind == NET_BRIDGE)
			ret = wait_cable(devices, &devices->items[i], err);
	return ret;
}
