/* SPDX-License-Identifier: MIT */
/* The parser of audit records: real lines of all carriers, the edges of every
 * field, what is damaged, and lines that are cut anywhere. Each line is parsed
 * in front of a page that cannot be read. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "auditlog/auditlog.h"
#include "tests/lib/random.h"

#define STAMP "audit(1795289578.545:100109): "
#define WHO "auid=4294967295 uid=1000 gid=100 ses=3 pid=3802 "
#define WHAT "comm=\"python3\" exe=\"/usr/bin/python3.11\" "
#define HOW "sig=31 arch=c000003e syscall=41 compat=0 ip=0x7f92c3599dc7 "
#define CODE "code=0x80000000"
#define BODY WHO WHAT HOW CODE
#define RAW "type=SECCOMP msg=" STAMP
#define KERNEL "type=1326 " STAMP
#define TAIL "AUID=\"unset\" UID=\"root\" GID=\"root\" ARCH=x86_64 SYSCALL=close"

static char *wall;		/* here nothing can be read any more */

static int build_wall(void **state)
{
	char *pages = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (pages == MAP_FAILED)
		return -1;
	wall = pages + (1 << 16);
	return mprotect(wall, 1 << 16, PROT_NONE);
}

static enum auditlog_parsed parse_bytes(const char *line, size_t length,
					struct auditlog_record *record)
{
	return auditlog_parse(memcpy(wall - length, line, length), length,
			      record);
}

static enum auditlog_parsed parse(const char *line,
				  struct auditlog_record *record)
{
	return parse_bytes(line, strlen(line), record);
}

/* Says which line it is, where it is not as EXPECTED. */
static void assert_parsed(const char *line, struct auditlog_record *record,
			  enum auditlog_parsed expected)
{
	enum auditlog_parsed parsed = parse(line, record);

	if (parsed != expected)
		print_error("%s\n", line);
	assert_int_equal(parsed, expected);
}

static void assert_text(const struct auditlog_text *text, const char *expected)
{
	char copy[4096];

	if (!expected) {
		assert_null(text->bytes);
		assert_int_equal(text->length, 0);
	} else {
		assert_non_null(text->bytes);
	}
	auditlog_text_copy(text, copy, sizeof(copy));
	assert_string_equal(copy, expected ? expected : "");
}

/* ---- carriers --------------------------------------------------------- */

static void assert_standard(const struct auditlog_record *record)
{
	assert_int_equal(record->kind, AUDITLOG_CALL);
	assert_int_equal(record->time, 1795289578545000);
	assert_int_equal(record->serial, 100109);
	assert_int_equal(record->uid, 1000);
	assert_int_equal(record->ses, 3);
	assert_int_equal(record->pid, 3802);
	assert_int_equal(record->sig, 31);
	assert_int_equal(record->arch, 0xc000003e);
	assert_int_equal(record->number, 41);
	assert_true(record->has_call);
	assert_int_equal(record->call.arch, BASE_ARCH_X86_64);
	assert_int_equal(record->call.number, 41);
	assert_int_equal(record->ip, 0x7f92c3599dc7);
	assert_int_equal(record->code, 0x80000000);
	assert_text(&record->comm, "python3");
	assert_text(&record->exe, "/usr/bin/python3.11");
}

