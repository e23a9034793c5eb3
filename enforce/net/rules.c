/* SPDX-License-Identifier: MIT */
/* netfilter: rules for the packets of a network of the sandbox's own. */
#include "enforce/net/parts.h"

int rules_open(struct net *net, struct error *err)
{
	(void)net;
	(void)err;
	return 0;
}

int rules_load(struct net *net, struct error *err)
{
	(void)net;
	(void)err;
	return 0;
}

void rules_close(struct net *net)
{
	(void)net;
}
