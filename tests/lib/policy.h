/* SPDX-License-Identifier: MIT */
/*
 * A second opinion on exported lists: what their consumers would make of them.
 * The parsers take the grammar that is written here and nothing else, so that a
 * blank too many is a failure. A test includes policy.c after bpf.c.
 *
 * minijail (its C parser): lines `NAME: 1`, `NAME: return N`, `NAME: EXPR` and
 * `NAME: EXPR; return N`; EXPR is atoms `argN == 0xV` joined by ` && ` and
 * ` || `; a `#` begins a comment at the start of a line. A name twice, or none
 * of Linux 6.1, is an error. Comparisons are of 64 bits. All else is killed.
 *
 * Kafel: POLICY NAME { STATEMENT, ... } USE NAME DEFAULT ACTION; a statement is
 * ACTION { ITEM, ... }, an item NAME or SYSCALL[n], with conditions in braces.
 * Names are those of the kernel's entry points; an argument of the C type int is
 * compared by 32 bits. The first item that fits decides, x32 gets the default.
 *
 * OCI: the filter that libseccomp makes of it, as runc feeds it.
 */
#ifndef TESTS_LIB_POLICY_H
#define TESTS_LIB_POLICY_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_test {
	unsigned index;
	uint64_t mask, value;
};

struct policy_rule {
	uint32_t number, answer;
	struct policy_test tests[3];
	unsigned count;
};

struct policy {
	struct policy_rule *rules;
	size_t count;
	uint32_t otherwise;	/* what no rule is about */
	uint32_t elsewhere;	/* code of another architecture */
	uint32_t x32;
	struct sock_filter *code;	/* instead of rules */
	size_t length;
	char error[256];	/* empty: it was read */
};

void policy_read_minijail(struct policy *policy, const char *text);
void policy_read_kafel(struct policy *policy, const char *text);
void policy_read_oci(struct policy *policy, const char *text);
void policy_free(struct policy *policy);

/* What DATA is answered: SECCOMP_RET_*. */
uint32_t policy_verdict(const struct policy *policy,
			const struct seccomp_data *data);

#endif
