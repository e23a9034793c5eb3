/* SPDX-License-Identifier: MIT */
/* Registers by PTRACE_SETREGSET (man 2 ptrace), an architecture each. */
#include "learn/regs.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/*
 * The set's layout follows the task, not us: a 32-bit one has 17 words of 32
 * bits (arch/x86/kernel/ptrace.c, task_user_regset_view).
 */
union registers {
	struct user_regs_struct native;
#ifdef __x86_64__
	uint32_t i386[17]; /* ebx first, eax at 6, orig_eax at 11, eip at 12 */
#endif
};

static bool transfer(int request, pid_t tid, union registers *registers,
		     size_t *size)
{
	struct iovec part = {registers, *size};

	if (ptrace(request, tid, NT_PRSTATUS, &part) < 0)
		return false;
	*size = part.iov_len;
	return true;
}

#ifdef __x86_64__

static void set_first(union registers *registers, size_t size,
		      enum base_arch arch, uint64_t value)
{
	if (size == sizeof(registers->i386))
		registers->i386[0] = (uint32_t)value;
	else if (arch == BASE_ARCH_I386)
		registers->native.rbx = value;
	else
		registers->native.rdi = value;
}

static void set_refused(union registers *registers, size_t size)
{
	if (size == sizeof(registers->i386)) {
		registers->i386[11] = (uint32_t)-1;
		registers->i386[6] = (uint32_t)-ENOSYS;
	} else {
		registers->native.orig_rax = (unsigned long long)-1;
		registers->native.rax = (unsigned long long)-ENOSYS;
	}
}

/* orig_rax is the call's number, or negative if there is none. */
static bool is_interrupted(const union registers *registers, size_t size)
{
	if (size == sizeof(registers->i386))
		return (int32_t)registers->i386[11] >= 0 &&
		       (int32_t)registers->i386[6] == -EINTR;
	return (int64_t)registers->native.orig_rax >= 0 &&
	       (int64_t)registers->native.rax == -EINTR;
}

/* Arguments of i386 are in ebx, ecx, edx, esi, edi, ebp, which the 32-bit set
 * begins with in this order; of x86_64 in rdi, rsi, rdx, r10, r8, r9. */
static uint64_t get_argument(const union registers *registers, size_t size,
			     enum base_arch arch, unsigned index)
{
	const struct user_regs_struct *r = &registers->native;
	const uint64_t i386[] = {r->rbx, r->rcx, r->rdx,
				 r->rsi, r->rdi, r->rbp};
	const uint64_t native[] = {r->rdi, r->rsi, r->rdx,
				   r->r10, r->r8, r->r9};

	if (size == sizeof(registers->i386))
		return registers->i386[index];
	return arch == BASE_ARCH_I386 ? (uint32_t)i386[index] : native[index];
}

/* As the kernel does it (arch/x86/kernel/signal.c): `syscall`, `int $0x80` and
 * what the vDSO returns to from `sysenter` are two bytes long. */
static bool set_repeated(union registers *registers, size_t size)
{
	if (size == sizeof(registers->i386)) {
		registers->i386[6] = registers->i386[11];
		registers->i386[11] = (uint32_t)-1;
		registers->i386[12] -= 2;
	} else {
		registers->native.rax = registers->native.orig_rax;
		registers->native.orig_rax = (unsigned long long)-1;
		registers->native.rip -= 2;
	}
	return true;
}

#elif defined(__aarch64__)

static void set_first(union registers *registers, size_t size,
		      enum base_arch arch, uint64_t value)
{
	(void)size;
	(void)arch;
	registers->native.regs[0] = value;
}

static void set_refused(union registers *registers, size_t size)
{
	(void)size;
	registers->native.regs[8] = (unsigned long long)-1;
	registers->native.regs[0] = (unsigned long long)-ENOSYS;
}

/* The first argument is gone with the result, and cannot be had back. */
static bool is_interrupted(const union registers *registers, size_t size)
{
	(void)registers;
	(void)size;
	return false;
}

static uint64_t get_argument(const union registers *registers, size_t size,
			     enum base_arch arch, unsigned index)
{
	(void)size;
	(void)arch;
	return registers->native.regs[index];
}

static bool set_repeated(union registers *registers, size_t size)
{
	(void)registers;
	(void)size;
	return false;
}

#else
#error "learn/regs.c knows the registers of x86_64 and aarch64"
#endif

bool regs_set_first_argument(pid_t tid, enum base_arch arch, uint64_t value)
{
	union registers registers;
	size_t size = sizeof(registers);

	if (!transfer(PTRACE_GETREGSET, tid, &registers, &size))
		return false;
	set_first(&registers, size, arch, value);
	return transfer(PTRACE_SETREGSET, tid, &registers, &size);
}

bool regs_refuse_call(pid_t tid)
{
	union registers registers;
	size_t size = sizeof(registers);

	if (!transfer(PTRACE_GETREGSET, tid, &registers, &size))
		return false;
	set_refused(&registers, size);
	return transfer(PTRACE_SETREGSET, tid, &registers, &size);
}

bool regs_was_interrupted(pid_t tid, enum base_arch arch, unsigned index,
			  uint64_t *argument)
{
	union registers registers;
	size_t size = sizeof(registers);

	if (!transfer(PTRACE_GETREGSET, tid, &registers, &size) ||
	    !is_interrupted(&registers, size))
		return false;
	*argument = get_argument(&registers, size, arch, index);
	return true;
}

bool regs_repeat_call(pid_t tid)
{
	union registers registers;
	size_t size = sizeof(registers);

	return transfer(PTRACE_GETREGSET, tid, &registers, &size) &&
	       set_repeated(&registers, size) &&
	       transfer(PTRACE_SETREGSET, tid, &registers, &size);
}
