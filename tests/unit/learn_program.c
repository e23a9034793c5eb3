/* SPDX-License-Identifier: MIT */
/*
 * The programs of learn/program.c let pass what they should and nothing else:
 * each is run by tests/lib/bpf.c on every architecture and number, and on
 * values near those that are known, and compared with a model that looks them
 * up one by one. Each is loaded into the kernel as well, and a few calls are
 * really made under it: without a tracer, RET_TRACE is ENOSYS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "learn/program.h"
#include "tests/lib/bpf.c"
#include "tests/lib/random.h"
#include "tests/unit/skip.h"

#define ARCH_OTHER 0x40000028u /* AUDIT_ARCH_ARM */
#define VERDICT_STOP (SECCOMP_RET_TRACE | passes_mark())

static const uint32_t archs[] = {
	AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, ARCH_OTHER, 0,
};

/* Beyond 0..1023, and beyond those with the x32 bit. */
static const uint32_t far_numbers[] = {
	1024, 4096, 65536, 0x3ffffffe, 0x3fffffff, 0x40000400, 0x7ffffffe,
	0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff,
};

static const char *const ruled[] = {
	"socket", "socketcall", "ioctl", "prctl", "clone", "clone3", "unshare",
	"mmap", "mmap2", "mprotect", "pkey_mprotect", "fcntl", "fcntl64",
	"personality",
};

/* ---- what is known ---------------------------------------------------- */

static struct base_call call_of(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	return (struct base_call){ number < 0 ? BASE_ARCH_COUNT : arch,
				   (uint32_t)number };
}

static void know(struct profiles_known *known, struct base_call call)
{
	if (call.arch < BASE_ARCH_COUNT)
		assert_int_equal(profiles_set_add(&known->set, call), 0);
}

static void know_name(struct profiles_known *known, const char *name)
{
	know(known, call_of(base_arch_native(), name));
}

static int compare_arguments(const void *a, const void *b)
{
	const struct profiles_argument *left = a, *right = b;
	int order = base_call_compare(&left->call, &right->call);

	for (int i = 0; order == 0 && i < 3; i++)
		order = left->values[i] < right->values[i] ? -1 :
			left->values[i] > right->values[i];
	return order;
}

/* Unsorted until all are there. */
static void know_values(struct profiles_known *known, struct base_call call,
			const uint64_t values[3], uint64_t calls)
{
	size_t count = known->argument_count;
	struct profiles_argument *at;

	if (call.arch >= BASE_ARCH_COUNT)
		return;
	if ((count & (count - 1)) == 0)
		known->arguments =
			realloc(known->arguments,
				(count ? count * 2 : 1) * sizeof(*at));
	assert_non_null(known->arguments);
	at = &known->arguments[known->argument_count++];
	*at = (struct profiles_argument){ .call = call, .calls = calls };
	memcpy(at->values, values, sizeof(at->values));
	know(known, call);
}

static void know_value(struct profiles_known *known, const char *name,
		       uint64_t value)
{
	know_values(known, call_of(base_arch_native(), name),
		    (uint64_t[3]){ value }, 1);
}

static void sort(struct profiles_known *known)
{
	if (known->argument_count)
		qsort(known->arguments, known->argument_count,
		      sizeof(known->arguments[0]), compare_arguments);
}

/* ---- the model -------------------------------------------------------- */

static bool is(struct base_call call, const char *name)
{
	return (int)call.number == base_call_number(call.arch, name);
}

static bool always_stops(struct base_call call, const uint64_t values[3])
{
	return is(call, "execve") || is(call, "execveat") ||
	       is(call, "clone3") || is(call, "seccomp") ||
	       is(call, "ptrace") || is(call, "io_uring_setup") ||
	       is(call, "userfaultfd") ||
	       (is(call, "prctl") && (values[0] == 22 || values[0] == 59)) ||
	       (is(call, "clone") && values[0] & (0x00800000 | 0x00010000));
}

static bool model(const struct profiles_known *known,
		  const struct seccomp_data *data)
{
	const struct profiles_argument_rule *rule;
	struct profiles_argument wanted = { 0 };

	if (!base_call_from_kernel(data->arch, (uint32_t)data->nr,
				   &wanted.call) ||
	    !profiles_set_has(&known->set, wanted.call))
		return false;
	rule = profiles_argument_rule(wanted.call);
	for (unsigned i = 0; i < rule->count; i++)
		wanted.values[i] = data->args[rule->index[i]] & rule->mask[i];
	if (always_stops(wanted.call, wanted.values))
		return false;
	return rule->count == 0 ||
	       (known->argument_count > 0 &&
		bsearch(&wanted, known->arguments, known->argument_count,
			sizeof(wanted), compare_arguments));
}

