/* SPDX-License-Identifier: MIT */
/*
 * The directives: one row each. Parser, --help, man page and completion read
 * it. Names that Firejail knows and jail does not carry out stand below the
 * rows, so that they are refused by name and not taken for a slip.
 */
#include <string.h>

#include "profiles/text.h"

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

static int apply_caps(struct profiles_text *text, const char *argument,
		      unsigned data, struct error *err)
{
	uint64_t caps;
	int result;

	(void)data;
	(void)argument;
	result = profiles_caps_parse(DANGEROUS, &caps, err);
	return result < 0 ? result : set_caps(text, CAPS_BARE,
					      profiles_caps_all() & ~caps);
}

static int apply_caps_drop(struct profiles_text *text, const char *argument,
			   unsigned data, struct error *err)
{
	uint64_t caps;
	int result;

	(void)data;
	if (strcmp(argument, "all") == 0)
		return set_caps(text, CAPS_DROP_ALL, 0);
	result = profiles_caps_parse(argument, &caps, err);
	return result < 0 ? result : set_caps(text, CAPS_DROP,
					      profiles_caps_all() & ~caps);
}

static int apply_caps_keep(struct profiles_text *text, const char *argument,
			   unsigned data, struct error *err)
{
	uint64_t caps;
	int result = profiles_caps_parse(argument, &caps, err);

	(void)data;
	return result < 0 ? result : set_caps(text, CAPS_KEEP, caps);
}

static int apply_secondary(struct profiles_text *text, const char *argument,
			   unsigned data, struct error *err)
{
	(void)argument;
	(void)data;
	(void)err;
	text->block_secondary = true;
	return 0;
}

/* Of several lines for one architecture the last counts. */
static int keep_calls(struct profiles_text *text, const char *list,
		      enum base_arch arch, struct error *err)
{
	cleanup_profiles_set struct profiles_set set = { 0 };
	int result = profiles_list_parse(list, arch, &set, err);

	if (result < 0)
		return result;
	for (size_t i = text->set.count; i-- > 0;)
		if (text->set.calls[i].arch == arch)
			profiles_set_remove(&text->set, text->set.calls[i]);
	for (size_t i = 0; i < set.count; i++)
		if (profiles_set_add(&text->set, set.calls[i]) < 0)
			return base_error(err, ENOMEM, "out of memory");
	text->has_set = true;
	return 0;
}

static int apply_keep(struct profiles_text *text, const char *argument,
		      unsigned data, struct error *err)
{
	(void)data;
	return keep_calls(text, argument,
			  text->header_arch ? text->header_arch - 1 :
					      base_arch_native(), err);
}

static int apply_keep_arch(struct profiles_text *text, const char *argument,
			   unsigned data, struct error *err)
{
	return keep_calls(text, argument, data, err);
}

#define BOTH (PROFILES_ENFORCE | PROFILES_LEARN)

static const struct row {
	struct profiles_directive directive;
	/* ARGUMENT is not empty, or NULL where the directive has none. */
	int (*apply)(struct profiles_text *text, const char *argument,
		     unsigned data, struct error *err);
	unsigned data;
} rows[] = {
	[TEXT_CAPS] =
	{ { "caps", NULL,
	    "Drop the capabilities that change the kernel, its devices and its "
	    "mounts, and keep the others.", NULL, BOTH },
	  apply_caps, 0 },
	[TEXT_CAPS_DROP] =
	{ { "caps.drop", "LIST",
	    "Drop these capabilities and keep the others; all drops every one.",
	    "all", BOTH },
	  apply_caps_drop, 0 },
	[TEXT_CAPS_KEEP] =
	{ { "caps.keep", "LIST",
	    "Keep these capabilities and drop the others.",
	    "net_bind_service,setuid", BOTH },
	  apply_caps_keep, 0 },
	[TEXT_BLOCK_SECONDARY] =
	{ { "seccomp.block-secondary", NULL,
	    "Refuse code of other architectures than the machine's own, as "
	    "jail does anyway unless calls of theirs are listed.", NULL, 0 },
	  apply_secondary, 0 },
	[TEXT_KEEP] =
	{ { "seccomp.keep", "LIST",
	    "Allow these system calls and no others: names, numbers as $451, "
	    "groups as @file-system, exceptions as !mount, without blanks.",
	    "read,write,exit_group,$451", PROFILES_ENFORCE },
	  apply_keep, 0 },
	[TEXT_KEEP_ARCH + BASE_ARCH_AARCH64] =
	{ { "seccomp.keep.aarch64", "LIST",
	    "The same for code of 64-bit ARM; for Firejail in a comment, after "
	    "#jail.", "read,write,exit_group", PROFILES_ENFORCE },
	  apply_keep_arch, BASE_ARCH_AARCH64 },
	[TEXT_KEEP_ARCH + BASE_ARCH_I386] =
	{ { "seccomp.keep.i386", "LIST",
	    "The same for 32-bit x86 code; for Firejail in a comment, after "
	    "#jail.", "read,write,exit_group", PROFILES_ENFORCE },
	  apply_keep_arch, BASE_ARCH_I386 },
	[TEXT_KEEP_ARCH + BASE_ARCH_X32] =
	{ { "seccomp.keep.x32", "LIST",
	    "The same for code of the x32 ABI, which jail enforce refuses "
	    "whatever is listed; for Firejail in a comment, after #jail.",
	    "read,write,exit_group", PROFILES_ENFORCE },
	  apply_keep_arch, BASE_ARCH_X32 },
	[TEXT_KEEP_ARCH + BASE_ARCH_X86_64] =
	{ { "seccomp.keep.x86_64", "LIST",
	    "The same for 64-bit x86 code; for Firejail in a comment, after "
	    "#jail.", "read,write,exit_group", PROFILES_ENFORCE },
	  apply_keep_arch, BASE_ARCH_X86_64 },
};

