/* SPDX-License-Identifier: MIT */
/* What it means that an execve(2) failed, in words. */
#include "base/base.h"

#include <fcntl.h>
#include <string.h>

/* The first line of a script without "#!", "" if PATH is no script. */
static const char *read_interpreter(const char *path, char *line, size_t size)
{
	ssize_t length = base_read_file(path, line, size);
	char *end;

	if (length < 2 || line[0] != '#' || line[1] != '!')
		return "";
	end = strpbrk(line + 2, "\r\n");
	if (end)
		*end = '\0';
	return line + 2 + strspn(line + 2, " \t");
}

int base_exec_failed(const char *path, int code, struct error *err)
{
	char line[256];

	switch (code) {
	case ENOEXEC:
		return base_error(err, ENOEXEC,
				  "cannot execute %s: it is neither a program "
				  "nor a script that begins with \"#!\"",
				  path);
	case ENOENT:
	case ENOTDIR:
		return base_error(err, ENOEXEC,
				  "cannot execute %s: its interpreter \"%s\" "
				  "does not exist; install it or correct the "
				  "script's first line",
				  path,
				  read_interpreter(path, line, sizeof(line)));
	case E2BIG:
		return base_error(err, E2BIG,
				  "cannot execute %s: its arguments and "
				  "environment are too long; give it fewer, or "
				  "raise the limit with ulimit -s",
				  path);
	case EACCES:
	case EPERM:
		return base_error(err, EACCES,
				  "cannot execute %s: permission denied; check "
				  "its mode, its interpreter's, and the mount "
				  "option noexec",
				  path);
	default:
		return base_error(err, code, "cannot execute %s: %s", path,
				  strerror(code));
	}
}
