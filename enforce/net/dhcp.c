/* SPDX-License-Identifier: MIT */
/* ip dhcp: an address that a server gives. */
#include "enforce/net/parts.h"

int dhcp_open(struct net *net, size_t index, struct error *err)
{
	(void)net;
	(void)index;
	return base_error(err, ENOTSUP, "ip dhcp cannot be asked for yet; "
			  "leave it out");
}

int dhcp_begin(struct net *net, size_t index, const char *device,
	       uint32_t *address, unsigned *prefix, struct error *err)
{
	(void)device;
	(void)address;
	(void)prefix;
	return dhcp_open(net, index, err);
}