#define LONG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const char *const carriers[][2] = {	/* a line, its host */
	{ RAW BODY, NULL },
	{ RAW BODY "\x1d" TAIL, NULL },
	{ RAW BODY TAIL, NULL },		/* the separator was lost, */
	{ RAW BODY " " TAIL, NULL },
	{ RAW BODY "#035" TAIL, NULL },		/* or escaped by rsyslog */
	{ RAW BODY "\r", NULL },
	{ RAW BODY " ", NULL },
	{ RAW BODY " later=\"than we know\"", NULL },
	{ "node=web1.example.org " RAW BODY "\x1d" TAIL, "web1.example.org" },
	{ "node=" LONG "x " RAW BODY, LONG },
	{ "type=UNKNOWN[1326] msg=" STAMP BODY, NULL },
	{ "node=a type=UNKNOWN[1326] msg=" STAMP BODY, "a" },
	{ "type=1326 msg=" STAMP BODY, NULL },
	{ KERNEL BODY, NULL },			/* as the socket has it */
	{ "audit: " KERNEL BODY, NULL },
	{ "[ 2150.865489] audit: " KERNEL BODY, NULL },
	{ "[ 2150.865489] " KERNEL BODY, NULL },	/* old kernels */
	{ "[22734288.221628][   T55] audit: " KERNEL BODY, NULL },
	{ "[Sat Nov 21 19:33:42 2026] audit: " KERNEL BODY, NULL },
	{ "2026-11-21T19:33:42,067860+00:00 audit: " KERNEL BODY, NULL },
	{ "2026-11-21T19:33:42,067860+00:00 " KERNEL BODY, NULL },
	{ "2026-11-21T19:33:42,067860+00:00 [   T55] audit: " KERNEL BODY,
	  NULL },
	{ "kern  :notice: [ 2150.865489] audit: " KERNEL BODY, NULL },
	{ "kern  :notice: 2026-11-21T19:33:42,067860+00:00 audit: " KERNEL BODY,
	  NULL },
	{ "<5>[ 2150.865489] audit: " KERNEL BODY, NULL },
	{ "5,455,2150865489,-;audit: " KERNEL BODY, NULL },
	{ "5,455,2150865489,-;" KERNEL BODY, NULL },
	{ "5,455,2150865489,-,caller=T55;audit: " KERNEL BODY, NULL },
	{ "6,18446744073709551615,18446744073709551615,c;audit: " KERNEL BODY,
	  NULL },
	{ "2026-11-21T19:33:42.067860+00:00 host kernel: [ 2385.318061] audit: "
	  KERNEL BODY, "host" },
	{ "2026-11-21T19:33:42Z 10.0.0.7 kernel: audit: " KERNEL BODY,
	  "10.0.0.7" },
	{ "Nov 21 19:33:42 host kernel: [ 2385.318061] audit: " KERNEL BODY,
	  "host" },
	{ "Nov  1 19:33:42 host kernel: " KERNEL BODY, "host" },
	{ "<5>Jan 15 16:27:18 host kernel: [22734288.221628][   T55] audit: "
	  KERNEL BODY, "host" },
	{ "<5>1 2026-11-21T19:33:42.067860+00:00 fe80::1 kernel - - - "
	  "[ 2385.318061] audit: " KERNEL BODY, "fe80::1" },
	{ "Nov 21 19:33:42 " LONG "xyz kernel: audit: " KERNEL BODY, LONG },
	{ "Nov 21 19:33:42 kernel: audit: " KERNEL BODY, NULL },
	{ "Nov 21 19:33:42 audispd[12]: " RAW BODY, NULL },
	{ "Nov 21 19:33:42 gate audispd: node=web1 " RAW BODY, "web1" },
	{ "Nov 21 19:33:42 h\x1bst kernel: audit: " KERNEL BODY, NULL },
	{ "Nov 21 19:33:42 h\x7fst kernel: audit: " KERNEL BODY, NULL },
	{ "Nov 21 19:33:42  audit: " KERNEL BODY, NULL },
	{ "Nov 21 19:33:42 host logger: made up " KERNEL BODY, "host" },
	{ "audit(audit( audit( type=1326 audit " KERNEL BODY, NULL },
};

static void test_carriers(void **state)
{
	struct auditlog_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		assert_parsed(carriers[i][0], &record, AUDITLOG_RECORD);
		assert_standard(&record);
		assert_text(&record.host, carriers[i][1]);
	}
}

