/* SPDX-License-Identifier: MIT */
/*
 * The devices of a sandbox with networks of root's: what the host has (look.c),
 * the cable from there (links.c), an address that nobody has (pick.c, search.c,
 * arp.c), and the device inside (configure.c).
 */
#ifndef JAIL_ENFORCE_NET_DEVICES_H
#define JAIL_ENFORCE_NET_DEVICES_H

#include "enforce/net/net.h"
#include "enforce/net/netlink.h"

/* ---- pick.c: in which order addresses are tried ------------------------ */

/*
 * Each address of a range once, in an order that the seed decides: first those
 * of which nothing is known, then those that the host's table of neighbours
 * has, for it remembers who is gone. FORBIDDEN are the host's own, the
 * gateway's, and the first and last of the network.
 */
struct pick {
	uint32_t first, count;
	uint32_t start, step, done;	/* the order; how many were looked at */
	unsigned pass;
	const uint32_t *forbidden, *neighbours;
	size_t forbidden_count, neighbour_count;
};

void pick_begin(struct pick *pick, uint32_t first, uint32_t last,
		uint64_t seed);
/* False: there is no further one. */
bool pick_next(struct pick *pick, uint32_t *address);

/* ---- arp.c: packets ----------------------------------------------------- */

struct arp {
	int fd;			/* packet(7), bound to the device; or -1 */
	int index;
	uint8_t mac[6];		/* ours */
};
struct arp_packet {
	bool request;
	uint8_t mac[6];		/* the sender's */
	uint32_t sender, target;
};

int arp_open(struct arp *arp, int index, const uint8_t mac[6],
	     struct error *err);
void arp_close(struct arp *arp);
/* "Who has ADDRESS?", from nobody (RFC 5227, 2.1.1); and "I have it" (2.3). */
int arp_probe(const struct arp *arp, uint32_t address, struct error *err);
int arp_announce(const struct arp *arp, uint32_t address, struct error *err);
/* The next packet of others that is there: 1, 0: none, or a failure. */
int arp_read(const struct arp *arp, struct arp_packet *packet,
	     struct error *err);

/* ---- reserve.c: among the sandboxes of this host ------------------------ */

struct reserve {
	int fd;			/* of reserve_open(); -1: nothing is reserved */
	uint64_t place;		/* the device's: reserve_place() */
};
enum reserve_outcome {
	RESERVE_MINE,		/* nobody else tries for it or has it */
	RESERVE_CONTENDED,	/* another tries for it at this moment */
	RESERVE_TAKEN
};

/* In jail, for one device; as long as it is open its address stays reserved. */
int reserve_open(int *fd, struct error *err);
int reserve_place(int index, uint64_t *place, struct error *err);
enum reserve_outcome reserve_try(const struct reserve *reserve,
				 uint32_t address);
/* What was tried for: not taken, or taken. */
void reserve_release(const struct reserve *reserve, uint32_t address);
int reserve_keep(const struct reserve *reserve, uint32_t address,
		 struct error *err);

/* ---- search.c: an address that nobody has ------------------------------- */

#define SEARCH_MOST 256		/* candidates at once */
struct search {
	struct arp arp;
	struct pick pick;
	struct reserve reserve;
	uint64_t seed;
	struct search_candidate {
		uint32_t address;
		bool lost;
		uint8_t mac[6];		/* to whom */
		unsigned defended;
	} candidates[SEARCH_MOST];
	size_t count, wanted;	/* candidates of this round */
	unsigned sent;		/* how often they were asked for */
	int64_t begun, first_begun;	/* microseconds, CLOCK_MONOTONIC */
	bool yielded;		/* one was left to another who also asks */
	bool given;		/* there is one address alone */
};

/* Asks for the first candidates. With GIVEN that address is the only one. */
int search_begin(struct search *search, uint32_t given, struct error *err);
/* Waits for answers, as long as it takes: one that nobody has. -EADDRINUSE:
 * there is none. */
int search_finish(struct search *search, uint32_t *address,
		  struct error *err);
/* Once ADDRESS is set: tells all, and looks whether another has taken it in the
 * same moment. 1: so it is, and it must be given up; else 0. */
int search_claim(struct search *search, uint32_t address, struct error *err);

/* ---- the devices -------------------------------------------------------- */

enum net_kind {
	NET_BRIDGE,		/* veth(4) */
	NET_CARD,		/* macvlan */
	NET_RADIO		/* ipvlan: an access point knows one address of
				 * hardware alone */
};

struct net_device {
	const struct profiles_network *want;
	enum net_kind kind;
	int index;		/* on the host */
	unsigned mtu;
	uint32_t own;		/* the host's address in that network, or 0 */
	unsigned prefix;	/* the network's; 0: it has no address */
	uint32_t first, last;	/* to choose from */
	uint32_t router;	/* of that network, for all others; or 0 */
	uint32_t *forbidden, *neighbours;
	size_t forbidden_count, neighbour_count;
	char name[16];		/* inside: "eth0" */
	char cable[16];		/* the host's end of veth */
	int inside;		/* its index there */
	uint32_t address;
	struct search search;
	struct net_patience {
		int file;
		char before[16];
	} patience[3];		/* ipv6.c: settings of the device */
};

struct net_devices {
	struct net_device items[PROFILES_NETWORKS];
	size_t count;
	size_t routed;		/* 1 + which of them has the default route */
	struct nl_sock *host;	/* in the host's namespace */
	struct nl_sock *news;	/* likewise: what becomes of the cables */
	struct nl_sock *here;	/* of the builder, in the new one */
	pid_t helper;		/* makes the links where the builder has no
				 * right to; 0 */
	int ask[2], answer[2];
};

/* look.c: what DEVICE->want comes to on this host. */
int look_device(struct net_devices *devices, struct net_device *device,
		struct error *err);
/* Which device leads to all other networks. */
int look_routes(struct net_devices *devices,
		const struct profiles_policy *policy, struct error *err);
void look_free(struct net_device *device);

/* links.c. In jail: where the builder has a user namespace of its own, a
 * process that stays in ours. */
int links_open(struct net_devices *devices, bool helper, struct error *err);
void links_close(struct net_devices *devices);
/* In the builder: makes all, raises what is inside, and waits until packets
 * pass. */
int links_make(struct net_devices *devices, struct error *err);

/* configure.c: in the builder. */
int configure_up(struct net_devices *devices, struct net_device *device,
		 struct error *err);
int configure_address(struct net_devices *devices,
		      const struct net_device *device, bool set,
		      struct error *err);
int configure_ip6(struct net_devices *devices,
		  const struct net_device *device, bool set,
		  struct error *err);
int configure_route(struct net_devices *devices,
		    const struct net_device *device, struct error *err);

/* ipv6.c: in the builder. Sets the address of ip6, and waits until it is known
 * that nobody has it. */
int ipv6_begin(struct net_devices *devices, struct net_device *device,
	       struct error *err);
int ipv6_finish(struct net_devices *devices, struct net_device *device,
		struct error *err);

/* "10.10.20.5", in a buffer of INET_ADDRSTRLEN; "02:00:00:00:00:01". */
char *net_print_ip(uint32_t address, char *out);
char *net_print_mac(const uint8_t mac[6], char out[18]);

#endif
