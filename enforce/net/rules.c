/* SPDX-License-Identifier: MIT */
/*
 * netfilter: rules for the packets of a network of the sandbox's own. They are
 * files for nft(8) or, where the first word begins with an asterisk, for
 * iptables-restore(8); or our own rules, which let nobody in. A file is read by
 * jail, as the user, once, and filled in (template.c); the builder has a copy,
 * and gives it to the program that loads it.
 *
 * It does so before the tree of files is there, for in that tree there may be
 * no such program, or another one. The sandbox's program cannot change them:
 * they belong to the namespaces of the builder, whose capabilities it has not.
 */
#include <ctype.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "enforce/companion/companion.h"
#include "enforce/net/parts.h"

#define LARGEST (1 << 20)
#define LOADED_WITHIN 10000 /* milliseconds */

/* What belongs to a connection of the program's own may come in. %s: inet, or
 * ip where another file is about IPv6; then what IPv6 cannot do without; then
 * what is forwarded by packets. */
static const char own_rules[] =
	"table %s jail {\n"
	" chain input {\n"
	"  type filter hook input priority 0; policy drop;\n"
	"  iifname \"lo\" accept\n"
	"  ct state established,related accept\n"
	"  meta l4proto icmp icmp type { destination-unreachable, "
	"time-exceeded, parameter-problem, echo-request } accept\n"
	"%s%s"
	" }\n"
	" chain forward {\n"
	"  type filter hook forward priority 0; policy drop;\n"
	" }\n"
	"}\n";
static const char own_rules_ipv6[] =
	"  meta l4proto ipv6-icmp icmpv6 type { destination-unreachable, "
	"packet-too-big, time-exceeded, parameter-problem, echo-request, "
	"nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\n";

/* Where rules of iptables are about IPv4 alone: IPv6 is no way around them. */
static const char closed_ipv6[] =
	"*filter\n"
	":INPUT DROP [0:0]\n"
	":FORWARD DROP [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -i lo -j ACCEPT\n"
	"-A OUTPUT ! -o lo -j REJECT --reject-with icmp6-adm-prohibited\n"
	"COMMIT\n";

struct rules {
	struct load {
		const char *directive;
		const char *file;	/* NULL: our own */
		const char *program;
		int input;		/* the text */
	} loads[2];
	size_t count;
};

/* ---- in jail ---------------------------------------------------------- */

/* By the first word that is no comment. */
static const char *program_of(const char *text, bool ipv6)
{
	while (isspace((unsigned char)*text) || *text == '#')
		text += *text == '#' ? strcspn(text, "\n") : 1;
	if (!*text)
		return NULL;
	if (*text != '*' && *text != ':')
		return "nft";
	return ipv6 ? "ip6tables-restore" : "iptables-restore";
}

static int read_rules(const char *path, char **text, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
					  O_NONBLOCK);
	struct stat st;
	ssize_t size;

	if (fd < 0 || fstat(fd, &st) < 0)
		return base_error(err, errno, "cannot read it: %m; name a file "
				  "that you can read");
	if (!S_ISREG(st.st_mode) || st.st_size > LARGEST)
		return base_error(err, EINVAL, "it is not a file of at most 1 "
				  "MiB");
	*text = calloc(1, LARGEST + 1);
	if (!*text)
		return base_error(err, ENOMEM, "out of memory");
	size = base_read_all(fd, *text, LARGEST);
	return size < 0 ? base_error(err, (int)-size, "cannot read it: %s",
				     strerror((int)-size)) : 0;
}

/* A copy that the program which loads it reads from its beginning. */
static int keep_text(struct load *load, const char *text, struct error *err)
{
	load->input = memfd_create("jail-rules", MFD_CLOEXEC);
	if (load->input < 0 ||
	    base_write_all(load->input, text, strlen(text)) < 0 ||
	    lseek(load->input, 0, SEEK_SET) < 0)
		return base_error(err, errno, "cannot write a file in memory: "
				  "%m");
	return 0;
}

static int add_text(struct rules *rules, const char *directive,
		    const char *file, const char *text, bool ipv6,
		    struct error *err)
{
	struct load *load = &rules->loads[rules->count++];
	cleanup_free char *found = NULL;

	*load = (struct load){directive, file, program_of(text, ipv6), -1};
	if (!load->program)
		return base_error(err, EINVAL, "there are no rules in it");
	found = companion_find(load->program);
	if (!found)
		return base_error(err, ENOENT, "%s is not installed; install "
				  "the package %s", load->program,
				  companion_package(load->program));
	return keep_text(load, text, err);
}