static void test_no_records(void **state)
{
	static const char *const lines[] = {
		"", " ", "type=", "node=", "node=a", "node=a ", "type=SECCOMP",
		"type=SECCOMP msg=audit", "audit(", "1,2,3,", "5,455,2150,",
		"type=SYSCALL msg=" STAMP BODY,
		"type=13260 " STAMP BODY,
		"Nov 21 19:33:42 host kernel: audit: type=1400 " STAMP BODY,
		"Nov 21 19:33:42 host kernel: audit: subtype=1326 " STAMP BODY,
		"node=a type=SYSCALL msg=" STAMP BODY,
		/* Quoted by another record, or by another message of the
		 * kernel: only what a line begins with counts. */
		"type=USER_CMD msg=" STAMP "pid=1 cmd=" RAW BODY,
		"node=a type=USER_CMD msg=" STAMP "pid=1 cmd=" RAW BODY,
		"node=a " "b " RAW BODY,
		"4,1,1,-;overlayfs: failed to resolve '/audit: " KERNEL BODY,
		"4,1,1,-; audit: " KERNEL BODY,
		/* Not by the kernel: facility 1, and 3. */
		"12,455,2150865489,-;audit: " KERNEL BODY,
		"30,455,2150865489,-;audit: " KERNEL BODY,
	};
	struct auditlog_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_parsed(lines[i], &record, AUDITLOG_NOTHING);
	}
}

/* ---- fields ----------------------------------------------------------- */

static void test_texts(void **state)
{
	static const char *const rows[][2] = {	/* a value, what it says */
		{ "\"python3\"", "python3" },
		{ "\"beef\"", "beef" },
		{ "\"ABCD\"", "ABCD" },
		{ "6D79202270726F67", "my \"prog" },
		{ "\"\"", "" },
		{ "\"runc:[2:INIT]\"", "runc:[2:INIT]" },
		{ "\"a=b,pid=1\"", "a=b,pid=1" },
		{ "\"(null)\"", "(null)" },
		{ "(null)", NULL },
		{ "1B5B333169", "\033[31i" },
		{ "61006263", "a" },
		{ "FF", "\xff" },
		{ "\"~!\"", "~!" },
	};
	struct auditlog_record record;
	char line[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(line, sizeof(line), KERNEL WHO "comm=%s exe=%s " HOW
			 CODE, rows[i][0], rows[i][0]);
		assert_parsed(line, &record, AUDITLOG_RECORD);
		assert_text(&record.comm, rows[i][1]);
		assert_text(&record.exe, rows[i][1]);
	}
}

static void test_no_path(void **state)
{
	struct auditlog_record record;

	(void)state;
	assert_parsed(KERNEL WHO "comm=\"<no_memory>\" "
		      "exe=\"<no_memory>\" " HOW CODE, &record,
		      AUDITLOG_RECORD);
	assert_text(&record.comm, "<no_memory>");
	assert_text(&record.exe, NULL);
	assert_parsed(KERNEL WHO "exe=\"<too_long>\" " HOW CODE, &record,
		      AUDITLOG_RECORD);
	assert_text(&record.comm, NULL);
	assert_text(&record.exe, NULL);
}

static void test_copy_is_bounded(void **state)
{
	struct auditlog_text hex = { "616263", 6, true };
	struct auditlog_text text = { "abc", 3, false };
	char out[4] = "xxx";

	(void)state;
	assert_string_equal(auditlog_text_copy(&hex, out, 4), "abc");
	assert_string_equal(auditlog_text_copy(&hex, out, 3), "ab");
	assert_string_equal(auditlog_text_copy(&text, out, 2), "a");
	assert_string_equal(auditlog_text_copy(&text, out, 1), "");
	out[0] = 'y';
	assert_true(auditlog_text_copy(&text, out, 0) == out && *out == 'y');
}

