/* SPDX-License-Identifier: MIT */
/*
 * What learning never opens: calls that hand a program a way around the other
 * walls, or a large part of the kernel that hardly any program needs. A program
 * that used one while it was learned has it on its list like any other call;
 * it gets it by seccomp.allow-dangerous alone.
 *
 * A row is calls that cost the same, that cost, and, where only some uses are
 * dangerous, the tests that hold for these.
 *
 * Families of sockets: those of the network and of Unix pass, and netlink does
 * as the C library asks it for addresses, unless recorded arguments show that
 * the program never made one. i386's socketcall has the family in memory, so
 * with it all families or no new sockets.
 */
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>

#include "enforce/filter/filter.h"

/* Of clone(2): see filter.c. */
#define NAMESPACES 0x7e020000u
/* What unshare(2) gives to one thread, or takes and does nothing: CLONE_VM, FS,
 * FILES, SIGHAND, THREAD and SYSVSEM. Any other bit is a namespace, or will be:
 * UNSHARE_EMPTY_MNTNS (0x100000) is younger than 6.18. */
#define OF_THREADS 0x50f00u
#define INT UINT32_MAX
#define LISTENER SECCOMP_FILTER_FLAG_NEW_LISTENER
#define FAMILY(name) (1u << AF_##name)
#define USUAL (FAMILY(UNIX) | FAMILY(INET) | FAMILY(INET6) | FAMILY(NETLINK))
#define OTHER_NAMESPACES "in other namespaces it would have capabilities, "   \
	"and parts of the kernel that only root reaches"

struct row {
	const char *names;	/* words, with a blank behind each */
	const char *cost;
	int code;		/* the answer to a whitelisted call; 0: EPERM */
	bool always;		/* also where --deny=log lets all pass */
	struct layer_test tests[LAYER_TESTS];
	const char *opened_by;	/* another call that opens it, too */
	bool mostly;		/* what the tests leave is rare: by its name it
				 * counts as dangerous */
};

static const struct row rows[] = {
	{ "ioctl ", "it could type commands into the terminal it was started "
	  "from", EPERM, true, {{LAYER_EQUAL, 1, INT, 0x5412}}, NULL, false },
	{ "ioctl ", "it could paste and type on the Linux console", EPERM,
	  true, {{LAYER_EQUAL, 1, INT, 0x541c}}, NULL, false },
	{ "clone ", "in namespaces of its own it would have all capabilities "
	  "there, and parts of the kernel that only root reaches", EPERM,
	  false, {{LAYER_UNEQUAL, 0, NAMESPACES, 0}}, "unshare",
	  false },
	/* smbd has a folder of its own in each thread (CLONE_FS). */
	{ .names = "unshare ", .cost = OTHER_NAMESPACES, .mostly = true,
	  .tests = {{LAYER_UNEQUAL, 0, ~OF_THREADS, 0}} },
	{ .names = "setns ", .cost = OTHER_NAMESPACES },
	{ .names = "mount umount umount2 pivot_root chroot fsconfig fsmount "
	  "fsopen fspick mount_setattr move_mount open_tree open_tree_attr ",
	  .cost = "it could change which files it sees, and uncover what is "
	  "masked" },
	{ .names = "open_by_handle_at name_to_handle_at ", .cost = "it could "
	  "open files that its tree of files does not show" },
	{ .names = "bpf ", .cost = "it could run code of its own in the "
	  "kernel" },
	{ .names = "perf_event_open lookup_dcookie ", .cost = "it could "
	  "measure other programs and the kernel, whose flaws here were many" },
	{ .names = "userfaultfd ", .cost = "it could halt the kernel in the "
	  "midst of a call, which makes its flaws easier to use",
	  .code = ENOSYS },
	{ .names = "io_uring_setup io_uring_enter io_uring_register ",
	  .cost = "what it does through the ring no filter sees, and its flaws "
	  "were many", .code = ENOSYS },
	{ .names = "ptrace process_vm_readv process_vm_writev process_madvise "
	  "pidfd_getfd kcmp ", .cost = "it could read and change other "
	  "processes of the sandbox, and take over their open files" },
	{ .names = "kexec_load kexec_file_load reboot ", .cost = "it could "
	  "stop or replace the running kernel" },
	{ .names = "init_module finit_module delete_module create_module "
	  "query_module ", .cost = "it could load code into the kernel" },
	{ .names = "add_key keyctl request_key ", .cost = "it could read and "
	  "plant keys in the keyrings of the user, which no namespace "
	  "separates" },
	/* libseccomp asks whether there are such filters, with no filter. */
	{ "seccomp ", "it could answer the calls of others with filters that "
	  "listen", EPERM, false,
	  {{LAYER_EQUAL, 1, LISTENER, LISTENER},
	   {LAYER_UNEQUAL, 2, INT, 0}}, NULL, false },
	{ "seccomp ", "it could answer the calls of others with filters that "
	  "listen", EPERM, false,
	  {{LAYER_EQUAL, 1, LISTENER, LISTENER},
	   {LAYER_UNEQUAL, 2 | LAYER_UPPER, INT, 0}}, NULL, false },
	{ "personality ", "it could switch off what protects memory from "
	  "exploits", EPERM, false,
	  {{LAYER_UNEQUAL, 0, INT, 0}, {LAYER_UNEQUAL, 0, INT, INT}}, NULL,
	  false },
	{ .names = "modify_ldt vm86 vm86old iopl ioperm ", .cost = "it could "
	  "use modes and ports of the processor that hardly any program "
	  "needs" },
	{ "socket socketpair ", "rare families of sockets, of virtual "
	  "machines, raw packets and the kernel's ciphers, bring flaws of "
	  "theirs and leave the network that it was given", EAFNOSUPPORT, false,
	  {{LAYER_OUTSIDE, 0, INT, USUAL}}, NULL, false },
	/* The kernel makes it a socket for packets (net/socket.c). */
	{ "socket ", "raw packets leave the network that it was given",
	  EAFNOSUPPORT, false,
	  {{LAYER_EQUAL, 0, INT, AF_INET}, {LAYER_EQUAL, 1, 0xf, 10}}, NULL,
	  false },
	/* socket and socketpair. */
	{ "socketcall ", "no filter sees which family of sockets it makes",
	  EPERM, false, {{LAYER_EQUAL, 0, INT, 1}}, NULL, false },
	{ "socketcall ", "no filter sees which family of sockets it makes",
	  EPERM, false, {{LAYER_EQUAL, 0, INT, 8}}, NULL, false },
	{ .names = "acct quotactl quotactl_fd swapon swapoff syslog "
	  "fanotify_init settimeofday stime clock_settime clock_settime64 "
	  "adjtimex clock_adjtime clock_adjtime64 vhangup ", .cost = "with "
	  "privileges it could change the whole system: its clock, quotas, "
	  "swap, logs" },
	{ .names = "move_pages migrate_pages mbind set_mempolicy "
	  "set_mempolicy_home_node ", .cost = "it could move memory between "
	  "nodes, also that of others, in code with flaws" },
	{ .names = "nfsservctl uselib _sysctl ", .cost = "calls that nobody "
	  "uses any more are nobody's care" },
};

