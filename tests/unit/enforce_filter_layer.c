/* SPDX-License-Identifier: MIT */
/*
 * The layer over the whitelist: what it answers by the instructions that come
 * out, against expectations written by hand, and against the rules as C reads
 * them, for every number and arguments of all kinds.
 */
#include <linux/audit.h>

#include "enforce/filter/filter.h"
#include "tests/lib/random.h"
#include "tests/unit/enforce_filter.h"

#define ALLOW SECCOMP_RET_ALLOW
#define NOTIF SECCOMP_RET_USER_NOTIF
#define LOG SECCOMP_RET_LOG
#define KILL SECCOMP_RET_KILL_PROCESS
#define FAIL(code) (SECCOMP_RET_ERRNO | (code))
#define X64 BASE_ARCH_X86_64
#define I386 BASE_ARCH_I386
#define HIGH (UINT64_C(7) << 32)	/* what the kernel drops of an int */

/* ---- plans ------------------------------------------------------------ */

struct setup {
	struct profiles_policy policy;
	struct enforce_plan plan;
};

static uint32_t number_of(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	if (number < 0)
		fail_msg("%s has no %s", base_arch_name(arch), name);
	return (uint32_t)number;
}

static struct base_call call_of(enum base_arch arch, const char *name)
{
	return (struct base_call){arch, number_of(arch, name)};
}

/* A whitelist of all that has a name; or none. */
static void begin(struct setup *setup, bool whitelist)
{
	memset(setup, 0, sizeof(*setup));
	setup->plan.policy = &setup->policy;
	setup->plan.has_whitelist = whitelist;
	for (unsigned arch = 0; whitelist && arch < BASE_ARCH_COUNT; arch++)
		for (uint32_t n = 0; n <= base_call_highest(arch); n++)
			if (base_call_name((struct base_call){arch, n}))
				profiles_set_add(&setup->plan.whitelist,
						 (struct base_call){arch, n});
}

static void end(struct setup *setup)
{
	profiles_set_free(&setup->plan.whitelist);
	profiles_set_free(&setup->policy.dangerous);
	profiles_set_free(&setup->policy.excepted);
	free(setup->policy.refused);
	free(setup->plan.arguments);
}

static void set(struct setup *setup, enum profiles_flag flag)
{
	setup->policy.flags |= UINT64_C(1) << flag;
}

static void open_call(struct setup *setup, const char *name)
{
	profiles_set_add(&setup->policy.dangerous, call_of(X64, name));
}

static void refuse(struct setup *setup, struct base_call call, int answer)
{
	struct profiles_policy *policy = &setup->policy;

	policy->refused = reallocarray(policy->refused,
				       policy->refused_count + 1,
				       sizeof(*policy->refused));
	policy->refused[policy->refused_count++] =
		(struct profiles_refused){call, answer};
}

static void learn(struct setup *setup, struct base_call call, uint64_t a,
		  uint64_t b, uint64_t c)
{
	struct enforce_plan *plan = &setup->plan;

	plan->arguments = reallocarray(plan->arguments,
				       plan->argument_count + 1,
				       sizeof(*plan->arguments));
	plan->arguments[plan->argument_count++] =
		(struct profiles_argument){call, {a, b, c}, 1};
}

/* ---- verdicts --------------------------------------------------------- */

static uint32_t run(const struct filter *filter, uint32_t arch, uint32_t raw,
		    const uint64_t arguments[6])
{
	struct seccomp_data data = {.nr = (int)raw, .arch = arch};

	for (int i = 0; i < 6; i++)
		data.args[i] = arguments[i];
	return bpf_run(filter->code, filter->count, &data, NULL);
}

/* One line of what a filter is expected to say. */
struct line {
	enum base_arch arch;
	const char *name;
	uint64_t arguments[6];
	uint32_t verdict;
};

static void expect(const struct setup *setup, bool listener,
		   const struct line *lines, size_t count)
{
	struct filter filter = build(&setup->plan, listener);

	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i];
		uint32_t arch, raw, got;

		base_call_to_kernel(call_of(line->arch, line->name), &arch,
				    &raw);
		got = run(&filter, arch, raw, line->arguments);
		if (got != line->verdict)
			fail_msg("line %zu: %s %s(%#llx, %#llx, %#llx): %08x, "
				 "not %08x", i, base_arch_name(line->arch),
				 line->name,
				 (unsigned long long)line->arguments[0],
				 (unsigned long long)line->arguments[1],
				 (unsigned long long)line->arguments[2], got,
				 line->verdict);
	}
	free(filter.code);
}
#define EXPECT(setup, listener, ...)                                           \
	do {                                                                   \
		const struct line lines_[] = {__VA_ARGS__};                    \
		expect(setup, listener, lines_, ARRAY_SIZE(lines_));           \
	} while (0)

/* ---- what is dangerous ------------------------------------------------ */