static void test_labels(void **state)
{
	static const char *const labels[] = {
		"system_u:system_r:spc_t:s0:c284,c594",
		"name (enforce)", "=unconfined", "=prof (complain)", "?", "",
		"=cri-containerd.apparmor.d (enforce)",
		"a pid=1 b=\"c d\" sig=9", "x pid=7 pid=8", "=", " ",
		"AUID=\"",
	};
	struct auditlog_record record;
	char line[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		snprintf(line, sizeof(line), RAW "auid=0 uid=1000 gid=0 ses=3 "
			 "subj=%s pid=3802 " WHAT HOW CODE, labels[i]);
		assert_parsed(line, &record, AUDITLOG_RECORD);
		assert_standard(&record);
	}
}

static const struct number_row {
	const char *arch, *syscall;
	int64_t number;
	int expected_arch;		/* enum base_arch, -1: no call */
	uint32_t expected;
} number_rows[] = {
	{ "c000003e", "0", 0, BASE_ARCH_X86_64, 0 },
	{ "c000003e", "99999", 99999, BASE_ARCH_X86_64, 99999 },
	{ "c000003e", "1073741863", 1073741863, BASE_ARCH_X32, 39 },
	{ "c000003e", "2147483647", INT32_MAX, BASE_ARCH_X32, 0x3fffffff },
	{ "c000003e", "2147483648", 2147483648, -1, 0 },
	{ "c000003e", "4294967337", 4294967337, -1, 0 },	/* no 41 */
	{ "c000003e", "-1", -1, -1, 0 },
	{ "c000003e", "-2147483648", INT32_MIN, -1, 0 },
	{ "c000003e", "9223372036854775807", INT64_MAX, -1, 0 },
	{ "c000003e", "-9223372036854775808", INT64_MIN, -1, 0 },
	{ "40000003", "102", 102, BASE_ARCH_I386, 102 },
	{ "c00000b7", "63", 63, BASE_ARCH_AARCH64, 63 },
	{ "c00000f3", "63", 63, -1, 0 },	/* RISC-V: not in the table */
	{ "0", "63", 63, -1, 0 },
	{ "ffffffff", "63", 63, -1, 0 },
};

static void test_numbers(void **state)
{
	struct auditlog_record record;
	char line[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(number_rows); i++) {
		const struct number_row *row = &number_rows[i];

		snprintf(line, sizeof(line), KERNEL WHO WHAT
			 "sig=0 arch=%s syscall=%s compat=1 ip=0x0 " CODE,
			 row->arch, row->syscall);
		assert_parsed(line, &record, AUDITLOG_RECORD);
		assert_int_equal(record.arch, strtoul(row->arch, NULL, 16));
		assert_true(record.number == row->number);
		assert_int_equal(record.has_call, row->expected_arch >= 0);
		if (row->expected_arch < 0)
			continue;
		assert_int_equal(record.call.arch, row->expected_arch);
		assert_int_equal(record.call.number, row->expected);
	}
}

static const struct action_row {
	const char *code;
	int action;		/* enum profiles_action, -1: no record */
} action_rows[] = {
	{ "0x80000000", PROFILES_KILLED }, { "0x0", PROFILES_KILLED },
	{ "0x30000", PROFILES_TRAPPED }, { "0x50000", PROFILES_ERRNO },
	{ "0x7fc00000", PROFILES_NOTIFIED }, { "0x7ff00000", PROFILES_TRACED },
	{ "0x7ffc0000", PROFILES_LOGGED },
	{ "0x7fff0000", -1 }, { "0x8000000", -1 }, { "0x7ffc000", -1 },
	{ "0x", -1 }, { "0", -1 }, { "0x50001", -1 }, { "0x7FFC0000", -1 },
	{ "0x800000000", -1 }, { "0x180000000", -1 }, { "0x80000000x", -1 },
	{ "0x0[ 2150.1] audit:", -1 }, { "", -1 },
};

static void test_actions(void **state)
{
	struct auditlog_record record;
	char line[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(action_rows); i++) {
		const struct action_row *row = &action_rows[i];

		snprintf(line, sizeof(line), KERNEL WHO WHAT HOW "code=%s",
			 row->code);
		assert_parsed(line, &record, row->action < 0 ?
			      AUDITLOG_DAMAGED : AUDITLOG_RECORD);
		if (row->action >= 0)
			assert_int_equal(auditlog_action(record.code),
					 row->action);
	}
	assert_int_equal(auditlog_action(0x7fff0000), -EINVAL);
	assert_int_equal(auditlog_action(0x50001), -EINVAL);
}

