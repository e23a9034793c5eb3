/* SPDX-License-Identifier: MIT */
/* libnl, loaded, and what is sent by it: netlink.h. */
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/net/netlink.h"

/* ---- the library ------------------------------------------------------ */

static const struct base_library_call calls[] = {
#define ROW(name) { "rtnl_" #name, offsetof(struct netlink_library, name) },
	NETLINK_CALLS(ROW)
#undef ROW
};

const struct netlink_library *netlink_library(struct error *err)
{
	static const struct base_library route = {
		"libnl-route-3.so.200", "a network of its own",
		"libnl-route-3-200", calls, ARRAY_SIZE(calls),
	};
	static struct netlink_library library;
	static bool loaded;

	if (!loaded && base_library_load(&route, &library, err) < 0)
		return NULL;
	loaded = true;
	return &library;
}

/* ---- sockets ---------------------------------------------------------- */

/* What the kernel said last. */
static struct {
	int code;
	char text[160];
} said;

/* An answer that is an error: its errno, and the sentence behind the request
 * that it repeats (linux/netlink.h, "extended ACK"). */
static int heard(struct sockaddr_nl *from, struct nlmsgerr *answer, void *data)
{
	struct nlmsghdr *header = (struct nlmsghdr *)
		((char *)answer - NLMSG_HDRLEN);
	size_t skip = sizeof(*answer);
	struct nlattr *text;

	(void)from;
	(void)data;
	said.code = -answer->error;
	*said.text = '\0';
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += answer->msg.nlmsg_len - sizeof(answer->msg);
	skip = (size_t)NLMSG_ALIGN(skip);
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    header->nlmsg_len < NLMSG_HDRLEN + skip)
		return NL_STOP;
	text = nla_find((struct nlattr *)((char *)answer + skip),
			(int)(header->nlmsg_len - NLMSG_HDRLEN - skip),
			NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(said.text, text, sizeof(said.text));
	return NL_STOP;
}

static int allocate(struct nl_sock **sock, struct error *err)
{
	*sock = nl_socket_alloc();
	if (!*sock)
		return base_error(err, ENOMEM, "out of memory");
	nl_socket_modify_err_cb(*sock, NL_CB_CUSTOM, heard, NULL);
	return 0;
}

int netlink_open(struct nl_sock **sock, struct error *err)
{
	const int on = 1;
	int ret = allocate(sock, err);

	if (ret < 0)
		return ret;
	ret = nl_connect(*sock, NETLINK_ROUTE);
	if (ret < 0)
		return base_error(err, errno, "cannot open a netlink socket: "
				  "%s", nl_geterror(ret));
	/* Without: errors are numbers alone. */
	(void)setsockopt(nl_socket_get_fd(*sock), SOL_NETLINK, NETLINK_EXT_ACK,
			 &on, sizeof(on));
	return 0;
}

int netlink_adopt(int fd, struct nl_sock **sock, struct error *err)
{
	int own, ret = allocate(sock, err);

	if (ret < 0)
		return ret;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0 || nl_socket_set_fd(*sock, NETLINK_ROUTE, own) < 0) {
		base_close(&own);
		return base_error(err, EIO, "cannot use a netlink socket of "
				  "another process");
	}
	return 0;
}

void netlink_close(struct nl_sock **sock)
{
	if (*sock)
		nl_socket_free(*sock);
	*sock = NULL;
}

int netlink_failed(int failed, struct error *err)
{
	/* What libnl fetched itself, it says in its own words alone. */
	bool none = failed == -NLE_NODEV || failed == -NLE_OBJ_NOTFOUND;
	int code = said.code ? said.code : none ? ENODEV : EIO;

	if (!said.code)
		base_error(err, code, "%s", nl_geterror(failed));
	else if (*said.text)
		base_error(err, code, "%s (%s)", said.text, strerror(code));
	else
		base_error(err, code, "%s", strerror(code));
	said.code = 0;
	return -code;
}

int netlink_send(struct nl_sock *sock, int built, struct nl_msg *msg,
		 struct error *err)
{
	int ret;

	said.code = 0;
	if (built < 0)
		return base_error(err, ENOMEM, "%s", nl_geterror(built));
	ret = nl_send_sync(sock, msg);
	return ret < 0 ? netlink_failed(ret, err) : 0;
}

struct asked {
	void (*take)(const struct nlmsghdr *header, void *data);
	void *data;
	bool answered;
};

static int take_answer(struct nl_msg *msg, void *data)
{
	struct asked *asked = data;

	asked->answered = true;
	asked->take(nlmsg_hdr(msg), asked->data);
	return NL_OK;
}

/* libnl reads one datagram at a time, and the kernel's acknowledgement is a
 * second one, behind the answer: left there, each later request would read that
 * of the one before. */
static int ask(struct nl_sock *sock, struct nl_msg *msg,
	       void (*take)(const struct nlmsghdr *header, void *data),
	       void *data, struct error *err)
{
	struct asked asked = {take, data, false};
	int ret;

	said.code = 0;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take_answer,
			    &asked);
	ret = nl_send_sync(sock, msg);
	if (ret >= 0 && asked.answered)
		ret = nl_wait_for_ack(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	return ret < 0 ? netlink_failed(ret, err) : 0;
}

int netlink_ask_link(struct nl_sock *sock, const char *name,
		     void (*take)(const struct nlmsghdr *header, void *data),
		     void *data, struct error *err)
{
	const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	int ret;

	if (!msg || nlmsg_append(msg, (void *)&any, sizeof(any),
				 NLMSG_ALIGNTO) < 0 ||
	    nla_put_string(msg, IFLA_IFNAME, name) < 0) {
		if (msg)
			nlmsg_free(msg);
		return base_error(err, ENOMEM, "out of memory");
	}
	ret = ask(sock, msg, take, data, err);
	return ret < 0 ? base_error_at(err, "cannot look at '%s'", name) : 0;
}

/* ---- addresses -------------------------------------------------------- */

struct nl_addr *netlink_address(uint32_t address, unsigned bits)
{
	uint32_t bytes = htonl(address);
	struct nl_addr *built = nl_addr_build(AF_INET, &bytes, sizeof(bytes));

	if (built)
		nl_addr_set_prefixlen(built, (int)bits);
	return built;
}

uint32_t netlink_number(const struct nl_addr *address)
{
	uint32_t bytes;

	if (!address || nl_addr_get_family(address) != AF_INET ||
	    nl_addr_get_len(address) != sizeof(bytes))
		return 0;
	memcpy(&bytes, nl_addr_get_binary_addr(address), sizeof(bytes));
	return ntohl(bytes);
}
