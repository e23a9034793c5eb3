/* SPDX-License-Identifier: MIT */
/*
 * The network of a sandbox: which one it is, and its stages in their order.
 */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "enforce/net/parts.h"

static int open_devices(struct net *net, struct error *err)
{
	int ret = 0;

	if (net->policy->network_count || net->policy->netns)
		ret = base_error(err, ENOTSUP, "this network cannot be made "
				 "yet; --net=none gives the program none");
	for (size_t i = 0; ret == 0 && i < net->policy->network_count; i++)
		if (net->policy->networks[i].how == PROFILES_ADDRESS_DHCP)
			ret = dhcp_open(net, i, err);
	return ret;
}

int net_open(const struct enforce_plan *plan, struct net_result *result,
	     struct net *net, struct error *err)
{
	int ret = 0;

	*net = (struct net){.policy = plan->policy, .host = -1, .netns = -1,
			    .result = result};
	if (profiles_has(plan->policy, PROFILES_NET_USER))
		ret = user_open(net, err);
	if (ret == 0)
		ret = open_devices(net, err);
	return ret < 0 ? ret : rules_open(net, err);
}

/* The kernel gives lo its address (net/ipv4/devinet.c, inetdev_event). */
static int raise_loopback(struct error *err)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return base_error(err, errno, "cannot look at the loopback "
				  "interface of the sandbox: %m");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return base_error(err, errno, "cannot raise the loopback "
				  "interface of the sandbox: %m");
	return 0;
}

int net_begin(struct net *net, struct error *err)
{
	int ret = 0;

	if (profiles_net_is_new(net->policy))
		ret = raise_loopback(err);
	if (ret == 0 && profiles_has(net->policy, PROFILES_NET_USER))
		ret = user_begin(net, err);
	return ret;
}

int net_finish(struct net *net, struct error *err)
{
	return rules_load(net, err);
}

void net_close(struct net *net)
{
	rules_close(net);
	base_close(&net->host);
	base_close(&net->netns);
}

void net_end(struct net_result *result)
{
	(void)result;
}

void net_describe(const struct profiles_policy *policy,
		  void (*line)(void *data, const char *heading,
			       const char *text),
		  void *data)
{
	line(data, "namespaces", profiles_has(policy, PROFILES_NET_NONE) ?
	     "network: its own, with the loopback alone" :
	     profiles_net_is_own(policy) ? "network: its own" :
	     "network: that of the host");
}
