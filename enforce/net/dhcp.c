/* SPDX-License-Identifier: MIT */
/*
 * ip dhcp: an address that a server gives, asked for and renewed by udhcpc(8),
 * a companion in the sandbox's network. What it calls at each event is a script
 * of three words, which hands on what the server said; the keeper of the
 * companion reads it, and sets address and route, as long as the sandbox lives.
 *
 * What the server says is anybody's on that network. Four numbers are taken of
 * it, and looked at: address, mask, router, name servers.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "enforce/companion/companion.h"
#include "enforce/net/parts.h"

#define ASKED "4"		/* times, a second apart */
#define READY_WITHIN 8000	/* milliseconds, more than all of these */

static const char script[] =
	"#!/bin/sh\n"
	"printf 'dhcp|%s|%s|%s|%s|%s\\n' "
	"\"$1\" \"$ip\" \"$subnet\" \"${router%% *}\" \"$dns\"\n";

/* In the memory of jail, and a copy of it in that of the keeper. */
struct dhcp {
	struct companion_waiting waiting;
	struct net_result *result;	/* shared by both */
	uint32_t gateway;		/* that of the policy, or 0 */
	size_t index;
	char device[IFNAMSIZ];
};

struct lease {
	uint32_t address, mask, router;
	uint32_t dns[NET_SERVERS];
};

/* ---- what the server says --------------------------------------------- */

static uint32_t parse_address(const char *text)
{
	struct in_addr parsed;
	uint32_t address;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return 0;
	address = ntohl(parsed.s_addr);
	return address >> 24 == 0 || address >> 24 == 127 ||
	       address >> 28 >= 14 ? 0 : address;
}

/* A network of two hosts at least: from /1 to /30. */
static bool parse_mask(const char *text, uint32_t *mask)
{
	struct in_addr parsed;
	uint32_t rest;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return false;
	*mask = ntohl(parsed.s_addr);
	rest = ~*mask;
	return (rest & (rest + 1)) == 0 && rest >= 3 && *mask != 0;
}

static void parse_servers(char *text, uint32_t dns[NET_SERVERS])
{
	size_t count = 0;
	char *word;

	while (count < NET_SERVERS && (word = strsep(&text, " "))) {
		dns[count] = parse_address(word);
		count += dns[count] != 0;
	}
}

/* "ADDRESS|MASK|ROUTER|SERVER SERVER" */
static int parse_lease(char *text, struct lease *lease, struct error *err)
{
	const char *address = strsep(&text, "|");
	const char *mask = text ? strsep(&text, "|") : "";
	const char *router = text ? strsep(&text, "|") : "";
	uint32_t rest;

	*lease = (struct lease){.address = parse_address(address)};
	rest = parse_mask(mask, &lease->mask) ? ~lease->mask : 0;
	if (!lease->address || !rest || (lease->address & rest) == 0 ||
	    (lease->address & rest) == rest)
		return base_error(err, EPROTO, "the DHCP server gives no "
				  "usable address (%s, mask %s); say one with "
				  "ip", address, mask);
	lease->router = parse_address(router);
	if ((lease->router ^ lease->address) & lease->mask ||
	    lease->router == lease->address)
		lease->router = 0;
	if (text)
		parse_servers(text, lease->dns);
	return 0;
}

/* ---- what is done with it --------------------------------------------- */

static struct sockaddr socket_address(uint32_t address)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(address),
	};
	struct sockaddr out;

	memcpy(&out, &in, sizeof(out));
	return out;
}

/* The kernel takes away what was there before, with its routes (devinet.c,
 * devinet_ioctl). */
static int set_address(const struct dhcp *dhcp, int fd, uint32_t address,
		       uint32_t mask, struct error *err)
{
	struct ifreq request = {.ifr_addr = socket_address(address)};

	strcpy(request.ifr_name, dhcp->device);
	if (ioctl(fd, SIOCSIFADDR, &request) < 0 && address)
		return base_error(err, errno, "cannot set the address of %s: "
				  "%m", dhcp->device);
	request.ifr_netmask = socket_address(mask);
	if (address && ioctl(fd, SIOCSIFNETMASK, &request) < 0)
		return base_error(err, errno, "cannot set the mask of %s: %m",
				  dhcp->device);
	return 0;
}

/* Another network of the sandbox may lead to all others already. */
static int set_route(struct dhcp *dhcp, int fd, uint32_t router,
		     struct error *err)
{
	struct rtentry route = {
		.rt_dst = socket_address(0), .rt_genmask = socket_address(0),
		.rt_gateway = socket_address(router),
		.rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = dhcp->device,
	};

	if (!router || dhcp->result->routed)
		return 0;
	if (ioctl(fd, SIOCADDRT, &route) < 0 && errno != EEXIST)
		return base_error(err, errno, "cannot set the gateway of %s: "
				  "%m", dhcp->device);
	return 0;
}