/* ---- a program -------------------------------------------------------- */

/*
 * Runs TRY in a child that is under PROGRAM, where it must make no call that is
 * not meant, not even to end: it touches what is behind the end of a file.
 * RESULTS is what it left. False if the program was not installed.
 */
static bool under(const struct program *program, void (*try)(long *results),
		  long results[32])
{
	struct sock_fprog loaded = { program->length,
				     (struct sock_filter *)program->code };
	cleanup_close int fd = memfd_create("results", MFD_CLOEXEC);
	volatile long *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);
	bool installed;
	pid_t child;
	int status;

	assert_true(shared != MAP_FAILED && ftruncate(fd, 4096) == 0);
	child = fork();
	if (child == 0) {
		signal(SIGBUS, SIG_DFL); /* cmocka catches them */
		signal(SIGSEGV, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		shared[0] = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				    &loaded) == 0;
		if (try)
			try((long *)shared + 1);
		for (;;)
			shared[4096 / sizeof(*shared)] = 1;
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	if (results)
		memcpy(results, (long *)shared + 1, 32 * sizeof(*results));
	installed = shared[0] == 1;
	munmap((void *)shared, 8192);
	return installed;
}

static void assert_loads(const struct program *program)
{
	assert_true(bpf_loads(program->code, program->length));
	assert_true(under(program, NULL, NULL));
}

static bool passes(const struct program *program,
		   const struct seccomp_data *data)
{
	uint32_t verdict = bpf_run(program->code, program->length, data, NULL);

	assert_true(verdict == SECCOMP_RET_ALLOW || verdict == VERDICT_STOP);
	return verdict == SECCOMP_RET_ALLOW;
}

static bool constant(const struct program *program,
		     const struct seccomp_data *data)
{
	return bpf_is_const_allow(program->code, program->length, data->arch,
				  data->nr);
}

/* What of KNOWN is to pass: all of it, or, if it is too much, no more. */
enum exactness {
	EXACT,
	NO_MORE
};

static void check_one(const struct program *program,
		      const struct profiles_known *known,
		      const struct seccomp_data *data, enum exactness exact)
{
	bool got = passes(program, data), want = model(known, data);

	if (got != want && (got || exact == EXACT))
		fail_msg("%08x: %08x(%#llx, %#llx, %#llx) %s", data->arch,
			 (unsigned)data->nr, data->args[0], data->args[1],
			 data->args[2], got ? "passes" : "stops");
}

static void check_number(const struct program *program,
			 const struct profiles_known *known, uint32_t arch,
			 uint32_t raw, enum exactness exact)
{
	struct seccomp_data data = { .nr = (int)raw, .arch = arch };
	struct base_call call;
	bool free_of_rules;

	check_one(program, known, &data, exact);
	free_of_rules = base_call_from_kernel(arch, raw, &call) &&
			profiles_argument_rule(call)->count == 0;
	if (constant(program, &data) !=
	    (free_of_rules && passes(program, &data)))
		fail_msg("arch %08x number %08x: the bitmap takes it or not",
			 arch, raw);
	/* What the call does not say must not matter, nor rest in a word. */
	data.instruction_pointer = UINT64_MAX;
	memset(data.args, 0xff, sizeof(data.args));
	check_one(program, known, &data, exact);
}

static void check_numbers(const struct program *program,
			  const struct profiles_known *known,
			  enum exactness exact)
{
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++) {
		for (uint32_t n = 0; n < 1024; n++) {
			check_number(program, known, archs[a], n, exact);
			check_number(program, known, archs[a],
				     n | BASE_X32_BIT, exact);
		}
		for (size_t i = 0; i < ARRAY_SIZE(far_numbers); i++)
			check_number(program, known, archs[a], far_numbers[i],
				     exact);
	}
}

/* The tuple itself, in registers with other things where the rule does not
 * look, and with each of its bits turned. */
