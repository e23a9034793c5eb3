/* SPDX-License-Identifier: MIT */
/*
 * Groups: datagrams to groups of multicast leave the network of a user for the
 * host, which sends them on its own networks, but also hears them itself. So
 * two rules for packets drop them, which are made here by one message to the
 * kernel (net/netfilter/nf_tables_api.c): with nft(8) they would take a package
 * and several milliseconds. What is no datagram may pass, for IPv6 asks its
 * neighbours by groups.
 *
 *	table inet jail-groups {
 *		chain output {
 *			type filter hook output priority 0
 *			oiftype != loopback meta nfproto ipv4
 *				meta l4proto udp ip daddr & 240.0.0.0 ==
 *				224.0.0.0 drop
 *			... ipv6 ... ip6 daddr & ff00:: == ff00:: drop
 *		}
 *	}
 */
#include <netinet/in.h>
/* Behind it, or the kernel's own declarations meet it. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/net/netlink.h"
#include "enforce/net/parts.h"

#define TABLE "jail-groups"
#define CHAIN "output"

/* Messages one behind the other: all of them hold, or none. */
struct batch {
	char bytes[4096];
	size_t length;
	uint32_t count;		/* of those that are answered */
	bool failed;		/* no memory, or no room */
};

/* ---- messages --------------------------------------------------------- */