/* Whatever their arguments: the list of the design, once more. */
static const char *const dangerous[] = {
	"setns", "mount", "umount2", "pivot_root", "chroot",
	"fsconfig", "fsmount", "fsopen", "fspick", "mount_setattr",
	"move_mount", "open_tree", "open_tree_attr", "bpf", "perf_event_open",
	"userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "ptrace", "process_vm_readv",
	"process_vm_writev", "kexec_load", "init_module", "finit_module",
	"delete_module", "add_key", "keyctl", "request_key", "modify_ldt",
	"open_by_handle_at", "iopl", "ioperm", "quotactl", "acct", "swapon",
	"swapoff", "reboot", "syslog", "fanotify_init", "process_madvise",
	"pidfd_getfd", "kcmp", "name_to_handle_at", "settimeofday",
	"clock_settime", "adjtimex", "vhangup", "move_pages", "mbind",
	"set_mempolicy", "migrate_pages", "lookup_dcookie", "nfsservctl",
	"uselib",
};

/* On the list, and refused all the same; opened by name alone. */
static void dangerous_calls(void **state)
{
	static const uint64_t none[6];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangerous) * 2; i++) {
		const char *name = dangerous[i / 2];
		struct base_call call = call_of(i % 2 ? I386 : X64, name);
		struct setup setup;
		uint32_t arch, raw, code = EPERM;
		struct filter filter;

		if (strcmp(name, "userfaultfd") == 0 ||
		    strncmp(name, "io_uring", 8) == 0)
			code = ENOSYS;
		assert_non_null(enforce_dangerous(call));
		base_call_to_kernel(call, &arch, &raw);
		for (int listener = 0; listener <= 1; listener++) {
			begin(&setup, i % 3);
			filter = build(&setup.plan, listener);
			assert_int_equal(run(&filter, arch, raw, none),
					 listener ? NOTIF : FAIL(code));
			free(filter.code);
			open_call(&setup, name);
			filter = build(&setup.plan, listener);
			assert_int_equal(run(&filter, arch, raw, none), ALLOW);
			free(filter.code);
			end(&setup);
		}
	}
	assert_null(enforce_dangerous(call_of(X64, "read")));
	assert_null(enforce_dangerous(call_of(X64, "ioctl")));
	assert_non_null(enforce_dangerous(call_of(X64, "unshare")));
}

/* Some uses of a call. With the list and without, and with no policy at all. */
static void dangerous_uses(void **state)
{
	static const struct line lines[] = {
		{X64, "ioctl", {0, 0x5412}, NOTIF},
		{X64, "ioctl", {0, 0x5412 | HIGH}, NOTIF},
		{X64, "ioctl", {0, 0x541c | HIGH}, NOTIF},
		{X64, "ioctl", {0x5412, 0x5413, 0x5412}, ALLOW},
		{X64, "ioctl", {0, 0x15412}, ALLOW},
		{I386, "ioctl", {0, 0x5412}, NOTIF},
		{I386, "ioctl", {0, 0x5401}, ALLOW},
		{X64, "unshare", {0x200}, ALLOW},
		{X64, "unshare", {0x400 | HIGH}, ALLOW},
		{X64, "unshare", {0x10000200}, NOTIF},
		{X64, "unshare", {0x50f00}, ALLOW},
		{X64, "unshare", {0x80}, NOTIF},
		{X64, "unshare", {0x100200}, NOTIF},
		{I386, "unshare", {0x200}, ALLOW},
		{I386, "unshare", {0x2000000}, NOTIF},
		{X64, "clone", {17}, ALLOW},
		{X64, "clone", {0x80 | 17}, ALLOW},
		{X64, "clone", {0x3d0f00}, ALLOW},
		{X64, "clone", {0x10000011}, NOTIF},
		{X64, "clone", {0x00020000}, NOTIF},
		{X64, "clone", {0x02000000 | HIGH}, NOTIF},
		{X64, "clone", {0x04000000}, NOTIF},
		{X64, "clone", {0x08000000}, NOTIF},
		{X64, "clone", {0x20000000}, NOTIF},
		{I386, "clone", {0x40000000}, NOTIF},
		{X64, "clone3", {0}, FAIL(ENOSYS)},
		{I386, "clone3", {0}, FAIL(ENOSYS)},
		{X64, "seccomp", {1, 8, 4096}, NOTIF},
		{X64, "seccomp", {1, 8, HIGH}, NOTIF},
		{X64, "seccomp", {1, 8 | 1 | HIGH, 1}, NOTIF},
		{X64, "seccomp", {1, 8, 0}, ALLOW},
		{X64, "seccomp", {1, 7 | 16, 4096}, ALLOW},
		{X64, "personality", {0}, ALLOW},
		{X64, "personality", {HIGH}, ALLOW},
		{X64, "personality", {0xffffffff}, ALLOW},
		{X64, "personality", {UINT64_MAX}, ALLOW},
		{X64, "personality", {8}, NOTIF},
		{I386, "personality", {0x40000}, NOTIF},
		{X64, "personality", {0xfffffffe}, NOTIF},
		{X64, "socket", {1, 1}, ALLOW},
		{X64, "socket", {2, 1}, ALLOW},
		{X64, "socket", {10 | HIGH, 2}, ALLOW},
		{X64, "socket", {16, 3}, ALLOW},
		{X64, "socket", {17, 3}, NOTIF},
		{X64, "socket", {0, 1}, NOTIF},
		{X64, "socket", {31, 1}, NOTIF},
		{X64, "socket", {32, 1}, NOTIF},
		{X64, "socket", {33, 1}, NOTIF},
		{X64, "socket", {38, 1}, NOTIF},
		{X64, "socket", {40, 1}, NOTIF},
		{X64, "socket", {34, 1}, NOTIF},
		{X64, "socket", {0xffffffff, 1}, NOTIF},
		{X64, "socket", {2, 10}, NOTIF},
		{X64, "socket", {2, 10 | 02000000}, NOTIF},
		{X64, "socket", {10, 10}, ALLOW},
		{I386, "socket", {40, 1}, NOTIF},
		{X64, "socketpair", {1, 1}, ALLOW},
		{X64, "socketpair", {30, 1}, NOTIF},
		{I386, "socketcall", {1}, NOTIF},
		{I386, "socketcall", {8}, NOTIF},
		{I386, "socketcall", {3}, ALLOW},
		{X64, "read", {0x5412, 0x5412}, ALLOW},
	};
	struct setup setup;

	(void)state;
	begin(&setup, true);
	expect(&setup, true, lines, ARRAY_SIZE(lines));
	setup.plan.policy = NULL;
	setup.plan.has_whitelist = false;
	expect(&setup, true, lines, ARRAY_SIZE(lines));
	end(&setup);
	begin(&setup, false);
	expect(&setup, true, lines, ARRAY_SIZE(lines));
	EXPECT(&setup, false, {X64, "socket", {40}, FAIL(EAFNOSUPPORT)},
	       {X64, "ioctl", {0, 0x5412}, FAIL(EPERM)});
	end(&setup);
}

