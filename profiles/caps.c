/* SPDX-License-Identifier: MIT */
/* Capabilities by the names that Firejail gives them: capabilities(7) in lower
 * case, without CAP_. */
#include <linux/capability.h>
#include <string.h>

#include "profiles/text.h"

static const char *const names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill",
	"setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
	"net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control",
	"setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};
_Static_assert(ARRAY_SIZE(names) == CAP_LAST_CAP + 1, "a name a capability");

/* All that linux/capability.h names. */
static uint64_t all(void)
{
	return (UINT64_C(1) << ARRAY_SIZE(names)) - 1;
}

static int unknown(const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		base_nearest(&nearest, names[i]);
	if (*nearest.name)
		return base_error(err, EINVAL, "there is no capability '%s'; "
				  "did you mean '%s'?", name, nearest.name);
	return base_error(err, EINVAL, "there is no capability '%s'; "
			  "capabilities(7) has their names, written here in "
			  "lower case without CAP_", name);
}

static int parse_one(const char *name, uint64_t *caps, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			*caps |= UINT64_C(1) << i;
			return 0;
		}
	return unknown(name, err);
}

static int parse(const char *list, uint64_t *caps, struct error *err)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *item;
	int result = 0;

	if (!copy)
		return base_error(err, ENOMEM, "out of memory");
	*caps = 0;
	while (result == 0 && (item = strsep(&rest, ",")))
		result = parse_one(item, caps, err);
	return result;
}

void profiles_caps_print(FILE *out, uint64_t caps)
{
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(caps & UINT64_C(1) << i))
			continue;
		fprintf(out, "%s%s", comma, names[i]);
		comma = ",";
	}
}

/* ---- rows ------------------------------------------------------------- */

/* Firejail obeys one kind of caps directive: the one of the highest rank, and
 * of several of that kind the last. */
enum { CAPS_BARE = 1, CAPS_KEEP, CAPS_DROP, CAPS_DROP_ALL };

#define DANGEROUS                                                              \
	"sys_module,sys_rawio,sys_boot,sys_nice,sys_tty_config,syslog,mknod,"  \
	"sys_admin"

static int set_caps(struct profiles_text *text, unsigned rank, uint64_t keep)
{
	if (rank < text->caps_rank)
		return 0;
	text->caps_rank = rank;
	text->caps_keep = keep;
	text->has_caps = true;
	return 0;
}

int caps_bare(struct profiles_text *text, char *argument,
	      const struct text_row *row, struct error *err)
{
	uint64_t caps;
	int result = parse(DANGEROUS, &caps, err);

	(void)argument;
	(void)row;
	return result < 0 ? result : set_caps(text, CAPS_BARE,
					      all() & ~caps);
}

int caps_drop(struct profiles_text *text, char *argument,
	      const struct text_row *row, struct error *err)
{
	uint64_t caps;
	int result;

	(void)row;
	if (strcmp(argument, "all") == 0)
		return set_caps(text, CAPS_DROP_ALL, 0);
	result = parse(argument, &caps, err);
	return result < 0 ? result : set_caps(text, CAPS_DROP,
					      all() & ~caps);
}

int caps_keep(struct profiles_text *text, char *argument,
	      const struct text_row *row, struct error *err)
{
	uint64_t caps;
	int result = parse(argument, &caps, err);

	(void)row;
	return result < 0 ? result : set_caps(text, CAPS_KEEP, caps);
}
