/* SPDX-License-Identifier: MIT */
/* Registers by PTRACE_SETREGSET (man 2 ptrace), an architecture each. */
#include "learn/regs.h"

#include <elf.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

bool regs_get(pid_t tid, struct regs *regs)
{
	struct iovec part = {&regs->native, sizeof(regs->native)};

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &part) < 0)
		return false;
	regs->size = part.iov_len;
	return true;
}

bool regs_set(pid_t tid, const struct regs *regs)
{
	struct iovec part = {(void *)&regs->native, regs->size};

	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &part) == 0;
}

#ifdef __x86_64__

static bool is_i386(const struct regs *regs)
{
	return regs->size == sizeof(regs->i386);
}

static void set_first(struct regs *regs, enum base_arch arch, uint64_t value)
{
	if (is_i386(regs))
		regs->i386[0] = (uint32_t)value;
	else if (arch == BASE_ARCH_I386)
		regs->native.rbx = value;
	else
		regs->native.rdi = value;
}

static void set_refused(struct regs *regs)
{
	if (is_i386(regs)) {
		regs->i386[11] = (uint32_t)-1;
		regs->i386[6] = (uint32_t)-ENOSYS;
	} else {
		regs->native.orig_rax = (unsigned long long)-1;
		regs->native.rax = (unsigned long long)-ENOSYS;
	}
}

/* orig_rax is the call's number, or negative if there is none. */
static bool is_interrupted(const struct regs *regs)
{
	if (is_i386(regs))
		return (int32_t)regs->i386[11] >= 0 &&
		       (int32_t)regs->i386[6] == -EINTR;
	return (int64_t)regs->native.orig_rax >= 0 &&
	       (int64_t)regs->native.rax == -EINTR;
}

/* A 64-bit task can make calls of i386: `int $0x80` is cd 80. */
static enum base_arch arch_of(pid_t tid, const struct regs *regs)
{
	long code;

	if (is_i386(regs))
		return BASE_ARCH_I386;
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, tid, regs->native.rip - 2, 0);
	return errno == 0 && (code & 0xffff) == 0x80cd ? BASE_ARCH_I386
							: BASE_ARCH_X86_64;
}

/* Arguments of i386 are in ebx, ecx, edx, esi, edi, ebp, which the 32-bit set
 * begins with in this order; of x86_64 in rdi, rsi, rdx, r10, r8, r9. */
static bool get_call(pid_t tid, const struct regs *regs, struct base_call *call,
		     uint64_t arguments[6])
{
	const struct user_regs_struct *r = &regs->native;
	const uint64_t i386[] = {r->rbx, r->rcx, r->rdx,
				 r->rsi, r->rdi, r->rbp};
	const uint64_t native[] = {r->rdi, r->rsi, r->rdx,
				   r->r10, r->r8, r->r9};
	bool foreign = arch_of(tid, regs) == BASE_ARCH_I386;

	for (unsigned i = 0; i < 6; i++)
		arguments[i] = is_i386(regs) ? regs->i386[i]
			       : foreign     ? (uint32_t)i386[i]
					     : native[i];
	if (is_i386(regs))
		return base_call_from_kernel(AUDIT_ARCH_I386, regs->i386[11],
					     call);
	return base_call_from_kernel(foreign ? AUDIT_ARCH_I386
					     : AUDIT_ARCH_X86_64,
				     (uint32_t)r->orig_rax, call);
}

/* As the kernel does it (arch/x86/kernel/signal.c): `syscall`, `int $0x80` and
 * what the vDSO returns to from `sysenter` are two bytes long. */
static bool set_repeated(struct regs *regs)
{
	if (is_i386(regs)) {
		regs->i386[6] = regs->i386[11];
		regs->i386[11] = (uint32_t)-1;
		regs->i386[12] -= 2;
	} else {
		regs->native.rax = regs->native.orig_rax;
		regs->native.orig_rax = (unsigned long long)-1;
		regs->native.rip -= 2;
	}
	return true;
}

/* With -1 in orig_rax the kernel sees no call to make again when it looks for
 * signals on the way back to the program. */
static bool set_call(pid_t tid, struct regs *regs, long number,
		     const uint64_t arguments[6])
{
	struct user_regs_struct *r = &regs->native;
	long code;

	if (is_i386(regs))
		return false;
	r->rip -= 2;
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, tid, r->rip, 0);
	if (errno || (code & 0xffff) != 0x050f)
		return false;
	r->orig_rax = (unsigned long long)-1;
	r->rax = (unsigned long long)number;
	r->rdi = arguments[0];
	r->rsi = arguments[1];
	r->rdx = arguments[2];
	r->r10 = arguments[3];
	r->r8 = arguments[4];
	r->r9 = arguments[5];
	return true;
}

uint64_t regs_stack(const struct regs *regs)
{
	return regs->native.rsp;
}

#elif defined(__aarch64__)

static void set_first(struct regs *regs, enum base_arch arch, uint64_t value)
{
	(void)arch;
	regs->native.regs[0] = value;
}

static void set_refused(struct regs *regs)
{
	regs->native.regs[8] = (unsigned long long)-1;
	regs->native.regs[0] = (unsigned long long)-ENOSYS;
}

/* The first argument is gone with the result, and cannot be had back. */
static bool is_interrupted(const struct regs *regs)
{
	(void)regs;
	return false;
}

static bool get_call(pid_t tid, const struct regs *regs, struct base_call *call,
		     uint64_t arguments[6])
{
	(void)tid;
	(void)regs;
	(void)call;
	(void)arguments;
	return false;
}

static bool set_repeated(struct regs *regs)
{
	(void)regs;
	return false;
}

static bool set_call(pid_t tid, struct regs *regs, long number,
		     const uint64_t arguments[6])
{
	(void)tid;
	(void)regs;
	(void)number;
	(void)arguments;
	return false;
}

uint64_t regs_stack(const struct regs *regs)
{
	return regs->native.sp;
}

#else
#error "learn/regs.c knows the registers of x86_64 and aarch64"
#endif

bool regs_set_first_argument(pid_t tid, enum base_arch arch, uint64_t value)
{
	struct regs regs;

	if (!regs_get(tid, &regs))
		return false;
	set_first(&regs, arch, value);
	return regs_set(tid, &regs);
}

bool regs_refuse_call(pid_t tid)
{
	struct regs regs;

	if (!regs_get(tid, &regs))
		return false;
	set_refused(&regs);
	return regs_set(tid, &regs);
}

bool regs_was_interrupted(pid_t tid, struct base_call *call,
			  uint64_t arguments[6])
{
	struct regs regs;

	return regs_get(tid, &regs) && is_interrupted(&regs) &&
	       get_call(tid, &regs, call, arguments);
}

bool regs_call_in_flight(pid_t tid, struct base_call *call,
			 uint64_t arguments[6])
{
	struct regs regs;

	return regs_get(tid, &regs) && get_call(tid, &regs, call, arguments);
}

bool regs_repeat_call(pid_t tid)
{
	struct regs regs;

	return regs_get(tid, &regs) && set_repeated(&regs) &&
	       regs_set(tid, &regs);
}

bool regs_call(pid_t tid, const struct regs *regs, long number,
	       const uint64_t arguments[6])
{
	struct regs changed = *regs;

	return set_call(tid, &changed, number, arguments) &&
	       regs_set(tid, &changed);
}
