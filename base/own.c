/* SPDX-License-Identifier: MIT */
/*
 * What the cleanup_* attributes call when a variable goes out of scope. They
 * leave errno as it was: the function that ends may still want it.
 */
#include <string.h>

#include "base/base.h"

void base_free(void *pointer_to_pointer)
{
	void *pointer;

	memcpy(&pointer, pointer_to_pointer, sizeof(pointer));
	free(pointer);	/* keeps errno since glibc 2.33 */
	pointer = NULL;
	memcpy(pointer_to_pointer, &pointer, sizeof(pointer));
}

void base_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void base_fclose(FILE **file)
{
	int saved = errno;

	if (*file)
		fclose(*file);
	*file = NULL;
	errno = saved;
}
