/* SPDX-License-Identifier: MIT */
/*
 * The verdict on a call that the filter refers to the supervisor:
 *
 *   what it is                            answer
 *   a stub whose hits are counted         its errno, and nobody is told
 *   no number, or none that we know       ENOSYS, and nobody is told: libc
 *                                         falls back to what it knows
 *   dangerous, though on the whitelist    an errno, and it is told; a person
 *                                         who is asked may let it pass
 *   input that others would be taken to   an errno, whoever asks
 *   have typed (TIOCSTI, TIOCLINUX)
 *   x32, an architecture not learned      as below, but never "go on"
 *   any other                             what the plan says: kill, fail, go
 *                                         on, ask
 *
 * It stands on the registers in the notification only, never on memory, which
 * the target could change meanwhile.
 */
#include "enforce/run/verdict.h"

#include "enforce/filter/filter.h"

/* What the layer refuses of a whitelist is no reason to kill: a program may be
 * able to do without it, and was learned in good faith. */
static bool is_dangerous(const struct enforce_plan *plan,
			 const struct seccomp_data *data, struct answer *answer)
{
	bool asks = plan->deny == ENFORCE_ASK;
	bool passes = plan->deny == ENFORCE_LOG || asks;
	uint64_t arguments[6];
	struct dangerous_use use;

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = data->args[i];
	answer->dangerous = dangerous_refuses(plan, answer->call, arguments,
					      &use);
	if (!answer->dangerous)
		return false;
	answer->code = use.code;
	return passes ? use.always : layer_listed(plan, answer->call);
}

/* One that is only counted passes, as it would if it were on the list; what is
 * dangerous would not. */
static bool is_stub(const struct enforce_plan *plan,
		    const struct seccomp_data *data, struct answer *answer)
{
	uint64_t arguments[6];
	struct dangerous_use use;

	answer->stub = plan->stub_hits ? enforce_stub(plan, answer->call) :
					 NULL;
	if (!answer->stub)
		return false;
	answer->code = enforce_stub_code(answer->stub);
	if (answer->stub->answer != 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = data->args[i];
	if (dangerous_refuses(plan, answer->call, arguments, &use))
		answer->code = use.code;
	else
		answer->verdict = VERDICT_GO_ON;
	return true;
}

struct answer verdict_of(const struct enforce_plan *plan,
			 const struct seccomp_data *data)
{
	struct answer answer = {.verdict = VERDICT_ERRNO, .code = ENOSYS};
	bool ours;

	if (!base_call_from_kernel(data->arch, (uint32_t)data->nr,
				   &answer.call) ||
	    is_stub(plan, data, &answer) ||
	    answer.call.number > base_call_highest(answer.call.arch))
		return answer;
	answer.told = true;
	if (is_dangerous(plan, data, &answer))
		return answer;
	ours = layer_has_arch(plan, answer.call.arch);
	if (plan->deny == ENFORCE_KILL)
		answer.verdict = VERDICT_KILL;
	else if (plan->deny == ENFORCE_LOG && ours)
		answer.verdict = VERDICT_GO_ON;
	else if (plan->deny == ENFORCE_ASK && ours)
		answer.verdict = VERDICT_ASK;
	if (plan->deny == ENFORCE_ERRNO ||
	    (plan->deny == ENFORCE_ASK && !answer.dangerous))
		answer.code = plan->deny_errno;
	return answer;
}

uint64_t verdict_detail(const struct enforce_plan *plan,
			const struct seccomp_data *data,
			const struct answer *answer)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(answer->call);
	uint64_t detail = answer->dangerous;

	if (!layer_listed(plan, answer->call) &&
	    !(answer->dangerous && plan->deny == ENFORCE_ASK))
		return detail;
	for (unsigned i = 0; i < rule->count; i++) {
		uint64_t value = data->args[rule->index[i]];

		/* A multiplier of Knuth's spreads the bits. */
		detail = (detail + (value & rule->mask[i]) + 1) *
			 6364136223846793005u;
	}
	return detail;
}