/* With --deny=log all passes and is recorded, but for two. */
static void complain(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	setup.plan.deny = ENFORCE_LOG;
	EXPECT(&setup, false, {X64, "ioctl", {0, 0x5412 | HIGH}, FAIL(EPERM)},
	       {X64, "ioctl", {0, 0x541c}, FAIL(EPERM)},
	       {X64, "ptrace", {0}, LOG}, {X64, "clone", {0x10000000}, LOG},
	       {X64, "socket", {40}, LOG}, {X64, "ioctl", {0, 1}, ALLOW});
	/* Not on the list either. */
	profiles_set_free(&setup.plan.whitelist);
	EXPECT(&setup, false, {X64, "ioctl", {0, 0x5412}, FAIL(EPERM)},
	       {X64, "ioctl", {0, 1}, LOG}, {X64, "ptrace", {0}, LOG});
	/* What a profile refuses stays refused. */
	refuse(&setup, call_of(X64, "ptrace"), 0);
	EXPECT(&setup, false, {X64, "ptrace", {0}, FAIL(EPERM)});
	EXPECT(&setup, true, {X64, "ptrace", {0}, FAIL(EPERM)},
	       {X64, "ioctl", {0, 0x5412}, NOTIF});
	end(&setup);
}

/* What is not on the list meets --deny, dangerous or not. */
static void unlisted(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	profiles_set_free(&setup.plan.whitelist);
	EXPECT(&setup, false, {X64, "ptrace", {0}, KILL},
	       {X64, "socket", {40}, KILL}, {X64, "getppid", {0}, KILL});
	setup.plan.deny = ENFORCE_ERRNO;
	setup.plan.deny_errno = EACCES;
	EXPECT(&setup, false, {X64, "ptrace", {0}, FAIL(EACCES)},
	       {X64, "ioctl", {0, 0x5412}, FAIL(EACCES)});
	end(&setup);
}

/* Who learned clone3 makes clone, which fails like any that is listed. */
static void clone_for_clone3(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "clone"));
	EXPECT(&setup, false, {X64, "clone", {0x10000000}, FAIL(EPERM)},
	       {X64, "clone", {17}, ALLOW});
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "clone3"));
	EXPECT(&setup, false, {X64, "clone", {0x10000000}, KILL},
	       {X64, "clone", {17}, KILL});
	end(&setup);
}

static void netlink_if_learned(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	learn(&setup, call_of(X64, "socket"), 2, 1, 0);
	EXPECT(&setup, true, {X64, "socket", {16, 3}, NOTIF},
	       {X64, "socket", {2, 1}, ALLOW});
	learn(&setup, call_of(X64, "socket"), 16, 3, 0);
	EXPECT(&setup, true, {X64, "socket", {16, 3}, ALLOW},
	       {X64, "socket", {38, 3}, NOTIF});
	/* Learned is not allowed: not even this way. */
	learn(&setup, call_of(X64, "socket"), 38, 5, 0);
	set(&setup, PROFILES_ARGS_LEARNED);
	EXPECT(&setup, true, {X64, "socket", {38, 5}, NOTIF});
	open_call(&setup, "socket");
	EXPECT(&setup, true, {X64, "socket", {38, 5}, ALLOW},
	       {X64, "socket", {40, 5}, NOTIF});
	end(&setup);
}

/* What a person is told of it. */
static void costs(void **state)
{
	const uint64_t tiocsti[6] = {0, 0x5412 | HIGH}, tcgets[6] = {0, 0x5401};
	struct base_call ioctl = call_of(X64, "ioctl");

	(void)state;
	assert_non_null(enforce_dangerous_use(ioctl, tiocsti));
	assert_null(enforce_dangerous_use(ioctl, tcgets));
}