static void check_tuple(const struct program *program,
			const struct profiles_known *known,
			const struct profiles_argument *tuple,
			enum exactness exact)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(tuple->call);
	struct seccomp_data data = { 0 };
	uint32_t raw;

	base_call_to_kernel(tuple->call, &data.arch, &raw);
	data.nr = (int)raw;
	for (unsigned i = 0; i < 6; i++)
		data.args[i] = (uint64_t)random_below(UINT32_MAX) << 32;
	for (unsigned i = 0; i < rule->count; i++)
		data.args[rule->index[i]] =
			(data.args[rule->index[i]] & ~rule->mask[i]) |
			tuple->values[i];
	check_one(program, known, &data, exact);
	for (unsigned bit = 0; bit < 64 * rule->count; bit++) {
		__u64 *turned = &data.args[rule->index[bit / 64]];

		*turned ^= 1ULL << bit % 64;
		check_one(program, known, &data, exact);
		*turned ^= 1ULL << bit % 64;
	}
}

static void check(struct profiles_known *known, enum exactness exact)
{
	struct program program;

	sort(known);
	memset(&program, 0xee, sizeof(program));
	program_known(&program, known);
	assert_loads(&program);
	check_numbers(&program, known, exact);
	for (size_t i = 0; i < known->argument_count; i++)
		check_tuple(&program, known, &known->arguments[i], exact);
}

/* ---- tests ------------------------------------------------------------ */

static void nothing_known(void **state)
{
	struct profiles_known known = { 0 };
	struct program program;

	(void)state;
	check(&known, EXACT);
	program_all(&program);
	assert_loads(&program);
	check_numbers(&program, &known, EXACT);
}

static void single_calls(void **state)
{
	static const uint32_t numbers[] = {
		0, 1, 11, 59, 254, 255, 256, 334, 462, 512, 520, 999, 1023,
		0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xbfffffff,
		0xffffffff,
	};

	(void)state;
	for (uint32_t arch = 0; arch <= BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			cleanup_profiles_known struct profiles_known known = {
				0
			};
			struct base_call call = { arch, numbers[i] };

			profiles_set_add(&known.set, call);
			check(&known, EXACT);
		}
}

static void every_call(void **state)
{
	(void)state;
	for (uint32_t step = 1; step <= 3; step++) {
		cleanup_profiles_known struct profiles_known known = { 0 };

		for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
			for (uint32_t n = 0; n <= base_call_highest(arch);
			     n += step)
				know(&known, (struct base_call){ arch, n });
		check(&known, EXACT);
	}
}

/* Their values differ in one word only, or are ones that must stop. */
static uint64_t random_value(uint64_t mask)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 1ULL << 32, 1ULL << 32 | 1, 3ULL << 32 | 3,
		0xffffffff, UINT64_MAX, 22, 59, 0x1200011, 0x3d0f00, 0x800000,
		0x10000, 0x5401, 0x80000000,
	};

	return values[random_below(ARRAY_SIZE(values))] & mask;
}

static void know_random(struct profiles_known *known, struct base_call call,
			uint32_t count)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(call);

	know(known, call);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t values[3] = { 0 };

		for (unsigned j = 0; j < rule->count; j++)
			values[j] = random_value(rule->mask[j]);
		know_values(known, call, values, random_below(9));
	}
}

static void random_sets(void **state)
{
	(void)state;
	for (int round = 0; round < 150; round++) {
		cleanup_profiles_known struct profiles_known known = { 0 };
		uint32_t arch_count = 1 + random_below(4);
		uint32_t count = random_below(120);

		for (uint32_t a = 0; a < arch_count; a++) {
			uint32_t arch = random_below(BASE_ARCH_COUNT);

			for (uint32_t i = 0; i < count; i++)
				know(&known, (struct base_call){
					arch, random_below(480) });
			for (size_t i = 0; i < ARRAY_SIZE(ruled); i++)
				if (random_below(3))
					know_random(&known,
						    call_of(arch, ruled[i]),
						    random_below(16));
			know(&known, (struct base_call){
				arch, far_numbers[random_below(
					ARRAY_SIZE(far_numbers))] });
		}
		check(&known, EXACT);
	}
}

/* Values that can not have come out of the mask, calls that are not in the
 * set, values of a call without a rule. */
static void odd_values(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	struct base_call ioctl = call_of(BASE_ARCH_X86_64, "ioctl");
	struct base_call fcntl = call_of(BASE_ARCH_X86_64, "fcntl");
	struct base_call read = call_of(BASE_ARCH_X86_64, "read");

	(void)state;
	know_values(&known, ioctl, (uint64_t[3]){ 1ULL << 32 | 7 }, 1);
	know_values(&known, ioctl, (uint64_t[3]){ 8, 1 }, 1);
	know_values(&known, ioctl, (uint64_t[3]){ 9 }, 1);
	know_values(&known, fcntl, (uint64_t[3]){ 3 }, 1);
	know_values(&known, read, (uint64_t[3]){ 3 }, 1);
	profiles_set_remove(&known.set, fcntl);
	check(&known, EXACT);
}

