/* SPDX-License-Identifier: MIT */
/*
 * The parser of audit records, one for all carriers (kernel/auditsc.c,
 * audit_seccomp() and audit_core_dumps(), write them):
 *
 *   audit(SEC.MSEC:SERIAL): KEY=VALUE KEY=VALUE ...
 *
 * The keys that are known are rows of a table in the order in which the kernel
 * writes them. Any may be missing, and others may stand between; but one that
 * comes again or too early means that two lines were melted into one. A record
 * is read up to the last key that is wanted, and what follows that one must
 * show that it was not cut there.
 */
#include "auditlog/auditlog.h"
#include "auditlog/carrier.h"

/* auditd's ENRICHED format has this byte behind what the kernel wrote, and then
 * names for the numbers. Copies often lose it. */
#define ENRICHED '\x1d'
#define ENRICHMENT "AUID=\""

/* What is still to be read. */
struct reader {
	const char *at, *end;
};

/* ---- values ----------------------------------------------------------- */

static bool read_number(struct reader *reader, uint64_t max, uint64_t *number)
{
	const char *begin = reader->at;
	uint64_t value = 0;

	for (; reader->at < reader->end; reader->at++) {
		unsigned digit = (unsigned)(*reader->at - '0');

		if (digit > 9)
			break;
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return reader->at > begin;
}

static bool read_hex(struct reader *reader, unsigned digits, uint64_t *number)
{
	const char *begin = reader->at;
	uint64_t value = 0;

	for (; reader->at < reader->end; reader->at++) {
		char c = *reader->at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (unsigned)(c - 'a' + 10);
		else
			break;
		if ((size_t)(reader->at - begin) >= digits)
			return false;
	}
	*number = value;
	return reader->at > begin;
}

static bool read_word(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	if (!carrier_begins(reader->at, reader->end, word, length))
		return false;
	reader->at += length;
	return true;
}

static bool read_signed(struct reader *reader, int64_t *number)
{
	bool negative = read_word(reader, "-");
	uint64_t value;

	if (!read_number(reader, negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX,
			 &value))
		return false;
	*number = (int64_t)(negative ? -value : value);
	return true;
}

/* Between quotes all bytes are visible and none is a quote: what else there
 * is, the kernel writes in hexadecimal (audit_log_n_untrustedstring()). */
static bool read_quoted(struct reader *reader, struct auditlog_text *text)
{
	const char *begin = ++reader->at;

	while (reader->at < reader->end && *reader->at > ' ' &&
	       *reader->at <= '~' && *reader->at != '"')
		reader->at++;
	if (reader->at == reader->end || *reader->at != '"')
		return false;
	text->bytes = begin;
	text->length = (size_t)(reader->at++ - begin);
	return true;
}

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool read_text(struct reader *reader, struct auditlog_text *text)
{
	if (reader->at < reader->end && *reader->at == '"')
		return read_quoted(reader, text);
	if (read_word(reader, "(null)"))
		return true;
	text->bytes = reader->at;
	while (reader->at < reader->end && is_hex_digit(*reader->at))
		reader->at++;
	text->length = (size_t)(reader->at - text->bytes);
	text->hex = true;
	return text->length > 0 && text->length % 2 == 0;
}

/* "<no_memory>" and "<too_long>" stand for a path, which they are none. */
static bool read_path(struct reader *reader, struct auditlog_text *text)
{
	if (!read_text(reader, text))
		return false;
	if (text->length && !text->hex && text->bytes[0] == '<')
		*text = (struct auditlog_text){ 0 };
	return true;
}

/* A label of a security module is the only free text, with spaces and "=": it
 * ends at the last " pid=" before " comm=". */
static bool skip_label(struct reader *reader)
{
	static const char comm[] = " comm=", pid[] = " pid=";
	size_t length = sizeof(pid) - 1;
	const char *limit = memmem(reader->at,
				   (size_t)(reader->end - reader->at), comm,
				   sizeof(comm) - 1);

	if (!limit)
		limit = reader->end;
	for (const char *at = limit - length; at >= reader->at; at--)
		if (memcmp(at, pid, length) == 0) {
			reader->at = at;
			return true;
		}
	return false;
}

/* A value that nobody asked for. */
static bool skip_value(struct reader *reader)
{
	size_t left = (size_t)(reader->end - reader->at);
	bool quoted = left && *reader->at == '"';
	const char *end = quoted ? memchr(reader->at + 1, '"', left - 1) :
				   memchr(reader->at, ' ', left);

	if (quoted && !end)
		return false;
	reader->at = end ? end + quoted : reader->end;
	return true;
}

/* ---- fields ----------------------------------------------------------- */

enum field_name {
	AUID, UID, GID, SES, SUBJ, PID, COMM, EXE, SIG, ARCH, SYSCALL, COMPAT,
	IP, CODE, FIELDS
};
#define FIELD(name) { name "=", sizeof(name) }
static const struct field {
	const char *text;
	size_t length;
} fields[FIELDS] = {
	[AUID] = FIELD("auid"), [UID] = FIELD("uid"), [GID] = FIELD("gid"),
	[SES] = FIELD("ses"), [SUBJ] = FIELD("subj"), [PID] = FIELD("pid"),
	[COMM] = FIELD("comm"), [EXE] = FIELD("exe"), [SIG] = FIELD("sig"),
	[ARCH] = FIELD("arch"), [SYSCALL] = FIELD("syscall"),
	[COMPAT] = FIELD("compat"), [IP] = FIELD("ip"), [CODE] = FIELD("code"),
};

/* The kernel's word for "none" is the greatest number. */
static bool read_id(struct reader *reader, int64_t *id)
{
	uint64_t number;

	if (!read_number(reader, UINT32_MAX, &number))
		return false;
	*id = number == UINT32_MAX ? -1 : (int64_t)number;
	return true;
}

static bool read_pid(struct reader *reader, int64_t *pid)
{
	uint64_t number;

	if (!read_number(reader, INT32_MAX, &number))
		return false;
	*pid = (int64_t)number;
	return true;
}

static bool read_u32(struct reader *reader, uint32_t *value)
{
	uint64_t number;

	if (!read_hex(reader, 8, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool read_field(struct reader *reader, enum field_name name,
		       struct auditlog_record *record)
{
	switch (name) {
	case UID:
		return read_id(reader, &record->uid);
	case SES:
		return read_id(reader, &record->ses);
	case SUBJ:
		return skip_label(reader);
	case PID:
		return read_pid(reader, &record->pid);
	case COMM:
		return read_text(reader, &record->comm);
	case EXE:
		return read_path(reader, &record->exe);
	case SIG:
		return read_signed(reader, &record->sig);
	case ARCH:
		return read_u32(reader, &record->arch);
	case SYSCALL:
		return read_signed(reader, &record->number);
	case IP:
		return read_word(reader, "0x") &&
		       read_hex(reader, 16, &record->ip);
	case CODE:
		return read_word(reader, "0x") &&
		       read_u32(reader, &record->code);
	default:
		return skip_value(reader);
	}
}

/* Which field is at AT: from NEXT on, or FIELDS for one that is not known. One
 * that was passed already is returned as well. */
static enum field_name name_field(const struct reader *reader,
				  enum field_name next)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		unsigned name = (next + i) % FIELDS;

		if (carrier_begins(reader->at, reader->end, fields[name].text,
				   fields[name].length))
			return name;
	}
	return FIELDS;
}

/* "key=" of a field that is not known. */
static bool skip_key(struct reader *reader)
{
	const char *begin = reader->at;

	while (reader->at < reader->end &&
	       ((*reader->at >= 'a' && *reader->at <= 'z') ||
		*reader->at == '_' || *reader->at == '-'))
		reader->at++;
	return reader->at > begin && read_word(reader, "=");
}

/* Whether a value ends here: at a space, at the end, or where enrichment begins
 * without its separator, or behind what a copy made of that ("#035"). */
static bool value_ends(const struct reader *reader)
{
	size_t left = (size_t)(reader->end - reader->at), window;

	if (left == 0 || *reader->at == ' ')
		return true;
	window = sizeof("#035" ENRICHMENT) - 1;
	return memmem(reader->at, left < window ? left : window, ENRICHMENT,
		      sizeof(ENRICHMENT) - 1);
}

/* Reads up to the field LAST. SEEN: a bit for each that was there. */
static bool read_fields(struct reader *reader, enum field_name last,
			struct auditlog_record *record, unsigned *seen)
{
	enum field_name next = 0, name;

	for (*seen = 0; !(*seen & 1u << last);) {
		while (reader->at < reader->end && *reader->at == ' ')
			reader->at++;
		if (reader->at == reader->end)
			return true;
		name = name_field(reader, next);
		if (name < next)
			return false;
		if (name == FIELDS) {
			if (!skip_key(reader) || !skip_value(reader))
				return false;
		} else {
			reader->at += fields[name].length;
			if (!read_field(reader, name, record))
				return false;
			*seen |= 1u << name;
			next = name + 1;
		}
		if (!value_ends(reader))
			return false;
	}
	return true;
}

/* ---- records ---------------------------------------------------------- */

/* "SEC.MSEC:SERIAL): " */
static bool read_stamp(struct reader *reader, struct auditlog_record *record)
{
	uint64_t seconds, milliseconds, serial;
	const char *fraction;

	if (!read_number(reader, INT64_MAX / 1000000 - 1, &seconds) ||
	    !read_word(reader, "."))
		return false;
	fraction = reader->at;
	if (!read_number(reader, 999, &milliseconds) ||
	    reader->at - fraction != 3 || !read_word(reader, ":") ||
	    !read_number(reader, UINT32_MAX, &serial) ||
	    !read_word(reader, "): "))
		return false;
	record->time = (int64_t)(seconds * 1000000 + milliseconds * 1000);
	record->serial = (uint32_t)serial;
	return true;
}

/* A code of which digits were cut off is none of any action. */
static bool read_call(struct reader *reader, struct auditlog_record *record)
{
	const unsigned needed = 1u << PID | 1u << SIG | 1u << ARCH |
				1u << SYSCALL | 1u << CODE;
	unsigned seen;

	if (!read_fields(reader, CODE, record, &seen) ||
	    (seen & needed) != needed || auditlog_action(record->code) < 0)
		return false;
	record->has_call = record->number >= 0 &&
			   record->number <= INT32_MAX &&
			   base_call_from_kernel(record->arch,
						 (uint32_t)record->number,
						 &record->call);
	return true;
}

static enum auditlog_parsed read_death(struct reader *reader,
				       struct auditlog_record *record)
{
	const unsigned needed = 1u << PID | 1u << SIG;
	unsigned seen;

	if (!read_fields(reader, SIG, record, &seen) ||
	    (seen & needed) != needed)
		return AUDITLOG_DAMAGED;
	return record->sig == SIGSYS ? AUDITLOG_RECORD : AUDITLOG_NOTHING;
}

enum auditlog_parsed auditlog_parse(const char *line, size_t length,
				    struct auditlog_record *record)
{
	struct carrier found;
	struct reader reader;
	const char *cut;
	enum auditlog_parsed parsed;

	parsed = carrier_find(line, line + length, &found);
	if (parsed != AUDITLOG_RECORD)
		return parsed;
	reader.at = found.stamp;
	reader.end = line + length;
	cut = memchr(reader.at, ENRICHED, (size_t)(reader.end - reader.at));
	if (cut)
		reader.end = cut;
	if (reader.end > reader.at && reader.end[-1] == '\r')
		reader.end--;
	*record = (struct auditlog_record){
		.kind = found.kind, .host = found.host,
		.uid = -1, .ses = -1, .pid = -1, .sig = -1, .number = -1,
	};
	if (!read_stamp(&reader, record))
		return AUDITLOG_DAMAGED;
	if (found.kind == AUDITLOG_DEATH)
		return read_death(&reader, record);
	return read_call(&reader, record) ? AUDITLOG_RECORD : AUDITLOG_DAMAGED;
}
