/* SPDX-License-Identifier: MIT */
/*
 * netns NAME: a network namespace that ip-netns(8) made. jail enters it before
 * the builder is born, for a builder in a user namespace of its own could not,
 * and returns when that is done.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "enforce/net/parts.h"

#define FOLDER "/run/netns"

static int open_named(const char *name, int *fd, struct error *err)
{
	cleanup_free char *path = base_printf(FOLDER "/%s", name);

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 && errno == ENOENT)
		return base_error(err, ENOENT, "there is no network namespace "
				  "'%s'; 'ip netns list' shows those that "
				  "there are, and 'ip netns add %s' makes one",
				  name, name);
	if (*fd < 0)
		return base_error(err, errno, "cannot open '%s': %m", path);
	if (ioctl(*fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return base_error(err, EINVAL, "'%s' is no network namespace; "
				  "remove it, and make one with: ip netns add "
				  "%s", path, name);
	return 0;
}

int netns_enter(struct net *net, struct error *err)
{
	cleanup_close int target = -1;
	int ret;

	if (!net->policy->netns)
		return 0;
	ret = open_named(net->policy->netns, &target, err);
	if (ret < 0)
		return ret;
	net->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net->netns < 0)
		return base_error(err, errno, "cannot open our own network "
				  "namespace: %m");
	if (setns(target, CLONE_NEWNET) == 0) {
		snprintf(net->result->address, sizeof(net->result->address),
			 "netns %.48s", net->policy->netns);
		return 0;
	}
	base_close(&net->netns);
	if (errno == EPERM)
		return base_error(err, EPERM, "netns %s takes root's rights; "
				  "run jail as root, or with net user",
				  net->policy->netns);
	return base_error(err, errno, "cannot enter the network namespace "
			  "'%s': %m", net->policy->netns);
}

/* What jail does next must not happen there. */
int netns_leave(struct net *net, struct error *err)
{
	int ret = 0;

	if (net->netns >= 0 && setns(net->netns, CLONE_NEWNET) < 0)
		ret = base_error(err, errno, "cannot return from the network "
				 "namespace '%s': %m", net->policy->netns);
	base_close(&net->netns);
	return ret;
}