static void test_missing(void **state)
{
	static const char *const lines[] = {
		KERNEL "pid=7 sig=31 arch=c000003e syscall=41 " CODE,
		/* Before 3.16 there was no exe; "reason" came and went. */
		KERNEL "auid=0 uid=0 gid=0 ses=1 pid=7 comm=\"a\" "
		"reason=\"se cc=omp\" sig=31 arch=c000003e syscall=41 compat=0 "
		"ip=0x1 " CODE,
		KERNEL "new-key=1 pid=7 other_key=\"x y\" sig=31 "
		"arch=c000003e syscall=41 empty= " CODE,
		KERNEL " pid=7  sig=31 arch=c000003e syscall=41   " CODE "  ",
	};
	struct auditlog_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_parsed(lines[i], &record, AUDITLOG_RECORD);
		assert_int_equal(record.pid, 7);
		assert_int_equal(record.call.number, 41);
		assert_text(&record.exe, NULL);
	}
	assert_parsed(lines[0], &record, AUDITLOG_RECORD);
	assert_int_equal(record.uid, -1);
	assert_int_equal(record.ses, -1);
	assert_int_equal(record.ip, 0);
	assert_text(&record.comm, NULL);
	assert_text(&record.host, NULL);
}

static void test_limits(void **state)
{
	struct auditlog_record record;

	(void)state;
	assert_parsed("type=1326 audit(9223372036853.999:4294967295): "
		      "uid=4294967294 ses=4294967295 pid=2147483647 "
		      "sig=9223372036854775807 arch=c000003e syscall=1 "
		      "ip=0xffffffffffffffff code=0x0", &record,
		      AUDITLOG_RECORD);
	assert_true(record.time == 9223372036853999000);
	assert_int_equal(record.serial, UINT32_MAX);
	assert_int_equal(record.uid, UINT32_MAX - 1);
	assert_int_equal(record.ses, -1);
	assert_int_equal(record.pid, INT32_MAX);
	assert_true(record.sig == INT64_MAX);
	assert_true(record.ip == UINT64_MAX);
}

/* ---- what cannot be read ---------------------------------------------- */

