/* SPDX-License-Identifier: MIT */
/*
 * Rows: what Firejail knows and jail does not carry out, because it is so
 * anyway, because there is nothing behind it, or because it would be another
 * thing here. No options: one that does nothing is not offered.
 */
#include "profiles/text.h"

#define ANYWAY(name, argument, example, help)                                  \
	{ { name, argument, help, example, 0 }, apply_nothing, 0, NULL }
#define NOTICE(name, argument, example, reason)                                \
	{ { name, argument, "Not carried out: " reason ".", example, 0 },      \
	  apply_notice, 0, reason }
#define REFUSE(name, argument, example, reason)                                \
	{ { name, argument, "An error: " reason ".", example, 0 },             \
	  apply_refuse, 0, reason }

#define NO_APPARMOR "jail's walls need no AppArmor profile"
#define NO_LANDLOCK "no file that Firejail brings switches it on"
#define NO_SHELL "jail runs programs without a shell"

const struct text_row profiles_rows_others[] = {
	ANYWAY("deterministic-exit-code", NULL, NULL,
	       "The exit status is the program's in any case."),
	ANYWAY("deterministic-shutdown", NULL, NULL,
	       "The program's end is the end of all in any case; see "
	       "wait-all."),
	ANYWAY("ipc-namespace", NULL, NULL,
	       "System V and POSIX IPC are the program's own unless keep-ipc "
	       "is there."),
	ANYWAY("keep-config-pulse", NULL, NULL,
	       "The configuration of PulseAudio is left alone in any case."),
	ANYWAY("keep-hostname", NULL, NULL,
	       "The machine keeps its name unless hostname is there."),
	ANYWAY("noautopulse", NULL, NULL,
	       "The configuration of PulseAudio is left alone in any case."),
	ANYWAY("nonewprivs", NULL, NULL,
	       "Nothing gives the program new privileges in any case."),
	ANYWAY("notpm", NULL, NULL,
	       "The security chip is hidden unless keep-dev-tpm is there."),

	NOTICE("allow-bwrap", NULL, NULL,
	       "a sandbox inside needs userns-max and "
	       "seccomp.allow-dangerous"),
	NOTICE("apparmor", "[NAME]", "firejail-default", NO_APPARMOR),
	NOTICE("apparmor-replace", NULL, NULL, NO_APPARMOR),
	NOTICE("apparmor-stack", NULL, NULL, NO_APPARMOR),
	NOTICE("hostname-randomize", "[WORD]", "yes",
	       "the machine keeps its name unless hostname is there"),
	NOTICE("keep-fd", "LIST", "all",
	       "descriptors are kept by the option of that name"),
	NOTICE("keep-shell-rc", NULL, NULL,
	       "the shell's files are the user's own or none"),
	NOTICE("landlock.enforce", NULL, NULL,
	       "the tree of files is made by mounts"),
	NOTICE("landlock.fs.execute", "PATH", "/usr/bin", NO_LANDLOCK),
	NOTICE("landlock.fs.makedev", "PATH", "/dev", NO_LANDLOCK),
	NOTICE("landlock.fs.makeipc", "PATH", "/tmp", NO_LANDLOCK),
	NOTICE("landlock.fs.read", "PATH", "/usr", NO_LANDLOCK),
	NOTICE("landlock.fs.write", "PATH", "/tmp", NO_LANDLOCK),
	NOTICE("netlock", NULL, NULL,
	       "rules are not made of what was seen; netfilter has them"),
	NOTICE("private-lib", "[LIST]", "libexample.so",
	       "libraries are read-only, and needed in ways that cannot be "
	       "foreseen"),
	NOTICE("seccomp.32", "LIST", "!modify_ldt",
	       "without effect in Firejail; seccomp is about 32-bit calls, "
	       "too"),
	NOTICE("seccomp.32.drop", "LIST", "modify_ldt",
	       "without effect in Firejail; seccomp.drop is about 32-bit "
	       "calls, too"),
	NOTICE("seccomp.32.keep", "LIST", "read,write",
	       "without effect in Firejail; seccomp.keep.i386 is a list"),
	NOTICE("shell", "none", "none", NO_SHELL),
	NOTICE("tab", NULL, NULL, NO_SHELL),
	NOTICE("tracelog", NULL, NULL,
	       "refused calls are recorded by the kernel's notification"),
	NOTICE("warn", "TEXT", "example", "the text is the profile's alone"),

	REFUSE("private-home", "LIST", NULL,
	       "private DIR shows a folder as the home, and whitelist parts of "
	       "the home"),
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