/* ---- what a profile refuses ------------------------------------------- */

static void default_list(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, false);
	set(&setup, PROFILES_SECCOMP);
	/* Dangerous comes first: that is told. */
	EXPECT(&setup, true, {X64, "mount", {0}, NOTIF},
	       {X64, "tkill", {0}, FAIL(EPERM)},
	       {X64, "io_setup", {0}, FAIL(EPERM)},
	       {X64, "epoll_ctl_old", {0}, FAIL(EPERM)},
	       {X64, "statmount", {0}, FAIL(EPERM)},
	       {X64, "personality", {0}, FAIL(EPERM)},
	       {I386, "tkill", {0}, FAIL(EPERM)},
	       {I386, "umount", {0}, NOTIF},
	       {I386, "bdflush", {0}, FAIL(EPERM)},
	       {X64, "read", {0}, ALLOW}, {I386, "read", {0}, ALLOW});
	EXPECT(&setup, false, {X64, "mount", {0}, FAIL(EPERM)});
	open_call(&setup, "ptrace");
	profiles_set_add(&setup.policy.excepted, call_of(X64, "io_setup"));
	setup.policy.error_action = EACCES;
	EXPECT(&setup, true, {X64, "ptrace", {0}, ALLOW},
	       {I386, "ptrace", {0}, ALLOW}, {X64, "io_setup", {0}, ALLOW},
	       {I386, "io_setup", {0}, ALLOW},
	       {X64, "tkill", {0}, FAIL(EACCES)});
	setup.policy.error_action = -1;
	set(&setup, PROFILES_ALLOW_DEBUGGERS);
	EXPECT(&setup, true, {X64, "tkill", {0}, KILL},
	       {X64, "personality", {0}, ALLOW},
	       {X64, "process_vm_readv", {0}, NOTIF});
	end(&setup);
}

static void named_lists(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, false);
	refuse(&setup, call_of(X64, "chdir"), 0);
	refuse(&setup, call_of(X64, "mkdir"), ENOENT);
	refuse(&setup, call_of(X64, "rmdir"), -1);
	refuse(&setup, (struct base_call){X64, 999}, 0);
	refuse(&setup, call_of(I386, "waitpid"), EINTR);
	refuse(&setup, call_of(X64, "ptrace"), EIO);
	EXPECT(&setup, true, {X64, "chdir", {0}, FAIL(EPERM)},
	       {I386, "chdir", {0}, FAIL(EPERM)},
	       {X64, "mkdir", {0}, FAIL(ENOENT)},
	       {I386, "mkdir", {0}, FAIL(ENOENT)}, {X64, "rmdir", {0}, KILL},
	       {I386, "waitpid", {0}, FAIL(EINTR)},
	       {X64, "ptrace", {0}, FAIL(EIO)}, {I386, "ptrace", {0}, FAIL(EIO)},
	       {X64, "mkdirat", {0}, ALLOW});
	open_call(&setup, "ptrace");
	EXPECT(&setup, true, {X64, "ptrace", {0}, FAIL(EIO)});
	setup.policy.dangerous.count = 0;
	setup.policy.refused[setup.policy.refused_count - 1].answer = -2;
	EXPECT(&setup, true, {X64, "ptrace", {0}, NOTIF});
	setup.policy.error_action = -2;
	EXPECT(&setup, true, {X64, "chdir", {0}, LOG},
	       {X64, "mkdir", {0}, FAIL(ENOENT)});
	end(&setup);
}

/* What is logged and passes has to be on the list, all the same. */
static void logged(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	setup.policy.error_action = -2;
	setup.policy.protocols = 1u << 1;
	set(&setup, PROFILES_SECCOMP);
	set(&setup, PROFILES_MEMORY_DENY_WRITE_EXECUTE);
	setup.policy.namespaces = 0x7e020080;
	open_call(&setup, "clone");
	refuse(&setup, call_of(X64, "socket"), 0);
	refuse(&setup, call_of(X64, "chdir"), 0);
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "chdir"));
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "tkill"));
	EXPECT(&setup, false, {X64, "chdir", {0}, KILL},
	       {X64, "tkill", {0}, KILL}, {X64, "io_setup", {0}, LOG},
	       {X64, "clone", {0x10000000}, LOG},
	       {X64, "mount", {0}, FAIL(EPERM)},
	       {X64, "mprotect", {0, 0, 4}, LOG},
	       {X64, "socket", {1}, LOG}, {X64, "socket", {2}, FAIL(ENOTSUP)});
	/* Where the list has more to say of namespaces, it does. */
	setup.plan.clone_namespaces[0] = 0x20000000;
	setup.plan.clone_namespace_count = 1;
	EXPECT(&setup, false, {X64, "clone", {0x10000000}, KILL},
	       {X64, "clone", {0x20000000}, ALLOW});
	end(&setup);
}

