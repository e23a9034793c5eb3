/* SPDX-License-Identifier: MIT */
/*
 * The network of a sandbox: which one it is, and its stages in their order.
 */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "enforce/companion/companion.h"
#include "enforce/net/parts.h"

int net_open(const struct enforce_plan *plan, struct net_result *result,
	     struct net *net, struct error *err)
{
	int ret = 0;

	*net = (struct net){.policy = plan->policy, .netns = -1,
			    .runtime = plan->context.runtime,
			    .result = result};
	if (profiles_has(plan->policy, PROFILES_NET_USER))
		ret = user_open(net, err);
	if (ret == 0)
		ret = devices_open(net, err);
	if (ret == 0)
		ret = rules_open(net, err);
	return ret < 0 ? ret : netns_enter(net, err);
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
	if (ret == 0)
		ret = devices_begin(net, err);
	if (ret == 0)
		ret = rules_load(net, err);
	if (ret == 0 && profiles_has(net->policy, PROFILES_NET_USER))
		ret = groups_close(err);
	return ret;
}

int net_finish(struct net *net, struct error *err)
{
	return devices_finish(net, err);
}

int net_close(struct net *net, struct error *err)
{
	rules_close(net);
	user_close(net);
	dhcp_close(net);
	devices_close(net);
	return netns_leave(net, err);
}

void net_end(struct net_result *result)
{
	for (size_t i = 0; i < ARRAY_SIZE(result->keepers); i++)
		companion_end(&result->keepers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(result->reserved); i++) {
		int fd = result->reserved[i] - 1;

		base_close(&fd);
		result->reserved[i] = 0;
	}
}