#define REST " sig=31 arch=c000003e syscall=41 " CODE
static void test_damaged(void **state)
{
	static const char *const lines[] = {
		KERNEL, RAW "pid=1",
		KERNEL WHO WHAT HOW,
		/* One of those that have to be there is not. */
		KERNEL "uid=0" REST,
		KERNEL "pid=1 arch=c000003e syscall=41 " CODE,
		KERNEL "pid=1 sig=31 syscall=41 " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e " CODE,
		/* The stamp. */
		"type=1326 audit(): pid=1" REST,
		"type=1326 audit(1.2:3): pid=1" REST,
		"type=1326 audit(1.0022:3): pid=1" REST,
		"type=1326 audit(1.002:): pid=1" REST,
		"type=1326 audit(1.002:4294967296): pid=1" REST,
		"type=1326 audit(-1.002:3): pid=1" REST,
		"type=1326 audit(9223372036854775807.002:3): pid=1" REST,
		"type=1326 audit(99999999999999999999.002:3): pid=1" REST,
		"type=1326 audit(1.002:3) pid=1" REST,
		"type=SECCOMP msg=audit(11/21/2026 19:33:42.067:3): pid=1" REST,
		/* Numbers. */
		KERNEL "pid=" REST, KERNEL "pid=-1" REST,
		KERNEL "pid=2147483648" REST, KERNEL "pid=1x" REST,
		KERNEL "pid=0x1" REST, KERNEL "pid=+1" REST,
		KERNEL "pid=4294967297" REST,
		KERNEL "uid=4294967296 pid=1" REST,
		KERNEL "pid=1 sig=9223372036854775808 arch=c000003e syscall=1 "
		CODE,
		KERNEL "pid=1 sig=31 arch=0c000003e syscall=1 " CODE,
		KERNEL "pid=1 sig=31 arch=C000003E syscall=1 " CODE,
		KERNEL "pid=1 sig=31 arch=x86_64 syscall=1 " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e syscall=socket " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e syscall=- " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e "
		"syscall=9223372036854775808 " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e "
		"syscall=-9223372036854775809 " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e syscall=1 ip=7f " CODE,
		KERNEL "pid=1 sig=31 arch=c000003e syscall=1 "
		"ip=0x11111111111111111 " CODE,
		/* Strings. */
		KERNEL "pid=1 comm=" REST, KERNEL "pid=1 comm=\"a" REST,
		KERNEL "pid=1 comm=\"a b\"" REST,
		KERNEL "pid=1 comm=\"a\"b\"" REST,
		KERNEL "pid=1 comm=ABC" REST, KERNEL "pid=1 comm=abcd" REST,
		KERNEL "pid=1 comm=python3" REST,
		KERNEL "pid=1 comm=(nil)" REST,
		KERNEL "pid=1 comm=\"\xc3\xbc\"" REST,
		KERNEL "pid=1 comm=\"\x7f\"" REST,
		KERNEL "pid=1 exe=\"/usr/bin/x\" (deleted)" REST,
		KERNEL "pid=1 reason=\"x" REST,
		KERNEL "subj=unconfined" REST,
		/* Two lines in one: nothing comes twice, or too early. */
		KERNEL "pid=1 pid=2" REST, KERNEL "pid=1 sig=31" REST,
		KERNEL "pid=1 comm=\"a\" uid=0" REST,
		KERNEL WHO "comm=\"a\" exe=\"/a\" sig=31 [  2.1] audit: " KERNEL
		BODY,
		KERNEL WHO WHAT "\n" HOW CODE,
		KERNEL "pid=1\tsig=31" REST,
		/* A host that nobody could tell from this one. */
		"node= " RAW BODY, "node=a\"b " RAW BODY,
		"node=\x1b[1m " RAW BODY,
		"Nov 21 19:33:42 gate audispd: node= " RAW BODY,
	};
	struct auditlog_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_parsed(lines[i], &record, AUDITLOG_DAMAGED);
	}
}

/* Whatever is cut off: the record is whole, or there is none. */
static void test_cut(void **state)
{
	struct auditlog_record record;
	size_t records = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		const char *line = carriers[i][0];
		size_t whole = (size_t)(strstr(line, CODE) - line) +
			       sizeof(CODE) - 1;

		for (size_t cut = 0; cut <= strlen(line); cut++) {
			if (parse_bytes(line, cut, &record) != AUDITLOG_RECORD)
				continue;
			assert_true(cut >= whole);
			assert_standard(&record);
			assert_text(&record.host, carriers[i][1]);
			records++;
		}
	}
	assert_true(records >= ARRAY_SIZE(carriers));
}

static void assert_inside(const struct auditlog_text *text, const char *line,
			  size_t length)
{
	if (text->bytes)
		assert_true(text->bytes >= line &&
			    text->bytes + text->length <= line + length);
}

static void test_random(void **state)
{
	size_t records = 0, others = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		const char *from = carriers[random_below(ARRAY_SIZE(carriers))]
					   [0];
		size_t length = strlen(from);
		char *line = memcpy(wall - length, from, length);
		struct auditlog_record record;

		for (uint32_t n = 1 + random_below(4); n; n--)
			line[random_below((uint32_t)length)] =
				(char)random_below(256);
		if (auditlog_parse(line, length, &record) != AUDITLOG_RECORD) {
			others++;
			continue;
		}
		records++;
		assert_inside(&record.comm, line, length);
		assert_inside(&record.exe, line, length);
		assert_inside(&record.host, line, length);
		assert_true(record.pid >= 0 && record.time >= 0);
		assert_true(auditlog_action(record.code) >= 0);
	}
	assert_true(records > 1000 && others > 1000);
}

