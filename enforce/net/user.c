/* SPDX-License-Identifier: MIT */
/* net user: the network of an ordinary user. */
#include "enforce/net/parts.h"

int user_open(struct net *net, struct error *err)
{
	(void)net;
	return base_error(err, ENOTSUP, "net user cannot be made yet; "
			  "--net=none gives the program none");
}

int user_begin(struct net *net, struct error *err)
{
	return user_open(net, err);
}