static bool names(const struct row *row, const char *name)
{
	size_t length = strlen(name);
	const char *at = row->names;

	for (; (at = strstr(at, name)); at += length)
		if ((at == row->names || at[-1] == ' ') && at[length] == ' ')
			return true;
	return false;
}

static unsigned tests_of(const struct row *row)
{
	unsigned count = 0;

	while (count < LAYER_TESTS && row->tests[count].mask)
		count++;
	return count;
}

static bool matches(const struct row *row, struct base_call call,
		    const uint64_t arguments[6])
{
	const char *name = base_call_name(call);

	return name && names(row, name) &&
	       layer_holds(row->tests, tests_of(row), arguments);
}

static const struct row *find(struct base_call call,
			      const uint64_t arguments[6])
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (matches(&rows[i], call, arguments))
			return &rows[i];
	return NULL;
}

/* ---- what it costs, for people ---------------------------------------- */

const char *enforce_dangerous(struct base_call call)
{
	const char *name = base_call_name(call);

	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++)
		if ((!tests_of(&rows[i]) || rows[i].mostly) &&
		    names(&rows[i], name))
			return rows[i].cost;
	return NULL;
}

const char *enforce_dangerous_use(struct base_call call,
				  const uint64_t arguments[6])
{
	const struct row *row = find(call, arguments);

	return row ? row->cost : NULL;
}

/* ---- what of it the plan leaves closed -------------------------------- */

/* By name: what is opened for one architecture is for all. */
static bool opens(const struct enforce_plan *plan, const char *name)
{
	const struct profiles_set *set;

	if (!plan->policy || !name)
		return false;
	set = &plan->policy->dangerous;
	for (size_t i = 0; i < set->count; i++) {
		const char *opened = base_call_name(set->calls[i]);

		if (opened && strcmp(opened, name) == 0)
			return true;
	}
	return false;
}

bool dangerous_opened(const struct enforce_plan *plan, struct base_call call)
{
	return opens(plan, base_call_name(call));
}

