/* SPDX-License-Identifier: MIT */
/* A network for people, before it is made: lines of --check. */
#include <arpa/inet.h>
#include <string.h>

#include "enforce/net/devices.h"

struct lines {
	void (*line)(void *data, const char *heading, const char *text);
	void *data;
	bool failed;		/* without memory */
};

__attribute__((format(printf, 2, 3)))
static void say(struct lines *lines, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	if (text)
		lines->line(lines->data, "namespaces", text);
	else
		lines->failed = true;
}

static void address(const struct profiles_network *network, char *out,
		    size_t size)
{
	char first[INET_ADDRSTRLEN], last[INET_ADDRSTRLEN];

	switch (network->how) {
	case PROFILES_ADDRESS_GIVEN:
		snprintf(out, size, "%s, if nobody has it",
			 net_print_ip(network->ip, first));
		break;
	case PROFILES_ADDRESS_NONE:
		snprintf(out, size, "without an address");
		break;
	case PROFILES_ADDRESS_DHCP:
		snprintf(out, size, "with an address by DHCP");
		break;
	case PROFILES_ADDRESS_FREE:
		if (network->first)
			snprintf(out, size, "with an address from %s to %s "
				 "that nobody has",
				 net_print_ip(network->first, first),
				 net_print_ip(network->last, last));
		else
			snprintf(out, size, "with an address that nobody has");
	}
}

static void device(struct lines *lines, const struct profiles_network *network,
		   size_t index)
{
	static const uint8_t none[6];
	char text[128], mac[18] = "", mtu[32] = "";

	address(network, text, sizeof(text));
	if (memcmp(network->mac, none, sizeof(none)) != 0)
		net_print_mac(network->mac, mac);
	if (network->mtu)
		snprintf(mtu, sizeof(mtu), ", mtu %u", network->mtu);
	say(lines, "network: eth%zu on %s, %s%s%s%s", index, network->device,
	    text, *mac ? ", mac " : "", mac, mtu);
}

static void kind(struct lines *lines, const struct profiles_policy *policy)
{
	if (policy->netns)
		say(lines, "network: that of netns %s", policy->netns);
	else if (profiles_has(policy, PROFILES_NET_USER))
		say(lines, "network: its own, through pasta or slirp4netns");
	else if (profiles_has(policy, PROFILES_NET_NONE))
		say(lines, "network: its own, with the loopback alone");
	else if (!policy->network_count)
		say(lines, "network: that of the host");
}

static void packets(struct lines *lines, const struct profiles_policy *policy)
{
	if (!profiles_has(policy, PROFILES_NETFILTER) ||
	    !profiles_net_is_new(policy) ||
	    profiles_has(policy, PROFILES_NET_NONE))
		return;
	say(lines, "packets: %s", policy->netfilter ? policy->netfilter :
	    policy->netfilter6 ? policy->netfilter6 :
	    "rules that let nobody in");
	if (policy->netfilter && policy->netfilter6)
		say(lines, "packets, IPv6: %s", policy->netfilter6);
}

/* By what a start does first: what it opens is closed again, and companions
 * that it prepares end unused. */
static void look(struct lines *lines, const struct enforce_plan *plan)
{
	struct net_result result = {.routed = false};
	struct error err = {0};
	struct net net;
	int ret = net_open(plan, &result, &net, &err);

	if (ret == -ENOMEM)
		lines->failed = true;
	else if (ret < 0)
		say(lines, "network: cannot be had now: %s", err.text);
	(void)net_close(&net, NULL);
	net_end(&result);
}

bool net_describe(const struct enforce_plan *plan,
		  void (*line)(void *data, const char *heading,
			       const char *text),
		  void *data)
{
	struct lines lines = {.line = line, .data = data};
	const struct profiles_policy *policy = plan->policy;
	char ip[INET_ADDRSTRLEN];

	kind(&lines, policy);
	for (size_t i = 0; i < policy->network_count; i++)
		device(&lines, &policy->networks[i], i);
	if (policy->defaultgw)
		say(&lines, "network: all else goes to %s",
		    net_print_ip(policy->defaultgw, ip));
	for (size_t i = 0; i < policy->forward.count; i++)
		say(&lines, "network: %s, the host's loopback port and the "
		    "sandbox's", policy->forward.items[i]);
	packets(&lines, policy);
	look(&lines, plan);
	return !lines.failed;
}