/* V wherever the call has a value, in each word of it. */
static void know_all(struct profiles_known *known, struct base_call call,
		     uint64_t v)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(call);
	uint64_t values[3] = { 0 };

	for (unsigned i = 0; i < rule->count; i++)
		values[i] = (v << 32 | v) & rule->mask[i];
	know_values(known, call, values, v + 1);
}

/* Of one call the 64 that were made most often pass, of all calls together as
 * many as fit. */
static void many_values(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	struct program program;
	struct base_call ioctl = call_of(BASE_ARCH_I386, "ioctl");
	struct seccomp_data data = { .nr = (int)ioctl.number,
				     .arch = AUDIT_ARCH_I386 };

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		know_values(&known, ioctl, (uint64_t[3]){ i },
			    i * 7 % 1000 + 1);
	check(&known, NO_MORE);
	program_known(&program, &known);
	for (uint32_t i = 0; i < 1000; i++) {
		data.args[1] = i;
		assert_int_equal(passes(&program, &data), i * 7 % 1000 >= 936);
	}
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; i < ARRAY_SIZE(ruled); i++)
			for (uint64_t v = 0; v < 100; v++)
				know_all(&known, call_of(arch, ruled[i]), v);
	check(&known, NO_MORE);
	program_known(&program, &known);
	data.args[1] = 857; /* 857 * 7 % 1000 is 999 */
	assert_true(passes(&program, &data));
	data.arch = AUDIT_ARCH_X86_64;
	data.nr = base_call_number(BASE_ARCH_X86_64, "socket");
	data.args[0] = data.args[1] = data.args[2] = 99;
	assert_true(passes(&program, &data));
	data.args[0] = data.args[1] = data.args[2] = 99 - 64;
	assert_false(passes(&program, &data));
}

/* Code that is one instruction longer each time, to jump over. */
static void distances(void **state)
{
	(void)state;
	for (uint32_t calls = 80; calls <= 130; calls += 10) {
		cleanup_profiles_known struct profiles_known known = { 0 };

		for (uint32_t n = 0; n < calls; n++)
			know(&known, (struct base_call){ BASE_ARCH_X86_64,
							 3 * n });
		for (uint32_t n = 0; n < 20; n++)
			know(&known, (struct base_call){ BASE_ARCH_I386,
							 3 * n });
		for (uint32_t v = 0; v < 64; v++) {
			know_all(&known, call_of(BASE_ARCH_X86_64, "ioctl"), v);
			check(&known, EXACT);
		}
	}
}

/* A target that makes as many odd calls as it can: what has a name still costs
 * nothing. */
static void too_much(void **state)
{
	struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 };
	struct program program;

	(void)state;
	for (uint32_t gap = 2; gap <= 2048; gap *= 4) {
		cleanup_profiles_known struct profiles_known known = { 0 };

		for (uint32_t i = 0; i < 1u << 18; i++)
			know(&known, (struct base_call){
				i >> 16, (i & 0xffff) * gap });
		for (uint32_t i = 0; i < 1u << 13; i++)
			know_values(&known,
				    call_of(i >> 11, ruled[i % 14]),
				    (uint64_t[3]){ i, i << 20, i << 20 }, i);
		for (uint32_t n = 0; n < 300; n += 2)
			know(&known, (struct base_call){ BASE_ARCH_X86_64, n });
		check(&known, NO_MORE);
		program_known(&program, &known);
		for (data.nr = 18; data.nr < 40; data.nr += 2)
			assert_true(constant(&program, &data));
	}
}

/* In the worst order, the table of names alone fits. */
static void every_second_name(void **state)
{
	for (uint32_t start = 0; start < 2; start++) {
		cleanup_profiles_known struct profiles_known known = { 0 };

		for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
			for (uint32_t n = start; n < 600; n += 2)
				if (base_call_name((struct base_call){ arch,
								       n }))
					know(&known,
					     (struct base_call){ arch, n });
		check(&known, EXACT);
	}
	(void)state;
}

/* What the bitmap does not answer is found in a tree, not in a list. */
static void tree(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	struct program program;

	(void)state;
	for (uint32_t n = 0; n < 1000; n += 2)
		know(&known, (struct base_call){ BASE_ARCH_X86_64, n });
	program_known(&program, &known);
	for (int n = 0; n < 1024; n++) {
		struct seccomp_data data = { n, AUDIT_ARCH_X86_64, 0, { 0 } };
		size_t steps;

		bpf_run(program.code, program.length, &data, &steps);
		assert_true(steps < 24);
	}
}

