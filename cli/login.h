/* SPDX-License-Identifier: MIT */
/*
 * jail as a login shell: the user's shell, confined. For cli/ alone.
 */
#ifndef JAIL_CLI_LOGIN_H
#define JAIL_CLI_LOGIN_H

#include "cli/cli.h"

/* The profile of the shell, and its name in the store. */
#define LOGIN_PROFILE "login-shell"

/* Whether jail was called as a login shell is, with this ARGV: by login(1) and
 * sshd with a dash in front of its name, by sshd as `jail -c COMMAND`, by su(1)
 * without arguments where it is the user's shell in passwd(5). */
bool cli_is_login(char **argv);
/* Runs the shell; the exit status, if it returns. */
int cli_login(char **argv);

/* ---- enforce.c -------------------------------------------------------- */

/* Runs SHELL with ARGV under the profile above. */
int cli_enforce_shell(const char *shell, char **argv);

#endif