static void protocols(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	setup.policy.protocols = 1u << 1 | 1u << 10 | 1u << 17;
	open_call(&setup, "socket");
	profiles_set_add(&setup.policy.dangerous, call_of(I386, "socketcall"));
	EXPECT(&setup, true, {X64, "socket", {1, 1}, ALLOW},
	       {X64, "socket", {10 | HIGH, 1}, ALLOW},
	       {X64, "socket", {17, 3}, ALLOW},
	       {X64, "socket", {2, 1}, FAIL(ENOTSUP)},
	       {X64, "socket", {16, 3}, FAIL(ENOTSUP)},
	       {X64, "socket", {33, 1}, FAIL(ENOTSUP)},
	       {X64, "socket", {49, 1}, FAIL(ENOTSUP)},
	       {I386, "socket", {2, 1}, FAIL(ENOTSUP)},
	       {I386, "socketcall", {1}, FAIL(ENOTSUP)},
	       {I386, "socketcall", {3}, ALLOW});
	setup.policy.protocols = 1u << 2;
	EXPECT(&setup, true, {X64, "socket", {2, 1}, ALLOW},
	       {X64, "socket", {2, 10}, FAIL(ENOTSUP)});
	end(&setup);
}

static void new_code(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	set(&setup, PROFILES_MEMORY_DENY_WRITE_EXECUTE);
	EXPECT(&setup, true, {X64, "mmap", {0, 0, 7}, FAIL(EPERM)},
	       {X64, "mmap", {0, 0, 6 | HIGH}, FAIL(EPERM)},
	       {X64, "mmap", {0, 0, 5}, ALLOW},
	       {X64, "mmap", {6, 6, 3, 6}, ALLOW},
	       {X64, "mprotect", {0, 0, 4}, FAIL(EPERM)},
	       {X64, "mprotect", {0, 0, 3}, ALLOW},
	       {X64, "pkey_mprotect", {0, 0, 5}, FAIL(EPERM)},
	       {X64, "shmat", {0, 0, 0100000}, FAIL(EPERM)},
	       {X64, "shmat", {0, 0, 010000}, ALLOW},
	       {X64, "memfd_create", {0}, FAIL(EPERM)},
	       {I386, "mmap", {0}, FAIL(EPERM)},
	       {I386, "mmap2", {0, 0, 6}, FAIL(EPERM)},
	       {I386, "mmap2", {0, 0, 4}, ALLOW},
	       {I386, "ipc", {21, 0, 0100000}, FAIL(EPERM)},
	       {I386, "ipc", {0x10015, 0, 0100000}, FAIL(EPERM)},
	       {I386, "ipc", {22, 0, 0100000}, ALLOW},
	       {I386, "ipc", {21, 0, 0}, ALLOW});
	end(&setup);
}

static void namespaces(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, false);
	open_call(&setup, "unshare");
	open_call(&setup, "setns");
	setup.policy.namespaces = 0x10000000 | 0x80;	/* user, time */
	EXPECT(&setup, true, {X64, "clone", {0x10000011}, FAIL(EPERM)},
	       {X64, "clone", {0x91}, ALLOW},
	       {X64, "clone", {0x20000011}, ALLOW},
	       {X64, "clone3", {0}, FAIL(ENOSYS)},
	       {X64, "unshare", {0x80}, FAIL(EPERM)},
	       {X64, "unshare", {0x30000000 | HIGH}, FAIL(EPERM)},
	       {X64, "unshare", {0x20100000}, ALLOW},
	       {X64, "setns", {3, 0}, FAIL(EPERM)},
	       {X64, "setns", {3, 0x10000000}, FAIL(EPERM)},
	       {X64, "setns", {0x10000000, 0x40000000}, ALLOW},
	       {I386, "setns", {3, HIGH}, FAIL(EPERM)});
	setup.policy.namespaces = 0x20000;		/* mnt */
	EXPECT(&setup, true, {X64, "unshare", {0x20000}, FAIL(EPERM)},
	       {X64, "unshare", {0x100000}, FAIL(EPERM)},
	       {X64, "clone", {0x100011}, ALLOW});
	setup.plan.allow_clone3 = true;
	EXPECT(&setup, true, {X64, "clone3", {0}, FAIL(ENOSYS)});
	setup.policy.namespaces = 0;
	EXPECT(&setup, true, {X64, "clone3", {0}, ALLOW});
	end(&setup);
}

static void other_code(void **state)
{
	static const uint64_t none[6];
	struct setup setup;
	struct filter filter;

	(void)state;
	for (int whitelist = 0; whitelist <= 1; whitelist++) {
		begin(&setup, whitelist);
		filter = build(&setup.plan, true);
		assert_int_equal(run(&filter, AUDIT_ARCH_I386, 3, none), ALLOW);
		assert_int_equal(run(&filter, AUDIT_ARCH_X86_64,
				     BASE_X32_BIT, none),
				 whitelist ? NOTIF : FAIL(ENOSYS));
		assert_int_equal(run(&filter, AUDIT_ARCH_ARM, 3, none),
				 whitelist ? NOTIF : KILL);
		free(filter.code);
		open_call(&setup, "personality");
		setup.plan.block_secondary = true;
		EXPECT(&setup, true, {I386, "read", {0}, KILL},
		       {I386, "exit", {0}, KILL}, {X64, "read", {0}, ALLOW},
		       {X64, "personality", {8}, FAIL(EPERM)},
		       {X64, "personality", {0xffffffff}, ALLOW});
		end(&setup);
	}
}

/* ---- learned arguments ------------------------------------------------ */

