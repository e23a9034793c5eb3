/* SPDX-License-Identifier: MIT */
/* See bpf.h. */
#include "tests/lib/bpf.h"

#include <string.h>

/* Whether the conditional jump AT is taken with A in the accumulator. */
static bool jump_taken(const struct sock_filter *at, uint32_t a)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return a == at->k;
	case BPF_JGT:
		return a > at->k;
	case BPF_JGE:
		return a >= at->k;
	default: /* BPF_JSET */
		return (a & at->k) != 0;
	}
}

static bool is_jump(uint16_t code)
{
	return code == (BPF_JMP | BPF_JEQ | BPF_K) ||
	       code == (BPF_JMP | BPF_JGT | BPF_K) ||
	       code == (BPF_JMP | BPF_JGE | BPF_K) ||
	       code == (BPF_JMP | BPF_JSET | BPF_K);
}

bool bpf_loads(const struct sock_filter *code, size_t count)
{
	if (count == 0 || count > BPF_MAXINSNS ||
	    code[count - 1].code != (BPF_RET | BPF_K))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *at = &code[i];
		uint64_t room = count - i - 1;

		if (at->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (at->k % 4 || at->k >= sizeof(struct seccomp_data))
				return false;
		} else if (at->code == (BPF_JMP | BPF_JA)) {
			if (at->k >= room)
				return false;
		} else if (is_jump(at->code)) {
			if (at->jt >= room || at->jf >= room)
				return false;
		} else if (at->code != (BPF_RET | BPF_K) &&
			   at->code != (BPF_ALU | BPF_AND | BPF_K)) {
			return false; /* not one that our filters use */
		}
	}
	return true;
}

uint32_t bpf_run(const struct sock_filter *code, size_t count,
		 const struct seccomp_data *data, size_t *steps)
{
	uint32_t a = 0;
	size_t unused;

	steps = steps ? steps : &unused;
	*steps = 0;
	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *at = &code[i];

		++*steps;
		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + at->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= at->k;
			break;
		case BPF_RET | BPF_K:
			return at->k;
		case BPF_JMP | BPF_JA:
			i += at->k;
			break;
		default:
			if (!is_jump(at->code))
				return BPF_BROKEN;
			i += jump_taken(at, a) ? at->jt : at->jf;
		}
	}
	return BPF_BROKEN;
}

bool bpf_is_const_allow(const struct sock_filter *code, size_t count,
			uint32_t arch, int nr)
{
	uint32_t a = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *at = &code[i];

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (at->k == offsetof(struct seccomp_data, nr))
				a = (uint32_t)nr;
			else if (at->k == offsetof(struct seccomp_data, arch))
				a = arch;
			else
				return false;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= at->k;
			break;
		case BPF_RET | BPF_K:
			return at->k == SECCOMP_RET_ALLOW;
		case BPF_JMP | BPF_JA:
			i += at->k;
			break;
		default:
			if (!is_jump(at->code))
				return false;
			i += jump_taken(at, a) ? at->jt : at->jf;
		}
	}
	return false;
}
