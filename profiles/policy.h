/* SPDX-License-Identifier: MIT */
/*
 * What a profile says of how a program runs. A part of profiles/profiles.h.
 */
#ifndef JAIL_PROFILES_POLICY_H
#define JAIL_PROFILES_POLICY_H

#include "profiles/set.h"

/* A list of words, owned. Zero-initialised is empty. */
struct profiles_words {
	char **items;
	size_t count;
};

/* Rules about paths. Their order counts: that of the whitelist rules among
 * themselves, and that of the others (firejail-profile(5)). */
enum profiles_rule_kind {
	PROFILES_BLACKLIST,
	PROFILES_NOBLACKLIST,
	PROFILES_READ_ONLY,
	PROFILES_READ_WRITE,
	PROFILES_NOEXEC,
	PROFILES_TMPFS,
	PROFILES_MKDIR,
	PROFILES_MKFILE,
	PROFILES_BIND,		/* from source to path */
	PROFILES_WHITELIST,
	PROFILES_NOWHITELIST
};

struct profiles_rule {
	enum profiles_rule_kind kind;
	char *path;		/* absolute, macros expanded; a pattern for
				 * glob(7) where the kind takes one */
	char *source;		/* of PROFILES_BIND, else NULL */
	const char *file;	/* where it stands; owned by the text; NULL:
				 * an option on the command line */
	unsigned line;
};

/* Directives without an argument. Each is a bit of policy->flags. */
enum profiles_flag {
	PROFILES_ALLUSERS,
	PROFILES_ALLOW_DEBUGGERS,
	PROFILES_ARGS_LEARNED,		/* seccomp.args learned */
	PROFILES_DBUS_SYSTEM_FILTER,
	PROFILES_DBUS_SYSTEM_NONE,
	PROFILES_DBUS_USER_FILTER,
	PROFILES_DBUS_USER_NONE,
	PROFILES_DISABLE_MNT,
	PROFILES_KEEP_DEV_NTSYNC,
	PROFILES_KEEP_DEV_SHM,
	PROFILES_KEEP_DEV_TPM,
	PROFILES_KEEP_IPC,
	PROFILES_KEEP_VAR_TMP,
	PROFILES_MACHINE_ID,		/* a random one */
	PROFILES_MEMORY_DENY_WRITE_EXECUTE,
	PROFILES_NETFILTER,		/* policy->netfilter, or our rules */
	PROFILES_NET_NONE,
	PROFILES_NET_USER,		/* through pasta or slirp4netns */
	PROFILES_NO3D,
	PROFILES_NODVD,
	PROFILES_NOGROUPS,
	PROFILES_NOINPUT,
	PROFILES_NOPRINTERS,
	PROFILES_NOROOT,
	PROFILES_NOSOUND,
	PROFILES_NOTV,
	PROFILES_NOU2F,
	PROFILES_NOVIDEO,
	PROFILES_OVERLAY,		/* policy->overlay is its name */
	PROFILES_OVERLAY_TMPFS,
	PROFILES_PRIVATE,		/* policy->private_home, or empty */
	PROFILES_PRIVATE_BIN,
	PROFILES_PRIVATE_CACHE,
	PROFILES_PRIVATE_CWD,
	PROFILES_PRIVATE_DEV,
	PROFILES_PRIVATE_ETC,
	PROFILES_PRIVATE_OPT,
	PROFILES_PRIVATE_SRV,
	PROFILES_PRIVATE_TMP,
	PROFILES_QUIET,
	PROFILES_SECCOMP,		/* the default blacklist */
	PROFILES_SECCOMP_LEARNED,
	PROFILES_WAIT_ALL,		/* until the last process has ended */
	PROFILES_WRITABLE_ETC,
	PROFILES_WRITABLE_RUN_USER,
	PROFILES_WRITABLE_VAR,
	PROFILES_WRITABLE_VAR_LOG,
	PROFILES_X11_NONE,		/* the host's display is hidden */
	PROFILES_X11_REFUSED,		/* a display that jail cannot make */
	PROFILES_X11_XEPHYR,		/* one of its own, in a window; then
					 * X11_NONE as well */
	PROFILES_X11_XVFB,		/* the same, in memory */
	PROFILES_FLAG_COUNT		/* at most 64 */
};

/* One network of the sandbox: `net BRIDGE` or `net DEVICE`, and what the
 * directives after it say. Addresses are IPv4, in the host's byte order. */
enum profiles_address {
	PROFILES_ADDRESS_FREE,		/* one that nobody has */
	PROFILES_ADDRESS_GIVEN,
	PROFILES_ADDRESS_NONE,
	PROFILES_ADDRESS_DHCP
};

#define PROFILES_NETWORKS 4
struct profiles_network {
	char device[16];		/* of the host */
	enum profiles_address how;
	uint32_t ip;			/* of PROFILES_ADDRESS_GIVEN */
	uint32_t first, last;		/* iprange; 0: the device's subnet */
	uint32_t netmask;		/* 0: the device's */
	uint8_t mac[6];			/* all 0: the kernel's choice */
	unsigned mtu;			/* 0: the device's */
	char veth_name[16];		/* on the host's side; empty: ours */
	uint8_t ip6[16];
	unsigned ip6_prefix;		/* 0: no such address */
};

