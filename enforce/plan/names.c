/* SPDX-License-Identifier: MIT */
/*
 * Who is asked for names, and which names the program need not ask for: a
 * resolv.conf(5) of our own over the host's, and the file of `hosts-file` over
 * /etc/hosts.
 *
 * In a network of its own the program does not reach a name server on the
 * host's loopback, as systemd-resolved's 127.0.0.53 is one. Those that this one
 * asks take its place; where there are none, nobody is asked, and the file says
 * why. What DHCP tells is known later than the plan: names_learned().
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/view.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define UPSTREAM "/run/systemd/resolve/resolv.conf"
#define LARGEST (1 << 20)

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- the host's files ------------------------------------------------- */

/* NULL: it is not there, or not the user's to read. */
static char *read_host(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
					  O_NONBLOCK);
	cleanup_free char *text = calloc(1, LARGEST + 1);
	struct stat st;

	if (fd < 0 || !text || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    base_read_all(fd, text, LARGEST) < 0)
		return NULL;
	return take_ptr(text);
}

/* Whether it is one of OWN. */
static bool is_own(const struct ifaddrs *own, int family, const void *address)
{
	for (; own; own = own->ifa_next) {
		const struct sockaddr *at = own->ifa_addr;
		const struct sockaddr_in *in = (const void *)at;
		const struct sockaddr_in6 *in6 = (const void *)at;

		if (!at || at->sa_family != family)
			continue;
		if (memcmp(address, family == AF_INET ?
			   (const void *)&in->sin_addr :
			   (const void *)&in6->sin6_addr,
			   family == AF_INET ? 4 : 16) == 0)
			return true;
	}
	return false;
}

/* Of a line of resolv.conf: 1 if it names a server, 2 if one that only the host
 * itself reaches, by its loopback or by what is OWN; 0 for all else. */
