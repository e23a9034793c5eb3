/* SPDX-License-Identifier: MIT */
/* What jail doctor says of the programs that networks go through. */
#include <string.h>

#include "enforce/companion/companion.h"
#include "enforce/net/parts.h"

/* Any of PROGRAMS; NULL: none. */
static const char *first_there(const char *const *programs)
{
	for (; *programs; programs++) {
		cleanup_free char *path = companion_find(*programs);

		if (path)
			return *programs;
	}
	return NULL;
}

/* FAILED is a sentence of its own, the cause first and, behind "; ", what to
 * do. */
static void fail(struct enforce_finding *finding, const struct error *failed)
{
	const char *remedy = strstr(failed->text, "; ");
	int length = remedy ? (int)(remedy - failed->text) :
			      (int)strlen(failed->text);

	finding->ok = false;
	snprintf(finding->text, sizeof(finding->text), "%.*s",
		 length < 250 ? length : 250, failed->text);
	snprintf(finding->remedy, sizeof(finding->remedy), "%.250s",
		 remedy ? remedy + 2 : "");
}

static struct enforce_finding user_network(const struct net_trial *trial)
{
	static const char *const programs[] = {"pasta", "slirp4netns", NULL};
	struct enforce_finding finding = {.name = "network of a user"};
	const char *program = first_there(programs);
	bool tun = access("/dev/net/tun", R_OK | W_OK) == 0;

	finding.ok = program && tun;
	if (!program)
		strcpy(finding.text, "net user: neither pasta nor slirp4netns "
				     "is installed");
	else if (!tun)
		snprintf(finding.text, sizeof(finding.text), "net user goes "
			 "through %s, but you cannot open /dev/net/tun: %s",
			 program, strerror(errno));
	else
		snprintf(finding.text, sizeof(finding.text), "net user goes "
			 "through %s%s", program, programs[0] == program ? "" :
			 ", with net.user.forward for TCP alone");
	if (!program || programs[0] != program)
		strcpy(finding.remedy, "install the package passt");
	else if (!tun)
		strcpy(finding.remedy, "as root: modprobe tun, chmod 666 "
				       "/dev/net/tun");
	if (finding.ok && trial->groups.code)
		fail(&finding, &trial->groups);
	return finding;
}

/* Of what is for a directive alone. */
static struct enforce_finding program(const char *name, const char *directive,
				      const char *program)
{
	const char *const programs[] = {program, NULL};
	struct enforce_finding finding = {.name = name};

	finding.ok = first_there(programs) != NULL;
	snprintf(finding.text, sizeof(finding.text), finding.ok ?
		 "%s goes through %s" : "%s: %s is not installed", directive,
		 program);
	if (!finding.ok)
		snprintf(finding.remedy, sizeof(finding.remedy), "install the "
			 "package %s", companion_package(program));
	return finding;
}

static struct enforce_finding packets(const struct net_trial *trial)
{
	struct enforce_finding finding = program("packet rules", "netfilter",
						 "nft");

	if (finding.ok && trial->rules.code) {
		fail(&finding, &trial->rules);
		strcpy(finding.remedy, "as root: modprobe -a nf_tables nft_ct, "
				       "or take a kernel with "
				       "CONFIG_NF_TABLES_INET and "
				       "CONFIG_NFT_CT");
	}
	return finding;
}

void net_doctor_programs(const struct net_trial *trial,
			 void (*tell)(void *data,
				      const struct enforce_finding *finding),
			 void *data)
{
	const struct enforce_finding findings[] = {
		user_network(trial), program("DHCP", "ip dhcp", "udhcpc"),
		packets(trial),
	};

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		tell(data, &findings[i]);
}
