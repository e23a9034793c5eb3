/* SPDX-License-Identifier: MIT */
/*
 * login: jail as a login shell (chsh -s). The shell is bash(1), where there is
 * one, else sh(1); the profile login-shell says what it finds. Nothing that the
 * user can change chooses the shell or the profile, but for the user's own
 * profile of that name.
 */
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/login.h"

/* Whether the passwd file names this very program as the user's shell. */
static bool is_users_shell(void)
{
	const struct passwd *user = getpwuid(getuid());
	struct stat shell, self;

	return user && stat(user->pw_shell, &shell) == 0 &&
	       stat("/proc/self/exe", &self) == 0 &&
	       shell.st_dev == self.st_dev && shell.st_ino == self.st_ino;
}

bool cli_is_login(char **argv)
{
	if (!argv[0])
		return false;
	if (argv[0][0] == '-')
		return true;
	if (!argv[1])
		return is_users_shell();
	return strcmp(argv[1], "-c") == 0 && argv[2] && !argv[3];
}

int cli_login(char **argv)
{
	bool bash = access("/bin/bash", X_OK) == 0;
	const char *shell = bash ? "/bin/bash" : "/bin/sh";
	const char *name = bash ? "-bash" : "-sh";
	struct error err;

	/* What starts "the user's shell" in there must not start jail. */
	if (setenv("SHELL", shell, 1) < 0) {
		base_error(&err, ENOMEM, "out of memory");
		return cli_fail(CLI_FAILED, &err);
	}
	argv[0] = (char *)(argv[0][0] == '-' ? name : name + 1);
	return cli_finish(cli_enforce_shell(shell, argv), CLI_FAILED);
}