/* What a call on a seccomp list is answered. */
struct profiles_refused {
	struct base_call call;
	int answer;		/* an errno; 0: policy->error_action; -1: the
				 * process is killed */
};

/* When the siblings of learned calls are allowed, too. */
enum profiles_when {
	PROFILES_WHEN_STALE,	/* what was learned from has changed */
	PROFILES_NEVER,
	PROFILES_ALWAYS
};

enum profiles_limit {
	PROFILES_LIMIT_AS, PROFILES_LIMIT_CPU, PROFILES_LIMIT_FSIZE,
	PROFILES_LIMIT_NOFILE, PROFILES_LIMIT_NPROC, PROFILES_LIMIT_SIGPENDING,
	PROFILES_LIMIT_COUNT
};

/* Zero-initialised is the policy of an empty profile: all namespaces but that
 * of the network, the local tree, no capabilities. Strings are owned. */
struct profiles_policy {
	uint64_t flags;			/* 1 << enum profiles_flag */
	struct profiles_rule *rules;	/* in the order read */
	size_t rule_count;
	char *chroot;
	char *overlay;			/* a name; NULL: the profile's own */
	char *private_home;		/* of private DIR */
	char *private_cwd;
	char *hostname;
	struct profiles_words private_bin, private_etc, private_opt,
		private_srv;
	struct profiles_words env;	/* "NAME=VALUE" to set, "NAME" to
					 * unset (a pattern), in order */
	/* Filters. */
	struct profiles_refused *refused;	/* those of drop, else of
						 * seccomp LIST; without the
						 * default list. One of the
						 * machine's own architecture
						 * is meant on others, too, by
						 * its name */
	size_t refused_count;
	struct profiles_set excepted;	/* !name: not refused by the default
					 * list */
	int error_action;		/* an errno; 0: EPERM; -1: kill; -2:
					 * log and let pass */
	char *learned;			/* seccomp.learned NAME */
	enum profiles_when siblings;	/* seccomp.siblings */
	struct profiles_set dangerous;	/* seccomp.allow-dangerous */
	unsigned protocols;		/* 1 << AF_*; 0: all */
	uint64_t namespaces;		/* CLONE_NEW* that are refused */
	/* Limits. */
	uint64_t limits[PROFILES_LIMIT_COUNT];
	unsigned limits_set;		/* 1 << enum profiles_limit */
	int nice;			/* 0: as jail's own */
	uint64_t cpus;			/* bits; 0: all */
	int64_t timeout;		/* microseconds; 0: none */
	uint64_t memory_max;		/* bytes, cgroup v2; 0: none */
	uint64_t pids_max;		/* 0: none */
	uint64_t userns_max;		/* user namespaces inside; 0: none */
	/* The network. At most one of NET_NONE, NET_USER, networks, netns. */
	struct profiles_network networks[PROFILES_NETWORKS];
	size_t network_count;
	uint32_t defaultgw;		/* 0: the bridge's own address */
	char *netns;			/* a name, as ip-netns(8) gives it */
	char *netfilter, *netfilter6;	/* files; NULL: our own rules */
	struct profiles_words netfilter_arguments, netfilter6_arguments;
	char *hosts_file;
	struct profiles_words dns;	/* addresses, in order */
	struct profiles_words forward;	/* of NET_USER: "tcp 8080 80": a port
					 * of the host's loopback, of the
					 * sandbox */
	/* Buses that are filtered: arguments of xdg-dbus-proxy(1), "talk=NAME",
	 * "own=NAME", "see=NAME", "call=RULE", "broadcast=RULE". */
	struct profiles_words user_bus, system_bus;
	unsigned screen_width, screen_height;	/* of a display of its own; 0:
						 * jail's choice */
	char *name;			/* of the sandbox */
	bool join_or_start;
	/* Directives that are read and not carried out, each once, with the
	 * reason: to be said. With PROFILES_X11_REFUSED nothing is started. */
	struct profiles_words notices;		/* "private-lib: REASON" */
};

void profiles_words_free(struct profiles_words *words);		/* take NULL */
void profiles_policy_free(struct profiles_policy *policy);

static inline bool profiles_has(const struct profiles_policy *policy,
				enum profiles_flag flag)
{
	return policy->flags >> flag & 1;
}

/* Whether the program's network is to be made, and whether it is not the
 * host's: a new one, or that of netns. */
bool profiles_net_is_new(const struct profiles_policy *policy);
bool profiles_net_is_own(const struct profiles_policy *policy);

/* Whether the program is to have an X server of its own. */
static inline bool profiles_display_is_own(const struct profiles_policy *policy)
{
	return profiles_has(policy, PROFILES_X11_XEPHYR) ||
	       profiles_has(policy, PROFILES_X11_XVFB);
}

/* What macros, includes and conditions of a profile depend on. */
struct profiles_context {
	const char *home;	/* absolute, as the user's $HOME or passwd */
	uid_t uid;
	const char *path;	/* $PATH */
	const char *const *folders;	/* where included files are looked for,
					 * in this order; NULL at the end.
					 * PROFILES_SHIPPED is one of them */
	const char *(*variable)(const char *name);	/* of the environment,
							 * NULL: getenv(3) */
};

#endif