static void learned_values(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true);
	set(&setup, PROFILES_ARGS_LEARNED);
	learn(&setup, call_of(X64, "ioctl"), 0x5401, 0, 0);
	learn(&setup, call_of(X64, "ioctl"), 0x5413, 0, 0);
	learn(&setup, call_of(X64, "ioctl"), 0x5412, 0, 0);
	learn(&setup, call_of(X64, "socket"), 1, 02000001, 0);
	learn(&setup, call_of(X64, "socket"), 2, 1, 6);
	learn(&setup, call_of(X64, "mmap"), 3, 0, 0);
	learn(&setup, call_of(X64, "mmap"), 5, 0, 0);
	learn(&setup, call_of(X64, "clone"), 0x1200011, 0, 0);
	learn(&setup, call_of(X64, "clone3"), 0x100004100, 0, 0);
	learn(&setup, call_of(I386, "prctl"), 15, 0, 0);
	EXPECT(&setup, true, {X64, "ioctl", {9, 0x5401, 9}, ALLOW},
	       {X64, "ioctl", {0, 0x5413 | HIGH}, ALLOW},
	       {X64, "ioctl", {0, 0x5402}, NOTIF},
	       {X64, "ioctl", {0, 0x5412}, NOTIF},
	       {X64, "socket", {1, 02000001, 0}, ALLOW},
	       {X64, "socket", {1 | HIGH, 02000001 | HIGH, HIGH}, ALLOW},
	       {X64, "socket", {2, 1, 6}, ALLOW},
	       {X64, "socket", {2, 1, 0}, NOTIF},
	       {X64, "socket", {1, 1, 6}, NOTIF},
	       {X64, "socket", {2, 02000001, 0}, NOTIF},
	       {X64, "mmap", {0, 0, 3}, ALLOW},
	       {X64, "mmap", {0, 0, 7}, NOTIF},
	       {X64, "mmap", {0, 0, 3 | HIGH}, NOTIF},
	       {X64, "clone", {0x1200011}, ALLOW},
	       {X64, "clone", {0x1200000}, ALLOW},
	       {X64, "clone", {0x4111}, ALLOW}, {X64, "clone", {17}, NOTIF},
	       {X64, "clone", {0x11200011}, NOTIF},
	       {X64, "prctl", {16}, ALLOW}, {I386, "prctl", {15}, ALLOW},
	       {I386, "prctl", {16}, NOTIF}, {I386, "ioctl", {0, 1}, ALLOW},
	       {X64, "fcntl", {0, 77}, ALLOW});
	setup.policy.flags = 0;
	EXPECT(&setup, true, {X64, "ioctl", {0, 0x5402}, ALLOW},
	       {X64, "mmap", {0, 0, 7}, ALLOW}, {X64, "clone", {17}, ALLOW});
	end(&setup);
}

/* Calls off the list that pass with some values; what is listed, a stub or a
 * clone is not changed, and what is dangerous stays refused. */
static void partly(void **state)
{
	struct setup setup;
	struct profiles_argument rows[] = {
		{call_of(X64, "fcntl"), {3}, 0},
		{call_of(X64, "fcntl"), {1030 | HIGH}, 0},
		{call_of(X64, "fcntl"), {3 | HIGH}, 0},
		{call_of(X64, "ioctl"), {0x5412}, 0},
		{call_of(X64, "prctl"), {15}, 0},
		{call_of(X64, "clone"), {0x10000000}, 0},
		{call_of(I386, "fcntl64"), {3}, 0},
		{call_of(X64, "read"), {3}, 0},
		{call_of(X64, "socketpair"), {1, 1, 0}, 0},
	};
	struct profiles_refused stub = {call_of(X64, "socketpair"), ENOSYS};

	(void)state;
	begin(&setup, true);
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "fcntl"));
	profiles_set_remove(&setup.plan.whitelist, call_of(X64, "socketpair"));
	profiles_set_remove(&setup.plan.whitelist, call_of(I386, "fcntl64"));
	setup.plan.partly = rows;
	setup.plan.partly_count = ARRAY_SIZE(rows);
	setup.plan.stubs = &stub;
	setup.plan.stub_count = 1;
	EXPECT(&setup, true, {X64, "fcntl", {0, 3}, ALLOW},
	       {X64, "fcntl", {7, 3 | HIGH, 9}, ALLOW},
	       {X64, "fcntl", {0, 1030}, ALLOW},
	       {X64, "fcntl", {0, 4}, NOTIF}, {X64, "fcntl", {3, 0}, NOTIF},
	       {X64, "ioctl", {0, 0x5412}, NOTIF},
	       {X64, "ioctl", {0, 1}, ALLOW}, {X64, "prctl", {16}, ALLOW},
	       {X64, "clone", {0x10000000}, NOTIF},
	       {I386, "fcntl64", {0, 3}, ALLOW},
	       {I386, "fcntl64", {0, 4}, NOTIF},
	       {X64, "socketpair", {1, 1, 0},
		SECCOMP_RET_ERRNO | ENOSYS});
	setup.plan.partly = NULL;
	setup.plan.stubs = NULL;
	setup.plan.partly_count = setup.plan.stub_count = 0;
	end(&setup);
}

