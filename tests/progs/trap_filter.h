/* SPDX-License-Identifier: MIT */
/* Filters of the traced program's own. */
#ifndef JAIL_TESTS_TRAP_FILTER_H
#define JAIL_TESTS_TRAP_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "tests/progs/trap.h"

enum { DENIED = 77 };	/* an errno that no call gives by itself here */

struct trap_rule {
	uint32_t number, verdict;
};

/* A program that answers the numbers of RULES, on any architecture. */
static inline struct sock_fprog trap_program(const struct trap_rule *rules,
					     size_t count)
{
	static struct sock_filter code[64];
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, rules[i].number, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							 rules[i].verdict);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	return (struct sock_fprog){ .len = (unsigned short)n, .filter = code };
}

/* What seccomp(2) returned. */
static inline long trap_filter(unsigned flags, const struct trap_rule *rules,
			       size_t count)
{
	struct sock_fprog program = trap_program(rules, count);

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* A supervisor's answer to the next call: VALUED gives 55, getsid an errno, all
 * others pass. */
static inline void trap_answer(int listener, int valued)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp answer = { 0 };

	while (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request))
		CHECK(errno == EINTR);
	answer.id = request.id;
	if (request.data.nr == valued)
		answer.val = 55;
	else if (request.data.nr == SYS_getsid)
		answer.error = -DENIED;
	else
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	CHECK(!ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer));
}

#define RULES(rules) (rules), sizeof(rules) / sizeof((rules)[0])

#endif
