/* SPDX-License-Identifier: MIT */
/*
 * Stubs: calls off the whitelist that are answered an errno without a word. The
 * filter answers them itself, or, where somebody counts how often they are
 * made, the supervisor does.
 *
 * The kernel records an errno that a filter with SECCOMP_FILTER_FLAG_LOG
 * answers, and a program may make stubs thousands of times. So, where there is
 * a supervisor, they are a filter of their own without this flag, loaded first:
 * of an errno and a notification the kernel takes the errno, and asks the
 * filter that it is from whether to log (kernel/seccomp.c,
 * seccomp_run_filters). Where there is none the list's answer would come first;
 * then it has them.
 */
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "enforce/filter/filter.h"

const struct profiles_refused *enforce_stub(const struct enforce_plan *plan,
					    struct base_call call)
{
	if (!layer_whitelisting(plan) || !layer_has_arch(plan, call.arch) ||
	    layer_listed(plan, call))
		return NULL;
	for (size_t i = 0; i < plan->stub_count; i++)
		if (base_call_compare(&plan->stubs[i].call, &call) == 0)
			return &plan->stubs[i];
	return NULL;
}

int enforce_stub_code(const struct profiles_refused *stub)
{
	return stub->answer > 0 && stub->answer < 4096 ? stub->answer : ENOSYS;
}

/* It loads the next filter: seccomp(2) is left to that one. */
bool enforce_stub_silent(struct base_call call)
{
	return !base_call_is(call, "seccomp");
}

/* No jump: the next one begins behind it. */
static size_t put(struct sock_filter *code, const struct profiles_refused *stub)
{
	uint32_t arch, raw;

	base_call_to_kernel(stub->call, &arch, &raw);

	const struct sock_filter rule[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, raw, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO |
			 (uint32_t)enforce_stub_code(stub)),
	};

	memcpy(code, rule, sizeof(rule));
	return ARRAY_SIZE(rule);
}

int enforce_filter_stubs(const struct enforce_plan *plan,
			 struct sock_filter **filter, size_t *count,
			 struct error *err)
{
	const struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	size_t most = 5 * plan->stub_count + 1;

	*count = 0;
	*filter = calloc(most, sizeof(**filter));
	if (!*filter)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->stub_count; i++)
		if (enforce_stub(plan, plan->stubs[i].call) ==
			    &plan->stubs[i] &&
		    enforce_stub_silent(plan->stubs[i].call))
			*count += put(*filter + *count, &plan->stubs[i]);
	if (*count > BPF_MAXINSNS - 10)
		return base_error(err, E2BIG, "there are too many stubs for a "
				  "filter; name fewer calls");
	(*filter)[(*count)++] = pass;
	return 0;
}
