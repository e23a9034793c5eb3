/* SPDX-License-Identifier: MIT */
/* The smallest programs there are: machine code in an ELF file in memory. The
 * first instruction of the process is the first byte of the code. */
#ifndef JAIL_TESTS_TRAP_ELF_H
#define JAIL_TESTS_TRAP_ELF_H

#include <elf.h>
#include <sys/mman.h>

#include "tests/progs/trap.h"

enum { TRAP_ELF_BASE = 0x400000, TRAP_ELF_CODE = 0x1000 };

static inline size_t elf64(char *file, size_t size)
{
	Elf64_Ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1,
		.e_entry = TRAP_ELF_BASE + TRAP_ELF_CODE,
		.e_phoff = sizeof(head), .e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1
	};
	Elf64_Phdr load = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_vaddr = TRAP_ELF_BASE, .p_paddr = TRAP_ELF_BASE,
		.p_filesz = size, .p_memsz = size, .p_align = 0x1000
	};

	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), &load, sizeof(load));
	return size;
}

static inline size_t elf32(char *file, size_t size)
{
	Elf32_Ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC, .e_machine = EM_386, .e_version = 1,
		.e_entry = TRAP_ELF_BASE + TRAP_ELF_CODE,
		.e_phoff = sizeof(head), .e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1
	};
	Elf32_Phdr load = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_vaddr = TRAP_ELF_BASE, .p_paddr = TRAP_ELF_BASE,
		.p_filesz = (uint32_t)size, .p_memsz = (uint32_t)size,
		.p_align = 0x1000
	};

	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), &load, sizeof(load));
	return size;
}

/* A descriptor to execute with fexecve(3). */
static inline int trap_elf(int class, const unsigned char *code, size_t size)
{
	static char file[TRAP_ELF_CODE + 4096];
	int fd = memfd_create("trap", MFD_CLOEXEC);
	size_t whole = TRAP_ELF_CODE + size;

	memset(file, 0, sizeof(file));
	memcpy(file + TRAP_ELF_CODE, code, size);
	if (class == ELFCLASS64)
		elf64(file, whole);
	else
		elf32(file, whole);
	CHECK(fd >= 0 && write(fd, file, whole) == (ssize_t)whole);
	return fd;
}

/* Runs it in a child; returns the child. */
static inline pid_t trap_run(int fd)
{
	char *argv[] = { "trap", NULL }, *envp[] = { NULL };
	pid_t pid = fork();

	if (!pid) {
		fexecve(fd, argv, envp);
		_exit(99);
	}
	return pid;
}

#endif
