/* SPDX-License-Identifier: MIT */
/*
 * What is read of other tools' files: a file gives the calls, the stubs and the
 * notes that result, or the sentence that refuses it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"

struct result {
	char calls[1024], stubs[512], notes[1024];
	char format[16];
};

static char *call_word(char *out, size_t size, struct base_call call)
{
	char number[12];

	snprintf(out, size, "%s%s%s",
		 call.arch == BASE_ARCH_X86_64 ? "" : base_arch_name(call.arch),
		 call.arch == BASE_ARCH_X86_64 ? "" : ":",
		 base_call_text(call, number, sizeof(number)));
	return out;
}

static void describe(const struct profiles_text *text,
		     const struct profiles_notes *notes, struct result *out)
{
	char word[64];
	size_t used = 0;

	for (size_t i = 0; i < text->set.count; i++)
		used += (size_t)snprintf(out->calls + used,
			sizeof(out->calls) - used, "%s%s", i ? "," : "",
			call_word(word, sizeof(word), text->set.calls[i]));
	used = 0;
	for (size_t i = 0; i < text->stub_count; i++)
		used += (size_t)snprintf(out->stubs + used,
			sizeof(out->stubs) - used, "%s%s:%d", i ? "," : "",
			call_word(word, sizeof(word), text->stubs[i].call),
			text->stubs[i].answer);
	used = 0;
	for (size_t i = 0; i < notes->count; i++)
		used += (size_t)snprintf(out->notes + used,
			sizeof(out->notes) - used, "%s\n",
			notes->items[i].sentence);
	snprintf(out->format, sizeof(out->format), "%s",
		 text->format ? text->format : "");
}

static int import(const char *bytes, struct result *out, struct error *err)
{
	cleanup_profiles_text struct profiles_text text = {
		.header_arch = BASE_ARCH_X86_64 + 1,
	};
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *copy = strdup(bytes);
	int result = profiles_import(copy, strlen(bytes), "F", NULL, &text,
				     &notes, err);

	*out = (struct result){ .calls = "" };
	describe(&text, &notes, out);
	return result;
}

struct test {
	const char *bytes;
	const char *calls;	/* NULL: it is refused */
	const char *words;	/* of the notes, or of the refusal */
	const char *stubs;
};

static void check(const struct test *cases, size_t count, const char *format)
{
	for (size_t i = 0; i < count; i++) {
		const struct test *test = &cases[i];
		struct error err = { 0 };
		struct result found;
		int result = import(test->bytes, &found, &err);
		const char *said = test->calls ? found.notes : err.text;
		bool right = strcmp(found.format, format) == 0;

		if (test->calls)
			right &= result == 0 &&
				 strcmp(found.calls, test->calls) == 0 &&
				 strcmp(found.stubs, test->stubs ?
					test->stubs : "") == 0;
		else
			right &= result < 0 && err.code == -result;
		right &= test->words ? strstr(said, test->words) != NULL :
				       !*said;
		if (!right)
			fail_msg("%s\n%s: %d, \"%s\", calls %s, stubs %s, "
				 "notes %s", test->bytes, found.format, result,
				 err.text, found.calls, found.stubs,
				 found.notes);
	}
}
#define CHECK(cases, format) check(cases, ARRAY_SIZE(cases), format)

/* ---- strace ------------------------------------------------------------------ */

