/* SPDX-License-Identifier: MIT */
/*
 * Calls: from (arch, number) to a name and back, and to what the kernel uses.
 * The tables are made from base/syscalls.tsv: a number finds its row through
 * an array, a name by bisection.
 */
#include <linux/audit.h>
#include <string.h>

#include "base/base.h"
#include "base/syscalls-table.h"

/* x32 and x86_64 share an AUDIT_ARCH_*. x32 comes first in the order of names,
 * as a search by that constant needs it: the one that asks for a bit first. */
static const struct arch_row {
	const char *name;
	uint32_t audit_arch;
	uint32_t bit;		/* set in every number of the architecture */
} arches[BASE_ARCH_COUNT] = {
	[BASE_ARCH_AARCH64] = { "aarch64", AUDIT_ARCH_AARCH64, 0 },
	[BASE_ARCH_I386] = { "i386", AUDIT_ARCH_I386, 0 },
	[BASE_ARCH_X32] = { "x32", AUDIT_ARCH_X86_64, BASE_X32_BIT },
	[BASE_ARCH_X86_64] = { "x86_64", AUDIT_ARCH_X86_64, 0 },
};

const char *base_arch_name(enum base_arch arch)
{
	return arches[arch].name;
}

int base_arch_parse(const char *name)
{
	for (int i = 0; i < BASE_ARCH_COUNT; i++)
		if (strcmp(name, arches[i].name) == 0)
			return i;
	return -EINVAL;
}

enum base_arch base_arch_native(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
	return BASE_ARCH_X32;
#elif defined(__x86_64__)
	return BASE_ARCH_X86_64;
#elif defined(__i386__)
	return BASE_ARCH_I386;
#elif defined(__aarch64__)
	return BASE_ARCH_AARCH64;
#else
#error "no table of system calls for this architecture"
#endif
}

bool base_call_from_kernel(uint32_t audit_arch, uint32_t raw,
			   struct base_call *call)
{
	if (raw > INT32_MAX)
		return false;
	for (uint32_t i = 0; i < BASE_ARCH_COUNT; i++)
		if (arches[i].audit_arch == audit_arch &&
		    (raw & arches[i].bit) == arches[i].bit) {
			call->arch = i;
			call->number = raw & ~arches[i].bit;
			return true;
		}
	return false;
}

void base_call_to_kernel(struct base_call call, uint32_t *audit_arch,
			 uint32_t *raw)
{
	*audit_arch = arches[call.arch].audit_arch;
	*raw = call.number | arches[call.arch].bit;
}

static const struct base_call_row *row_of_call(struct base_call call)
{
	const struct base_call_index *index;

	if (call.arch >= BASE_ARCH_COUNT)
		return NULL;
	index = &base_call_indexes[call.arch];
	if (call.number >= index->count || !index->rows[call.number])
		return NULL;
	return &base_call_rows[index->rows[call.number] - 1];
}

static int compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct base_call_row *)row)->name);
}

static const struct base_call_row *row_of_name(const char *name)
{
	return bsearch(name, base_call_rows, base_call_row_count,
		       sizeof(base_call_rows[0]), compare_name);
}

const char *base_call_name(struct base_call call)
{
	const struct base_call_row *row = row_of_call(call);

	return row ? row->name : NULL;
}

const char *base_call_text(struct base_call call, char *buffer, size_t size)
{
	const char *name = base_call_name(call);

	if (name)
		return name;
	snprintf(buffer, size, "%u", call.number);
	return buffer;
}

int base_call_number(enum base_arch arch, const char *name)
{
	const struct base_call_row *row = row_of_name(name);

	return row && row->number[arch] >= 0 ? row->number[arch] : -ENOENT;
}

bool base_call_named(enum base_arch arch, const char *name,
		     struct base_call *call)
{
	int number = base_call_number(arch, name);

	if (number >= 0)
		*call = (struct base_call){arch, (uint32_t)number};
	return number >= 0;
}

bool base_call_is(struct base_call call, const char *name)
{
	struct base_call named;

	return base_call_named(call.arch, name, &named) &&
	       named.number == call.number;
}

uint32_t base_call_highest(enum base_arch arch)
{
	return base_call_indexes[arch].count - 1;
}

const char *base_call_since(struct base_call call)
{
	const struct base_call_row *row = row_of_call(call);

	return row ? row->since : NULL;
}

/* A number as a person writes it: as in the table, or as the kernel has it,
 * which for x32 is with its bit. */
static int parse_number(const char *text, enum base_arch arch,
			struct base_call *call, struct error *err)
{
	uint32_t audit_arch, bits;
	uint64_t number;

	base_call_to_kernel((struct base_call){ .arch = arch }, &audit_arch,
			    &bits);
	if (base_parse_number(text, INT32_MAX, &number) < 0)
		return base_error(err, EINVAL, "\"%.64s\" is no number of a "
				  "call; give one from 0 to %d", text,
				  INT32_MAX);
	base_call_from_kernel(audit_arch, (uint32_t)number | bits, call);
	return 0;
}

int base_call_unknown(enum base_arch arch, const char *name, struct error *err)
{
	const struct base_call_row *row = row_of_name(name);
	struct base_nearest nearest = { .word = name };
	char others[64] = "";

	for (int i = 0; row && i < BASE_ARCH_COUNT; i++)
		if (row->number[i] >= 0)
			snprintf(others + strlen(others),
				 sizeof(others) - strlen(others), "%s%s",
				 *others ? ", " : "", arches[i].name);
	if (row)
		return base_error(err, ENOENT, "%s has no call \"%s\"; it "
				  "exists on %s", arches[arch].name, name,
				  others);
	for (size_t i = 0; i < base_call_row_count; i++)
		if (base_call_rows[i].number[arch] >= 0)
			base_nearest(&nearest, base_call_rows[i].name);
	if (*nearest.name)
		return base_error(err, ENOENT, "%s has no call \"%.64s\"; did "
				  "you mean \"%s\"?", arches[arch].name, name,
				  nearest.name);
	return base_error(err, ENOENT, "%s has no call \"%.64s\"; jail "
			  "syscalls lists them", arches[arch].name, name);
}

int base_call_parse(const char *text, enum base_arch default_arch,
		    struct base_call *call, struct error *err)
{
	const char *name = text, *colon = strchr(text, ':');
	int arch = (int)default_arch, number;

	if (colon) {
		cleanup_free char *prefix = strndup(text, colon - text);

		arch = prefix ? base_arch_parse(prefix) : -ENOMEM;
		name = colon + 1;
	}
	if (arch < 0)
		return base_error(err, -arch, "\"%.64s\" begins with no known "
				  "architecture; they are aarch64, i386, x32 "
				  "and x86_64", text);
	if (*name == '$')
		return parse_number(name + 1, arch, call, err);
	if (*name >= '0' && *name <= '9')
		return parse_number(name, arch, call, err);
	number = base_call_number(arch, name);
	if (number < 0)
		return base_call_unknown(arch, name, err);
	call->arch = (uint32_t)arch;
	call->number = (uint32_t)number;
	return 0;
}

int base_call_compare(const void *a, const void *b)
{
	const struct base_call *left = a, *right = b;

	if (left->arch != right->arch)
		return left->arch < right->arch ? -1 : 1;
	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return 0;
}