static void always_stopping(void **state)
{
	static const struct {
		const char *name;
		uint64_t value;
		bool passes;
	} cases[] = {
		{ "execve", 0, false },	{ "execveat", 0, false },
		{ "clone3", 0, false },	{ "seccomp", 0, false },
		{ "ptrace", 0, false },	{ "prctl", 22, false },
		{ "prctl", 59, false },	{ "prctl", 38, true },
		{ "clone", 17, true },	{ "clone", 0x800011, false },
		{ "clone", 0x3d0f00, false }, { "clone", 0x1200011, true },
		{ "clone", 0x10000000, true }, { "fork", 0, true },
		{ "read", 22, true },	{ "ioctl", 22, true },
		{ "io_uring_setup", 1, false }, { "userfaultfd", 0, false },
		{ "io_uring_enter", 1, true },
	};

	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			struct base_call call = call_of(arch, cases[i].name);

			if (call.arch == arch)
				assert_int_equal(passes_call(call,
					(uint64_t[3]){ cases[i].value }),
					cases[i].passes);
		}
	assert_true(passes_call((struct base_call){ 0, 0x7fffffff },
				   (uint64_t[3]){ 0 }));
}

/* ---- under the kernel ------------------------------------------------- */

/* Of the native architecture, none of which answers ENOSYS by itself. */
static const struct {
	const char *name;
	uint64_t args[6];
} tries[] = {
	{ "getpid", { 0 } },
	{ "getppid", { 0 } },
	{ "socket", { 1, 1, 0 } },
	{ "socket", { 1, 2, 0 } },
	{ "socket", { 0xdead00000001, 0xbeef00000001, 1ULL << 63 } },
	{ "ioctl", { -1ULL, 0x5401 } },
	{ "ioctl", { -1ULL, 0x5402 } },
	{ "mprotect", { 0, 0, 1 } },
	{ "mprotect", { 0, 0, 3 } },
	{ "mprotect", { 0, 0, 1ULL << 32 | 1 } },
	{ "prctl", { 3 } },
	{ "prctl", { 4, 77 } },
	{ "prctl", { 22, 77 } },
	{ "unshare", { 0 } },
	{ "execve", { 0 } },
	{ "seccomp", { 77 } },
	{ "ptrace", { 77, -1ULL } },
	{ "close", { -1ULL } },
};

static void make_tries(long *results)
{
	int numbers[ARRAY_SIZE(tries)];

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		numbers[i] = base_call_number(base_arch_native(),
					      tries[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		const uint64_t *a = tries[i].args;

		results[i] = syscall(numbers[i], a[0], a[1], a[2], a[3], a[4],
				     a[5]) < 0 ? -errno : 0;
	}
}

static void kernel_agrees(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	long outside[ARRAY_SIZE(tries)], inside[32];
	struct program program;
	size_t passed = 0;

	(void)state;
	make_tries(outside);
	know_name(&known, "getpid");
	know_values(&known, call_of(base_arch_native(), "socket"),
		    (uint64_t[3]){ 1, 1, 0 }, 1);
	know_value(&known, "ioctl", 0x5401);
	know_value(&known, "mprotect", 1);
	know_value(&known, "prctl", 3);
	know_value(&known, "prctl", 22);
	know_value(&known, "unshare", 0);
	know_name(&known, "execve");
	know_name(&known, "seccomp");
	know_name(&known, "ptrace");
	sort(&known);
	program_known(&program, &known);
	assert_true(under(&program, make_tries, inside));
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct base_call call = call_of(base_arch_native(),
						tries[i].name);
		struct seccomp_data data = { 0 };
		uint32_t raw;

		base_call_to_kernel(call, &data.arch, &raw);
		data.nr = (int)raw;
		memcpy(data.args, tries[i].args, sizeof(data.args));
		assert_int_not_equal(outside[i], -ENOSYS);
		assert_int_equal(inside[i] == -ENOSYS,
				 !passes(&program, &data));
		passed += inside[i] != -ENOSYS;
	}
	assert_int_equal(passed, 7);
}

/* ---- the vsyscall page ------------------------------------------------ */

#define PAGE 0xffffffffff600000ULL