static void test_trace(void **state)
{
	static const struct test cases[] = {
		{ "read(3, \"x\", 1) = 1\n", "read", NULL, NULL },
		{ "brk(NULL) = 0\n+++ exited with 0 +++\n", "brk", NULL, NULL },
		{ "7     brk(NULL)  = 0x5\n8  uname({}) = 0\n"
		  "8     +++ killed by SIGKILL +++\n", "brk,uname", NULL, NULL },
		{ "[pid 77] brk(NULL) = 0\n[pid   8] uname({}) = 0\n",
		  "brk,uname", NULL, NULL },
		{ "7<a b(c> brk(NULL) = 0\n[pid 7<sh>] uname({}) = 0\n",
		  "brk,uname", NULL, NULL },
		{ "13:00:01 brk(NULL) = 0\n13:00:01.123456 uname({}) = 0\n"
		  "1795353811.207064 getpid() = 7\n     0.000231 getuid() = 0\n"
		  "7  13:00:01 getgid() = 0\n[pid 7] 13:00:01.1 getppid() = 1\n"
		  "13:26:11 (+     0.000199) sync() = 0\n",
		  "brk,getpid,uname,getuid,getgid,getppid,sync", NULL, NULL },
		{ "[00007f7e8e66ead7] brk(NULL) = 0\n[  63] uname({}) = 0\n"
		  "9 0.1 [  39] [00007f7e8e66ead7] getpid() = 9\n",
		  "brk,getpid,uname", NULL, NULL },
		{ "7 read(3,  <unfinished ...>\n8 brk(NULL) = 0\n"
		  "7 <... read resumed>\"x\", 1) = 1\n"
		  "9 <... wait4 resumed>0x7, 0, NULL) = 7\n",
		  "read,brk,wait4", NULL, NULL },
		{ "pause() = ? ERESTARTNOHAND (To be restarted)\n"
		  "--- SIGCHLD {si_signo=SIGCHLD, si_pid=7} ---\n"
		  "rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted)\n"
		  "restart_syscall(<... resuming interrupted poll ...>) = 0\n"
		  "exit_group(0) = ?\n",
		  "rt_sigreturn,pause,restart_syscall,exit_group", NULL, NULL },
		{ "strace: Process 7 attached\nread(0,  <detached ...>\n",
		  "read", NULL, NULL },
		{ "syscall_0x3e7(0x1, 0) = -1 ENOSYS (Not implemented)\n"
		  "syscall_0x400003e7() = -1 ENOSYS\nbrk(NULL) = 0\n",
		  "x32:999,brk,999", NULL, NULL },
		{ "write(1, \"read(3) = 1\\nuname(\\\"\", 9) = 9\n", "write",
		  NULL, NULL },
		{ "openat(AT_FDCWD</tmp/uname(x)>, \"a\\33[31m\", 0) = 3\n"
		  " > /usr/lib/libc.so.6(_dl_catch_error+0x26f0) [0x1ab70]\n",
		  "openat", NULL, NULL },
		{ "brk(NULL) = 0\nhello world\nand more\n", "brk",
		  "2 lines are none of strace's, as line 2", NULL },
		{ "brk(NULL) = 0\r\nuname({}) = 0", "brk,uname", NULL, NULL },
		{ "brk(NULL) = 0\nbrk(NULL) = 0\n", "brk", NULL, NULL },
		{ "brk(NULL) = 0\nfrobnicate(1) = 0\n", NULL, "F:2: ", NULL },
		{ "4194304999999999999999 brk(NULL) = 0\n", "brk", NULL, NULL },
	};

	(void)state;
	CHECK(cases, "strace");
}

