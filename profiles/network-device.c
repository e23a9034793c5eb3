/* SPDX-License-Identifier: MIT */
/*
 * Directives about a device of the network, ip, mac and the like: about that of
 * the last net line. And addresses.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "profiles/text.h"

static int parse_address(const char *text, uint32_t *address)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return -EINVAL;
	*address = ntohl(parsed.s_addr);
	return *address >> 24 == 0 || *address >> 28 >= 14 ||
	       *address >> 24 == 127 ? -EINVAL : 0;
}

static int parse_ip(struct profiles_network *network, char *argument)
{
	if (strcmp(argument, "dhcp") == 0)
		network->how = PROFILES_ADDRESS_DHCP;
	else if (strcmp(argument, "none") == 0)
		network->how = PROFILES_ADDRESS_NONE;
	else if (parse_address(argument, &network->ip) == 0)
		network->how = PROFILES_ADDRESS_GIVEN;
	else
		return -EINVAL;
	return 0;
}

static int parse_ip6(struct profiles_network *network, char *argument)
{
	char *slash = strchr(argument, '/');
	uint64_t prefix = 64;
	struct in6_addr parsed;

	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET6, argument, &parsed) != 1 ||
	    IN6_IS_ADDR_MULTICAST(&parsed) || IN6_IS_ADDR_LOOPBACK(&parsed) ||
	    IN6_IS_ADDR_UNSPECIFIED(&parsed) || IN6_IS_ADDR_V4MAPPED(&parsed) ||
	    (slash && base_parse_number(slash, 128, &prefix) < 0) ||
	    prefix == 0)
		return -EINVAL;
	memcpy(network->ip6, &parsed, sizeof(network->ip6));
	network->ip6_prefix = (unsigned)prefix;
	return 0;
}

static int parse_range(struct profiles_network *network, char *argument)
{
	char *comma = strchr(argument, ',');
	uint32_t first, last;

	if (!comma)
		return -EINVAL;
	*comma++ = '\0';
	if (parse_address(argument, &first) < 0 ||
	    parse_address(comma, &last) < 0 || first > last)
		return -EINVAL;
	network->first = first;
	network->last = last;
	return 0;
}

static int parse_mask(struct profiles_network *network, char *argument)
{
	struct in_addr parsed;
	uint32_t mask, rest;

	if (inet_pton(AF_INET, argument, &parsed) != 1)
		return -EINVAL;
	mask = ntohl(parsed.s_addr);
	rest = ~mask;
	if ((rest & (rest + 1)) != 0 || rest < 3 || mask >> 24 == 0)
		return -EINVAL;
	network->netmask = mask;
	return 0;
}

/* One that a device can have: not a group's, and not all zeros. */
static int parse_mac(struct profiles_network *network, char *argument)
{
	static const uint8_t none[6];
	uint8_t mac[6];

	for (size_t i = 0; i < sizeof(mac); i++, argument += 3) {
		char digits[] = { '0', 'x', argument[0],
				  argument[0] ? argument[1] : '\0', '\0' };
		uint64_t value;

		if (!isxdigit((unsigned char)digits[2]) ||
		    !isxdigit((unsigned char)digits[3]) ||
		    argument[2] != (i < 5 ? ':' : '\0') ||
		    base_parse_number(digits, 255, &value) < 0)
			return -EINVAL;
		mac[i] = (uint8_t)value;
	}
	if ((mac[0] & 1) || memcmp(mac, none, sizeof(mac)) == 0)
		return -EINVAL;
	memcpy(network->mac, mac, sizeof(mac));
	return 0;
}

static int parse_mtu(struct profiles_network *network, char *argument)
{
	uint64_t mtu;

	if (base_parse_number(argument, 65535, &mtu) < 0 || mtu < 68)
		return -EINVAL;
	network->mtu = (unsigned)mtu;
	return 0;
}

static int parse_veth(struct profiles_network *network, char *argument)
{
	/* The kernel's words for each of them (net/ipv4/devinet.c). */
	if (!network_is_device(argument) || strcmp(argument, "all") == 0 ||
	    strcmp(argument, "default") == 0)
		return -EINVAL;
	strcpy(network->veth_name, argument);
	return 0;
}

static const struct {
	int (*parse)(struct profiles_network *network, char *argument);
	const char *takes;
} settings[] = {
	[TEXT_NET_IP] = { parse_ip, "an IPv4 address of a host, none or dhcp" },
	[TEXT_NET_IP6] = { parse_ip6, "an IPv6 address of a host, with /LENGTH "
				      "or without (dhcp is not spoken; where a "
				      "router announces a network, the device "
				      "has an address without)" },
	[TEXT_NET_MAC] = { parse_mac, "the address of a card, six bytes as in "
				      "02:11:22:33:44:55, of which the first "
				      "is even" },
	[TEXT_NET_MASK] = { parse_mask, "a mask such as 255.255.255.0, from "
					"255.0.0.0 to 255.255.255.252" },
	[TEXT_NET_MTU] = { parse_mtu, "a number from 68 to 65535" },
	[TEXT_NET_RANGE] = { parse_range, "two IPv4 addresses, the lower one "
					  "first" },
	[TEXT_NET_VETH] = { parse_veth, "a name of at most 15 characters, "
				     "other than all and default" },
};

int network_device(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	struct profiles_policy *policy = &text->policy;
	struct profiles_network nowhere;
	struct profiles_network *network = &nowhere;
	cleanup_free char *said = strdup(argument);

	if (!reading || !said)
		return policy_no_memory(err);
	if (!reading->file && !reading->net.option)
		reading->net.early = row->directive.name;
	if (policy->network_count) {
		network = &policy->networks[policy->network_count - 1];
	} else if (!reading->net.loose) {
		reading->net.loose = row->directive.name;
		reading->net.loose_file = reading->file;
		reading->net.loose_line = reading->line;
	}
	if (settings[row->data].parse(network, argument) < 0)
		return network_refuse(row, said, settings[row->data].takes,
				      err);
	return 0;
}

int network_gateway(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);

	if (!reading)
		return policy_no_memory(err);
	if (parse_address(argument, &text->policy.defaultgw) < 0)
		return network_refuse(row, argument, "an IPv4 address of a "
				      "host", err);
	if (!reading->file)
		reading->net.gateway = row->directive.name;
	return 0;
}
