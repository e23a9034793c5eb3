/* SPDX-License-Identifier: MIT */
/* Rows: directives about system calls, capabilities and identity. */
#include "profiles/text.h"

#define FLAG(name, flag, help)                                                 \
	{ { name, NULL, help, NULL, TEXT_BOTH },                               \
	  apply_flag, PROFILES_##flag, NULL }
#define KEEP(arch, number, what)                                               \
	{ { TEXT_KEEP "." arch, "LIST", what                                   \
	    "; for Firejail in a comment, after #jail.",                       \
	    "read,write,exit_group", PROFILES_ENFORCE },                       \
	  calls_keep, number + 1, NULL }

const struct text_row profiles_rows_calls[] = {
	{ { "allow-debuggers", NULL,
	    "Let the default list of refused calls spare those of debuggers, "
	    "and leave out disable-devel.inc.", NULL, TEXT_BOTH },
	  apply_flag, PROFILES_ALLOW_DEBUGGERS, NULL },
	{ { "caps", NULL,
	    "Drop the capabilities that change the kernel, its devices and its "
	    "mounts, and keep the others.", NULL, TEXT_BOTH },
	  caps_bare, 0, NULL },
	{ { TEXT_CAPS_DROP, "LIST",
	    "Drop these capabilities and keep the others; all drops every one.",
	    "all", TEXT_BOTH },
	  caps_drop, 0, NULL },
	{ { TEXT_CAPS_KEEP, "LIST",
	    "Keep these capabilities and drop the others.",
	    "net_bind_service,setuid", TEXT_BOTH },
	  caps_keep, 0, NULL },
	FLAG("memory-deny-write-execute", MEMORY_DENY_WRITE_EXECUTE,
	     "Refuse memory that can be written and executed, and making "
	     "memory executable."),
	FLAG("nogroups", NOGROUPS, "Keep no supplementary group."),
	FLAG("noroot", NOROOT,
	     "Let no user but the caller exist, not even root."),
	{ { "protocol", "LIST",
	    "Allow sockets of these families alone: unix, inet, inet6, "
	    "netlink, packet, bluetooth; -NAME takes one away again, =NAME "
	    "begins anew.", "unix,inet,inet6", TEXT_BOTH },
	  lists_protocol, 0, NULL },
	{ { "restrict-namespaces", "[LIST]",
	    "Refuse new namespaces, all or of these kinds: cgroup, ipc, mnt, "
	    "net, pid, time, user, uts; edited as protocol is.",
	    "user,net", TEXT_BOTH },
	  lists_namespaces, 0, NULL },
	{ { "seccomp", "[LIST]",
	    "Refuse a list of dangerous calls, and those in LIST besides: "
	    "names, $NUMBER, @group, NAME:ERRNO, NAME:kill; !NAME is not "
	    "refused.", "!chroot,socket:EACCES", TEXT_BOTH },
	  calls_default, 0, NULL },
	{ { "seccomp-error-action", "ACTION",
	    "Answer a refused call with kill, log, or an errno such as EPERM.",
	    "EPERM", TEXT_BOTH },
	  calls_action, 0, NULL },
	{ { "seccomp.allow-dangerous", "LIST",
	    "Let these calls be allowed by a list, which nothing else does: "
	    "they undo walls.", "ptrace,keyctl", TEXT_BOTH },
	  calls_dangerous, 0, NULL },
	{ { "seccomp.args", "learned",
	    "Allow calls such as socket, ioctl, prctl and mmap only with "
	    "values of their arguments that were learned.", "learned",
	    TEXT_BOTH },
	  calls_arguments, PROFILES_ARGS_LEARNED, NULL },
	{ { TEXT_BLOCK_SECONDARY, NULL,
	    "Refuse code of other architectures than the machine's own, as "
	    "jail does anyway unless calls of theirs are listed.", NULL, 0 },
	  calls_secondary, 0, NULL },
	{ { TEXT_CALL, "CALL",
	    "Allow this system call, and no other than those that such lines "
	    "name.", "read", 0 },
	  calls_call, 0, NULL },
	{ { "seccomp.drop", "LIST",
	    "Refuse the calls of this list alone.", "@clock,ptrace:kill",
	    TEXT_BOTH },
	  calls_drop, 0, NULL },
	{ { TEXT_EXPECTED, "CALL",
	    "Refuse this call as any that is not listed, and never offer it.",
	    "ptrace", 0 },
	  calls_expected, 0, NULL },
	{ { TEXT_KEEP, "LIST",
	    "Allow these system calls and no others: names, numbers as $451, "
	    "groups as @file-system, exceptions as !mount, without blanks.",
	    "read,write,exit_group,$451", PROFILES_ENFORCE },
	  calls_keep, 0, NULL },
	KEEP("aarch64", BASE_ARCH_AARCH64, "The same for code of 64-bit ARM"),
	KEEP("i386", BASE_ARCH_I386, "The same for 32-bit x86 code"),
	KEEP("x32", BASE_ARCH_X32,
	     "The same for code of the x32 ABI, which jail enforce refuses "
	     "whatever is listed"),
	KEEP("x86_64", BASE_ARCH_X86_64, "The same for 64-bit x86 code"),
	{ { "seccomp.learned", "[NAME]",
	    "Allow the calls that were learned for the program, or for NAME.",
	    "transmission-gtk", TEXT_BOTH },
	  calls_learned, PROFILES_SECCOMP_LEARNED, NULL },
	{ { "seccomp.siblings", "WHEN",
	    "Allow besides what does the work of listed calls in another libc "
	    "or kernel: off, always, or, as without this line, stale: once "
	    "what was learned from has changed.", "always",
	    PROFILES_ENFORCE },
	  calls_siblings, 0, NULL },
	{ { TEXT_STUB, "ERRNO CALL",
	    "Answer this call an errno without a word, unless it is listed: "
	    "the program does without it.", "ENOSYS mbind", 0 },
	  calls_stub, 0, NULL },
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