/* Code of 32 bits, with its mark and without. */
static void test_trace_32(void **state)
{
	static const struct test cases[] = {
		{ "execve(\"./a\", [\"./a\"], 0x7) = 0\n"
		  "[ Process PID=7 runs in 32 bit mode. ]\n"
		  "brk(NULL) = 0\nmmap2(NULL, 1) = 0\n",
		  "i386:brk,i386:mmap2,execve", NULL, NULL },
		{ "7 execve(\"./a\", [\"./a\"], 0x7) = 0\n7 brk(NULL) = 0\n"
		  "7 mmap2(NULL, 1) = 0\n8 read(0, \"\", 1) = 0\n"
		  "7 close(3) = 0\n",
		  "i386:read,i386:close,i386:brk,i386:mmap2,brk,execve",
		  "of 32 bits, which strace -o does not mark", NULL },
		{ "[ Process PID=7 runs in 32 bit mode. ]\n"
		  "[pid 7] send(3, \"a\", 1, 0) = 1\n"
		  "[pid 7] socket(AF_UNIX, SOCK_STREAM, 0) = 3\n"
		  "[pid 7] semop(1, [], 1) = 0\n[pid 9] brk(NULL) = 0\n"
		  "[ Process PID=9 runs in 64 bit mode. ]\n"
		  "[pid 9] brk(NULL) = 0\n",
		  "i386:brk,i386:socketcall,i386:ipc,i386:socket,brk", NULL,
		  NULL },
		{ "[ Process PID=7 runs in x32 mode. ]\n"
		  "[pid 7] brk(NULL) = 0\n", "x32:brk", NULL, NULL },
		{ "[ Process PID=7 runs in 32 bit mode. ]\n"
		  "[pid 7] frobnicate() = 0\n[pid 7] brk(NULL) = 0\n", NULL,
		  "F:2: i386 has no call", NULL },
	};

	(void)state;
	CHECK(cases, "strace");
}

#define HEADING "% time     seconds  usecs/call     calls    errors syscall\n"
#define RULE "------ ----------- ----------- --------- --------- ---------\n"
#define TOTAL RULE "100.00    0.000000           0       144        19 total\n"

static void test_table(void **state)
{
	static const struct test cases[] = {
		{ HEADING RULE
		  "  0.00    0.000000           0         7           read\n"
		  "  0.00    0.000000           0         2         2 ioctl\n"
		  TOTAL, "read,ioctl", NULL, NULL },
		{ "a line of the program\n" HEADING RULE " 0 0 0 1   brk\n"
		  TOTAL, "brk", "1 line is none of strace's, as line 1", NULL },
		{ HEADING RULE " 0 0 0 1   execve\n" TOTAL
		  "System call usage summary for 32 bit mode:\n"
		  HEADING RULE " 0 0 0 1   socket\n 0 0 0 1   brk\n" TOTAL,
		  "i386:brk,i386:socketcall,i386:socket,execve", NULL, NULL },
		{ HEADING RULE " 0 0 0 1   brk\n", NULL, "cut short", NULL },
		{ HEADING, NULL, "no rule below", NULL },
		{ HEADING RULE " 0 0 0 1   frob\n" TOTAL, NULL, "F:3: ", NULL },
		{ HEADING RULE " 0 0 0 1   i386:brk\n" TOTAL, NULL, "F:3: ",
		  NULL },
		{ HEADING RULE " 0 0 0 1\n" TOTAL, NULL, "F:3: there is no",
		  NULL },
		{ HEADING RULE TOTAL, NULL, "no call in it", NULL },
	};

	(void)state;
	CHECK(cases, "strace");
}

/* ---- OCI ------------------------------------------------------------------------ */

#define OCI(rest) "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," rest "}"
#define RULES(rules) "\"syscalls\":[" rules "]"
#define ALLOW(names, rest) "{\"names\":[" names "],"                           \
	"\"action\":\"SCMP_ACT_ALLOW\"" rest "}"
#define REFUSE(names) "{\"names\":[" names "],"                               \
	"\"action\":\"SCMP_ACT_ERRNO\"}"