/* ---- deaths, and denials ---------------------------------------------- */

static void test_deaths(void **state)
{
	static const struct {
		const char *line;
		enum auditlog_parsed parsed;
	} rows[] = {
		{ "type=1701 " STAMP WHO WHAT "sig=31 res=1", AUDITLOG_RECORD },
		{ "5,456,21,-;audit: type=1701 " STAMP WHO WHAT "sig=31 res=1",
		  AUDITLOG_RECORD },
		{ "type=ANOM_ABEND msg=" STAMP WHO WHAT "sig=31 res=1\x1d" TAIL,
		  AUDITLOG_RECORD },
		{ "type=ANOM_ABEND msg=" STAMP WHO WHAT "sig=31 res=1" TAIL,
		  AUDITLOG_RECORD },
		{ "type=UNKNOWN[1701] msg=" STAMP WHO WHAT "reason=\"a b\" "
		  "sig=31", AUDITLOG_RECORD },
		{ "type=1701 " STAMP WHO WHAT "sig=11 res=1",
		  AUDITLOG_NOTHING },
		{ "type=1701 " STAMP WHO WHAT "sig=3", AUDITLOG_NOTHING },
		{ "type=1701 " STAMP WHO WHAT, AUDITLOG_DAMAGED },
		{ "type=1701 " STAMP WHAT "sig=31 res=1", AUDITLOG_DAMAGED },
		{ "type=1701 " STAMP WHO WHAT "sig=31x", AUDITLOG_DAMAGED },
	};
	struct auditlog_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_parsed(rows[i].line, &record, rows[i].parsed);
		if (rows[i].parsed != AUDITLOG_RECORD)
			continue;
		assert_int_equal(record.kind, AUDITLOG_DEATH);
		assert_int_equal(record.pid, 3802);
		assert_int_equal(record.sig, 31);
		assert_false(record.has_call);
		assert_text(&record.comm, "python3");
	}
}

static void test_denial(void **state)
{
	struct profiles_denial denial;
	struct auditlog_record record;

	(void)state;
	assert_parsed(KERNEL BODY, &record, AUDITLOG_RECORD);
	assert_int_equal(auditlog_denial(&record, "here", &denial), 0);
	assert_int_equal(denial.time, 1795289578545000);
	assert_int_equal(denial.last_time, 1795289578545000);
	assert_string_equal(denial.host, "here");
	assert_string_equal(denial.boot_id, "");
	assert_string_equal(denial.source, "");
	assert_int_equal(denial.serial, 100109);
	assert_int_equal(denial.pid, 3802);
	assert_int_equal(denial.uid, 1000);
	assert_string_equal(denial.exe, "/usr/bin/python3.11");
	assert_string_equal(denial.comm, "python3");
	assert_int_equal(denial.call.arch, BASE_ARCH_X86_64);
	assert_int_equal(denial.call.number, 41);
	assert_false(denial.has_arguments);
	assert_int_equal(denial.ip, 0x7f92c3599dc7);
	assert_int_equal(denial.action, PROFILES_KILLED);
	assert_int_equal(denial.count, 1);
	parse("node=" LONG "x " RAW BODY, &record);
	assert_int_equal(auditlog_denial(&record, "here", &denial), 0);
	assert_string_equal(denial.host, LONG);
	record.has_call = false;
	assert_int_equal(auditlog_denial(&record, "here", &denial), -EINVAL);
	record.has_call = true;
	record.code = 0x7fff0000;
	assert_int_equal(auditlog_denial(&record, "here", &denial), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carriers),
		cmocka_unit_test(test_no_records),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_path),
		cmocka_unit_test(test_copy_is_bounded),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_denial),
	};

	return cmocka_run_group_tests(tests, build_wall, NULL);
}
