/* SPDX-License-Identifier: MIT */
#ifndef JAIL_TESTS_FAULTS_H
#define JAIL_TESTS_FAULTS_H

#include <stdbool.h>

/* Whether allocations are counted. */
bool faults_begun(void);
/* Counts one, made at CALLER; true: it is to fail, with errno. */
bool faults_memory(const char *name, const void *caller);

#endif
