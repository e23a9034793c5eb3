/* SPDX-License-Identifier: MIT */
/*
 * What jail doctor says of networks. A child makes one of each kind of device
 * in a network namespace of its own, which ends with it.
 */
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "enforce/net/devices.h"
#include "enforce/net/parts.h"

/* In this order: the last two lie on the second. */
static const struct {
	const char *kind, *option, *text;
} kinds[] = {
	{"bridge", "CONFIG_BRIDGE", "bridges"},
	{"veth", "CONFIG_VETH", "cables to them (veth)"},
	{"macvlan", "CONFIG_MACVLAN", "cards (macvlan)"},
	{"ipvlan", "CONFIG_IPVLAN", "wireless cards (ipvlan)"},
};

#define RADIO (1 << 3)

static int make(struct nl_sock *sock, const char *kind, const char *name,
		int below)
{
	const struct netlink_library *nl = netlink_library(NULL);
	struct rtnl_link *link = nl->link_alloc();
	struct nl_msg *msg = NULL;
	int ret;

	if (!link)
		return -ENOMEM;
	ret = nl->link_set_type(link, kind);
	nl->link_set_name(link, name);
	if (below)
		nl->link_set_link(link, below);
	if (ret == 0)
		ret = nl->link_build_add_request(link, NLM_F_CREATE |
						 NLM_F_EXCL, &msg);
	nl->link_put(link);
	return netlink_send(sock, ret, msg, NULL);
}

static int index_of(struct nl_sock *sock, const char *name)
{
	const struct netlink_library *nl = netlink_library(NULL);
	struct rtnl_link *link = NULL;
	int index;

	if (nl->link_get_kernel(sock, 0, name, &link) < 0)
		return 0;
	index = nl->link_get_ifindex(link);
	nl->link_put(link);
	return index;
}

/* Bits of what cannot be made; 255: nothing was tried. */
static int try_kinds(void)
{
	struct nl_sock *sock = NULL;
	int lacks = 0;

	if ((unshare(CLONE_NEWNET) < 0 &&
	     unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) ||
	    netlink_open(&sock, NULL) < 0)
		return 255;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (make(sock, kinds[i].kind, kinds[i].kind, i < 2 ? 0 :
			 index_of(sock, "veth")) < 0)
			lacks |= 1 << i;
	netlink_close(&sock);
	return lacks;
}

static int in_child(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_kinds());
	if (pid < 0)
		return 255;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The texts of those that are there, or of those that are not. */
static void list(int bits, bool options, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && used < size; i++)
		if (bits >> i & 1)
			used += (size_t)snprintf(out + used, size - used,
				"%s%s", used ? ", " : "", options ?
				kinds[i].option : kinds[i].text);
}

static void devices(void (*tell)(void *data,
				 const struct enforce_finding *finding),
		    void *data)
{
	struct enforce_finding finding = {.name = "networks of root"};
	struct error err = {0};
	int lacks = 255;
	char there[80], options[80];

	if (!netlink_library(&err))
		snprintf(finding.text, sizeof(finding.text), "%.250s",
			 err.text);
	else if ((lacks = in_child()) == 255)
		strcpy(finding.text, "could not be tried: no network "
				     "namespace");
	if (lacks == 255) {
		tell(data, &finding);
		return;
	}
	finding.ok = (lacks & ~RADIO) == 0;
	list(~lacks, false, there, sizeof(there));
	list(lacks, true, options, sizeof(options));
	snprintf(finding.text, sizeof(finding.text), "net DEVICE, for root: "
		 "%s%s%s", *there ? there : "nothing can be made",
		 lacks ? "; the kernel lacks " : "", options);
	if (!finding.ok)
		strcpy(finding.remedy, "load its modules, or use the host's "
				       "network or none");
	tell(data, &finding);
}

void net_doctor(void (*tell)(void *data,
			     const struct enforce_finding *finding),
		void *data)
{
	devices(tell, data);
	net_doctor_programs(tell, data);
}
