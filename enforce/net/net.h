/* SPDX-License-Identifier: MIT */
/*
 * The network of a sandbox.
 *
 *	jail			builder			init
 *	net_open()
 *	clone(NEWNET)		ids are mapped
 *	sleeps			net_begin()
 *	sleeps			sleeps			builds the tree
 *	sleeps			net_finish()
 *	...
 *	net_close()
 *
 * What has to happen in the host's network namespace goes through sockets that
 * jail opened there (a netlink socket stays where it was made) or through
 * companions. rtnetlink(7) by libnl; no other program on the way to a bridge.
 */
#ifndef JAIL_ENFORCE_NET_H
#define JAIL_ENFORCE_NET_H

#include "enforce/enforce.h"

#define NET_SERVERS 4
struct net {
	const struct profiles_policy *policy;
	const char *runtime;	/* folder of the registry */
	int netns;		/* where we came from, with `netns NAME`; -1 */
	void *user, *dhcp, *rules;	/* of those files: from open, in memory
					 * that the builder has a copy of */
	struct net_devices *devices;	/* likewise; NULL */
	/* In memory shared by jail and builder; zeroed: */
	struct net_result {
		char address[64];	/* "10.10.20.5/24 on br0", for people */
		pid_t keepers[PROFILES_NETWORKS];	/* companions */
		uint32_t dns[NET_SERVERS];	/* learned by DHCP */
		int reserved[PROFILES_NETWORKS];	/* 1 + what keeps an
				 * address from all others: a descriptor of
				 * jail's */
		struct net_lease {
			uint32_t address, mask;
		} leases[PROFILES_NETWORKS];	/* likewise, as they are */
		bool routed;	/* there is a default route without DHCP */
	} *result;
};

/* Looks whether the policy's network can be had: devices, rights, programs;
 * opens what the builder needs. RESULT stays the caller's. */
int net_open(const struct enforce_plan *plan, struct net_result *result,
	     struct net *net, struct error *err);
/* In the new network namespace, before the tree is built: lo, pairs, DHCP, the
 * first probes for an address, rules. And after it: addresses, routes. */
int net_begin(struct net *net, struct error *err);
int net_finish(struct net *net, struct error *err);
/* In jail, when the builder has ended, also where net_open() failed: what it
 * opened, and back to the host's network. What companions there are ends in
 * net_end(). */
int net_close(struct net *net, struct error *err);
void net_end(struct net_result *result);
/* Lines of --check, in jail. Of what net_open() refuses, its sentence. False:
 * there was no memory for one. */
bool net_describe(const struct enforce_plan *plan,
		  void (*line)(void *data, const char *heading,
			       const char *text),
		  void *data);
/* Findings of jail doctor. */
void net_doctor(void (*tell)(void *data,
			     const struct enforce_finding *finding),
		void *data);

#endif