/* At the bound each value counts, past it none. */
static void many_values(void **state)
{
	struct setup setup;
	uint64_t arguments[6] = {0};
	struct filter filter;

	(void)state;
	begin(&setup, true);
	set(&setup, PROFILES_ARGS_LEARNED);
	for (uint32_t i = 0; i < ENFORCE_VALUES * 2; i++)
		learn(&setup, call_of(X64, "fcntl"), i / 2 * 3, 0, 0);
	filter = build(&setup.plan, true);
	for (uint32_t i = 0; i < 300; i++) {
		arguments[1] = i;
		assert_int_equal(run(&filter, AUDIT_ARCH_X86_64, 72, arguments),
				 i % 3 == 0 && i < ENFORCE_VALUES * 3 ? ALLOW :
									NOTIF);
	}
	free(filter.code);
	learn(&setup, call_of(X64, "fcntl"), 1000, 0, 0);
	EXPECT(&setup, true, {X64, "fcntl", {0, 77}, ALLOW});
	end(&setup);
}

/* ---- against the rules as C reads them -------------------------------- */

static uint64_t any_value(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 17, 21, 31, 32, 33, 40, 0x80,
		0x5412, 0x541c, 0x5413, 0100000, 0x20000, 0x10000000,
		0x7e020000, 0x81ffffff, 0x7fffffff, 0x80000000, 0xffffffff,
		0xfffffffe, UINT64_MAX, 0x100000000, 0x100000001,
	};
	uint64_t value = values[random_below(ARRAY_SIZE(values))];

	return random_below(4) ? value :
	       value | (uint64_t)(1 + random_below(5)) << 32;
}

/* What should come of it: the layer's answer, else that of the same list with
 * no layer over it. */
static uint32_t expected(const struct setup *setup, const struct layer *layer,
			 const struct filter *list, uint32_t arch, uint32_t raw,
			 const uint64_t arguments[6])
{
	struct base_call call;
	bool ours = base_call_from_kernel(arch, raw, &call) &&
		    call.arch != BASE_ARCH_X32 &&
		    layer_has_arch(&setup->plan, call.arch);
	uint32_t answer = ALLOW;

	if (setup->plan.block_secondary && arch == AUDIT_ARCH_I386)
		return KILL;
	if (ours)
		answer = layer_answer(layer, call, arguments);
	if (answer != ALLOW)
		return answer;
	if (list)
		return run(list, arch, raw, arguments);
	if (arch == AUDIT_ARCH_X86_64 && raw >= BASE_X32_BIT)
		return FAIL(ENOSYS);
	return arch == AUDIT_ARCH_X86_64 || arch == AUDIT_ARCH_I386 ? ALLOW :
								       KILL;
}

static void compare(const struct setup *setup, bool listener,
		    const struct filter *list)
{
	static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,
					 AUDIT_ARCH_AARCH64, 0};
	static const uint32_t far[] = {UINT32_MAX, BASE_X32_BIT,
				       BASE_X32_BIT + 16, 0x80000010};
	struct filter filter = build(&setup->plan, listener);
	cleanup_layer struct layer layer = {0};

	assert_int_equal(layer_make(&setup->plan, listener, &layer, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(archs) * 1028 * 12; i++) {
		uint32_t arch = archs[i % ARRAY_SIZE(archs)], got, want;
		uint32_t raw = (uint32_t)(i / ARRAY_SIZE(archs) % 1028);
		uint64_t arguments[6];

		raw = raw < 1024 ? raw : far[raw - 1024];
		for (int n = 0; n < 6; n++)
			arguments[n] = any_value();
		got = run(&filter, arch, raw, arguments);
		want = expected(setup, &layer, list, arch, raw, arguments);
		if (got != want)
			fail_msg("arch %08x number %u (%#llx, %#llx, %#llx): "
				 "%08x, not %08x", arch, raw,
				 (unsigned long long)arguments[0],
				 (unsigned long long)arguments[1],
				 (unsigned long long)arguments[2], got, want);
	}
	free(filter.code);
}

/* All that a policy can say, at random. */
static void vary(struct setup *setup)
{
	static const int answers[] = {0, 0, EIO, -1, 4000};
	static const int actions[] = {0, EACCES, -1, -2};

	setup->policy.error_action = actions[random_below(4)];
	for (uint32_t i = random_below(5) ? random_below(8) : 300; i > 0; i--)
		refuse(setup,
		       (struct base_call){random_below(4) ? X64 : I386,
					  random_below(500)},
		       answers[random_below(5)]);
	if (random_below(2))
		set(setup, PROFILES_SECCOMP);
	if (random_below(2))
		set(setup, PROFILES_MEMORY_DENY_WRITE_EXECUTE);
	if (random_below(2))
		setup->policy.protocols = random_below(1u << 18);
	if (random_below(2))
		setup->policy.namespaces =
			random_below(2) ? 0x7e020080 : 0x20000000;
	for (uint32_t i = random_below(20); i > 0; i--)
		profiles_set_add(&setup->policy.dangerous,
				 (struct base_call){X64, random_below(470)});
	setup->plan.block_secondary = random_below(4) == 0;
	setup->plan.allow_clone3 = random_below(4) == 0;
	setup->plan.deny = random_below(3);
	setup->plan.deny_errno = EBADF;
}

