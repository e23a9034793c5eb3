/* SPDX-License-Identifier: MIT */
/*
 * Calls that a tracer made in a task's name: seccomp(2), to put a filter into
 * it, and around it mmap(2) and munmap(2) of the memory for the program. In the
 * kernel's record they are the task's. They are told apart not by how they
 * look, for a program may make the same ones, but by what else the record has:
 * the tracer's own calls.
 *
 * Only its first call after somebody else has written a task's registers can be
 * one that it was made to make. Of those
 *
 *   seccomp	is the tracer's if it also wrote to the task's memory since the
 *		task's last call, for the program has to be put there,
 *   mmap	if the next call is such a seccomp, or munmap of the same size,
 *   munmap	if it is of the memory that such a seccomp had its program from,
 *		or of the size that such an mmap asked for.
 *
 * After the last of them the registers are written once more, to what they
 * were: that write makes nobody's call. So what is left out is no more than
 * what the tracer did, and a call of the program's own remains, be it the same
 * one directly before or after.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "tests/lib/judge.h"

enum { SET_MODE_FILTER = 1, SET_SYSCALL_INFO = 0x4212 };

static bool writes_memory(const struct judge_record *record)
{
	return record->number == SYS_process_vm_writev ||
	       (record->number == SYS_ptrace &&
		(record->arguments[0] == PTRACE_POKEDATA ||
		 record->arguments[0] == PTRACE_POKETEXT));
}

static bool writes_registers(const struct judge_record *record)
{
	return record->number == SYS_ptrace &&
	       (record->arguments[0] == PTRACE_SETREGS ||
		record->arguments[0] == PTRACE_SETREGSET ||
		record->arguments[0] == PTRACE_POKEUSER ||
		record->arguments[0] == SET_SYSCALL_INFO);
}

bool judge_hand_of(const struct judge_record *record, int32_t *pid)
{
	bool memory = record->number == SYS_process_vm_writev;

	*pid = (int32_t)record->arguments[memory ? 0 : 1];
	return writes_memory(record) || writes_registers(record);
}

void judge_hand_on(struct judge_hand *hand, const struct judge_record *record)
{
	if (writes_memory(record)) {
		hand->memory = true;
		hand->registers = false;
	} else {
		hand->registers = true;
	}
}

static bool of_mapping(const struct judge_hand *before,
		       const struct judge_record *record)
{
	return record->arguments[1] == before->size &&
	       (!before->address || record->arguments[0] == before->address);
}

enum judge_maker judge_made(struct judge_hand *hand,
			    const struct judge_record *record)
{
	const struct judge_hand before = *hand;
	const uint64_t *arguments = record->arguments;
	/* Behind the last call that was made the write is the restoring one. */
	bool can = before.registers && (!before.made || before.size);

	*hand = (struct judge_hand){ .made = true };
	if (can && record->number == SYS_seccomp && before.memory &&
	    arguments[0] == SET_MODE_FILTER) {
		hand->size = before.size;
		hand->address = before.size ? arguments[2] : 0;
		return JUDGE_TRACER;
	}
	if (can && record->number == SYS_munmap && before.size &&
	    of_mapping(&before, record))
		return JUDGE_TRACER;
	if (can && record->number == SYS_mmap && !before.made) {
		hand->size = arguments[1];
		hand->maps = true;
		return JUDGE_TRACER;
	}
	hand->made = false;
	return before.maps ? JUDGE_OWN_AND_LAST : JUDGE_OWN;
}