/* What a list of the profile answers itself, with an errno and in silence. */
static bool refused_by_list(const struct enforce_plan *plan, const char *name)
{
	const struct profiles_policy *policy = plan->policy;

	for (size_t i = 0; policy && i < policy->refused_count; i++) {
		const struct profiles_refused *one = &policy->refused[i];
		const char *refused = base_call_name(one->call);
		int answer = one->answer ? one->answer : policy->error_action;

		if (answer >= 0 && refused && strcmp(refused, name) == 0 &&
		    one->call.arch == (uint32_t)base_arch_native())
			return true;
	}
	return false;
}

static bool closed(const struct enforce_plan *plan, const struct row *row,
		   const char *name)
{
	return !opens(plan, name) && !opens(plan, row->opened_by) &&
	       !refused_by_list(plan, name);
}

/* What the plan's own socket(2) calls were, as far as they were recorded. */
static bool without_netlink(const struct enforce_plan *plan)
{
	bool recorded = false;

	for (size_t i = 0; i < plan->argument_count; i++) {
		const struct profiles_argument *one = &plan->arguments[i];
		const char *name = base_call_name(one->call);

		if (!name || strcmp(name, "socket") != 0)
			continue;
		recorded = true;
		if ((uint32_t)one->values[0] == AF_NETLINK)
			return false;
	}
	return recorded;
}

/* The tests of a row as this plan has them. */
static void fit(const struct enforce_plan *plan, const struct row *row,
		struct layer_test tests[LAYER_TESTS])
{
	memcpy(tests, row->tests, sizeof(row->tests));
	if (tests[0].kind == LAYER_OUTSIDE && without_netlink(plan))
		tests[0].value &= ~FAMILY(NETLINK);
}

bool dangerous_refuses(const struct enforce_plan *plan, struct base_call call,
		       const uint64_t arguments[6], struct dangerous_use *use)
{
	const char *name = base_call_name(call);
	struct layer_test tests[LAYER_TESTS];

	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];

		fit(plan, row, tests);
		if (!names(row, name) || !closed(plan, row, name) ||
		    !layer_holds(tests, tests_of(row), arguments))
			continue;
		use->code = row->code ? row->code : EPERM;
		use->always = row->always;
		return true;
	}
	return false;
}

static uint32_t answer(const struct enforce_plan *plan, const struct row *row,
		       bool listener)
{
	uint32_t code = row->code ? (uint32_t)row->code : EPERM;

	if (listener)
		return SECCOMP_RET_USER_NOTIF;
	if (plan->deny == ENFORCE_LOG && !row->always)
		return SECCOMP_RET_LOG;
	return SECCOMP_RET_ERRNO | code;
}

/* What is not on the list meets the answer for unlisted calls anyway; but for
 * what is refused where those pass. */
static bool needed(const struct enforce_plan *plan, const struct row *row,
		   struct base_call call)
{
	return layer_listed(plan, call) ||
	       (row->always && plan->deny == ENFORCE_LOG);
}

static void add_call(struct layer *layer, const struct enforce_plan *plan,
		     const struct row *row, struct base_call call,
		     bool listener)
{
	struct layer_test tests[LAYER_TESTS];

	if (!needed(plan, row, call))
		return;
	fit(plan, row, tests);
	layer_add(layer, call, tests, answer(plan, row, listener));
}

static void add_name(struct layer *layer, const struct enforce_plan *plan,
		     const struct row *row, const char *name, bool listener)
{
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (base_call_named(arch, name, &call) &&
		    layer_has_arch(plan, arch))
			add_call(layer, plan, row, call, listener);
	}
}

/* The next word at *AT, and *AT behind it; false at the end. */
static bool next_name(const char **at, char name[32])
{
	size_t length = strcspn(*at, " ");

	if (!length)
		return false;
	snprintf(name, 32, "%.*s", (int)length, *at);
	*at += length + 1;
	return true;
}

void dangerous_add(struct layer *layer, const struct enforce_plan *plan,
		   bool listener)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = rows[i].names;
		char name[32];

		while (next_name(&at, name))
			if (closed(plan, &rows[i], name))
				add_name(layer, plan, &rows[i], name,
					 listener);
	}
}

/* ---- what is not there ------------------------------------------------ */

static int add_absent(struct profiles_set *absent, const char *name)
{
	int ret = 0;

	for (unsigned arch = 0; arch < BASE_ARCH_COUNT && ret == 0; arch++) {
		struct base_call call;

		if (base_call_named(arch, name, &call))
			ret = profiles_set_add(absent, call);
	}
	return ret;
}

int enforce_absent(const struct enforce_plan *plan, struct profiles_set *absent,
		   struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = rows[i].names;
		char name[32];

		if (rows[i].code != ENOSYS || tests_of(&rows[i]))
			continue;
		while (next_name(&at, name))
			if (closed(plan, &rows[i], name) &&
			    add_absent(absent, name) < 0)
				return base_error(err, ENOMEM, "no memory for "
						  "the calls that are refused");
	}
	return 0;
}
