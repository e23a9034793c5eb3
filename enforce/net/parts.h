/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share. The stages of net.c in their order, and
 * whose they are:
 *
 *	in jail,
 *	net_open():		user.c (forward.c), devices.c (dhcp.c),
 *				rules.c, netns.c
 *	in the builder,
 *	net_begin():		lo, user.c (forward.c), devices.c (dhcp.c),
 *				rules.c
 *	net_finish():		devices.c
 *
 * All messages to the kernel are libnl's: netlink.h.
 */
#ifndef JAIL_ENFORCE_NET_PARTS_H
#define JAIL_ENFORCE_NET_PARTS_H

#include <ifaddrs.h>

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
/* Whether connections to forwarded ports come to eth0, as slirp4netns makes
 * them, not to lo, as pasta does. */
bool user_forwards_packets(const struct net *net);

/* ---- forward.c: net.user.forward ----------------------------------------- */

/* In jail: whether each of these ports of the host can be had. */
int forward_try(const struct profiles_words *forward, struct error *err);
/* Pasta's word for all ports of PROTOCOL, "127.0.0.1/8080:80,9090:90", in new
 * memory, or NULL. */
char *forward_list(const struct profiles_words *forward, const char *protocol);
/* Whether slirp4netns can be asked for all of them. */
int forward_check_asked(const struct profiles_words *forward,
			struct error *err);
/* Asks it, when it is ready, by its socket PATH: they are open then. */
int forward_ask(const struct profiles_words *forward, const char *path,
		struct error *err);
/* Rules of nft(8) that let in what it brings, in new memory, or NULL. */
char *forward_rules(const struct profiles_words *forward);

/* ---- host.c: what net user does not reach ------------------------------- */

struct nl_sock;
/* Closes the host's loopback and ADDRESSES. SOCK is one in the sandbox's
 * namespace, where eth0 is. */
int host_close(struct nl_sock *sock, const struct ifaddrs *addresses,
	       struct error *err);
/* In jail, before it looks for addresses: *NEWS can be read when there are
 * others. */
int host_listen(struct nl_sock **news, struct error *err);
/* In the host's namespace, when it can: closes all that there are by now.
 * HANDED is a socket in the sandbox's; nobody else may read from it. */
int host_close_later(int news, int handed, struct error *err);

/* ---- groups.c: what net user does not send ------------------------------- */

/* In the builder, behind rules_load(), whose rules may flush all others. */
int groups_close(struct error *err);

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

/* ---- doctor-network.c, doctor-programs.c --------------------------------- */

/* What came of it in a network namespace of doctor's own. */
struct net_trial {
	bool made;		/* there was one: devices were tried */
	bool refused;		/* none may be made */
	unsigned lacks;		/* bits of those that the kernel has not */
	/* Of groups_close(), and of our own rules; code 0: no failure. */
	struct error groups, rules;
};

/* The findings about user.c, dhcp.c and rules.c. */
void net_doctor_programs(const struct net_trial *trial,
			 void (*tell)(void *data,
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

/* ---- template.c ---------------------------------------------------------- */

/* *FILLED, new memory, is TEXT with WORDS in the place of $ARG1, $ARG2, ...; it
 * is the caller's also where this fails. At most 32 words. */
int template_fill(const char *text, const struct profiles_words *words,
		  char **filled, struct error *err);

#endif
