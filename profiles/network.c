/* SPDX-License-Identifier: MIT */
/*
 * Directives about the network; network-device.c has those about a device,
 * which go to the last net line. Where there is none, that is an error once all
 * was read, unless files say that the program is to have no network at all.
 * `net none` in a file counts before all else in files, as in Firejail; --net
 * and --netns on the command line take the place of what files say, and there
 * nothing goes beside `net none`: who said both meant one of them.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "profiles/text.h"

#define DNS_MAX 4
#define FORWARD_MAX 64
#define ARGUMENTS_MAX 16	/* of netfilter, as in Firejail */
#define ARGUMENT_LONGEST 100

int network_refuse(const struct text_row *row, const char *argument,
		   const char *what, struct error *err)
{
	return base_error(err, EINVAL, "%s takes %s, but got \"%.200s\"",
			  row->directive.name, what, argument);
}

static bool has(const struct profiles_policy *policy, enum profiles_flag flag)
{
	return profiles_has(policy, flag);
}

/* ---- which network ---------------------------------------------------- */

static void forget_ports(struct profiles_words *forward, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(forward->items[i]);
	forward->count -= count;
	if (count)
		memmove(forward->items, forward->items + count,
			forward->count * sizeof(*forward->items));
}

/* What files said of it; the directives about its devices with it. An option
 * about a device that came before was about one of them. */
static void forget(struct profiles_text *text)
{
	struct profiles_policy *policy = &text->policy;
	struct network_reading *net = &text->reading->net;

	policy->flags &= ~(UINT64_C(1) << PROFILES_NET_NONE |
			   UINT64_C(1) << PROFILES_NET_USER);
	policy->network_count = 0;
	if (!net->gateway)
		policy->defaultgw = 0;
	base_free(&policy->netns);
	forget_ports(&policy->forward, net->forwarded);
	net->forwarded = 0;
	net->loose = net->early;
	net->loose_file = NULL;
	net->name = NULL;
}

static int contradict(const struct network_reading *net, const char *name,
		      struct error *err)
{
	if (!net->file)
		return base_error(err, EINVAL, "the options %s and %s "
				  "contradict each other; remove one of the "
				  "two", net->name, name);
	return base_error(err, EINVAL, "%s and %s (%s:%u) contradict each "
			  "other; remove one of the two, or ignore it", name,
			  net->name, net->file, net->line);
}

/* The first option about it takes the place of what files say. */
static struct network_reading *reading_net(struct profiles_text *text,
					   struct error *err)
{
	struct profiles_reading *reading = reading_of(text);

	if (!reading) {
		policy_no_memory(err);
		return NULL;
	}
	if (!reading->file && !reading->net.option) {
		forget(text);
		reading->net.option = true;
	}
	return &reading->net;
}

/* The first line about it says of which kind it is: NAME. */
static int choose(struct profiles_text *text, const char *name,
		  struct error *err)
{
	struct network_reading *net = reading_net(text, err);

	if (!net)
		return -ENOMEM;
	if (net->name && strcmp(net->name, name) != 0)
		return contradict(net, name, err);
	if (!net->name) {
		net->name = name;
		net->file = text->reading->file;
		net->line = text->reading->line;
	}
	return 0;
}

