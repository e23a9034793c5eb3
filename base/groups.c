/* SPDX-License-Identifier: MIT */
/*
 * Groups of calls, from base/syscall-groups.tsv. A group names calls and
 * groups further up in that file, so that there can be no circle. Expanding
 * marks the numbers of all members and then walks the marks: the order is that
 * of the numbers, and nothing comes twice.
 */
#include <string.h>

#include "base/base.h"
#include "base/syscalls-table.h"

const char *base_group_name(size_t index)
{
	return index < base_group_row_count ? base_group_rows[index].name :
					      NULL;
}

const char *base_group_help(size_t index)
{
	return index < base_group_row_count ? base_group_rows[index].help :
					      NULL;
}

static const struct base_group_row *find(const char *name)
{
	for (size_t i = 0; i < base_group_row_count; i++)
		if (strcmp(base_group_rows[i].name, name) == 0)
			return &base_group_rows[i];
	return NULL;
}

static void mark(const struct base_group_row *group, enum base_arch arch,
		 bool *marks)
{
	const char *const *member;
	int number;

	for (member = group->members; *member; member++) {
		if (**member == '@') {
			mark(find(*member), arch, marks);
			continue;
		}
		number = base_call_number(arch, *member);
		if (number >= 0)
			marks[number] = true;
	}
}

static int unknown(const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };

	for (size_t i = 0; i < base_group_row_count; i++)
		base_nearest(&nearest, base_group_rows[i].name);
	if (*nearest.name)
		return base_error(err, ENOENT, "there is no group \"%.64s\"; "
				  "did you mean \"%s\"?", name, nearest.name);
	return base_error(err, ENOENT, "there is no group \"%.64s\"; jail "
			  "syscalls @ lists them", name);
}

int base_group_expand(const char *group, enum base_arch arch,
		      void (*add)(void *data, struct base_call call),
		      void *data, struct error *err)
{
	const struct base_group_row *row = find(group);
	uint32_t highest = base_call_highest(arch);
	cleanup_free bool *marks = NULL;
	int count = 0;

	if (!row)
		return unknown(group, err);
	marks = calloc(highest + 1, sizeof(*marks));
	if (!marks)
		return base_error(err, ENOMEM, "out of memory");
	mark(row, arch, marks);
	for (uint32_t i = 0; i <= highest; i++)
		if (marks[i]) {
			add(data, (struct base_call){ arch, i });
			count++;
		}
	return count;
}
