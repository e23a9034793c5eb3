/* SPDX-License-Identifier: MIT */
/*
 * An address that nobody has, by asking: RFC 5227, in milliseconds, for a
 * bridge is no slow network. Four random candidates are asked for at once, and
 * if others have them all, more and more.
 *
 * Sandboxes of this host do not meet here: they know of each other (reserve.c).
 * Of two others who begin at the same moment none must have the address of the
 * other.
 * Each listens from before its first question on. So
 *
 *	- whoever has the address already answers (its kernel does), and the
 *	  asker leaves it;
 *	- whoever hears another ask for its candidate leaves it to the one with
 *	  the lower hardware address, or, having that itself, asks again at
 *	  once, which the other hears;
 *	- whoever was too slow for that meets the other's announcement: an
 *	  address is first set, then announced, and then what has come meanwhile
 *	  is read. Of two who announce, the later one finds the other's
 *	  announcement when it reads, and gives the address up.
 *
 * So no order of events leaves both with it, provided that packets pass: none
 * is sent before the bridge lets them (links.c).
 */
#include <poll.h>
#include <string.h>

#include "enforce/net/devices.h"

#define WINDOW 15000		/* microseconds that a round takes */
#define AGAIN 6000		/* when it is asked a second time */
#define PATIENCE 1000000	/* with those that have an address */
#define LONGEST 5000000		/* with those that ask for one, too */
#define FIRST 4
#define DEFENDED 8		/* how often one is asked for again because
				 * another asks */

/* ---- what is heard ---------------------------------------------------- */

static int judge(struct search *search, const struct arp_packet *packet,
		 struct error *err)
{
	for (size_t i = 0; i < search->count; i++) {
		struct search_candidate *one = &search->candidates[i];
		bool has = packet->sender == one->address;
		bool asks = packet->sender == 0 && packet->request &&
			    packet->target == one->address;
		bool first = memcmp(packet->mac, search->arp.mac,
				    sizeof(packet->mac)) > 0;

		if (one->lost || (!has && !asks))
			continue;
		if (asks && first)
			return one->defended++ >= DEFENDED ? 0 :
			       arp_probe(&search->arp, one->address, err);
		one->lost = true;
		search->yielded |= asks;
		memcpy(one->mac, packet->mac, sizeof(one->mac));
	}
	return 0;
}

static int listen_now(struct search *search, struct error *err)
{
	struct arp_packet packet;
	int ret;

	while ((ret = arp_read(&search->arp, &packet, err)) > 0) {
		ret = judge(search, &packet, err);
		if (ret < 0)
			return ret;
	}
	return ret;
}

static const struct search_candidate *left(const struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->candidates[i].lost)
			return &search->candidates[i];
	return NULL;
}

/* ---- a round ---------------------------------------------------------- */

static int ask(struct search *search, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < search->count; i++)
		if (!search->candidates[i].lost)
			ret = arp_probe(&search->arp,
					search->candidates[i].address, err);
	search->sent++;
	return ret;
}

/* All candidates but KEPT. */
static void release(struct search *search, uint32_t kept)
{
	for (size_t i = 0; i < search->count; i++)
		if (search->candidates[i].address != kept)
			reserve_release(&search->reserve,
					search->candidates[i].address);
}

static int begin_round(struct search *search, struct error *err)
{
	uint32_t address;

	release(search, 0);
	search->count = 0;
	search->sent = 0;
	while (search->count < search->wanted &&
	       pick_next(&search->pick, &address)) {
		enum reserve_outcome outcome = reserve_try(&search->reserve,
							   address);

		search->yielded |= outcome == RESERVE_CONTENDED;
		if (outcome == RESERVE_MINE)
			search->candidates[search->count++] =
				(struct search_candidate){.address = address};
	}
	search->begun = base_now_monotonic();
	return ask(search, err);
}

static bool is_last(const struct search *search)
{
	return search->given || search->pick.pass >= 2;
}

static int wait_round(struct search *search, struct error *err)
{
	struct pollfd poll_fd = {.fd = search->arp.fd, .events = POLLIN};
	int ret = listen_now(search, err);

	/* Where there is no further one, to the end: others give theirs back
	 * meanwhile. */
	while (ret == 0 && (left(search) || is_last(search))) {
		int64_t since = base_now_monotonic() - search->begun, wait;
		struct timespec time;

		if (since >= WINDOW)
			return 0;
		if (since >= AGAIN && search->sent == 1) {
			ret = ask(search, err);
			continue;
		}
		wait = (search->sent == 1 ? AGAIN : WINDOW) - since;
		time = (struct timespec){.tv_nsec = wait * 1000};
		if (ppoll(&poll_fd, 1, &time, NULL) < 0 && errno != EINTR)
			return base_error(err, errno, "cannot wait for "
					  "answers: %m");
		ret = listen_now(search, err);
	}
	return ret;
}

/* When all were looked at it begins anew: what was left to others may be free
 * again, for each takes one of four; and a sandbox that has just ended answers
 * until the kernel's work queue has come to it. */
static bool prepare_next(struct search *search)
{
	struct pick *pick = &search->pick;
	int64_t since = base_now_monotonic() - search->first_begun;

	if (!is_last(search) && since < LONGEST) {
		search->wanted = search->wanted * 4 > SEARCH_MOST ?
				 SEARCH_MOST : search->wanted * 4;
		return true;
	}
	if (since >= (search->yielded ? LONGEST : PATIENCE))
		return false;
	search->yielded = false;
	search->wanted = FIRST;
	search->seed = search->seed * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
	pick_begin(pick, pick->first, pick->first + pick->count - 1,
		   search->seed);
	return true;
}

/* ---- the search ------------------------------------------------------- */

int search_begin(struct search *search, uint32_t given, struct error *err)
{
	search->given = given != 0;
	search->wanted = FIRST;
	search->first_begun = base_now_monotonic();
	if (given)
		pick_begin(&search->pick, given, given, 0);
	return begin_round(search, err);
}

static int none(const struct search *search, struct error *err)
{
	char ip[16], mac[18];

	if (search->given && !search->count)
		return base_error(err, EADDRINUSE, "%s is in use by another "
				  "sandbox", net_print_ip(search->pick.first,
							  ip));
	if (search->given)
		return base_error(err, EADDRINUSE, "%s is in use by %s",
			net_print_ip(search->candidates[0].address, ip),
			net_print_mac(search->candidates[0].mac, mac));
	return base_error(err, EADDRINUSE, "there is no free address");
}

int search_finish(struct search *search, uint32_t *address,
		  struct error *err)
{
	for (;;) {
		int ret = wait_round(search, err);

		if (ret < 0)
			return ret;
		if (left(search)) {
			*address = left(search)->address;
			release(search, *address);
			return reserve_keep(&search->reserve, *address, err);
		}
		if (!prepare_next(search))
			return none(search, err);
		ret = begin_round(search, err);
		if (ret < 0)
			return ret;
	}
}

int search_claim(struct search *search, uint32_t address, struct error *err)
{
	struct arp_packet packet;
	int ret = arp_announce(&search->arp, address, err);

	while (ret == 0 && (ret = arp_read(&search->arp, &packet, err)) > 0) {
		ret = 0;
		if (packet.sender != address)
			continue;
		search->count = 1;
		search->candidates[0] = (struct search_candidate){
			.address = address, .lost = true,
		};
		memcpy(search->candidates[0].mac, packet.mac,
		       sizeof(packet.mac));
		search->yielded = true;
		reserve_release(&search->reserve, address);
		return 1;
	}
	return ret;
}
