/* SPDX-License-Identifier: MIT */
/*
 * The rules that a profile asks for: seccomp lists, protocol,
 * memory-deny-write-execute, restrict-namespaces, seccomp.block-secondary. They
 * answer as Firejail's do, silently, with an errno; only what the supervisor is
 * for comes before them, unless a list of the profile names the call.
 *
 * A list names calls of the native architecture; what it refuses is refused by
 * the same name to code of i386. Of x32 a filter with a whitelist lets nothing
 * pass, one without says that there is no x32 (layer-code.c).
 */
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>

#include "enforce/filter/filter.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
/* UNSHARE_EMPTY_MNTNS, younger than 6.18: a mount namespace, too. */
#define EMPTY_MOUNTS 0x100000u
#define INT UINT32_MAX
#define SHMAT 21		/* the number in ipc(2) of i386 */

static uint32_t refusal(int code)
{
	if (code == -1)
		return SECCOMP_RET_KILL_PROCESS;
	if (code == -2)
		return SECCOMP_RET_LOG;
	return SECCOMP_RET_ERRNO | (uint32_t)(code ? code : EPERM);
}

/* What the functions below work on. */
struct list {
	struct layer *layer;
	const struct enforce_plan *plan;
	uint32_t usual;		/* the answer of the profile */
};

static void refuse(const struct list *list, const char *name,
		   const struct layer_test *tests, uint32_t answer)
{
	layer_add_name(list->layer, list->plan, name, tests, answer);
}

static void refuse_usually(const struct list *list, const char *name,
			   const struct layer_test *tests)
{
	refuse(list, name, tests, list->usual);
}

/* ---- lists ------------------------------------------------------------ */

static void refuse_named(const struct list *list,
			 const struct profiles_refused *refused)
{
	const char *name = base_call_name(refused->call);
	uint32_t answer = refused->answer ? refusal(refused->answer) :
					    list->usual;

	if (name && refused->call.arch == (uint32_t)base_arch_native())
		refuse(list, name, NULL, answer);
	else if (layer_has_arch(list->plan, refused->call.arch))
		layer_add(list->layer, refused->call, NULL, answer);
}

static bool excepted(const struct profiles_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->excepted.count; i++) {
		const char *one = base_call_name(policy->excepted.calls[i]);

		if (one && strcmp(one, name) == 0)
			return true;
	}
	return false;
}

/* Whoever was told what a call costs and opened it meant this list, too. */
static void refuse_default(void *data, struct base_call call)
{
	const struct list *list = data;
	const char *name = base_call_name(call);

	if (name && !excepted(list->plan->policy, name) &&
	    !dangerous_opened(list->plan, call))
		layer_add(list->layer, call, NULL, list->usual);
}

static void refuse_lists(struct list *list)
{
	const struct profiles_policy *policy = list->plan->policy;
	const char *group = profiles_has(policy, PROFILES_ALLOW_DEBUGGERS) ?
				    "@default" : "@default-nodebuggers";

	for (size_t i = 0; i < policy->refused_count; i++)
		refuse_named(list, &policy->refused[i]);
	if (!profiles_has(policy, PROFILES_SECCOMP))
		return;
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		if (layer_has_arch(list->plan, arch))
			base_group_expand(group, arch, refuse_default, list,
					  NULL);
}

/* ---- conditions ------------------------------------------------------- */

/* i386's socketcall has the family in memory. Packets: as in dangerous.c. */
static void refuse_protocols(const struct list *list)
{
	const uint32_t enotsup = SECCOMP_RET_ERRNO | ENOTSUP;
	const unsigned allowed = list->plan->policy->protocols;
	const struct layer_test outside[] = {
		{LAYER_OUTSIDE, 0, INT, allowed}, {0},
	};
	const struct layer_test packet[] = {
		{LAYER_EQUAL, 0, INT, AF_INET}, {LAYER_EQUAL, 1, 0xf, 10}, {0},
	};
	const struct layer_test makes[] = {{LAYER_EQUAL, 0, INT, 1}, {0}};

	if (!allowed)
		return;
	refuse(list, "socket", outside, enotsup);
	refuse(list, "socketcall", makes, enotsup);
	if (!(allowed & 1u << AF_PACKET))
		refuse(list, "socket", packet, enotsup);
}

static void refuse_new_code(const struct list *list)
{
	const uint32_t both = PROT_WRITE | PROT_EXEC;
	const struct layer_test map[] = {{LAYER_EQUAL, 2, both, both}, {0}};
	const struct layer_test protect[] = {
		{LAYER_EQUAL, 2, PROT_EXEC, PROT_EXEC}, {0},
	};
	const struct layer_test attach[] = {
		{LAYER_EQUAL, 2, SHM_EXEC, SHM_EXEC}, {0},
	};
	const struct layer_test ipc[] = {
		{LAYER_EQUAL, 0, 0xffff, SHMAT},
		{LAYER_EQUAL, 2, SHM_EXEC, SHM_EXEC}, {0},
	};

	/* i386 has two: the old one has its arguments in memory. */
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (base_call_named(arch, "mmap", &call) &&
		    layer_has_arch(list->plan, arch))
			layer_add(list->layer, call,
				  arch == BASE_ARCH_I386 ? NULL : map,
				  list->usual);
	}
	refuse_usually(list, "mmap2", map);
	refuse_usually(list, "mprotect", protect);
	refuse_usually(list, "pkey_mprotect", protect);
	refuse_usually(list, "shmat", attach);
	refuse_usually(list, "ipc", ipc);
	refuse_usually(list, "memfd_create", NULL);
}

static void refuse_namespaces(const struct list *list)
{
	const uint32_t kinds = (uint32_t)list->plan->policy->namespaces;
	/* In clone(2) the bit of the time namespace is part of a signal. */
	const uint32_t by_clone = kinds & ~(uint32_t)CLONE_NEWTIME;
	const struct layer_test clone[] = {
		{LAYER_UNEQUAL, 0, by_clone, 0}, {0},
	};
	const struct layer_test unshare[] = {
		{LAYER_UNEQUAL, 0, kinds | (kinds & CLONE_NEWNS ?
					    EMPTY_MOUNTS : 0), 0}, {0},
	};
	const struct layer_test enter[] = {
		{LAYER_UNEQUAL, 1, kinds, 0}, {0},
	};
	const struct layer_test any[] = {{LAYER_EQUAL, 1, INT, 0}, {0}};

	if (!kinds)
		return;
	if (by_clone)
		refuse_usually(list, "clone", clone);
	refuse_usually(list, "unshare", unshare);
	refuse_usually(list, "setns", enter);
	refuse_usually(list, "setns", any);
	refuse(list, "clone3", NULL, SECCOMP_RET_ERRNO | ENOSYS);
}

static void refuse_other_code(const struct list *list)
{
	const struct layer_test other[] = {
		{LAYER_UNEQUAL, 0, INT, 0}, {LAYER_UNEQUAL, 0, INT, INT}, {0},
	};

	if (list->plan->block_secondary)
		refuse_usually(list, "personality", other);
}

void layer_policy_add(struct layer *layer, const struct enforce_plan *plan)
{
	struct list list = {
		.layer = layer,
		.plan = plan,
		.usual = refusal(plan->policy->error_action),
	};

	refuse_lists(&list);
	refuse_protocols(&list);
	if (profiles_has(plan->policy, PROFILES_MEMORY_DENY_WRITE_EXECUTE))
		refuse_new_code(&list);
	refuse_namespaces(&list);
	refuse_other_code(&list);
}