static void test_oci(void **state)
{
	static const struct test cases[] = {
		{ OCI(RULES(ALLOW("\"read\",\"write\"", ""))), "read,write",
		  NULL, NULL },
		{ "{\"linux\":{\"seccomp\":" OCI(RULES(ALLOW("\"read\"", "")))
		  "}}", "read", NULL, NULL },
		{ OCI("\"architectures\":[\"SCMP_ARCH_X86_64\","
		      "\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],"
		      RULES(ALLOW("\"read\",\"mmap2\"", ""))),
		  "i386:read,i386:mmap2,read", NULL, NULL },
		{ OCI("\"architectures\":[\"SCMP_ARCH_AARCH64\"],"
		      RULES(ALLOW("\"read\"", ""))), "aarch64:read", NULL,
		  NULL },
		{ OCI("\"architectures\":[\"SCMP_ARCH_S390X\"],"
		      RULES(ALLOW("\"read\"", ""))), NULL,
		  "F:1: it is about other architectures", NULL },
		{ OCI("\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\","
		      "\"subArchitectures\":[\"SCMP_ARCH_X86\"]},"
		      "{\"architecture\":\"SCMP_ARCH_AARCH64\"}],"
		      RULES(ALLOW("\"read\"", ""))), "i386:read,read", NULL,
		  NULL },
		{ OCI("\n\"architectures\":[\"SCMP_ARCH_X86\"],\n\"archMap\":"
		      "[{\"architecture\":\"SCMP_ARCH_X86_64\"}],"
		      RULES(ALLOW("\"read\"", ""))), NULL,
		  "F:3: it has architectures and archMap", NULL },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," RULES("") "}", NULL,
		  "F:1: what it does not name is allowed", NULL },
		{ "{\"defaultAction\":\"SCMP_ACT_LOG\"," RULES("") "}", NULL,
		  "seccomp.drop", NULL },
		{ "{\"a\":1}", NULL, "there is no defaultAction", NULL },
		{ OCI(RULES(ALLOW("\"read\",\n\"raed\"", ""))), NULL,
		  "F:2: x86_64 has no call \"raed\"", NULL },
		{ OCI(RULES(ALLOW("\"read\",\"$5\"", ""))), NULL,
		  "F:1: x86_64 has no call \"$5\"", NULL },
		{ OCI(RULES(ALLOW("\"read\",\"i386:open\"", ""))), NULL,
		  "F:1: x86_64 has no call \"i386:open\"", NULL },
		{ OCI(RULES(ALLOW("\"read\",\"swapcontext\"", ""))), "read",
		  "swapcontext: calls of architectures", NULL },
		{ OCI(RULES(ALLOW("\"read\",\"\"", ""))), NULL, "F:1: ", NULL },
		{ OCI(RULES(ALLOW("7", ""))), NULL, "a name is no text", NULL },
		{ OCI(RULES("{\"name\":\"read\",\"action\":"
			    "\"SCMP_ACT_ALLOW\"}")), NULL,
		  "a rule without \"names\"", NULL },
		{ OCI(RULES(ALLOW("\"socket\"", ",\"args\":[{\"index\":0,"
				  "\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]")
			    "," ALLOW("\"socket\"", ",\"args\":[{}]"))),
		  "socket", "socket: conditions on arguments", NULL },
		{ OCI(RULES(ALLOW("\"bpf\"", ",\"includes\":{\"caps\":["
				  "\"CAP_SYS_ADMIN\"]}") ","
			    ALLOW("\"read\"", ",\"excludes\":{\"caps\":["
				  "\"CAP_SYS_ADMIN\"]}"))), "read",
		  "bpf: allowed there to who has a capability", NULL },
		{ OCI(RULES(ALLOW("\"read\"", ",\"includes\":{\"arches\":["
				  "\"arm64\"]}") ","
			    ALLOW("\"write\"", ",\"includes\":{\"arches\":["
				  "\"amd64\"]}") ","
			    ALLOW("\"brk\"", ",\"excludes\":{\"arches\":["
				  "\"amd64\"]}"))), "write", NULL, NULL },
		{ OCI(RULES(ALLOW("\"read\"", ",\"includes\":{\"minKernel\":"
				  "\"4.8\"}"))), "read", "minKernel", NULL },
		{ OCI(RULES("{\"names\":[\"bpf\"],\"action\":"
			    "\"SCMP_ACT_ERRNO\"},{\"names\":[\"mbind\"],"
			    "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38},"
			    "{\"names\":[\"ptrace\"],\"action\":"
			    "\"SCMP_ACT_KILL_PROCESS\"}")), "", NULL,
		  "mbind:38,bpf:1" },
		/* Of two rules the first without conditions. */
		{ OCI(RULES(ALLOW("\"read\"", "") "," REFUSE("\"read\""))),
		  "read", NULL, "" },
		{ OCI(RULES(REFUSE("\"read\"") "," ALLOW("\"read\"", ""))),
		  "", NULL, "read:1" },
		{ OCI(RULES(ALLOW("\"read\"", ",\"args\":[{\"index\":0,"
				  "\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]") ","
			    REFUSE("\"read\""))), "", "conditions",
		  "read:1" },
		{ OCI(RULES("{\"names\":[\"bpf\"],\"action\":"
			    "\"SCMP_ACT_ERRNO\",\"errnoRet\":5000}")), NULL,
		  "errnoRet is 5000", NULL },
		{ OCI(RULES("{\"names\":[\"bpf\"],\"action\":"
			    "\"SCMP_ACT_NOTIFY\"},{\"names\":[\"mbind\"],"
			    "\"action\":\"SCMP_ACT_LOG\"}")), "mbind",
		  "bpf: handed to somebody", NULL },
		{ OCI(RULES("{\"names\":[\"bpf\"],\"action\":\"ALLOW\"}")),
		  NULL, "there is no action 'ALLOW'", NULL },
		{ OCI(RULES("{\"names\":[\"bpf\"]}")), NULL, "no action", NULL },
		{ "{\"a\":1,\"a\":2}", NULL, "F:1: broken JSON", NULL },
		{ "{\n\n\"a\":", NULL, "F:3: broken JSON", NULL },
		{ "{", NULL, "F:1: broken JSON", NULL },
		{ OCI("\"x\":1e999"), NULL, "F:1: broken JSON", NULL },
		{ OCI(RULES("7,[]")), NULL, "a rule without", NULL },
	};

	(void)state;
	CHECK(cases, "oci");
}

