/* SPDX-License-Identifier: MIT */
/* ARP over Ethernet (RFC 826), on a packet socket (packet(7)). */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/net/devices.h"

int arp_open(struct arp *arp, int index, const uint8_t mac[6],
	     struct error *err)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = index,
	};

	memcpy(arp->mac, mac, sizeof(arp->mac));
	arp->index = index;
	arp->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			 0);
	if (arp->fd < 0 || bind(arp->fd, (const struct sockaddr *)&address,
				sizeof(address)) < 0)
		return base_error(err, errno, "cannot ask who has an address "
				  "(packet socket): %m");
	return 0;
}

void arp_close(struct arp *arp)
{
	base_close(&arp->fd);
}

static int ask(const struct arp *arp, uint32_t sender, uint32_t target,
	       struct error *err)
{
	struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = arp->index, .sll_halen = ETH_ALEN,
		.sll_addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	};
	struct ether_arp packet = {
		.ea_hdr = {
			.ar_hrd = htons(ARPHRD_ETHER),
			.ar_pro = htons(ETHERTYPE_IP),
			.ar_hln = ETH_ALEN, .ar_pln = 4,
			.ar_op = htons(ARPOP_REQUEST),
		},
	};
	uint32_t from = htonl(sender), to = htonl(target);

	memcpy(packet.arp_sha, arp->mac, ETH_ALEN);
	memcpy(packet.arp_spa, &from, sizeof(from));
	memcpy(packet.arp_tpa, &to, sizeof(to));
	/* A queue that is full loses it, as the network may. */
	if (sendto(arp->fd, &packet, sizeof(packet), 0,
		   (struct sockaddr *)&all, sizeof(all)) < 0 &&
	    errno != ENOBUFS && errno != EAGAIN)
		return base_error(err, errno, "cannot ask who has an address: "
				  "%m");
	return 0;
}

int arp_probe(const struct arp *arp, uint32_t address, struct error *err)
{
	return ask(arp, 0, address, err);
}

int arp_announce(const struct arp *arp, uint32_t address, struct error *err)
{
	return ask(arp, address, address, err);
}

/* Ours may come back from a switch. */
static bool take(const struct arp *arp, const struct ether_arp *from,
		 struct arp_packet *packet)
{
	uint16_t kind = ntohs(from->ea_hdr.ar_op);

	if (from->ea_hdr.ar_hrd != htons(ARPHRD_ETHER) ||
	    from->ea_hdr.ar_pro != htons(ETHERTYPE_IP) ||
	    from->ea_hdr.ar_hln != ETH_ALEN || from->ea_hdr.ar_pln != 4 ||
	    (kind != ARPOP_REQUEST && kind != ARPOP_REPLY) ||
	    memcmp(from->arp_sha, arp->mac, ETH_ALEN) == 0)
		return false;
	packet->request = kind == ARPOP_REQUEST;
	memcpy(packet->mac, from->arp_sha, ETH_ALEN);
	memcpy(&packet->sender, from->arp_spa, sizeof(packet->sender));
	memcpy(&packet->target, from->arp_tpa, sizeof(packet->target));
	packet->sender = ntohl(packet->sender);
	packet->target = ntohl(packet->target);
	return true;
}

int arp_read(const struct arp *arp, struct arp_packet *packet,
	     struct error *err)
{
	/* Not for ever, whoever sends. */
	for (unsigned i = 0; i < 1000; i++) {
		struct ether_arp from = {0};
		ssize_t length = recv(arp->fd, &from, sizeof(from),
				      MSG_DONTWAIT);

		if (length == (ssize_t)sizeof(from) &&
		    take(arp, &from, packet))
			return 1;
		if (length >= 0 || errno == EINTR)
			continue;
		if (errno == EAGAIN)
			return 0;
		return base_error(err, errno, "cannot hear who has an "
				  "address: %m");
	}
	return 0;
}
