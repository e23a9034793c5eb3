/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the parser of audit records and the scan (libFuzzer). The bytes, but
 * for the last, are a log. It is scanned whole and in two parts, wherever the
 * last byte says, and must tell the same both times; so must its lines, one by
 * one. What a record promises is held, for the line and for what is left of it
 * when its end is cut off.
 */
#include <string.h>

#include "auditlog/auditlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool condition)
{
	if (!condition)
		abort();
}

/* ---- a record --------------------------------------------------------- */

static void check_text(const struct auditlog_text *text, const char *line,
		       size_t length)
{
	char *copy = malloc(text->length + 1);
	char small[3];

	hold(copy != NULL);
	if (text->bytes)
		hold(text->bytes >= line &&
		     text->bytes + text->length <= line + length);
	else
		hold(text->length == 0);
	hold(!text->hex || text->length % 2 == 0);
	auditlog_text_copy(text, copy, text->length + 1);
	hold(strlen(copy) <= text->length);
	auditlog_text_copy(text, small, sizeof(small));
	hold(strncmp(small, copy, 2) == 0);
	free(copy);
}

static void check_call(const struct auditlog_record *record)
{
	struct profiles_denial denial;
	uint32_t arch, number;

	hold(auditlog_action(record->code) >= 0);
	hold(auditlog_denial(record, "host", &denial) ==
	     (record->has_call ? 0 : -EINVAL));
	if (!record->has_call)
		return;
	hold(denial.count == 1 && *denial.host && denial.pid >= 0);
	base_call_to_kernel(record->call, &arch, &number);
	hold(arch == record->arch && number == record->number);
}

static void check_record(const struct auditlog_record *record,
			 const char *line, size_t length)
{
	check_text(&record->comm, line, length);
	check_text(&record->exe, line, length);
	check_text(&record->host, line, length);
	hold(record->host.length <= 64);
	hold(record->time >= 0 && record->pid >= 0 && record->uid >= -1);
	if (record->kind == AUDITLOG_CALL)
		check_call(record);
	else
		hold(record->kind == AUDITLOG_DEATH && record->sig == SIGSYS);
}

/* In memory of its own, so that a byte too far is noticed. */
static enum auditlog_parsed parse(const char *bytes, size_t length)
{
	char *line = malloc(length + !length);
	struct auditlog_record record;
	enum auditlog_parsed parsed;

	hold(line != NULL);
	memcpy(line, bytes, length);
	parsed = auditlog_parse(line, length, &record);
	if (parsed == AUDITLOG_RECORD)
		check_record(&record, line, length);
	free(line);
	return parsed;
}

/* ---- a log ------------------------------------------------------------ */

struct told {
	struct auditlog_counts counts;
	uint64_t deaths, sum, losses;
};

static void mix(struct told *told, uint64_t value)
{
	told->sum = (told->sum ^ value) * 0x100000001b3u;
}

static int take_record(void *data, const struct auditlog_record *record)
{
	struct told *told = data;

	told->deaths += record->kind == AUDITLOG_DEATH;
	mix(told, record->serial);
	mix(told, (uint64_t)record->pid);
	mix(told, (uint64_t)record->number);
	mix(told, record->code);
	mix(told, record->comm.length);
	mix(told, record->host.length);
	return 0;
}

static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct told *told = data;
	char text[600], copy[sizeof(text)];

	hold(strlen(loss->detail) < sizeof(loss->detail));
	auditlog_loss_text(text, sizeof(text), loss);
	hold(strcmp(base_printable(copy, sizeof(copy), text), text) == 0);
	told->losses++;
	mix(told, loss->kind);
	mix(told, loss->count);
}

/* Returns how many bytes were used. */
static size_t scan(const char *log, size_t size, bool whole, struct told *told)
{
	const struct auditlog_sink sink = {
		.record = take_record, .loss = take_loss, .data = told,
	};
	char *buffer = malloc(size + !size);
	size_t used;

	hold(buffer != NULL);
	memcpy(buffer, log, size);
	hold(auditlog_scan(buffer, size, whole, &used, &told->counts,
			   &sink) == 0);
	hold(used <= size && (!whole || used == size));
	hold(whole || !memchr(buffer + used, '\n', size - used));
	free(buffer);
	return used;
}

static void check_lines(const char *log, size_t size, const struct told *told)
{
	uint64_t found[3] = { 0 };

	for (size_t at = 0, length; at < size; at += length + 1) {
		const char *end = memchr(log + at, '\n', size - at);

		length = end ? (size_t)(end - (log + at)) : size - at;
		found[parse(log + at, length)]++;
		parse(log + at, length / 2);
		if (length)
			parse(log + at, length - 1);
	}
	hold(found[AUDITLOG_RECORD] == told->counts.records + told->deaths);
	hold(found[AUDITLOG_DAMAGED] == told->counts.damaged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *log = (const char *)data;
	struct told whole = { 0 }, parts = { 0 };
	size_t cut;

	if (size-- == 0)
		return 0;
	scan(log, size, true, &whole);
	hold(whole.counts.bytes == size);
	cut = scan(log, size * data[size] / 255, false, &parts);
	scan(log + cut, size - cut, true, &parts);
	hold(memcmp(&whole, &parts, sizeof(whole)) == 0);
	check_lines(log, size, &whole);
	return 0;
}