/* ---- minijail ---------------------------------------------------------------------- */

static void test_minijail(void **state)
{
	static const struct test cases[] = {
		{ "# a comment\n\nread: 1\nwrite : 1\r\n", "read,write", NULL,
		  NULL },
		{ "read: 1\nptrace: return 1\nmbind: return ENOSYS\n", "read",
		  NULL, "ptrace:1,mbind:38" },
		{ "read: allow\nopen: kill\nbrk: kill-process\nuname: log # x\n",
		  "read,uname", NULL, NULL },
		{ "socket: arg0 == 1 || arg0 == 2\nioctl: arg1 == 0x5401; "
		  "return 1\n", "ioctl,socket",
		  "socket, ioctl: conditions on arguments", NULL },
		{ "{read, write}: allow\n", "read,write", NULL, NULL },
		{ "read[arch=x86_64]: 1\nopen[arch=arm64,i386]: 1\n", "read",
		  NULL, NULL },
		{ "read: 1\nioctl: arg1 == 1 || \\\n  arg1 == 2\nbrk: 1\n",
		  "read,brk,ioctl", "ioctl: conditions", NULL },
		{ "@default kill-process\nread: 1\nopen: trap\n", "read",
		  "open: handed to somebody", NULL },
		{ "@denylist\nread: 1\n", NULL, "F:1: what it does not name",
		  NULL },
		{ "read: 1\n@frobnicate\n", NULL, "F:2: there is no", NULL },
		{ "read: 1\nraed: 1\n", NULL, "F:2: x86_64 has no call", NULL },
		{ "read: 1\nread\n", NULL, "F:2: 'read': a line of a policy",
		  NULL },
		{ "read: 1\nwrite:\n", NULL, "F:2: the expression", NULL },
		{ "read: 2\n", NULL, "F:1: '2' is no expression", NULL },
		{ "read: return 0\n", NULL, "that is no errno", NULL },
		{ "read: return EFROB\n", NULL, "that is no errno", NULL },
		{ "read: 1\n@include ../x\n", NULL, "F:2: '../x' is not in the",
		  NULL },
		{ "read: 1\n@include /etc/passwd\n", NULL,
		  "F:2: '/etc/passwd' is not in", NULL },
		{ "read: 1\n@include ./none-such\n", NULL,
		  "F:2: cannot open './none-such'", NULL },
		{ "read: 1\n@include .\n", NULL, "F:2: '.' is no file", NULL },
	};

	(void)state;
	CHECK(cases, "minijail");
}

