/* SPDX-License-Identifier: MIT */
/* Memory that forks of ours share with us, and a fork that answers in it. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/base.h"

void *base_shared(size_t size, struct error *err)
{
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED)
		return page;
	base_error(err, errno, "cannot map a shared page: %m");
	return NULL;
}

int base_in_child(void (*work)(void *state), void *state, size_t size,
		  struct error *err)
{
	void *shared = base_shared(size, err);
	int ret = 0;
	pid_t pid;

	if (!shared)
		return err ? -err->code : -ENOMEM;
	memcpy(shared, state, size);
	pid = fork();
	if (pid == 0) {
		work(shared);
		_exit(0);
	}
	if (pid < 0)
		ret = base_error(err, errno, "cannot start a process: %m");
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	memcpy(state, shared, size);
	munmap(shared, size);
	return ret;
}
