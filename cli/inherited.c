/* SPDX-License-Identifier: MIT */
/*
 * inherited: keeps what jail was started with for programs that run one after
 * the other, as a shell's loop would. The copies are closed by the exec; who
 * reads what the programs write sees its end when they are freed.
 */
#include <fcntl.h>

#include "cli/session.h"

struct inherited {
	size_t count;
	struct copy {
		int fd, copy;
		int flags;	/* of fd: for dup3(2) */
	} rows[];
};

/* 0 to 2 were filled with what the program must not see, where they were not
 * open: FD_CLOEXEC. */
static struct inherited *add(struct inherited *inherited, int fd)
{
	int flags = fcntl(fd, F_GETFD);
	struct inherited *more;

	if (flags < 0)
		return inherited;
	more = realloc(inherited, sizeof(*inherited) +
		       (inherited->count + 1) * sizeof(inherited->rows[0]));
	if (!more) {
		inherited_free(inherited);
		return NULL;
	}
	more->rows[more->count++] = (struct copy){
		.fd = fd, .copy = fcntl(fd, F_DUPFD_CLOEXEC, 3),
		.flags = flags & FD_CLOEXEC ? O_CLOEXEC : 0,
	};
	return more;
}

/* Without /proc what is above 2 is for the first program alone. */
struct inherited *inherited_keep(void)
{
	struct inherited *inherited = calloc(1, sizeof(*inherited));
	size_t count;
	cleanup_free int *files = base_inherited_files(&count);

	for (int fd = 0; inherited && fd <= 2; fd++)
		inherited = add(inherited, fd);
	for (size_t i = 0; inherited && i < count; i++)
		inherited = add(inherited, files[i]);
	return inherited;
}

void inherited_restore(const struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->count; i++)
		if (inherited->rows[i].copy >= 0)
			(void)dup3(inherited->rows[i].copy,
				   inherited->rows[i].fd,
				   inherited->rows[i].flags);
}

void inherited_free(struct inherited *inherited)
{
	if (!inherited)
		return;
	for (size_t i = 0; i < inherited->count; i++)
		base_close(&inherited->rows[i].copy);
	free(inherited);
}
