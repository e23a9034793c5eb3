/* SPDX-License-Identifier: MIT */
/* Rows: directives about devices, the display, the environment and
 * the limits of the program; and those about reading profiles. */
#include "profiles/text.h"

#define FLAG(name, flag, help)                                                 \
	{ { name, NULL, help, NULL, TEXT_BOTH },                               \
	  apply_flag, PROFILES_##flag, NULL }
#define LIMIT(name, limit, help, example)                                      \
	{ { "rlimit-" name, "NUMBER", help, example, TEXT_BOTH },              \
	  limits_resource, PROFILES_LIMIT_##limit, NULL }

const struct text_row profiles_rows_process[] = {
	{ { "cpu", "LIST", "Run on these processors alone, from 0 on.", "0,1",
	    TEXT_BOTH },
	  limits_cpus, 0, NULL },
	{ { "env", "NAME=VALUE", "Set a variable of the environment.",
	    "LANG=C", TEXT_BOTH },
	  apply_environment, 1, NULL },
	{ { "hostname", "NAME", "Give the machine another name.", "example",
	    TEXT_BOTH },
	  apply_hostname, 0, NULL },
	{ { "ignore", "LINE",
	    "Leave out later lines that begin with these words.",
	    "private-tmp", TEXT_BOTH },
	  reading_ignore, 0, NULL },
	{ { "include", "FILE",
	    "Read the lines of another file in this place.", "/dev/null", 0 },
	  reading_include, 0, NULL },
	{ { "join-or-start", "NAME",
	    "Run the program in the sandbox of that name where one runs, or "
	    "start it under that name.", "example", PROFILES_ENFORCE },
	  apply_sandbox_name, 1, NULL },
	{ { "memory-max", "SIZE",
	    "Let all processes together use at most so much memory.", "512M",
	    TEXT_BOTH },
	  limits_memory, 0, NULL },
	{ { "name", "NAME",
	    "Give the sandbox another name than its profile's.", "example",
	    0 },
	  apply_sandbox_name, 0, NULL },
	{ { "nice", "NUMBER",
	    "Run at this priority, from -20 to 19; below 0 for root alone.",
	    "10", TEXT_BOTH },
	  limits_nice, 0, NULL },
	FLAG("no3d", NO3D, "Hide the devices of the graphics card."),
	FLAG("nodvd", NODVD, "Hide the DVD drives."),
	FLAG("noinput", NOINPUT, "Hide the keyboards, mice and joysticks."),
	{ { "noprinters", NULL, "Hide the printers.", NULL, TEXT_BOTH },
	  apply_flag, PROFILES_NOPRINTERS,
	  "blacklist /dev/usb/lp*\nblacklist /run/cups/cups.sock\n" },
	FLAG("nosound", NOSOUND, "Hide the devices and the servers of sound."),
	FLAG("notv", NOTV, "Hide the television cards."),
	FLAG("nou2f", NOU2F, "Hide the security keys."),
	FLAG("novideo", NOVIDEO, "Hide the cameras."),
	{ { "pids-max", "NUMBER",
	    "Let there be at most so many processes and threads.", "100",
	    TEXT_BOTH },
	  limits_pids, 0, NULL },
	{ { "quiet", NULL, "Print nothing but failures.", NULL, 0 },
	  reading_quiet, PROFILES_QUIET, NULL },
	LIMIT("as", AS, "Let a process have at most so many bytes of memory.",
	      "2G"),
	LIMIT("cpu", CPU, "Let a process use at most so many seconds.", "60"),
	LIMIT("fsize", FSIZE, "Let a file grow to at most so many bytes.",
	      "100M"),
	LIMIT("nofile", NOFILE, "Let a process open at most so many files.",
	      "256"),
	LIMIT("nproc", NPROC,
	      "Let the user have at most so many processes and threads.",
	      "1000"),
	LIMIT("sigpending", SIGPENDING,
	      "Let at most so many signals wait for a process.", "100"),
	{ { "rmenv", "NAME",
	    "Remove the variables that the pattern matches from the "
	    "environment.", "*_TOKEN", TEXT_BOTH },
	  apply_environment, 0, NULL },
	{ { "timeout", "TIME",
	    "End the program after HH:MM:SS, or after a time such as 90s or "
	    "1.5h.", "00:30:00", TEXT_BOTH },
	  limits_timeout, 0, NULL },
	{ { "userns-max", "NUMBER",
	    "Let the program of an ordinary user, which else can make none, "
	    "have so many user namespaces for a sandbox of its own; "
	    "seccomp.allow-dangerous opens the calls.", "100", TEXT_BOTH },
	  limits_userns, 0, NULL },
	FLAG("wait-all", WAIT_ALL,
	     "Go on until the last process has ended; else the program's end "
	     "is the end of all."),
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
