/* SPDX-License-Identifier: MIT */
/* Sets of calls. A part of profiles/profiles.h. */
#ifndef JAIL_PROFILES_SET_H
#define JAIL_PROFILES_SET_H

#include "base/base.h"

/* Sorted by base_call_compare, without doubles. Zero-initialised is empty.
 * profiles_set_add returns 0, also where the call was there, or -ENOMEM. */
struct profiles_set {
	struct base_call *calls;
	size_t count;
	size_t room;
};

int profiles_set_add(struct profiles_set *set, struct base_call call);
void profiles_set_remove(struct profiles_set *set, struct base_call call);
bool profiles_set_has(const struct profiles_set *set, struct base_call call);
void profiles_set_free(struct profiles_set *set);	/* takes NULL */
#define cleanup_profiles_set __attribute__((cleanup(profiles_set_free)))

/* The calls that every program on ARCH needs, with or without being seen:
 * exit, signal return, restarts, the vDSO's fall-backs. Rows of a table; INDEX
 * counts from 0, returns false at the end. WHY is one line for people. */
bool profiles_baseline(size_t index, enum base_arch arch,
		       struct base_call *call, const char **why);
bool profiles_is_baseline(struct base_call call);

/* Why a call had better not fail without a word, though its program may go on:
 * by it the program protects. NULL: it is none of these. */
const char *profiles_guards(struct base_call call);

#endif
