/* SPDX-License-Identifier: MIT */
/* Memory that a process which only waits from now on can do without. */
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

#include "base/base.h"

/* Text and constants of an object, which the kernel reads again when they are
 * needed. What was relocated lies in the writable segments. */
static int give_back(struct dl_phdr_info *info, size_t size, void *data)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)data;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + segment->p_vaddr;
		uintptr_t to = from + segment->p_memsz;

		from &= ~(page - 1);
		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void base_give_back_text(void)
{
	dl_iterate_phdr(give_back, NULL);
}

void base_give_back_memory(void)
{
	base_give_back_text();
	malloc_trim(0);
}