static int server_of(const char *line, size_t length,
		     const struct ifaddrs *own)
{
	char word[16], text[64], copy[128];
	struct in_addr ip;
	struct in6_addr ip6;

	snprintf(copy, sizeof(copy), "%.*s", (int)(length < 127 ? length : 127),
		 line);
	if (sscanf(copy, " %15s %63s", word, text) != 2 ||
	    strcmp(word, "nameserver") != 0)
		return 0;
	text[strcspn(text, "%")] = '\0';
	if (inet_pton(AF_INET, text, &ip) == 1)
		return ntohl(ip.s_addr) >> 24 == 127 || !ip.s_addr ||
		       is_own(own, AF_INET, &ip) ? 2 : 1;
	if (inet_pton(AF_INET6, text, &ip6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&ip6) ||
		       IN6_IS_ADDR_UNSPECIFIED(&ip6) ||
		       is_own(own, AF_INET6, &ip6) ? 2 : 1;
	return 2;
}

struct servers {
	size_t reached, lost;
};

/* All lines but those of servers that are not reached, in new memory. */
static char *reached_lines(const char *text, const struct ifaddrs *own,
			   struct servers *servers)
{
	char *lines = NULL;
	size_t size;
	FILE *out = base_memstream(&lines, &size);

	*servers = (struct servers){0};
	while (out && text && *text) {
		size_t length = strcspn(text, "\n");
		int kind = server_of(text, length, own);

		servers->reached += kind == 1;
		servers->lost += kind == 2;
		if (kind != 2)
			fprintf(out, "%.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
	if (out && fclose(out) != 0)
		base_free(&lines);
	return lines;
}

static const char nobody[] =
	"# Nobody is asked for names: the host asks itself (127.0.0.1 or the\n"
	"# like), which a network of the sandbox's own does not reach. jail's\n"
	"# directive dns names another server.\n";

/* What of the host's the program can use; NULL: all of it, as it is. */
static int reachable(const struct ifaddrs *own, char **text,
		     struct error *err)
{
	cleanup_free char *host = read_host(RESOLV_CONF);
	struct servers servers;
	cleanup_free char *lines = reached_lines(host, own, &servers);

	*text = NULL;
	if (!lines)
		return no_memory(err);
	if (servers.lost && !servers.reached) {
		cleanup_free char *upstream = read_host(UPSTREAM);

		base_free(&lines);
		lines = reached_lines(upstream, own, &servers);
		if (!lines)
			return no_memory(err);
		*text = servers.reached ? take_ptr(lines) : strdup(nobody);
		return *text ? 0 : no_memory(err);
	}
	if (servers.lost)
		*text = take_ptr(lines);
	return 0;
}

/* What ip-netns(8) shows to whom it runs there. */
static int servers_of_netns(const char *name, char **text, struct error *err)
{
	cleanup_free char *path = base_printf("/etc/netns/%s/resolv.conf",
					      name);

	if (!path)
		return no_memory(err);
	*text = read_host(path);
	return 0;
}

/* With net user, the host's own addresses are closed as well (user.c). */
static int choose_servers(const struct profiles_policy *policy, char **text,
			  struct error *err)
{
	struct ifaddrs *own = NULL;
	int ret = 0;

	if (policy->netns)
		ret = servers_of_netns(policy->netns, text, err);
	if (ret < 0 || *text)
		return ret;
	if (profiles_has(policy, PROFILES_NET_USER) && getifaddrs(&own) < 0)
		return base_error(err, errno, "cannot list the addresses of "
				  "this host: %m");
	ret = reachable(own, text, err);
	if (own)
		freeifaddrs(own);
	return ret;
}

/* ---- texts ------------------------------------------------------------ */

static int list_servers(const struct profiles_words *dns, char **text,
			struct error *err)
{
	cleanup_free char *made = NULL;
	size_t size;
	FILE *out = base_memstream(&made, &size);

	if (!out)
		return no_memory(err);
	for (size_t i = 0; i < dns->count; i++)
		fprintf(out, "nameserver %s\n", dns->items[i]);
	if (fclose(out) != 0)
		return no_memory(err);
	*text = take_ptr(made);
	return 0;
}

static bool asks_dhcp(const struct profiles_policy *policy)
{
	for (size_t i = 0; i < policy->network_count; i++)
		if (policy->networks[i].how == PROFILES_ADDRESS_DHCP)
			return true;
	return false;
}

/* Two files may be one for the caller, and are shown to the program as text. */
static int read_hosts(const struct profiles_policy *policy, char **text,
		      struct error *err)
{
	cleanup_free char *file = read_host(policy->hosts_file);

	if (!file)
		return base_error(err, ENOENT, "hosts-file %.200s: there is no "
				  "such file that you could read",
				  policy->hosts_file);
	*text = policy->hostname ?
		base_printf("127.0.0.1\t%s\n%s", policy->hostname, file) :
		strdup(file);
	return *text ? 0 : no_memory(err);
}

/* ---- steps ------------------------------------------------------------ */

/* Over the file NAME in /etc, or over the link, wherever that leads; but not
 * over what a rule has hidden. *STEP is NULL then. */
static int cover(struct enforce_plan *plan, const char *name, const char *text,
		 const char *why, struct enforce_step **step,
		 struct error *err)
{
	struct enforce_files *files = &plan->files;
	cleanup_free char *etc = view_resolve(files, "/etc");
	cleanup_free char *path = etc ? base_printf("%s/%s", etc, name) : NULL;
	struct stat st;
	int ret = path ? view_lstat(files, path, &st) : -ENOENT;

	*step = NULL;
	if (ret < 0 || (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)))
		return base_error(err, ENOENT, "%s: there is no /etc/%s that "
				  "it could be shown in; make one, or choose "
				  "it with private-etc", why, name);
	if (view_cover(files, path)->kind == ENFORCE_MASK)
		return 0;
	*step = steps_add(files, ENFORCE_CONTENT, path, text, why);
	if (!*step)
		return no_memory(err);
	(*step)->link = S_ISLNK(st.st_mode);
	return 0;
}

static int plan_servers(struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	bool own = profiles_net_is_own(policy) &&
		   !profiles_has(policy, PROFILES_NET_NONE);
	bool said = policy->dns.count > 0;
	bool learns = !said && own && asks_dhcp(policy);
	cleanup_free char *text = NULL;
	struct enforce_step *step;
	int ret = 0;

	if (said)
		ret = list_servers(&policy->dns, &text, err);
	else if (own)
		ret = choose_servers(policy, &text, err);
	if (ret == 0 && learns && !text) {
		text = read_host(RESOLV_CONF);
		text = text ? text : strdup("");
	}
	if (ret < 0 || !text)
		return ret;
	ret = cover(plan, "resolv.conf", text, said ? "dns" : "name servers",
		    &step, err);
	if (step)
		step->learns = learns;
	return ret < 0 && !said ? 0 : ret;
}

int files_names(struct enforce_plan *plan, struct error *err)
{
	cleanup_free char *text = NULL;
	struct enforce_step *step;
	int ret = plan_servers(plan, err);

	if (ret < 0 || !plan->policy->hosts_file)
		return ret;
	ret = read_hosts(plan->policy, &text, err);
	return ret < 0 ? ret : cover(plan, "hosts", text, "hosts-file", &step,
				     err);
}

/* ---- while it is built ------------------------------------------------- */

int names_learned(const struct enforce_files *files, const uint32_t *servers,
		  size_t count, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out;

	if (count == 0 || servers[0] == 0)
		return 0;
	out = base_memstream(&text, &size);
	if (!out)
		return no_memory(err);
	for (size_t i = 0; i < count && servers[i]; i++)
		fprintf(out, "nameserver %u.%u.%u.%u\n", servers[i] >> 24,
			servers[i] >> 16 & 255, servers[i] >> 8 & 255,
			servers[i] & 255);
	if (fclose(out) != 0)
		return no_memory(err);
	for (size_t i = 0; i < files->count; i++) {
		struct enforce_step *step = &files->steps[i];

		if (!step->learns)
			continue;
		free(step->source);
		step->source = strdup(text);
		if (!step->source)
			return no_memory(err);
	}
	return 0;
}
