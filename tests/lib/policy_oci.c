/* SPDX-License-Identifier: MIT */
/* See policy.h; a part of policy.c. */
#include <jansson.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t policy_oci_action(struct policy *policy, const json_t *object,
				  const char *key, const char *errno_key)
{
	const char *name = json_string_value(json_object_get(object, key));
	const json_t *code = json_object_get(object, errno_key);

	if (name && strcmp(name, "SCMP_ACT_ALLOW") == 0 && !code)
		return SCMP_ACT_ALLOW;
	if (name && strcmp(name, "SCMP_ACT_LOG") == 0 && !code)
		return SCMP_ACT_LOG;
	if (name && strcmp(name, "SCMP_ACT_KILL_PROCESS") == 0 && !code)
		return SCMP_ACT_KILL_PROCESS;
	if (!name || strcmp(name, "SCMP_ACT_ERRNO") != 0)
		policy_fail(policy, "no action: %s", name ? name : "none");
	return SCMP_ACT_ERRNO(code ? (uint16_t)json_integer_value(code) : 1);
}

static void policy_oci_archs(struct policy *policy, const json_t *object,
			     scmp_filter_ctx filter)
{
	const json_t *archs = json_object_get(object, "architectures"), *arch;
	bool native = false;
	size_t i;

	if (json_object_get(object, "archMap"))
		policy_fail(policy, "archMap is no key of runtimes");
	json_array_foreach((json_t *)archs, i, arch) {
		if (strcmp(json_string_value(arch), "SCMP_ARCH_X86_64") == 0)
			native = true;
		else if (strcmp(json_string_value(arch), "SCMP_ARCH_X86") == 0)
			seccomp_arch_add(filter, SCMP_ARCH_X86);
		else
			policy_fail(policy, "no architecture: %s",
				    json_string_value(arch));
	}
	if (!native)
		policy_fail(policy, "not this architecture");
}

static unsigned policy_oci_tests(struct policy *policy, const json_t *rule,
				 struct scmp_arg_cmp tests[6])
{
	const json_t *args = json_object_get(rule, "args"), *arg;
	unsigned count = 0, seen = 0;
	size_t i;

	json_array_foreach((json_t *)args, i, arg) {
		const char *op = json_string_value(json_object_get(arg, "op"));
		unsigned index = (unsigned)json_integer_value(
			json_object_get(arg, "index"));
		json_t *value = json_object_get(arg, "value");
		json_t *two = json_object_get(arg, "valueTwo");
		bool masked = op && strcmp(op, "SCMP_CMP_MASKED_EQ") == 0;

		if (!json_is_integer(value) || index > 5 || seen >> index & 1 ||
		    (!masked && (!op || strcmp(op, "SCMP_CMP_EQ") != 0)) ||
		    masked != json_is_integer(two)) {
			policy_fail(policy, "no condition");
			return 0;
		}
		seen |= 1u << index;
		tests[count++] = (struct scmp_arg_cmp){
			index, masked ? SCMP_CMP_MASKED_EQ : SCMP_CMP_EQ,
			(uint64_t)json_integer_value(value),
			(uint64_t)json_integer_value(two),
		};
	}
	return count;
}

static void policy_oci_rule(struct policy *policy, const json_t *rule,
			    uint32_t otherwise, scmp_filter_ctx filter)
{
	uint32_t action = policy_oci_action(policy, rule, "action", "errnoRet");
	const json_t *names = json_object_get(rule, "names"), *name;
	struct scmp_arg_cmp tests[6];
	unsigned count = policy_oci_tests(policy, rule, tests);
	size_t i;

	if (json_object_get(rule, "name") || !json_is_array(names))
		policy_fail(policy, "no names");
	json_array_foreach((json_t *)names, i, name) {
		int number = seccomp_syscall_resolve_name(
			json_string_value(name));

		if (number == __NR_SCMP_ERROR || action == otherwise)
			continue; /* as runc does */
		if (seccomp_rule_add_array(filter, action, number, count,
					   tests) < 0)
			policy_fail(policy, "libseccomp refuses %s",
				    json_string_value(name));
	}
}

static void policy_oci_export(struct policy *policy, scmp_filter_ctx filter)
{
	int fd = memfd_create("oci", MFD_CLOEXEC);
	off_t size;

	if (fd < 0 || seccomp_export_bpf(filter, fd) < 0) {
		policy_fail(policy, "no filter");
		return;
	}
	size = lseek(fd, 0, SEEK_CUR);
	policy->code = malloc((size_t)size);
	policy->length = (size_t)size / sizeof(*policy->code);
	if (pread(fd, policy->code, (size_t)size, 0) != size ||
	    !bpf_loads(policy->code, policy->length))
		policy_fail(policy, "the kernel would not load it");
	close(fd);
}

void policy_read_oci(struct policy *policy, const char *text)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *rules = json_object_get(object, "syscalls"), *rule;
	uint32_t otherwise = policy_oci_action(policy, object, "defaultAction",
					       "defaultErrnoRet");
	scmp_filter_ctx filter = seccomp_init(otherwise);
	size_t i;

	policy_oci_archs(policy, object, filter);
	json_array_foreach((json_t *)rules, i, rule)
		policy_oci_rule(policy, rule, otherwise, filter);
	if (!*policy->error)
		policy_oci_export(policy, filter);
	seccomp_release(filter);
	json_decref(object);
}