/* The other names of Firejail 0.9.72 and its development tree. */
static const char *const not_carried_out[] = {
	"allow-bwrap", "allow-debuggers", "allusers", "apparmor",
	"apparmor-replace", "apparmor-stack", "bind", "blacklist",
	"blacklist-nolog", "cpu", "dbus-system", "dbus-system.broadcast",
	"dbus-system.call", "dbus-system.own", "dbus-system.see",
	"dbus-system.talk", "dbus-user", "dbus-user.broadcast",
	"dbus-user.call", "dbus-user.own", "dbus-user.see", "dbus-user.talk",
	"defaultgw", "deterministic-exit-code", "deterministic-shutdown",
	"disable-mnt", "dns", "env", "hostname", "hostname-randomize",
	"hosts-file", "ignore", "include", "ip", "ip6", "ipc-namespace",
	"iprange", "join-or-start", "keep-config-pulse", "keep-dev-ntsync",
	"keep-dev-shm", "keep-dev-tpm", "keep-fd", "keep-hostname",
	"keep-shell-rc", "keep-var-tmp", "landlock.enforce",
	"landlock.fs.execute", "landlock.fs.makedev", "landlock.fs.makeipc",
	"landlock.fs.read", "landlock.fs.write", "mac", "machine-id",
	"memory-deny-write-execute", "mkdir", "mkfile", "mtu", "name", "net",
	"netfilter", "netfilter6", "netlock", "netmask", "netns", "nice",
	"no3d", "noautopulse", "noblacklist", "nodbus", "nodvd", "noexec",
	"nogroups", "noinput", "nonewprivs", "noprinters", "noroot", "nosound",
	"notpm", "notv", "nou2f", "novideo", "nowhitelist", "overlay",
	"overlay-named", "overlay-tmpfs", "private", "private-bin",
	"private-cache", "private-cwd", "private-dev", "private-etc",
	"private-home", "private-lib", "private-opt", "private-srv",
	"private-tmp", "protocol", "quiet", "read-only", "read-write",
	"restrict-namespaces", "rlimit-as", "rlimit-cpu", "rlimit-fsize",
	"rlimit-nofile", "rlimit-nproc", "rlimit-sigpending", "rmenv",
	"seccomp", "seccomp-error-action", "seccomp.32", "seccomp.32.drop",
	"seccomp.32.keep", "seccomp.drop", "shell", "tab", "timeout", "tmpfs",
	"tracelog", "veth-name", "warn", "whitelist", "whitelist-ro",
	"writable-etc", "writable-run-user", "writable-var",
	"writable-var-log", "x11", "xephyr-screen",
};

const struct profiles_directive *profiles_directive(size_t index)
{
	return index < ARRAY_SIZE(rows) ? &rows[index].directive : NULL;
}

static int unknown(const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(not_carried_out); i++)
		if (strcmp(not_carried_out[i], name) == 0)
			return base_error(err, ENOTSUP,
					  "jail does not carry out Firejail's "
					  "directive \"%s\"; remove the line "
					  "to do without it", name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		base_nearest(&nearest, rows[i].directive.name);
	for (size_t i = 0; i < ARRAY_SIZE(not_carried_out); i++)
		base_nearest(&nearest, not_carried_out[i]);
	if (*nearest.name)
		return base_error(err, EINVAL, "unknown directive \"%.64s\"; "
				  "did you mean \"%s\"?", name, nearest.name);
	return base_error(err, EINVAL, "unknown directive \"%.64s\"; "
			  "jail.profile(5) lists those that there are, and "
			  "'jail export' prints a profile", name);
}

static int apply(const struct row *row, struct profiles_text *text,
		 const char *argument, struct error *err)
{
	const struct profiles_directive *directive = &row->directive;

	if (directive->argument && !argument)
		return base_error(err, EINVAL, "%s needs an argument: %s %s",
				  directive->name, directive->name,
				  directive->argument);
	if (!directive->argument && argument)
		return base_error(err, EINVAL, "%s takes no argument, but got "
				  "\"%s\"", directive->name, argument);
	return row->apply(text, argument, row->data, err);
}

int profiles_directive_apply(char *line, struct profiles_text *text,
			     struct error *err)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].directive.name, line) == 0)
			return apply(&rows[i], text, argument, err);
	if (*line == '?')
		return base_error(err, ENOTSUP, "jail does not carry out "
				  "Firejail's conditions: %.64s; remove the "
				  "line to do without it", line);
	return unknown(line, err);
}
