/* SPDX-License-Identifier: MIT */
/*
 * What consumers call calls. A name that a consumer does not know is skipped by
 * some without a word, and is an error to others; so each table is of a version
 * that was looked at, and what is beyond it is by number, or lost.
 */
#include <string.h>

#include "profiles/formats/formats.h"

/* libseccomp 2.5.4 of Debian 12, which has some names of later kernels; runc,
 * crun and systemd 252 resolve names by it. tests/unit/formats_names.c asks the
 * library. */
const struct formats_names formats_names_libseccomp = {
	.what = "libseccomp 2.5.4",
	.ranges = { { 0, 334 }, { 424, 456 } },
};

/* Linux 6.1, whose headers Debian 12 has: minijail takes its names from those
 * that it was built with (gen_syscalls.sh). */
const struct formats_names formats_names_headers = {
	.what = "the headers of Linux 6.1",
	.ranges = { { 0, 334 }, { 424, 450 } },
};

/* Kafel, src/syscalls/amd64_syscalls.c: the kernel's names of entry points, for
 * numbers up to pwritev2; later versions go further, and any takes numbers. */
const struct formats_names formats_names_kafel = {
	.what = "Kafel",
	.ranges = { { 0, 328 } },
	.renamed = {
		{ "stat", "newstat" }, { "fstat", "newfstat" },
		{ "lstat", "newlstat" }, { "uname", "newuname" },
		{ "sendfile", "sendfile64" }, { "umount2", "umount" },
		{ "_sysctl", "sysctl" },
	},
};

/* Its number on x86_64, whose table the ranges are of; -ENOENT. */
static int number_of(struct base_call call, const char *name)
{
	if (call.arch == BASE_ARCH_X86_64)
		return (int)call.number;
	return base_call_number(BASE_ARCH_X86_64, name);
}

static bool in_range(const struct formats_names *names, uint32_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(names->ranges) &&
	     names->ranges[i].last; i++)
		if (number >= names->ranges[i].first &&
		    number <= names->ranges[i].last)
			return true;
	return false;
}

const char *formats_name(const struct formats_names *names,
			 struct base_call call)
{
	const char *name = base_call_name(call);
	int number = name ? number_of(call, name) : -ENOENT;

	if (!name || (number >= 0 && !in_range(names, (uint32_t)number)))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names->renamed) &&
	     names->renamed[i].ours; i++)
		if (strcmp(names->renamed[i].ours, name) == 0)
			return names->renamed[i].theirs;
	return name;
}
