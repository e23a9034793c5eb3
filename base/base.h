/* SPDX-License-Identifier: MIT */
/*
 * base: what every room stands on, and nothing that knows of jails.
 *
 * Rule of failure, here and everywhere: a function that can fail returns 0 (or
 * a count or descriptor >= 0), or a negative errno after it wrote one sentence
 * to its last parameter, a struct error. The sentence is written where the
 * cause is known; callers add the place with base_error_at(). It says the cause
 * and, where there is one, the remedy; it has no "error:" in front and no full
 * stop at its end. A caller may always pass NULL.
 */
#ifndef JAIL_BASE_H
#define JAIL_BASE_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- failure ---------------------------------------------------------- */

/* Plain memory: it may be written through a pipe from a forked child. */
struct error {
	int code;		/* a positive errno, 0 when nothing failed */
	char text[512];		/* one sentence, printable, NUL-terminated */
};

/* Fills *err and returns -code, so that `return base_error(...)` is the idiom.
 * Bytes that a terminal would obey are replaced by `?`. */
int base_error(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "WHERE: " in front of the sentence; returns -err->code (-EINVAL without
 * an ERR). */
int base_error_at(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- ownership -------------------------------------------------------- */

void base_free(void *pointer_to_pointer);	/* frees and forgets */
void base_close(int *fd);			/* closes if >= 0, sets -1 */
void base_fclose(FILE **file);

#define cleanup_free __attribute__((cleanup(base_free)))
#define cleanup_close __attribute__((cleanup(base_close)))
#define cleanup_fclose __attribute__((cleanup(base_fclose)))

/* Hands an owned pointer or descriptor on: the variable no longer owns it. */
#define take_ptr(p)                                                            \
	({                                                                     \
		__typeof__(p) taken_ = (p);                                    \
		(p) = NULL;                                                    \
		taken_;                                                        \
	})
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- strings ---------------------------------------------------------- */

/* A printf into new memory, owned by the caller; NULL without memory. */
char *base_printf(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Copies TEXT (at most SIZE-1 bytes) and replaces control characters, DEL and
 * broken UTF-8 by `?`: for anything that a target or a log file chose.
 * Returns OUT. */
char *base_printable(char *out, size_t size, const char *text);

/* Parses a whole decimal or 0x number. -EINVAL if TEXT is anything else or
 * larger than MAX. */
int base_parse_number(const char *text, uint64_t max, uint64_t *number);

/* Parses a time such as 90, 1.5h or 2d: a decimal number, fractions allowed,
 * and s, m, h or d; without one of them, seconds. -EINVAL if TEXT is
 * anything else, less than a microsecond, or more than BASE_LONGEST. */
#define BASE_LONGEST (INT64_C(366) * 24 * 3600 * 1000000)
int base_parse_duration(const char *text, int64_t *microseconds);

/* RFC 3339 in UTC, microseconds since the epoch: 2026-11-21T20:55:50.123Z.
 * OUT takes at least 32 bytes. Returns OUT. */
char *base_time_text(char *out, size_t size, int64_t microseconds);
int64_t base_now(void);			/* microseconds since the epoch */
int64_t base_now_monotonic(void);	/* microseconds, never goes back */
int64_t base_booted(void);		/* when, by today's clock */
/* The boot's id, 36 characters; empty without /proc. Returns OUT. */
char *base_boot_id(char out[37]);

/* FNV-1a of bytes, going on from HASH: BASE_HASH in the beginning. */
#define BASE_HASH UINT64_C(14695981039346656037)
uint64_t base_hash(uint64_t hash, const void *bytes, size_t size);

/* Insertions, deletions, exchanges and swapped neighbours from A to B. */
size_t base_edit_distance(const char *a, const char *b);

/* The names of errno(3). Of a name alone, and of a name or a number as people
 * and files write it: 1 to BASE_ERRNO_MAX, or 0 if TEXT is neither. Back: the
 * name, or where there is none the number in BUFFER. */
#define BASE_ERRNO_MAX 4094	/* the kernel has 4095, libseccomp takes less */
#define BASE_ERRNO_TEXT 12
int base_errno_number(const char *name);
int base_errno_parse(const char *text);
const char *base_errno_text(int number, char buffer[BASE_ERRNO_TEXT]);

/* "Did you mean": zeroed but for WORD, and shown all candidates. NAME is the
 * nearest one, or empty where none is near. */
struct base_nearest {
	const char *word;
	size_t distance;
	char name[256];
};
void base_nearest(struct base_nearest *nearest, const char *candidate);

/* ---- files ------------------------------------------------------------ */

/* Creates DIR and its missing parents with MODE. */
int base_mkdirs(const char *dir, mode_t mode, struct error *err);

/* openat2(2), which the C library does not have: a descriptor with O_CLOEXEC,
 * or -1 and errno. RESOLVE is RESOLVE_* of <linux/openat2.h>. */
int base_openat2(int folder, const char *path, int flags, uint64_t resolve);

/* read(2) and write(2) until all is done; EINTR is retried. base_read_all
 * returns the number of bytes, fewer than SIZE only at the end of the file. */
ssize_t base_read_all(int fd, void *buffer, size_t size);
int base_write_all(int fd, const void *buffer, size_t size);

/* Whether FD takes PIPE_BUF bytes without being waited for, within so long. */
bool base_writable(int fd, int milliseconds);
/* base_write_all() for what others can stop, a terminal or a pipe: -EAGAIN if
 * it takes nothing for so long; the rest is not written. */
int base_write_patiently(int fd, const void *buffer, size_t size,
			 int milliseconds);

/* open_memstream(3), but no failure is lost: *TEXT, new memory, is whole once
 * fclose(3) has succeeded, and NULL if it failed. Before, it is whole after
 * fflush(3) where ferror(3) says nothing. Both variables outlive the stream: it
 * writes to them when it is closed, too. NULL without memory. */
FILE *base_memstream(char **text, size_t *length);

/* What PRINT prints of DATA goes to OUT as a whole, or not at all: PRINT fails
 * with a negative errno and its sentence. */
int base_print_whole(FILE *out,
		     int (*print)(FILE *memory, const void *data,
				  struct error *err),
		     const void *data, struct error *err);

/* The first SIZE-1 bytes of a file such as /proc/PID/comm, NUL-terminated,
 * final newline removed. Returns their number or -errno. */
ssize_t base_read_file(const char *path, char *buffer, size_t size);

/* Finds PROGRAM as execvp(3) would: a name with a slash is taken as it is, any
 * other is looked for in $PATH. On success *path is new memory that the caller
 * owns. -ENOENT: there is none (exit status 127). -EACCES, -EISDIR, -ENOTDIR
 * and any other: it cannot be executed (126); the sentence says why. */
int base_find_program(const char *program, char **path, struct error *err);

/* The sentence for an execve(2) of PATH, which exists, that failed with CODE.
 * Returns -CODE, but -ENOEXEC for every failure that lies in the file itself
 * (126), a missing interpreter (ENOENT) among them. */
int base_exec_failed(const char *path, int code, struct error *err);

/* ---- libraries -------------------------------------------------------- */

/* One that few runs need is not linked, for that would cost each start: it is
 * loaded, never to be unloaded, and its calls are filled in as pointers. */
struct base_library {
	const char *file;	/* "libx.so.1" */
	const char *what;	/* that needs it: "reading the journal" */
	const char *package;
	const struct base_library_call {
		const char *name;
		size_t offset;	/* of the pointer, in what is filled in */
	} *calls;
	size_t count;
};
int base_library_load(const struct base_library *library, void *out,
		      struct error *err);

/* ---- processes -------------------------------------------------------- */

/* What /proc/PID/stat says of a process or thread (proc(5)), at one moment. */
struct base_process {
	char comm[16 + 1];	/* hostile: to be shown by base_printable() */
	char state;
	pid_t parent;		/* 0: not visible here */
	unsigned flags;		/* PF_EXITING and others of the kernel */
	uint64_t cpu;		/* user and system, clock ticks */
	uint64_t start;		/* field 22, clock ticks since the boot */
	uint64_t memory;	/* bytes resident */
};
/* PROC: the folder /proc, or -1. False if PID is gone. */
bool base_process_read(int proc, pid_t pid, struct base_process *process);
/* The same, singly. The state is 0 if PID is gone. */
char base_process_state(pid_t pid);
pid_t base_process_parent(pid_t pid);
/* 0 if it is gone. A number may be given again, but not with the same start. */
uint64_t base_process_start(pid_t pid);
/* When that was, by today's clock: microseconds since the epoch. */
int64_t base_process_began(uint64_t start);
/* The number behind FIELD in /proc/PID/status, -1 if there is none. */
int64_t base_process_number(pid_t pid, const char *field);
/* The same for a set of signals or capabilities; empty if there is none. */
uint64_t base_process_bits(pid_t pid, const char *field);
/* Whose it is; false if it is gone. */
struct base_ids {
	uid_t real_uid, uid;	/* uid, gid: the effective ones */
	gid_t real_gid, gid;
};
bool base_process_ids(pid_t pid, struct base_ids *ids);
/* The numbers of a process or thread in our PID namespace and in each deeper
 * one that it is in. Returns how many these are, 0 if it is gone. */
#define BASE_PID_DEPTH 33
size_t base_process_numbers(pid_t pid, pid_t numbers[BASE_PID_DEPTH]);
/* The command line of a process, in at most SIZE bytes of TEXT: each word with
 * its NUL, without those at the end that are empty: who names himself leaves
 * some. Returns how many bytes that is. */
size_t base_process_words(pid_t pid, char *text, size_t size);
/* The executable of a process as the kernel resolved it, in new memory; of one
 * that was deleted or replaced since, the path that it had. -ESRCH: no such
 * process; -ENOENT: it has none, as a thread of the kernel or what has ended;
 * -EACCES: it is another user's. */
int base_process_exe(pid_t pid, char **path, struct error *err);

/* Whether /proc numbers processes as we do: in that of another PID namespace
 * our numbers would be other processes'. */
bool base_proc_is_ours(void);

/* The calling thread runs as soon as there is something for it, even where the
 * processors are busy: its turns are short. Since Linux 6.12 anybody may ask
 * for that, and older kernels ignore it. */
void base_take_short_turns(void);

/* Zeroed memory that forks of ours share, the caller's until munmap(2). NULL
 * with a sentence if there is none. */
void *base_shared(size_t size, struct error *err);
/* Does WORK in a child, on a copy of STATE, which is STATE afterwards, also
 * where the child was killed over it. Fails if there is no such child. */
int base_in_child(void (*work)(void *state), void *state, size_t size,
		  struct error *err);

/* For a process that waits from now on: gives its text back to the kernel, by
 * madvise(2) alone; and the free memory as well. */
void base_give_back_text(void);
void base_give_back_memory(void);

/* ---- calls ------------------------------------------------------------ */

/*
 * A system call as the kernel sees it. x32 is AUDIT_ARCH_X86_64 with bit 30 of
 * the number set (arch/x86/include/uapi/asm/unistd.h); here it is an
 * architecture of its own and the bit is not part of the number.
 */
enum base_arch {
	BASE_ARCH_AARCH64,	/* in the order of their names */
	BASE_ARCH_I386,
	BASE_ARCH_X32,
	BASE_ARCH_X86_64,
	BASE_ARCH_COUNT
};

struct base_call {
	uint32_t arch;		/* enum base_arch */
	uint32_t number;	/* without the x32 bit */
};

#define BASE_X32_BIT 0x40000000u

/* "x86_64", "i386", "x32", "aarch64". */
const char *base_arch_name(enum base_arch arch);
int base_arch_parse(const char *name);	/* enum base_arch, or -EINVAL */
enum base_arch base_arch_native(void);	/* the one jail was built for */

/* From and to what seccomp(2), ptrace(2) and audit use: AUDIT_ARCH_* and the
 * raw number. False if the architecture is none of ours or the number is
 * negative as an int: no such call exists. */
bool base_call_from_kernel(uint32_t audit_arch, uint32_t raw,
			   struct base_call *call);
void base_call_to_kernel(struct base_call call, uint32_t *audit_arch,
			 uint32_t *raw);

/* The name in the kernel's table, NULL where there is none. */
const char *base_call_name(struct base_call call);
/* The name, or the number in decimal in BUFFER (at least 12 bytes). */
const char *base_call_text(struct base_call call, char *buffer, size_t size);

/* The number of NAME on ARCH, -ENOENT if there is none. */
int base_call_number(enum base_arch arch, const char *name);
/* The call NAME of ARCH; false if there is none. */
bool base_call_named(enum base_arch arch, const char *name,
		     struct base_call *call);
/* Whether it is the one of this name. */
bool base_call_is(struct base_call call, const char *name);
/* The sentence for a NAME that ARCH does not have: where there is such a call,
 * or the nearest one. Returns -ENOENT. */
int base_call_unknown(enum base_arch arch, const char *name, struct error *err);
/* The highest number that the table of ARCH names. */
uint32_t base_call_highest(enum base_arch arch);
/* The kernel that brought the call, "6.10", or NULL if not recorded. */
const char *base_call_since(struct base_call call);

/* Parses what a person writes for a call: NAME, NUMBER, $NUMBER, with ARCH: in
 * front if it is not DEFAULT_ARCH. A number need have no name; one of x86_64 or
 * x32 may be with the x32 bit, and is then x32's. -ENOENT for a name that does
 * not exist; the sentence suggests the nearest one. -EINVAL for all else. */
int base_call_parse(const char *text, enum base_arch default_arch,
		    struct base_call *call, struct error *err);

/* Orders by arch, then number: for qsort(3) and bsearch(3). */
int base_call_compare(const void *a, const void *b);

/*
 * Groups: "@basic-io" and so on, from base/syscall-groups.tsv. INDEX counts
 * from 0; NULL at the end. base_group_expand calls ADD for each member that
 * ARCH has, once and in order of number, and returns their count, or -ENOENT
 * (with the nearest group in the sentence). @default is Firejail's, a list to
 * refuse; what systemd always permits is @systemd-default.
 */
const char *base_group_name(size_t index);
const char *base_group_help(size_t index);
int base_group_expand(const char *group, enum base_arch arch,
		      void (*add)(void *data, struct base_call call),
		      void *data, struct error *err);

/* ---- what is known about calls ---------------------------------------- */

/* What the call does, in one line ("reads from a file descriptor"), from
 * base/syscall-help.tsv; NULL for what has no name or no line. */
const char *base_call_help(struct base_call call);

/* How many of the programs that others measured make the call, by its name:
 * base/syscall-prior.tsv. False: none of them does, or it has no name; PROGRAMS
 * is then filled alone. */
struct base_prior {
	unsigned programs;	/* that were measured */
	unsigned used;		/* that make the call */
	unsigned needed;	/* that did not work without it */
	unsigned stubbed;	/* that worked where it answered ENOSYS */
};
bool base_call_prior(struct base_call call, struct base_prior *prior);

/* A class of calls that come together (base/syscall-siblings.tsv), of which
 * CALL is a member, but not the only one. INDEX counts from 0; false at the
 * end. */
struct base_siblings {
	const char *name;	/* "stat" */
	char tier;		/* A, B, C */
	const char *relation;	/* "always", "peer", "implies", "errno" */
	const char *why;	/* its evidence, for people */
	/* Other members that CALL's architecture has; where CALL is left of an
	 * `implies`, those right of it alone. */
	struct base_call calls[32];
	size_t count;
};
bool base_call_siblings(struct base_call call, size_t index,
			struct base_siblings *siblings);
/* The class INDEX whole, as ARCH has it, counted from 0; false at the end. The
 * first `left` of its calls bring in the others. No calls: it does not hold
 * there. */
bool base_class(size_t index, enum base_arch arch,
		struct base_siblings *class, size_t *left);
/* A member of a class that is a value of an argument: the one that
 * profiles_argument_rule() keeps. INDEX counts from 0; false at the end. */
struct base_class_value {
	size_t class;		/* for base_class() */
	const char *call;	/* "ioctl" */
	const char *name;	/* "TCGETS" */
	uint64_t value;
	bool implied;		/* it is brought in, and brings in nothing */
};
bool base_class_value(size_t index, struct base_class_value *value);
/* Whether its flags are behind a pointer, where no filter sees them. */
bool base_call_hides_flags(struct base_call call);

/* How dangerous the call is, 0 to 10, whatever its arguments, and, from 5 on,
 * *WHY: what it does, in one line ("runs other programs"), else NULL:
 * base/syscall-risk.tsv. What has no line there is 3. WHY may be NULL. */
unsigned base_call_risk(struct base_call call, const char **why);

/* The build-id of an ELF file in hexadecimal, new memory; -ENOENT if it has
 * none. The file is not trusted: it is read, never mapped, and bounded. */
int base_build_id(const char *path, char **hex, struct error *err);
/* The same of the file open at FD, which is called NAME; a negative FD fails
 * with errno. */
int base_build_id_fd(int fd, const char *name, char **hex, struct error *err);

/* ---- standing in for a program ---------------------------------------- */

/*
 * The front end: a process that runs a child as though it were not there
 * itself. Job control, Ctrl-C and exit status reach the shell unchanged
 * (tests/bats/jobs.bats). How:
 *  - All signals that a front end can pass on are blocked and read from a
 *    signalfd. One that the terminal sent has reached the child too; one that a
 *    process sent to us alone is sent on to the child.
 *  - The child's stop is answered by stopping ourselves, our being continued by
 *    continuing the child. (wait(2) reports group stops to the real parent even
 *    while another process traces: kernel/exit.c, wait_consider_task.)
 */
struct base_front {
	int signal_fd;		/* poll it for input, then base_front_read */
	pid_t child;		/* set by the caller after the fork; 0: none */
	bool ended;		/* the child was reaped, status is set */
	int status;		/* as from wait(2) */
	int *inherited;		/* descriptors from 3 on that our caller had */
	size_t inherited_count;
	sigset_t old_mask;	/* for base_front_child */
	struct sigaction old_sigchld;	/* likewise: ignored, it would keep
					 * the child's end from us */
	unsigned asked_to_end;	/* INT, QUIT, TERM, HUP received so far */
	/* May be set: called before we stop as the child did. */
	void (*before_stop)(void *data);
	void *before_stop_data;
	/* May be set: called when the child stops, and with SIGCONT when it
	 * goes on, instead of stopping with it. */
	void (*stopped)(void *data, int signal);
	void *stopped_data;
};

/* For main(), first of all: a file size limit makes writes fail with EFBIG, and
 * does not end us by SIGXFSZ. base_front_child undoes it. */
void base_shield(void);

/* The descriptors from 3 on that our caller had, in new memory: what has no
 * FD_CLOEXEC was not opened by us. None without /proc. */
int *base_inherited_files(size_t *count);

int base_front_open(struct base_front *front, struct error *err);
void base_front_close(struct base_front *front);	/* takes NULL */
/* In a fork of ours that has a child of its own: signals are read anew. */
int base_front_again(struct base_front *front, struct error *err);
/* In the forked child: signals as the caller of jail had them. Closes. */
void base_front_child(struct base_front *front);
/*
 * Once the child is there, its files are its own affair: whoever reads its
 * output or writes its input sees when it closes them. Standard files become
 * /dev/null, but those whose bit is set in KEPT; what else was inherited is
 * closed. For the front end, and for each helper that is not the program.
 */
void base_front_leave_files(struct base_front *front, unsigned kept);
#define BASE_KEEP_STDOUT (1u << STDOUT_FILENO)
#define BASE_KEEP_STDERR (1u << STDERR_FILENO)
/* Handles all that signal_fd holds. */
void base_front_read(struct base_front *front);
/* Ends this process as the child ended: the same status, or the same signal
 * without a second core dump. For cli/ alone. */
_Noreturn void base_front_exit(int status);

#endif