static void unseen(void **state)
{
	static const uint64_t addresses[] = {
		PAGE, PAGE + 0x400, PAGE + 0x800, PAGE - 1, PAGE + 0x1000, 0,
		PAGE & UINT32_MAX, PAGE ^ 1ULL << 32, UINT64_MAX, 0x400800,
	};
	struct program program;

	(void)state;
	program_unseen(&program);
	assert_loads(&program);
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++)
		for (int n = -1; n < 1024; n++) {
			bool in_page = archs[a] == AUDIT_ARCH_X86_64 &&
				       (n == 96 || n == 201 || n == 309);
			struct seccomp_data data = { n, archs[a], 0, { 0 } };

			assert_int_equal(constant(&program, &data), !in_page);
			for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
				data.instruction_pointer = addresses[i];
				assert_int_equal(passes(&program, &data),
						 !in_page || i > 2);
			}
		}
}

#ifdef __x86_64__
static void call_page(long *results)
{
	long (*v_gettimeofday)(long *, void *) = (void *)PAGE;
	long (*v_time)(long *) = (void *)(PAGE + 0x400);
	long (*v_getcpu)(unsigned *, void *) = (void *)(PAGE + 0x800);
	unsigned cpu;
	long now[2];

	results[0] = v_gettimeofday(now, NULL);
	results[1] = v_time(NULL);
	results[2] = v_getcpu(&cpu, NULL);
	results[3] = syscall(SYS_gettimeofday, now, NULL);
	results[4] = syscall(SYS_time, NULL);
	results[5] = syscall(SYS_getcpu, &cpu, NULL, NULL);
}

static void kernel_page(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct program program;
	char line[512];
	long results[32];
	bool has = false;

	(void)state;
	while (maps && fgets(line, sizeof(line), maps))
		has = has || strstr(line, "[vsyscall]");
	if (maps)
		fclose(maps);
	if (!has) {
		skip_for("this kernel has no vsyscall page");
	}
	call_page(results);
	for (int i = 0; i < 6; i++)
		assert_true(results[i] >= 0);
	program_unseen(&program);
	assert_true(under(&program, call_page, results));
	for (int i = 0; i < 6; i++)
		assert_int_equal(results[i] == -ENOSYS, i < 3);
}

/* int $0x80: i386's numbers from the same code. Without IA32_EMULATION it is a
 * fault, and all results are 0. */
static void call_i386(long *results)
{
	static const long calls[][2] = { { 20, 0 }, { 64, 0 }, { 39, 0 },
					 { 136, UINT32_MAX }, { 136, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		long rax = calls[i][0];

		__asm__ volatile("int $0x80"
				 : "+a"(rax)
				 : "b"(calls[i][1])
				 : "memory", "r8", "r9", "r10", "r11");
		results[i] = (int)rax;
	}
}

static void kernel_i386(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	struct base_call getpid_i386 = call_of(BASE_ARCH_I386, "getpid");
	struct base_call persona = call_of(BASE_ARCH_I386, "personality");
	struct program program = {
		{ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) }, 1
	};
	long results[32];

	(void)state;
	assert_true(under(&program, call_i386, results));
	if (results[0] == 0) {
		skip_for("this kernel runs no i386 code");
	}
	for (int i = 0; i < 5; i++)
		assert_int_not_equal(results[i], -ENOSYS);
	know(&known, getpid_i386);
	know_name(&known, "getpid"); /* 39, which is mkdir there */
	know_values(&known, persona, (uint64_t[3]){ UINT32_MAX }, 1);
	program_known(&program, &known);
	assert_true(under(&program, call_i386, results));
	assert_true(results[0] > 0);
	assert_int_equal(results[1], -ENOSYS);
	assert_int_equal(results[2], -ENOSYS);
	assert_int_not_equal(results[3], -ENOSYS);
	assert_int_equal(results[4], -ENOSYS);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(single_calls),
		cmocka_unit_test(every_call),
		cmocka_unit_test(random_sets),
		cmocka_unit_test(odd_values),
		cmocka_unit_test(many_values),
		cmocka_unit_test(distances),
		cmocka_unit_test(too_much),
		cmocka_unit_test(every_second_name),
		cmocka_unit_test(tree),
		cmocka_unit_test(always_stopping),
		cmocka_unit_test(kernel_agrees),
		cmocka_unit_test(unseen),
#ifdef __x86_64__
		cmocka_unit_test(kernel_page),
		cmocka_unit_test(kernel_i386),
#endif
	};

	return cmocka_run_group_tests_name("learn_program", tests, NULL, NULL);
}