/* The whitelist alone: all that is dangerous opened, and no directives. */
static struct filter list_of(const struct setup *setup, bool listener)
{
	struct setup bare = {.plan = setup->plan};
	struct filter filter;
	struct base_call call = {X64, 0};

	for (; call.number <= base_call_highest(X64); call.number++)
		profiles_set_add(&bare.policy.dangerous, call);
	for (call = (struct base_call){I386, 0};
	     call.number <= base_call_highest(I386); call.number++)
		profiles_set_add(&bare.policy.dangerous, call);
	bare.plan.policy = &bare.policy;
	bare.plan.block_secondary = false;
	filter = build(&bare.plan, listener);
	profiles_set_free(&bare.policy.dangerous);
	return filter;
}

static void at_random(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		bool listener = round % 2;
		struct filter list = {0};
		struct setup setup;

		begin(&setup, round % 3);
		for (uint32_t i = 0; round % 3 == 1 && i < 300; i++)
			profiles_set_remove(&setup.plan.whitelist,
					    (struct base_call){
						    X64, random_below(470)});
		vary(&setup);
		if (round % 3)
			list = list_of(&setup, listener);
		compare(&setup, listener, list.code ? &list : NULL);
		free(list.code);
		end(&setup);
	}
}

/* What has no condition is answered from the kernel's bitmap. */
static void constant(void **state)
{
	static const char *const conditional[] = {
		"ioctl", "clone", "seccomp", "personality", "socket",
		"socketpair", "unshare",
	};
	static const uint64_t none[6];
	struct setup setup;
	struct filter filter;

	(void)state;
	for (int whitelist = 0; whitelist <= 1; whitelist++) {
		begin(&setup, whitelist);
		set(&setup, PROFILES_SECCOMP);
		filter = build(&setup.plan, true);
		for (uint32_t n = 0; n <= base_call_highest(X64); n++) {
			const char *name = base_call_name(
				(struct base_call){X64, n});
			bool tested = false;

			for (size_t i = 0; name && i < ARRAY_SIZE(conditional);
			     i++)
				if (strcmp(name, conditional[i]) == 0)
					tested = true;
			if (run(&filter, AUDIT_ARCH_X86_64, n, none) == ALLOW)
				assert_int_equal(!tested, bpf_is_const_allow(
					filter.code, filter.count,
					AUDIT_ARCH_X86_64, (int)n));
		}
		free(filter.code);
		end(&setup);
	}
}

static void too_long(void **state)
{
	struct sock_filter *code = NULL;
	struct error err = {0};
	struct setup setup;
	size_t count;

	(void)state;
	begin(&setup, false);
	for (uint32_t n = 0; n < 5000; n++)
		refuse(&setup, (struct base_call){X64, n}, (int)(n % 100));
	assert_int_equal(enforce_filter(&setup.plan, true, &code, &count, &err),
			 -E2BIG);
	assert_non_null(strstr(err.text, "seccomp directives"));
	end(&setup);
}

static void hear(void *data, const char *heading, const char *text)
{
	char *all = data;

	assert_string_equal(heading, "filter");
	strncat(all, text, 4095 - strlen(all));
	strncat(all, "\n", 4095 - strlen(all));
}

static void described(void **state)
{
	static char all[4096];
	struct setup setup;
	const char *opened;

	(void)state;
	begin(&setup, true);
	set(&setup, PROFILES_ARGS_LEARNED);
	open_call(&setup, "ptrace");
	profiles_set_add(&setup.policy.dangerous, call_of(I386, "ptrace"));
	learn(&setup, call_of(X64, "prctl"), 15, 0, 0);
	for (uint32_t i = 0; i <= ENFORCE_VALUES; i++)
		learn(&setup, call_of(X64, "fcntl"), i, 0, 0);
	assert_int_equal(enforce_describe_filter(&setup.plan, hear, all, NULL), 0);
	opened = strstr(all, "opened: ptrace, so that it could");
	assert_non_null(opened);
	assert_null(strstr(opened + 1, "opened: ptrace"));
	assert_non_null(strstr(all, "fcntl passes with any arguments"));
	assert_non_null(strstr(all, "1 calls pass with 1 learned values"));
	assert_non_null(strstr(all, " instructions of 4096"));
	end(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dangerous_calls),
		cmocka_unit_test(dangerous_uses),
		cmocka_unit_test(complain),
		cmocka_unit_test(unlisted),
		cmocka_unit_test(clone_for_clone3),
		cmocka_unit_test(netlink_if_learned),
		cmocka_unit_test(costs),
		cmocka_unit_test(default_list),
		cmocka_unit_test(named_lists),
		cmocka_unit_test(logged),
		cmocka_unit_test(protocols),
		cmocka_unit_test(new_code),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(other_code),
		cmocka_unit_test(learned_values),
		cmocka_unit_test(partly),
		cmocka_unit_test(many_values),
		cmocka_unit_test(at_random),
		cmocka_unit_test(constant),
		cmocka_unit_test(too_long),
		cmocka_unit_test(described),
	};

	return cmocka_run_group_tests_name("enforce_filter_layer", tests, NULL,
					   NULL);
}
