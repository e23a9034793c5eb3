/* SPDX-License-Identifier: MIT */
/*
 * Reserve: addresses among the sandboxes of this host. On a busy machine the
 * kernel may take longer to answer for one than another waits, so what the
 * bridge says (search.c) is for all others; who has what here is known by locks
 * on bytes of one file, which stays empty: one a device and address to have it,
 * one to try for it. Locks of an open file (fcntl(2), F_OFD_SETLK) live as long
 * as jail has it open, and end with it however it ends. Each device of a
 * sandbox has it open by itself, so that two on one bridge know of each other.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "enforce/net/devices.h"

#define FOLDER "/run/jail"	/* the registry has it, too: of mode 700 */
#define FILE_NAME FOLDER "/addresses"

int reserve_open(int *fd, struct error *err)
{
	struct stat st;

	if (mkdir(FOLDER, 0700) < 0 && errno != EEXIST)
		return base_error(err, errno, "cannot make '" FOLDER "', where "
				  "addresses are reserved: %m");
	*fd = open(FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		   O_NONBLOCK, 0600);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return base_error(err, errno, "cannot open '" FILE_NAME "', "
				  "where addresses are reserved: %m");
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return base_error(err, EPERM, "'" FILE_NAME "' is not root's "
				  "own file; remove it");
	return 0;
}

/* Where one address of a device is, in a file of 2^63 bytes: who meets another
 * one there by chance takes it for taken. */
int reserve_place(int index, uint64_t *place, struct error *err)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0)
		return base_error(err, errno, "cannot look at our own network "
				  "namespace: %m");
	*place = (st.st_ino * UINT64_C(2654435761) + (uint64_t)index) &
		 0x3fffffff;
	return 0;
}

static struct flock lock_of(const struct reserve *reserve, uint32_t address,
			    bool have, short type)
{
	uint64_t at = reserve->place << 33 | (uint64_t)have << 32 | address;

	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET,
		.l_start = (off_t)at, .l_len = 1,
	};
}

/* Whether it was set, or released. */
static bool set(const struct reserve *reserve, uint32_t address, bool have,
		short type)
{
	struct flock lock = lock_of(reserve, address, have, type);

	return fcntl(reserve->fd, F_OFD_SETLK, &lock) == 0;
}

enum reserve_outcome reserve_try(const struct reserve *reserve,
				 uint32_t address)
{
	struct flock lock = lock_of(reserve, address, true, F_WRLCK);

	if (reserve->fd < 0)
		return RESERVE_MINE;
	if (!set(reserve, address, false, F_WRLCK))
		return RESERVE_CONTENDED;
	if (fcntl(reserve->fd, F_OFD_GETLK, &lock) == 0 &&
	    lock.l_type == F_UNLCK)
		return RESERVE_MINE;
	set(reserve, address, false, F_UNLCK);
	return RESERVE_TAKEN;
}

void reserve_release(const struct reserve *reserve, uint32_t address)
{
	if (reserve->fd < 0)
		return;
	set(reserve, address, true, F_UNLCK);
	set(reserve, address, false, F_UNLCK);
}

int reserve_keep(const struct reserve *reserve, uint32_t address,
		 struct error *err)
{
	if (reserve->fd < 0)
		return 0;
	if (!set(reserve, address, true, F_WRLCK))
		return base_error(err, errno, "cannot reserve an address: %m");
	set(reserve, address, false, F_UNLCK);
	return 0;
}
