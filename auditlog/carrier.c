/* SPDX-License-Identifier: MIT */
/*
 * Carriers: what stands around a record, and differs with who wrote the line.
 *
 *   type=SECCOMP msg=audit(...                    audit.log
 *   node=web1 type=SECCOMP msg=audit(...          the same, gathered
 *   5,455,2150865489,-;audit: type=1326 audit(... /dev/kmsg
 *   ANYTHING audit: type=1326 audit(...           dmesg, kern.log, syslog
 *
 * In the first three a record is what the line begins with, and nothing else:
 * other records and messages may quote what a program made up. Of the last,
 * whose prefix is written in a dozen ways, no better is known than to search;
 * such files are forgeable anyhow.
 */
#include "auditlog/carrier.h"

/* Longer than that no host has a name. */
#define HOST 64

#define OPENING(text, kind) { text, sizeof(text) - 1, kind }
static const struct opening {
	const char *text;
	size_t length;
	enum auditlog_kind kind;
} openings[] = {
	OPENING("type=SECCOMP msg=audit(", AUDITLOG_CALL),
	OPENING("type=1326 audit(", AUDITLOG_CALL),
	OPENING("type=1326 msg=audit(", AUDITLOG_CALL),
	OPENING("type=UNKNOWN[1326] msg=audit(", AUDITLOG_CALL),
	OPENING("type=ANOM_ABEND msg=audit(", AUDITLOG_DEATH),
	OPENING("type=1701 audit(", AUDITLOG_DEATH),
	OPENING("type=1701 msg=audit(", AUDITLOG_DEATH),
	OPENING("type=UNKNOWN[1701] msg=audit(", AUDITLOG_DEATH),
};

#define BEGINS(at, end, text) carrier_begins(at, end, text, sizeof(text) - 1)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *space_or_end(const char *at, const char *end)
{
	const char *space = memchr(at, ' ', (size_t)(end - at));

	return space ? space : end;
}

/* ---- the host --------------------------------------------------------- */

static bool is_name(const char *at, const char *end)
{
	for (; at < end; at++)
		if (*at <= ' ' || *at > '~' || *at == '"')
			return false;
	return true;
}

static void set_host(const char *at, const char *end, struct carrier *found)
{
	size_t length = (size_t)(end - at);

	found->host.bytes = at;
	found->host.length = length < HOST ? length : HOST;
}

/* "node=NAME", from AT up to END. */
static enum auditlog_parsed take_node(const char *at, const char *end,
				      struct carrier *found)
{
	at += sizeof("node=") - 1;
	if (at == end || !is_name(at, end))
		return AUDITLOG_DAMAGED;
	set_host(at, end, found);
	return AUDITLOG_RECORD;
}

/* Behind what looks like SHAPE, or NULL: A is a letter, D a digit or the space
 * in its place. */
static const char *shaped(const char *at, const char *end, const char *shape)
{
	for (; *shape; shape++, at++) {
		if (at == end)
			return NULL;
		if (*shape == 'A' ? !is_letter(*at) :
		    *shape == 'D' ? !is_digit(*at) && *at != ' ' :
		    *at != *shape)
			return NULL;
	}
	return at;
}

/* Behind the stamp of a line of syslog: that of RFC 3164 or that of RFC 3339,
 * with "<5>" or RFC 5424's "<5>1 " in front or without. NULL: it has none. */
static const char *skip_stamp(const char *at, const char *end)
{
	const char *stamp;

	if (at < end && *at == '<') {
		while (at < end && *at != '>' && *at != ' ')
			at++;
		at += at < end;
		if (BEGINS(at, end, "1 "))
			at += 2;
	}
	stamp = shaped(at, end, "AAA DD DD:DD:DD");
	if (!stamp)
		stamp = shaped(at, end, "DDDD-DD-DDTDD:DD:DD");
	if (!stamp)
		return NULL;
	stamp = space_or_end(stamp, end);
	return stamp < end ? stamp + 1 : NULL;
}

/* The column behind the stamp. What ends with ":", or has a bracket, is
 * already the name of who speaks ("kernel:", "audit:", "cron[12]:"). */