/* ---- jail's own, and what is none ------------------------------------------------------ */

static void test_list(void **state)
{
	static const struct test cases[] = {
		{ "x86_64 read 0\ni386 time 13\nx86_64 999 999\n",
		  "i386:time,read,999", NULL, NULL },
		{ "x86_64 newcall 998\n", "998", NULL, NULL },
		{ "x86_64 read 1\n", NULL, "F:1: 'read' is not the name", NULL },
		{ "x86_64 read 0\nvax read 0\n", NULL, "F:2: 'vax' is no", NULL },
		{ "x86_64 read\n", NULL, "F:1: a line of a list", NULL },
		{ "x86_64 read -1\n", NULL, "F:1: ", NULL },
		{ "x86_64 read read\n", NULL, "F:1: a line of a list", NULL },
		{ "x86_64 i386:5 i386:5\n", NULL, "F:1: a line of", NULL },
	};

	(void)state;
	CHECK(cases, "list");
}

static void test_text(void **state)
{
	static const struct test cases[] = {
		{ "seccomp.keep read,write\n", "read,write", NULL, NULL },
		{ "caps.drop all\nblacklist /etc\n?HAS_NET: quiet\n"
		  "net none\nseccomp.drop ptrace\nseccomp.keep read\n", "read",
		  "blacklist, conditions, net, seccomp.drop, caps: not "
		  "imported", NULL },
		{ "seccomp.call read\nseccomp.stub EPERM i386:open\n"
		  "seccomp.stub 41 mbind\nseccomp.stub ENOSYS mbind\n", "read",
		  NULL, "i386:open:1,mbind:38" },
		{ "seccomp.call read,write\n", NULL, "F:1: ", NULL },
		{ "seccomp.call\n", NULL, "F:1: seccomp.call needs", NULL },
		{ "seccomp.stub read\n", NULL, "takes ERRNO CALL", NULL },
		{ "seccomp.stub EFROB read\n", NULL, "is no errno", NULL },
		{ "seccomp.stub 0 read\n", NULL, "is no errno", NULL },
		{ "seccomp.stub 4095 read\n", NULL, "is no errno", NULL },
		{ "seccomp.kep read\n", NULL, "F:1: unknown directive", NULL },
		{ "", "", NULL, NULL },
		{ "\xff\xfe\n", NULL, "F:1: unknown directive", NULL },
	};

	(void)state;
	CHECK(cases, "text");
}

static void test_zero(void **state)
{
	static const char *const starts[] = { "{", "read(", "read: 1\n", "",
					      "x86_64 read 0\n", HEADING };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		struct error err = { 0 };
		size_t length = strlen(starts[i]);
		char bytes[100] = "";

		memcpy(bytes, starts[i], length);
		assert_int_equal(profiles_import(bytes, length + 1, "F", NULL,
						 &text, &notes, &err), -EINVAL);
		assert_non_null(strstr(err.text, "not a text"));
	}
}

static void test_bytes(void **state)
{
	cleanup_free char *bytes = NULL;
	FILE *zero = fopen("/dev/zero", "r");
	FILE *file = fmemopen((void *)"abc", 3, "r");
	struct error err = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(profiles_import_bytes(zero, "F", &bytes, &count, &err),
			 -EFBIG);
	assert_non_null(strstr(err.text, "F has more than 64 MB"));
	assert_int_equal(profiles_import_bytes(file, "F", &bytes, &count, &err),
			 0);
	assert_int_equal(count, 3);
	assert_string_equal(bytes, "abc");
	fclose(zero);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_32),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_oci),
		cmocka_unit_test(test_minijail),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
