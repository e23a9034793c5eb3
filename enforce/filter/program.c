/* SPDX-License-Identifier: MIT */
/*
 * Programs: what libseccomp compiled, as instructions that can be put together.
 * filter.c says why; the kernel's rules for them are in bpf_check_classic() and
 * seccomp_check_filter().
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

#include "enforce/filter/filter.h"

/* Less than glibc maps at once (mallopt(3), M_MMAP_THRESHOLD). */
#define PIECE (100u << 10)

void enforce_program_free(struct enforce_program *program)
{
	base_free(&program->code);
}

/* What it takes at first, and for each rule at most: measured, and doubled. */
#define FOR_ALL (256u << 10)
#define FOR_RULE 2048u

void program_memory_free(struct program_memory *memory)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory->pieces); i++)
		base_free(&memory->pieces[i]);
}

/*
 * libseccomp goes on with freed memory, for ever or until it crashes, when it
 * gets none (2.5.4, _blk_resize()). So memory is asked for before, in pieces
 * that are too small to be mapped on their own, and given back to the heap: the
 * last piece, which stays, keeps what lies before it from going back to the
 * kernel.
 */
int program_memory_take(struct program_memory *memory, size_t rules,
			struct error *err)
{
	size_t count = 2 + (FOR_ALL + rules * FOR_RULE) / PIECE;

	if (count > ARRAY_SIZE(memory->pieces))
		count = ARRAY_SIZE(memory->pieces);
	for (size_t i = 0; i < count; i++) {
		memory->pieces[i] = malloc(PIECE);
		if (!memory->pieces[i])
			return base_error(err, ENOMEM, "out of memory");
	}
	for (size_t i = 0; i + 1 < count; i++)
		base_free(&memory->pieces[i]);
	return 0;
}

int enforce_program_export(void *context, struct enforce_program *program,
			   struct error *err)
{
	cleanup_close int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;
	int ret;

	if (fd < 0)
		return base_error(err, errno, "cannot make a file in "
				  "memory: %m");
	ret = seccomp_export_bpf(context, fd);
	if (ret < 0)
		return base_error(err, -ret, "libseccomp cannot compile "
				  "the filter: %s", strerror(-ret));
	size = lseek(fd, 0, SEEK_CUR);
	program->count = (size_t)size / sizeof(*program->code);
	program->code = malloc((size_t)size);
	if (!program->code)
		return base_error(err, ENOMEM, "out of memory");
	if (pread(fd, program->code, (size_t)size, 0) != size)
		return base_error(err, EIO, "cannot read the filter "
				  "back from memory");
	return 0;
}

int enforce_program_retarget(struct enforce_program *program,
			     enum base_arch arch, struct error *err)
{
	struct base_call native = {base_arch_native(), 0};
	struct base_call own = {arch, 0};
	uint32_t from, to, raw;

	base_call_to_kernel(native, &from, &raw);
	base_call_to_kernel(own, &to, &raw);
	if (program->count < 2 || program->code[1].k != from ||
	    program->code[0].code != (BPF_LD | BPF_W | BPF_ABS) ||
	    program->code[0].k != offsetof(struct seccomp_data, arch) ||
	    program->code[1].code != (BPF_JMP | BPF_JEQ | BPF_K))
		return base_error(err, ENOTSUP, "this version of "
				  "libseccomp begins its filters in an unknown "
				  "way; the part for %s cannot be made",
				  base_arch_name(arch));
	program->code[1].k = to;
	return 0;
}

static int prepend(const struct sock_filter *head, size_t head_count,
		   struct enforce_program *program, struct error *err)
{
	size_t count = head_count + program->count;
	struct sock_filter *code = calloc(count, sizeof(*code));

	if (!code)
		return base_error(err, ENOMEM, "out of memory");
	memcpy(code, head, head_count * sizeof(*code));
	memcpy(code + head_count, program->code,
	       program->count * sizeof(*code));
	free(program->code);
	program->code = code;
	program->count = count;
	return 0;
}

int enforce_program_join(struct enforce_program *native,
			 struct enforce_program *other, struct error *err)
{
	const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 1),
		BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)native->count),
	};
	int ret = prepend(native->code, native->count, other, err);

	if (ret == 0)
		ret = prepend(head, ARRAY_SIZE(head), other, err);
	if (ret < 0)
		return ret;
	free(native->code);
	native->code = take_ptr(other->code);
	native->count = other->count;
	return 0;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif
#define KEY_AT offsetof(struct seccomp_data, args[5])

int enforce_filter_key(uint64_t key, struct sock_filter **filter,
		       size_t *count, struct error *err)
{
	struct base_call execve = {base_arch_native(), 0};
	struct enforce_program program = {*filter, *count};
	uint32_t arch, raw;
	int ret;

	execve.number = (uint32_t)base_call_number(execve.arch, "execve");
	base_call_to_kernel(execve, &arch, &raw);

	const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, raw, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, KEY_AT + LOW_HALF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)key, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, KEY_AT + (4 - LOW_HALF)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(key >> 32), 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	ret = prepend(head, ARRAY_SIZE(head), &program, err);
	*filter = program.code;
	*count = program.count;
	return ret;
}