static int take_lease(struct dhcp *dhcp, const struct lease *lease,
		      struct error *err)
{
	struct net_result *result = dhcp->result;
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return base_error(err, errno, "cannot make a socket: %m");
	if (result->leases[dhcp->index].address == lease->address &&
	    result->leases[dhcp->index].mask == lease->mask)
		return 0;
	ret = set_address(dhcp, fd, lease->address, lease->mask, err);
	if (ret == 0)
		ret = set_route(dhcp, fd, dhcp->gateway ? dhcp->gateway :
				lease->router, err);
	if (ret < 0)
		return ret;
	result->leases[dhcp->index].address = lease->address;
	result->leases[dhcp->index].mask = lease->mask;
	for (size_t i = 0; i < NET_SERVERS && !result->dns[i]; i++)
		result->dns[i] = lease->dns[i];
	return 0;
}

static void lose_lease(struct dhcp *dhcp)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && dhcp->result->leases[dhcp->index].address)
		(void)set_address(dhcp, fd, 0, 0, NULL);
	dhcp->result->leases[dhcp->index].address = 0;
}

/* In the keeper: a line of the script, among others. */
static int hear(void *data, char *line, struct error *err)
{
	struct dhcp *dhcp = data;
	struct lease lease;
	const char *event;
	int ret;

	if (strncmp(line, "dhcp|", 5) != 0)
		return 0;
	line += 5;
	event = strsep(&line, "|");
	if (strcmp(event, "leasefail") == 0)
		return base_error(err, ETIMEDOUT, "no DHCP server answered "
				  ASKED " questions; start one in that "
				  "network, or say an address with ip");
	if (strcmp(event, "deconfig") == 0 || strcmp(event, "nak") == 0)
		lose_lease(dhcp);
	if (strcmp(event, "bound") != 0 && strcmp(event, "renew") != 0)
		return 0;
	ret = parse_lease(line ? line : (char[]){""}, &lease, err);
	if (ret == 0)
		ret = take_lease(dhcp, &lease, err);
	return ret < 0 ? ret : 1;
}

/* ---- in jail ---------------------------------------------------------- */

/* To be executed by its descriptor. */
static int write_script(struct error *err)
{
	cleanup_close int fd = memfd_create("jail-dhcp", MFD_CLOEXEC);

	if (fd < 0 || base_write_all(fd, script, sizeof(script) - 1) < 0)
		return base_error(err, errno, "cannot write a file in memory: "
				  "%m");
	return take_fd(&fd);
}

/* An option of few letters is the same in all versions. */
static int prepare(struct dhcp *dhcp, struct error *err)
{
	cleanup_close int fd = write_script(err);
	char path[32];
	const char *const argv[] = {
		"udhcpc", "-f", "-n", "-R", "-t", ASKED, "-T", "1", "-o",
		"-O", "subnet", "-O", "router", "-O", "dns", "-i",
		dhcp->device, "-s", path, NULL,
	};
	const struct companion companion = {
		.argv = argv, .net = COMPANION_NET_OF_PID, .keep = {fd, -1},
		.hear = hear, .data = dhcp,
	};

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return companion_prepare(&companion, -1, &dhcp->waiting, err);
}

static struct dhcp *all(const struct net *net)
{
	return net->dhcp;
}

int dhcp_open(struct net *net, size_t index, const char *device,
	      struct error *err)
{
	struct dhcp *dhcp;
	int ret;

	if (!net->dhcp)
		net->dhcp = calloc(PROFILES_NETWORKS, sizeof(*dhcp));
	if (!net->dhcp)
		return base_error(err, ENOMEM, "out of memory");
	dhcp = &all(net)[index];
	dhcp->result = net->result;
	dhcp->index = index;
	dhcp->gateway = net->policy->defaultgw;
	snprintf(dhcp->device, sizeof(dhcp->device), "%s", device);
	ret = prepare(dhcp, err);
	net->result->keepers[index] = dhcp->waiting.keeper;
	return ret < 0 ? base_error_at(err, "ip dhcp") : 0;
}

void dhcp_close(struct net *net)
{
	for (size_t i = 0; net->dhcp && i < PROFILES_NETWORKS; i++)
		companion_close(&all(net)[i].waiting);
	base_free(&net->dhcp);
}

/* ---- in the builder --------------------------------------------------- */

int dhcp_begin(struct net *net, size_t index, bool routed, uint32_t *address,
	       unsigned *prefix, struct error *err)
{
	const struct net_lease *lease = &net->result->leases[index];
	int ret;

	net->result->routed = routed;
	ret = companion_go(&all(net)[index].waiting, getpid(), READY_WITHIN,
			   err);
	if (ret < 0)
		return base_error_at(err, "net %s, ip dhcp",
				     net->policy->networks[index].device);
	*address = lease->address;
	*prefix = (unsigned)__builtin_popcount(lease->mask);
	return 0;
}