static void find_host(const char *line, const char *end, struct carrier *found)
{
	const char *at = skip_stamp(line, end), *after;

	if (!at)
		return;
	after = space_or_end(at, end);
	if (after == at || after == end || after[-1] == ':' ||
	    memchr(at, '[', (size_t)(after - at)) || !is_name(at, after))
		return;
	set_host(at, after, found);
}

/* ---- where it begins -------------------------------------------------- */

static enum auditlog_parsed take_opening(const char *at, const char *end,
					 struct carrier *found)
{
	for (size_t i = 0; i < ARRAY_SIZE(openings); i++)
		if (carrier_begins(at, end, openings[i].text,
				   openings[i].length)) {
			found->kind = openings[i].kind;
			found->stamp = at + openings[i].length;
			return AUDITLOG_RECORD;
		}
	return AUDITLOG_NOTHING;
}

static enum auditlog_parsed find_noded(const char *line, const char *end,
				       struct carrier *found)
{
	const char *after = space_or_end(line, end);

	if (after == end ||
	    take_opening(after + 1, end, found) == AUDITLOG_NOTHING)
		return AUDITLOG_NOTHING;
	return take_node(line, after, found);
}

/* The opening that ends at END; NULL: there is none. */
static const char *opening_before(const char *line, const char *end,
				  struct carrier *found)
{
	for (size_t i = 0; i < ARRAY_SIZE(openings); i++) {
		size_t length = openings[i].length;
		const char *at = end - length;

		if ((size_t)(end - line) < length ||
		    memcmp(at, openings[i].text, length) != 0 ||
		    (at > line && (is_letter(at[-1]) || is_digit(at[-1]))))
			continue;
		found->kind = openings[i].kind;
		found->stamp = end;
		return at;
	}
	return NULL;
}

/* The host of a record at AT: the word in front of it is nearer than the
 * column. */
static enum auditlog_parsed host_before(const char *line, const char *at,
					struct carrier *found)
{
	const char *word = at > line ? at - 1 : at, *end = word;

	while (word > line && word[-1] != ' ')
		word--;
	if (BEGINS(word, end, "node="))
		return take_node(word, end, found);
	find_host(line, at, found);
	return AUDITLOG_RECORD;
}

static enum auditlog_parsed search(const char *line, const char *end,
				   struct carrier *found)
{
	static const char word[] = "audit(";
	const char *at = line, *opening;

	while ((at = memmem(at, (size_t)(end - at), word, sizeof(word) - 1))) {
		at += sizeof(word) - 1;
		opening = opening_before(line, at, found);
		if (opening)
			return host_before(line, opening, found);
	}
	return AUDITLOG_NOTHING;
}

/* Behind "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];", if the line begins so
 * (Documentation/ABI/testing/dev-kmsg). */
static const char *skip_kmsg(const char *line, const char *end,
			     unsigned *priority)
{
	const char *at = line;

	*priority = 0;
	for (int number = 0; number < 3; number++) {
		const char *begin = at;

		for (; at < end && is_digit(*at); at++)
			if (number == 0 && *priority < 1u << 20)
				*priority = *priority * 10 +
					    (unsigned)(*at - '0');
		if (at == begin || at == end || *at++ != ',')
			return NULL;
	}
	at = memchr(at, ';', (size_t)(end - at));
	return at ? at + 1 : NULL;
}

/* The facility of the kernel is 0, which nobody else can write. */
const char *carrier_message(const char *line, const char *end)
{
	unsigned priority;
	const char *message;

	if (line == end || !is_digit(*line))
		return line;
	message = skip_kmsg(line, end, &priority);
	if (!message)
		return line;
	return priority >> 3 == 0 ? message : NULL;
}

bool carrier_is_log(const char *line, const char *end)
{
	return BEGINS(line, end, "type=") || BEGINS(line, end, "node=");
}

enum auditlog_parsed carrier_find(const char *line, const char *end,
				  struct carrier *found)
{
	const char *message;

	found->host = (struct auditlog_text){ 0 };
	if (BEGINS(line, end, "type="))
		return take_opening(line, end, found);
	if (BEGINS(line, end, "node="))
		return find_noded(line, end, found);
	message = carrier_message(line, end);
	if (!message)
		return AUDITLOG_NOTHING;
	if (message == line)
		return search(line, end, found);
	if (BEGINS(message, end, "audit: "))
		message += sizeof("audit: ") - 1;
	return take_opening(message, end, found);
}
