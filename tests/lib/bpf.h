/* SPDX-License-Identifier: MIT */
/*
 * A second opinion on filters: an interpreter of the classic BPF that seccomp
 * takes, written from linux/Documentation/networking/filter.rst and
 * kernel/seccomp.c, with nothing of libseccomp. A test includes bpf.c.
 */
#ifndef TESTS_LIB_BPF_H
#define TESTS_LIB_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What bpf_run() returns for a program that the kernel would not load. */
#define BPF_BROKEN 0xdeadbeefu

/* Runs CODE on DATA and returns what it returns; *steps, if not NULL, is how
 * many instructions that took. */
uint32_t bpf_run(const struct sock_filter *code, size_t count,
		 const struct seccomp_data *data, size_t *steps);

/* Whether the kernel would load CODE: known instructions, aligned loads within
 * struct seccomp_data, jumps that stay inside, a return at the end. */
bool bpf_loads(const struct sock_filter *code, size_t count);

/* Whether the kernel answers (ARCH, NR) from its bitmap without running CODE:
 * seccomp_is_const_allow() of kernel/seccomp.c. */
bool bpf_is_const_allow(const struct sock_filter *code, size_t count,
			uint32_t arch, int nr);

#endif
