/* SPDX-License-Identifier: MIT */
/*
 * What jail doctor says of networks. A child makes one of each kind of device
 * in a network namespace of its own, which ends with it, and rules for packets.
 */
#include <sched.h>
#include <string.h>

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

#define RADIO (1u << 3)

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

static void try_kinds(struct nl_sock *sock, struct net_trial *trial)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !trial->refused; i++) {
		int ret = make(sock, kinds[i].kind, kinds[i].kind, i < 2 ? 0 :
			       index_of(sock, "veth"));

		if (ret == -EPERM)
			trial->refused = true;
		else if (ret < 0)
			trial->lacks |= 1u << i;
	}
}

/* Our own, as netfilter loads them. */
static int try_rules(struct error *err)
{
	struct profiles_policy policy = {
		.flags = UINT64_C(1) << PROFILES_NETFILTER |
			 UINT64_C(1) << PROFILES_NET_USER,
	};
	struct net net = {.policy = &policy};
	int ret = rules_open(&net, err);

	if (ret == 0)
		ret = rules_load(&net, err);
	rules_close(&net);
	return ret;
}

static void try_all(void *state)
{
	struct net_trial *trial = state;
	struct nl_sock *sock = NULL;

	if (unshare(CLONE_NEWNET) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return;
	if (netlink_library(NULL) && netlink_open(&sock, NULL) == 0) {
		trial->made = true;
		try_kinds(sock, trial);
	}
	netlink_close(&sock);
	if (trial->refused)
		return;
	(void)groups_close(&trial->groups);
	(void)try_rules(&trial->rules);
}

/* The texts of those that are there, or of those that are not. */
static void list(unsigned bits, bool options, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && used < size; i++)
		if (bits >> i & 1)
			used += (size_t)snprintf(out + used, size - used,
				"%s%s", used ? ", " : "", options ?
				kinds[i].option : kinds[i].text);
}

static void tell_made(const struct net_trial *trial,
		      struct enforce_finding *finding)
{
	char there[80], options[80];

	finding->ok = (trial->lacks & ~RADIO) == 0;
	list(~trial->lacks, false, there, sizeof(there));
	list(trial->lacks, true, options, sizeof(options));
	snprintf(finding->text, sizeof(finding->text), "net DEVICE, for root: "
		 "%s%s%s", *there ? there : "nothing can be made",
		 trial->lacks ? "; the kernel lacks " : "", options);
	if (!finding->ok)
		strcpy(finding->remedy, "load its modules, or use the host's "
					"network or none");
}

static struct enforce_finding devices(const struct net_trial *trial)
{
	struct enforce_finding finding = {.name = "networks of root"};
	struct error err = {0};

	if (!netlink_library(&err))
		snprintf(finding.text, sizeof(finding.text), "%.250s",
			 err.text);
	else if (!trial->made)
		strcpy(finding.text, "could not be tried: no network "
				     "namespace");
	else if (trial->refused) {
		strcpy(finding.text, "net DEVICE, for root: refused; root "
				     "lacks CAP_NET_ADMIN here");
		strcpy(finding.remedy, "start the container with it "
				       "(--cap-add=NET_ADMIN), or use the "
				       "host's network or none");
	} else
		tell_made(trial, &finding);
	return finding;
}

void net_doctor(void (*tell)(void *data,
			     const struct enforce_finding *finding),
		void *data)
{
	struct net_trial trial = {.made = false};
	struct enforce_finding finding;

	(void)base_in_child(try_all, &trial, sizeof(trial), NULL);
	finding = devices(&trial);
	tell(data, &finding);
	net_doctor_programs(&trial, tell, data);
}
