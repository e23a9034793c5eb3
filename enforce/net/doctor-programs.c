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

static struct enforce_finding user_network(void)
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
			 ", without net.user.forward");
	if (!program || programs[0] != program)
		strcpy(finding.remedy, "install the package passt");
	else if (!tun)
		strcpy(finding.remedy, "as root: modprobe tun, chmod 666 "
				       "/dev/net/tun");
	return finding;
}

/* Of what is for a directive alone. */
static struct enforce_finding program(const char *name, const char *directive,
				      const char *const *programs)
{
	struct enforce_finding finding = {.name = name};
	const char *there = first_there(programs);

	finding.ok = there != NULL;
	if (there)
		snprintf(finding.text, sizeof(finding.text), "%s goes through "
			 "%s", directive, there);
	else
		snprintf(finding.text, sizeof(finding.text), "%s: %s is not "
			 "installed", directive, programs[0]);
	if (!there)
		snprintf(finding.remedy, sizeof(finding.remedy), "install the "
			 "package %s", companion_package(programs[0]));
	return finding;
}

void net_doctor_programs(void (*tell)(void *data,
				      const struct enforce_finding *finding),
			 void *data)
{
	static const char *const dhcp[] = {"udhcpc", NULL},
				 *const rules[] = {"nft", NULL};
	const struct enforce_finding findings[] = {
		user_network(), program("DHCP", "ip dhcp", dhcp),
		program("packet rules", "netfilter", rules),
	};

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++)
		tell(data, &findings[i]);
}
