/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share. The stages of net.c in their order, and
 * whose they are:
 *
 *	in jail,
 *	net_open():		user.c, devices.c (dhcp.c), rules.c, netns.c
 *	in the builder,
 *	net_begin():		lo, user.c, devices.c (dhcp.c), rules.c
 *	net_finish():		devices.c
 *
 * All messages to the kernel are libnl's: netlink.h.
 */
#ifndef JAIL_ENFORCE_NET_PARTS_H
#define JAIL_ENFORCE_NET_PARTS_H

#include "enforce/net/net.h"

/* ---- netns.c ------------------------------------------------------------ */

/* In jail: into the namespace of `netns NAME`, and back to the host's. */
int netns_enter(struct net *net, struct error *err);
int netns_leave(struct net *net, struct error *err);

/* ---- devices.c: net DEVICE ---------------------------------------------- */

int devices_open(struct net *net, struct error *err);
void devices_close(struct net *net);
int devices_begin(struct net *net, struct error *err);
int devices_finish(struct net *net, struct error *err);

/* ---- user.c: net user --------------------------------------------------- */

/* In jail: looks for the program, and forks its keeper. */
int user_open(struct net *net, struct error *err);
/* In the builder, with lo up: the program gives the network its device. */
int user_begin(struct net *net, struct error *err);
/* In jail: what user_open() opened. */
void user_close(struct net *net);

/* ---- dhcp.c: ip dhcp ---------------------------------------------------- */

/* In jail, once for each network INDEX that wants it; DEVICE is its name in the
 * sandbox. */
int dhcp_open(struct net *net, size_t index, const char *device,
	      struct error *err);
/* In the builder: the device is up, and packets pass. ROUTED: another one leads
 * to all other networks. Returns with address and route set, *ADDRESS and
 * *PREFIX are for people; the servers are in net->result->dns. */
int dhcp_begin(struct net *net, size_t index, bool routed, uint32_t *address,
	       unsigned *prefix, struct error *err);
/* In jail: what dhcp_open() opened. */
void dhcp_close(struct net *net);

/* ---- doctor-programs.c --------------------------------------------------- */

/* The findings about user.c, dhcp.c and rules.c. */
void net_doctor_programs(void (*tell)(void *data,
				      const struct enforce_finding *finding),
			 void *data);

/* ---- rules.c: netfilter -------------------------------------------------- */

/* In jail, as the user: opens the files, looks for the programs. Also called
 * where the network is the host's; it has no effect there. */
int rules_open(struct net *net, struct error *err);
/* In the builder, at the end of net_begin(): the devices are there. */
int rules_load(struct net *net, struct error *err);
/* In jail: what rules_open() opened. */
void rules_close(struct net *net);

#endif
