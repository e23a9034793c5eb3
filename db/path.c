/* SPDX-License-Identifier: MIT */
/*
 * Where the store is, as jail(1) promises: the option, $JAIL_DB, and then the
 * place for data of the user, or of the system for root.
 */
#include <string.h>

#include "db/db.h"

static int copy(const char *text, char **path, struct error *err)
{
	*path = strdup(text);
	return *path ? 0 : base_error(err, ENOMEM, "out of memory");
}

static int below(const char *folder, const char *rest, char **path,
		 struct error *err)
{
	*path = base_printf("%s/%s", folder, rest);
	return *path ? 0 : base_error(err, ENOMEM, "out of memory");
}

int db_path(const char *option, char **path, struct error *err)
{
	const char *named = option ? option : getenv("JAIL_DB");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (option && *option == '\0')
		return base_error(err, EINVAL,
				  "--db needs the name of a file");
	if (named && *named)
		return copy(named, path, err);
	if (geteuid() == 0)
		return copy("/var/lib/jail/jail.db", path, err);
	/* The XDG base directory rules: a relative path is to be ignored. */
	if (data && *data == '/')
		return below(data, "jail/jail.db", path, err);
	if (home && *home == '/')
		return below(home, ".local/share/jail/jail.db", path, err);
	return base_error(err, ENOENT,
			  "HOME does not name a folder, so there is no place "
			  "for the store; choose one with --db");
}