/* For nft(8) $ARG1 may be a name of the file's own, if no word is given. */
static bool has_places(const char *text, const struct profiles_words *words)
{
	const char *program = program_of(text, false);

	return words->count || (program && strcmp(program, "nft") != 0);
}

static int add_file(struct rules *rules, const struct profiles_policy *policy,
		    bool ipv6, struct error *err)
{
	const char *directive = ipv6 ? "netfilter6" : "netfilter";
	const char *file = ipv6 ? policy->netfilter6 : policy->netfilter;
	const struct profiles_words *words = ipv6 ?
		&policy->netfilter6_arguments : &policy->netfilter_arguments;
	cleanup_free char *text = NULL, *filled = NULL;
	int ret = read_rules(file, &text, err);

	if (ret == 0 && has_places(text, words))
		ret = template_fill(text, words, &filled, err);
	if (ret == 0)
		ret = add_text(rules, directive, file, filled ? filled : text,
			       ipv6, err);
	return ret < 0 ? base_error_at(err, "%s %.200s", directive, file) : 0;
}

static int add_own(const struct net *net, bool ipv6, struct error *err)
{
	const struct profiles_words none = {0};
	cleanup_free char *forwarded = forward_rules(
		user_forwards_packets(net) ? &net->policy->forward : &none);
	cleanup_free char *text = NULL;
	int ret;

	if (forwarded)
		text = base_printf(own_rules, ipv6 ? "inet" : "ip",
				   ipv6 ? own_rules_ipv6 : "", forwarded);
	if (!text)
		return base_error(err, ENOMEM, "out of memory");
	ret = add_text(net->rules, "netfilter", NULL, text, false, err);
	return ret < 0 ? base_error_at(err, "netfilter") : 0;
}

/* One of nft says itself what it is about. A kernel without IPv6 has none of
 * its tables. */
static int close_ipv6(struct rules *rules, struct error *err)
{
	cleanup_close int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (strcmp(rules->loads[0].program, "nft") == 0 || fd < 0)
		return 0;
	ret = add_text(rules, "netfilter6", NULL, closed_ipv6, true, err);
	return ret < 0 ? base_error_at(err, "netfilter6") : 0;
}

/* With the loopback alone there is nobody to be kept out; what is in a network
 * of others is theirs to rule. */
static bool has_effect(const struct profiles_policy *policy)
{
	return profiles_has(policy, PROFILES_NETFILTER) &&
	       profiles_net_is_new(policy) &&
	       !profiles_has(policy, PROFILES_NET_NONE);
}

int rules_open(struct net *net, struct error *err)
{
	const struct profiles_policy *policy = net->policy;
	struct rules *rules;
	int ret;

	if (!has_effect(policy))
		return 0;
	net->rules = rules = calloc(1, sizeof(*rules));
	if (!rules)
		return base_error(err, ENOMEM, "out of memory");
	if (policy->netfilter)
		ret = add_file(rules, policy, false, err);
	else
		ret = add_own(net, !policy->netfilter6, err);
	if (ret == 0 && policy->netfilter6)
		ret = add_file(rules, policy, true, err);
	else if (ret == 0)
		ret = close_ipv6(rules, err);
	return ret;
}

void rules_close(struct net *net)
{
	struct rules *rules = net->rules;

	for (size_t i = 0; rules && i < rules->count; i++)
		base_close(&rules->loads[i].input);
	base_free(&net->rules);
}

/* ---- in the builder --------------------------------------------------- */

static int load_one(const struct load *load, struct error *err)
{
	bool nft = strcmp(load->program, "nft") == 0;
	const char *const argv[] = {
		load->program, nft ? "-f" : NULL, "-", NULL,
	};
	const struct companion companion = {
		.argv = argv, .input = load->input, .ends = true,
		.first_line = true, .capability = CAP_NET_ADMIN,
	};
	pid_t keeper;
	int ret = companion_start(&companion, -1, LOADED_WITHIN, &keeper, err);

	if (ret < 0 && load->file)
		return base_error_at(err, "%s %.200s", load->directive,
				     load->file);
	return ret < 0 ? base_error_at(err, "%s", load->directive) : 0;
}

int rules_load(struct net *net, struct error *err)
{
	const struct rules *rules = net->rules;
	int ret = 0;

	for (size_t i = 0; ret == 0 && rules && i < rules->count; i++)
		ret = load_one(&rules->loads[i], err);
	return ret;
}
