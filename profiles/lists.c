/* SPDX-License-Identifier: MIT */
/*
 * Lists of calls as Firejail writes them: `read,$451,@basic-io,!mount`, without
 * blanks. Firejail drops a name it does not know without a word; here that is
 * an error, and the printer writes no name that Firejail does not know.
 */
#include <ctype.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/socket.h>

#include "profiles/text.h"

struct adding {
	struct profiles_set *set;
	int result;
};

static void add_member(void *data, struct base_call call)
{
	struct adding *adding = data;

	if (adding->result == 0)
		adding->result = profiles_set_add(adding->set, call);
}

static int add_group(const char *group, enum base_arch arch,
		     struct profiles_set *set, struct error *err)
{
	struct adding adding = { set, 0 };
	int result = base_group_expand(group, arch, add_member, &adding, err);

	if (result < 0)
		return result;
	return adding.result < 0 ? base_error(err, ENOMEM, "out of memory") : 0;
}

/* What jail reads elsewhere and Firejail would drop or read otherwise. */
static int check_item(const char *item, struct error *err)
{
	if (*item == '\0')
		return base_error(err, EINVAL, "the list has an empty item");
	if (strpbrk(item, " \t"))
		return base_error(err, EINVAL, "the list has a blank before or "
				  "in '%s'; write it without blanks", item);
	if (strchr(item, ':'))
		return base_error(err, EINVAL, "'%s': an errno or kill has no "
				  "place in a list of calls to keep", item);
	if (isdigit((unsigned char)*item))
		return base_error(err, EINVAL, "'%s': a number is written $%s",
				  item, item);
	return 0;
}

static int parse_item(const char *item, enum base_arch arch,
		      struct profiles_set *set, struct error *err)
{
	struct base_call call;
	int result = check_item(item, err);

	if (result < 0)
		return result;
	if (*item == '@')
		return add_group(item, arch, set, err);
	result = base_call_parse(item, arch, &call, err);
	if (result < 0)
		return result;
	if (call.arch != arch)
		return base_error(err, EINVAL, "'%s' is no call of %s", item,
				  base_arch_name(arch));
	if (profiles_set_add(set, call) < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

int profiles_list_parse(const char *list, enum base_arch arch,
			struct profiles_set *set, struct error *err)
{
	cleanup_profiles_set struct profiles_set except = { 0 };
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *item;
	int result = 0;

	if (!copy)
		return base_error(err, ENOMEM, "out of memory");
	while (result == 0 && (item = strsep(&rest, ","))) {
		if (*item == '\0' && !rest && item != copy)
			break; /* a comma at the end is harmless */
		if (*item == '!')
			result = parse_item(item + 1, arch, &except, err);
		else
			result = parse_item(item, arch, set, err);
	}
	for (size_t i = 0; i < except.count; i++)
		profiles_set_remove(set, except.calls[i]);
	return result;
}

/*
 * Whether Firejail 0.9.72 knows the name. Its tables were made from the headers
 * of Linux 5.10 (`firejail --debug-syscalls` ends with 440 process_madvise);
 * 335 to 423 are a hole that later kernels began to fill.
 */
static bool firejail_names(uint32_t number)
{
	return number < 335 || (number >= 424 && number <= 440);
}

int profiles_list_print(FILE *out, const struct profiles_set *set,
			enum base_arch arch, bool names)
{
	int count = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct base_call call = set->calls[i];
		const char *name = names ? base_call_name(call) : NULL;

		if (call.arch != arch)
			continue;
		/* Lists of other architectures are read by jail alone. */
		if (arch == base_arch_native() && !firejail_names(call.number))
			name = NULL;
		if (count++)
			fputc(',', out);
		if (name)
			fputs(name, out);
		else
			fprintf(out, "$%" PRIu32, call.number);
	}
	return count;
}

/* ---- lists that lines edit -------------------------------------------- */

/* A list that lines edit: a and +a add, -a removes, =a begins anew. BIT gives
 * the bit of a name, or -1. */
static int edit(const char *list, int (*bit)(const char *name), uint64_t *bits,
		const char *what, struct error *err)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *item;

	if (!copy)
		return base_error(err, ENOMEM, "out of memory");
	while ((item = strsep(&rest, ","))) {
		char sign = *item;
		int number;

		item += sign == '+' || sign == '-' || sign == '=';
		if (sign == '=')
			*bits = 0;
		if (*item == '\0')
			continue;
		number = bit(item);
		if (number < 0)
			return base_error(err, EINVAL, "there is no %s "
					  "'%.100s'", what, item);
		if (sign == '-')
			*bits &= ~(UINT64_C(1) << number);
		else
			*bits |= UINT64_C(1) << number;
	}
	return 0;
}

/* A name and its number, 0 at the end. */
struct name {
	const char *name;
	int number;
};

static int find_name(const struct name *names, const char *name)
{
	for (; names->name; names++)
		if (strcmp(names->name, name) == 0)
			return names->number;
	return -1;
}

static int protocol_bit(const char *name)
{
	static const struct name families[] = {
		{ "unix", AF_UNIX }, { "inet", AF_INET }, { "inet6", AF_INET6 },
		{ "netlink", AF_NETLINK }, { "packet", AF_PACKET },
		{ "bluetooth", AF_BLUETOOTH }, { NULL, 0 },
	};

	return find_name(families, name);
}

int lists_protocol(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	uint64_t bits = text->policy.protocols;
	int result = edit(argument, protocol_bit, &bits, "protocol", err);

	(void)row;
	text->policy.protocols = (unsigned)bits;
	return result;
}

static int namespace_bit(const char *name)
{
	static const struct name kinds[] = {
		{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC },
		{ "net", CLONE_NEWNET }, { "mnt", CLONE_NEWNS },
		{ "pid", CLONE_NEWPID }, { "time", CLONE_NEWTIME },
		{ "user", CLONE_NEWUSER }, { "uts", CLONE_NEWUTS }, { NULL, 0 },
	};
	int flag = find_name(kinds, name);

	return flag > 0 ? __builtin_ctz((unsigned)flag) : -1;
}

int lists_namespaces(struct profiles_text *text, char *argument,
		     const struct text_row *row, struct error *err)
{
	(void)row;
	return edit(argument ? argument :
			  "cgroup,ipc,net,mnt,pid,time,user,uts", namespace_bit,
			  &text->policy.namespaces, "namespace", err);
}