static struct nl_msg *begin(int type, int flags, uint8_t family, uint16_t id)
{
	const struct nfgenmsg head = {
		.nfgen_family = family, .version = NFNETLINK_V0,
		.res_id = htons(id),
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (msg && nlmsg_append(msg, (void *)&head, sizeof(head),
				NLMSG_ALIGNTO) == 0)
		return msg;
	if (msg)
		nlmsg_free(msg);
	return NULL;
}

static void end(struct batch *batch, struct nl_msg *msg)
{
	struct nlmsghdr *header = msg ? nlmsg_hdr(msg) : NULL;
	size_t length = msg ? NLMSG_ALIGN(header->nlmsg_len) : 0;

	if (!msg || batch->length + length > sizeof(batch->bytes)) {
		batch->failed = true;
	} else {
		header->nlmsg_pid = 0;
		header->nlmsg_seq = batch->count;
		batch->count += (header->nlmsg_flags & NLM_F_ACK) != 0;
		memcpy(batch->bytes + batch->length, header,
		       header->nlmsg_len);
		batch->length += length;
	}
	if (msg)
		nlmsg_free(msg);
}

static void mark(struct batch *batch, int type)
{
	end(batch, begin(type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

static struct nl_msg *begin_table(int type, int flags)
{
	return begin(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_ACK | flags,
		     NFPROTO_INET, 0);
}

/* ---- expressions ------------------------------------------------------ */

/* { NAME, DATA { ... } }; libnl says by its answers what it had no room for,
 * but a message has a page. */
static struct nlattr *begin_expression(struct nl_msg *msg, const char *name,
				       struct nlattr **data)
{
	struct nlattr *element = nla_nest_start(msg, NFTA_LIST_ELEM);

	nla_put_string(msg, NFTA_EXPR_NAME, name);
	*data = nla_nest_start(msg, NFTA_EXPR_DATA);
	return element;
}

static void end_expression(struct nl_msg *msg, struct nlattr *element,
			   struct nlattr *data)
{
	nla_nest_end(msg, data);
	nla_nest_end(msg, element);
}

static void put_value(struct nl_msg *msg, int attribute, const void *value,
		      int length)
{
	struct nlattr *nest = nla_nest_start(msg, attribute);

	nla_put(msg, NFTA_DATA_VALUE, length, value);
	nla_nest_end(msg, nest);
}

static void load_meta(struct nl_msg *msg, uint32_t key)
{
	struct nlattr *data, *element = begin_expression(msg, "meta", &data);

	nla_put_u32(msg, NFTA_META_DREG, htonl(NFT_REG_1));
	nla_put_u32(msg, NFTA_META_KEY, htonl(key));
	end_expression(msg, element, data);
}

static void compare(struct nl_msg *msg, uint32_t how, const void *value,
		    int length)
{
	struct nlattr *data, *element = begin_expression(msg, "cmp", &data);

	nla_put_u32(msg, NFTA_CMP_SREG, htonl(NFT_REG_1));
	nla_put_u32(msg, NFTA_CMP_OP, htonl(how));
	put_value(msg, NFTA_CMP_DATA, value, length);
	end_expression(msg, element, data);
}

/* One byte of the IP header, of which MASK is kept. */
static void load_byte(struct nl_msg *msg, uint32_t offset, uint8_t mask)
{
	const uint8_t nothing = 0;
	struct nlattr *data, *element = begin_expression(msg, "payload", &data);

	nla_put_u32(msg, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
	nla_put_u32(msg, NFTA_PAYLOAD_BASE, htonl(NFT_PAYLOAD_NETWORK_HEADER));
	nla_put_u32(msg, NFTA_PAYLOAD_OFFSET, htonl(offset));
	nla_put_u32(msg, NFTA_PAYLOAD_LEN, htonl(1));
	end_expression(msg, element, data);
	element = begin_expression(msg, "bitwise", &data);
	nla_put_u32(msg, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
	nla_put_u32(msg, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
	nla_put_u32(msg, NFTA_BITWISE_LEN, htonl(1));
	put_value(msg, NFTA_BITWISE_MASK, &mask, 1);
	put_value(msg, NFTA_BITWISE_XOR, &nothing, 1);
	end_expression(msg, element, data);
}

static void drop(struct nl_msg *msg)
{
	struct nlattr *data, *value, *verdict;
	struct nlattr *element = begin_expression(msg, "immediate", &data);

	nla_put_u32(msg, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	value = nla_nest_start(msg, NFTA_IMMEDIATE_DATA);
	verdict = nla_nest_start(msg, NFTA_DATA_VERDICT);
	nla_put_u32(msg, NFTA_VERDICT_CODE, htonl(NF_DROP));
	nla_nest_end(msg, verdict);
	nla_nest_end(msg, value);
	end_expression(msg, element, data);
}

/* ---- the table -------------------------------------------------------- */

static void add_table(struct batch *batch)
{
	struct nl_msg *msg = begin_table(NFT_MSG_NEWTABLE, NLM_F_CREATE);
	struct nlattr *hook;

	if (msg)
		nla_put_string(msg, NFTA_TABLE_NAME, TABLE);
	end(batch, msg);
	msg = begin_table(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	if (msg) {
		nla_put_string(msg, NFTA_CHAIN_TABLE, TABLE);
		nla_put_string(msg, NFTA_CHAIN_NAME, CHAIN);
		hook = nla_nest_start(msg, NFTA_CHAIN_HOOK);
		nla_put_u32(msg, NFTA_HOOK_HOOKNUM, htonl(NF_INET_LOCAL_OUT));
		nla_put_u32(msg, NFTA_HOOK_PRIORITY, htonl(0));
		nla_nest_end(msg, hook);
		nla_put_string(msg, NFTA_CHAIN_TYPE, "filter");
	}
	end(batch, msg);
}

/* The first byte of the destination is at OFFSET; what MASK keeps of a group's
 * is GROUP. */
static void add_rule(struct batch *batch, uint8_t family, uint32_t offset,
		     uint8_t mask, uint8_t group)
{
	const uint16_t loopback = ARPHRD_LOOPBACK;
	const uint8_t udp = IPPROTO_UDP;
	struct nl_msg *msg = begin_table(NFT_MSG_NEWRULE, NLM_F_CREATE |
							  NLM_F_APPEND);
	struct nlattr *list;

	if (msg) {
		nla_put_string(msg, NFTA_RULE_TABLE, TABLE);
		nla_put_string(msg, NFTA_RULE_CHAIN, CHAIN);
		list = nla_nest_start(msg, NFTA_RULE_EXPRESSIONS);
		load_meta(msg, NFT_META_OIFTYPE);
		compare(msg, NFT_CMP_NEQ, &loopback, sizeof(loopback));
		load_meta(msg, NFT_META_NFPROTO);
		compare(msg, NFT_CMP_EQ, &family, 1);
		load_meta(msg, NFT_META_L4PROTO);
		compare(msg, NFT_CMP_EQ, &udp, 1);
		load_byte(msg, offset, mask);
		compare(msg, NFT_CMP_EQ, &group, 1);
		drop(msg);
		nla_nest_end(msg, list);
	}
	end(batch, msg);
}

/* ---- the kernel's answer ---------------------------------------------- */

/* All are there when it has taken the batch. 0, or the errno of the first that
 * failed. */
static int read_answers(int fd, uint32_t count)
{
	char bytes[8192];
	ssize_t length;

	while (count > 0) {
		struct nlmsghdr *header = (struct nlmsghdr *)bytes;

		length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (length < 0)
			return errno;
		for (; NLMSG_OK(header, (unsigned)length) && count > 0;
		     header = NLMSG_NEXT(header, length)) {
			const struct nlmsgerr *answer = NLMSG_DATA(header);

			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			if (answer->error)
				return -answer->error;
			count--;
		}
	}
	return 0;
}

static int send_batch(const struct batch *batch)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				      NETLINK_NETFILTER);

	if (batch->failed)
		return ENOMEM;
	if (fd < 0 || send(fd, batch->bytes, batch->length, 0) < 0)
		return errno;
	return read_answers(fd, batch->count);
}

int groups_close(struct error *err)
{
	struct batch batch = {.length = 0};
	int failed;

	mark(&batch, NFNL_MSG_BATCH_BEGIN);
	add_table(&batch);
	add_rule(&batch, NFPROTO_IPV4, 16, 0xf0, 0xe0);
	add_rule(&batch, NFPROTO_IPV6, 24, 0xff, 0xff);
	mark(&batch, NFNL_MSG_BATCH_END);
	failed = send_batch(&batch);
	return failed == 0 ? 0 : base_error(err, failed, "net user: multicast "
		"cannot be kept from the host (nf_tables: %s); as root: "
		"modprobe nf_tables, or take a kernel with CONFIG_NF_TABLES_"
		"INET", strerror(failed));
}
