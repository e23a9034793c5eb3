/* SPDX-License-Identifier: MIT */
/*
 * An entry of the journal, as a line for the parser. What came from the audit
 * socket is put together again from its fields; what came from the kernel's log
 * is there as it was.
 */
#ifdef HAVE_JOURNAL

#include <inttypes.h>

#include "auditlog/journal.h"

/* A field of the entry as text, empty where it has none. Its length. */
static size_t get(struct journal *journal, const char *field, char *out,
		  size_t size)
{
	const void *data;
	size_t length, skip = strlen(field) + 1;

	*out = '\0';
	if (journal->sd->get_data(journal->journal, field, &data,
				  &length) < 0 ||
	    length < skip || length - skip >= size)
		return 0;
	memcpy(out, (const char *)data + skip, length - skip);
	out[length - skip] = '\0';
	return length - skip;
}

static bool get_number(struct journal *journal, const char *field,
		       uint64_t most, uint64_t *number)
{
	char text[32];

	return get(journal, field, text, sizeof(text)) > 0 &&
	       base_parse_number(text, most, number) == 0;
}

/* An entry from the audit socket has the record's head in fields, and the name
 * of its type in front of the message. The line as it once was; its length, 0:
 * it cannot be told. */
static size_t restore_line(struct journal *journal)
{
	uint64_t type, serial, time;
	char head[96], *body;
	size_t length, head_length;

	if (!get_number(journal, "_AUDIT_TYPE", 65535, &type) ||
	    !get_number(journal, "_AUDIT_ID", UINT32_MAX, &serial) ||
	    !get_number(journal, "_SOURCE_REALTIME_TIMESTAMP", INT64_MAX,
			&time))
		return 0;
	head_length = (size_t)snprintf(head, sizeof(head), "type=%" PRIu64
				       " audit(%" PRIu64 ".%03" PRIu64 ":%"
				       PRIu64 "): ", type, time / 1000000,
				       time / 1000 % 1000, serial);
	length = get(journal, "MESSAGE", journal->line,
		     sizeof(journal->line) - head_length);
	body = memchr(journal->line, ' ', length);
	if (!body)
		return 0;
	body++;
	length -= (size_t)(body - journal->line);
	memmove(journal->line + head_length, body, length);
	memcpy(journal->line, head, head_length);
	return head_length + length;
}

/* Its host, unless it is this one, and its boot, as the kernel writes it. */
static void get_origin(struct journal *journal)
{
	char id[40], *out = journal->boot_id;

	get(journal, "_MACHINE_ID", id, sizeof(id));
	journal->host[0] = '\0';
	if (strcmp(id, journal->machine_id) != 0)
		get(journal, "_HOSTNAME", journal->host,
		    sizeof(journal->host));
	*out = '\0';
	if (get(journal, "_BOOT_ID", id, sizeof(id)) != 32)
		return;
	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*out++ = '-';
		*out++ = id[i];
	}
	*out = '\0';
}

/* True for the second time. */
static bool is_known(struct journal *journal, uint32_t serial)
{
	struct event *event = &journal->events[serial % JOURNAL_EVENTS];
	uint64_t boot = strtoull(journal->boot_id, NULL, 16);
	bool known;

	/* The rest of the id distinguishes hosts that are clones. */
	if (strlen(journal->boot_id) == 36)
		boot = boot << 32 ^ strtoull(journal->boot_id + 24, NULL, 16);
	known = event->known && event->boot == boot && event->serial == serial;
	*event = (struct event){ boot, serial, true };
	return known;
}

static int take_record(void *data, const struct auditlog_record *record)
{
	struct journal *journal = data;
	struct auditlog_record whole = *record;

	get_origin(journal);
	if (is_known(journal, record->serial)) {
		journal->base.about.counts.records -=
			record->kind == AUDITLOG_CALL;
		return 0;
	}
	if (*journal->boot_id)
		whole.boot_id = journal->boot_id;
	if (*journal->host)
		whole.host = (struct auditlog_text){
			.bytes = journal->host,
			.length = strlen(journal->host),
		};
	return journal->sink->record(journal->sink->data, &whole);
}

/* What the rate limit of printk withheld came from the audit socket. */
static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct journal *journal = data;

	if (journal->sink->loss &&
	    !(loss->kind == AUDITLOG_LOST_PRINTK && journal->has_audit))
		journal->sink->loss(journal->sink->data, loss);
}

int journal_entry(struct journal *journal)
{
	struct auditlog_counts *counts = &journal->base.about.counts;
	struct auditlog_sink between = {
		.record = take_record, .loss = take_loss, .data = journal,
	};
	char transport[16];
	size_t length, used;

	journal->any = true;
	get(journal, "_TRANSPORT", transport, sizeof(transport));
	if (strcmp(transport, "audit") == 0) {
		journal->has_audit = true;
		length = restore_line(journal);
		counts->damaged += length == 0;
	} else {
		length = get(journal, "MESSAGE", journal->line,
			     sizeof(journal->line));
	}
	/* It is one line, whatever was written. */
	for (size_t i = 0; i < length; i++)
		if (journal->line[i] == '\n')
			journal->line[i] = ' ';
	return auditlog_scan(journal->line, length, true, &used, counts,
			     &between);
}

#endif