/* What the kernel takes for a name (net/core/dev.c, dev_valid_name). */
bool network_is_device(const char *name)
{
	if (*name == '\0' || strlen(name) > 15 || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (!isgraph((unsigned char)*name) || *name == '/' ||
		    *name == ':' || *name == '%')
			return false;
	return true;
}

static int add_device(struct profiles_text *text, const char *name,
		      const struct text_row *row, struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	struct profiles_network *network;

	if (strcmp(name, "lo") == 0)
		return base_error(err, EINVAL, "net lo: the loopback is each "
				  "network's own; net none has nothing else");
	if (!network_is_device(name))
		return network_refuse(row, name, "none, user, or the name of a "
				      "bridge or network card, which has at "
				      "most 15 characters", err);
	if (policy->network_count == PROFILES_NETWORKS)
		return base_error(err, E2BIG, "net %s: a sandbox has at most "
				  "%d networks; remove one", name,
				  PROFILES_NETWORKS);
	network = &policy->networks[policy->network_count++];
	*network = (struct profiles_network){ 0 };
	strcpy(network->device, name);
	return 0;
}

int network_net(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	uint64_t *flags = &text->policy.flags;
	int ret;

	if (strcmp(argument, "none") == 0) {
		struct network_reading *net = reading_net(text, err);

		if (!net)
			return -ENOMEM;
		ret = net->option ? choose(text, "net none", err) : 0;
		if (ret < 0)
			return ret;
		*flags |= UINT64_C(1) << PROFILES_NET_NONE;
		return apply_lines(text, argument, row, err);
	}
	if (strcmp(argument, "user") == 0) {
		ret = choose(text, "net user", err);
		if (ret == 0)
			*flags |= UINT64_C(1) << PROFILES_NET_USER;
		return ret;
	}
	ret = choose(text, "net DEVICE", err);
	return ret < 0 ? ret : add_device(text, argument, row, err);
}

int network_netns(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	int ret;

	if (strchr(argument, '/') || *argument == '.' || *argument == '-' ||
	    strlen(argument) > 200)
		return network_refuse(row, argument, "the name of a network "
				      "namespace, as ip netns list shows it",
				      err);
	ret = choose(text, "netns", err);
	return ret < 0 ? ret : policy_set(&text->policy.netns, argument, err);
}

/* ---- about all -------------------------------------------------------- */

/* Options take the place of what files say. */
int network_dns(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	struct profiles_words *dns = &text->policy.dns;
	struct in6_addr parsed;

	if (!reading)
		return policy_no_memory(err);
	if (inet_pton(AF_INET, argument, &parsed) != 1 &&
	    inet_pton(AF_INET6, argument, &parsed) != 1)
		return network_refuse(row, argument, "the address of a name "
				      "server", err);
	if (!reading->file && !reading->net.dns_option) {
		profiles_words_free(dns);
		reading->net.dns_option = true;
	}
	if (policy_add_word(dns, argument, true) < 0)
		return policy_no_memory(err);
	if (dns->count > DNS_MAX)
		return base_error(err, E2BIG, "dns %s: there may be at most %d "
				  "name servers; remove one", argument,
				  DNS_MAX);
	return 0;
}

static int expand_file(struct profiles_text *text, char *argument,
		       const struct text_row *row, char **field,
		       struct error *err)
{
	cleanup_free char *path = NULL;
	int ret = paths_check(argument, false, err);

	if (ret == 0)
		ret = macros_expand(text, argument, true, &path, err);
	if (ret < 0)
		return ret;
	if (!path || *path != '/')
		return network_refuse(row, argument, "a path from / on", err);
	paths_tidy(path);
	return policy_set(field, path, err);
}

int network_hosts(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	return expand_file(text, argument, row, &text->policy.hosts_file, err);
}

/* One word of a rule and no more: a port, an address, a device. */
static bool is_filter_word(const char *word)
{
	size_t length = strlen(word);

	if (length == 0 || length > ARGUMENT_LONGEST || *word == '-')
		return false;
	for (; *word; word++)
		if (!isalnum((unsigned char)*word) && !strchr("._:/+-", *word))
			return false;
	return true;
}

/* "5001,10.0.0.5", of FILE,ARG1,ARG2; NULL: none. */
static int filter_words(char *list, const struct text_row *row,
			struct profiles_words *words, struct error *err)
{
	const char *word;

	profiles_words_free(words);
	while ((word = strsep(&list, ","))) {
		if (!is_filter_word(word))
			return network_refuse(row, word, "behind the file "
				"words of at most 100 letters, digits and "
				"._:/+-", err);
		if (words->count == ARGUMENTS_MAX)
			return base_error(err, E2BIG, "%s takes at most %d "
					  "words behind the file",
					  row->directive.name, ARGUMENTS_MAX);
		if (policy_add_word(words, word, false) < 0)
			return policy_no_memory(err);
	}
	return 0;
}

int network_filter(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	char *file = strsep(&argument, ",");
	int ret;

	policy->flags |= UINT64_C(1) << PROFILES_NETFILTER;
	if (!file)
		return 0;
	ret = filter_words(argument, row, row->data == 6 ?
			   &policy->netfilter6_arguments :
			   &policy->netfilter_arguments, err);
	return ret < 0 ? ret : expand_file(text, file, row, row->data == 6 ?
		&policy->netfilter6 : &policy->netfilter, err);
}

/* ---- ports for net user ----------------------------------------------- */

/* -EINVAL; a missing port is 0. */
static int parse_port(const char *text, unsigned *port)
{
	uint64_t number = 0;

	if (text && (!isdigit((unsigned char)*text) ||
		     base_parse_number(text, 65535, &number) < 0 ||
		     number == 0))
		return -EINVAL;
	*port = (unsigned)number;
	return 0;
}

static int parse_forward(char *argument, const char **protocol,
			 unsigned *from, unsigned *to)
{
	const char *first, *second;

	*protocol = strsep(&argument, " ");
	first = strsep(&argument, " ");
	second = strsep(&argument, " ");
	if ((strcmp(*protocol, "tcp") != 0 && strcmp(*protocol, "udp") != 0) ||
	    !first || argument || parse_port(first, from) < 0 ||
	    parse_port(second, to) < 0)
		return -EINVAL;
	if (*to == 0)
		*to = *from;
	return 0;
}

/* "tcp 8080 80"; each port of the host once. */
int network_forward(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	struct profiles_words *forward = &text->policy.forward;
	cleanup_free char *said = strdup(argument);
	const char *protocol;
	unsigned from, to;
	char line[32];
	int length;

	if (!said)
		return policy_no_memory(err);
	if (parse_forward(argument, &protocol, &from, &to) < 0)
		return network_refuse(row, said, "tcp or udp, a port of the "
				      "host, and the sandbox's if it is "
				      "another one", err);
	length = snprintf(line, sizeof(line), "%s %u ", protocol, from);
	for (size_t i = 0; i < forward->count; i++)
		if (strncmp(forward->items[i], line, (size_t)length) == 0)
			return base_error(err, EEXIST, "%s port %u leads to "
					  "the sandbox already (%s); remove "
					  "one of the two", protocol, from,
					  forward->items[i]);
	if (forward->count == FORWARD_MAX)
		return base_error(err, E2BIG, "more than %d ports are to lead "
				  "to the sandbox", FORWARD_MAX);
	snprintf(line + length, sizeof(line) - (size_t)length, "%u", to);
	if (!reading || policy_add_word(forward, line, false) < 0)
		return policy_no_memory(err);
	reading->net.forwarded += reading->file != NULL;
	return 0;
}

/* ---- the whole -------------------------------------------------------- */

static int loose(const char *name, const char *about, struct error *err)
{
	return base_error(err, EINVAL, "%s is about %s, but there is none; add "
			  "one, or ignore %s", name, about, name);
}

static int without_device(const struct network_reading *net, struct error *err)
{
	loose(net->loose, "the net DEVICE in front of it", err);
	return net->loose_file ? base_error_at(err, "%s:%u", net->loose_file,
					       net->loose_line) : -EINVAL;
}

/* What files say besides has no effect; options are there to have one. */
static int beside_none(const struct profiles_text *text, struct error *err)
{
	const struct network_reading *net = &text->reading->net;
	const char *option = net->early ? net->early : net->gateway ?
		net->gateway : text->policy.forward.count > net->forwarded ?
		"net.user.forward" : net->loose && !net->loose_file ?
		net->loose : NULL;

	return !option ? 0 : base_error(err, EINVAL, "%s is about a network, "
		"and net none leaves none; remove one of the two, or say "
		"another net", option);
}

int network_finish(struct profiles_text *text, struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	struct network_reading *net = &text->reading->net;
	int ret;

	if (has(policy, PROFILES_NET_NONE)) {
		ret = beside_none(text, err);
		forget(text);
		policy->flags |= UINT64_C(1) << PROFILES_NET_NONE;
		return ret;
	}
	if (net->loose)
		return without_device(net, err);
	if (policy->defaultgw && !policy->network_count)
		return loose("defaultgw", "a net DEVICE", err);
	if (policy->forward.count && !has(policy, PROFILES_NET_USER))
		return loose("net.user.forward", "net user", err);
	return 0;
}

bool profiles_net_is_new(const struct profiles_policy *policy)
{
	return has(policy, PROFILES_NET_NONE) ||
	       has(policy, PROFILES_NET_USER) || policy->network_count;
}

bool profiles_net_is_own(const struct profiles_policy *policy)
{
	return profiles_net_is_new(policy) || policy->netns;
}
