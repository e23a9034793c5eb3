/* SPDX-License-Identifier: MIT */
/*
 * Losses: what the kernel says about records that it lost (kernel/audit.c,
 * audit_log_lost() and audit_log_start(); lib/ratelimit.c; console messages of
 * kernel/printk/), and the sentence for each kind of loss.
 */
#include "auditlog/carrier.h"
#include "auditlog/losses.h"

/* Messages that contain "audit", from that word on. */
static const struct message {
	const char *text;
	enum auditlog_loss_kind kind;
	enum {
		TELLS_CAUSE,	/* why records are lost, not how many */
		TELLS_TOTAL,	/* a number, of all since the kernel started */
		TELLS_NUMBER
	} tells;
} messages[] = {
	{ "audit: audit_lost=", AUDITLOG_LOST_KERNEL, TELLS_TOTAL },
	{ "audit: rate limit exceeded", AUDITLOG_LOST_KERNEL, TELLS_CAUSE },
	{ "audit: backlog limit exceeded", AUDITLOG_LOST_KERNEL, TELLS_CAUSE },
	{ "audit: audit_backlog=", AUDITLOG_LOST_KERNEL, TELLS_CAUSE },
	{ "audit: kauditd hold queue overflow", AUDITLOG_LOST_KERNEL,
	  TELLS_CAUSE },
	{ "audit: kauditd retry queue overflow", AUDITLOG_LOST_KERNEL,
	  TELLS_CAUSE },
	{ "audit: out of memory in ", AUDITLOG_LOST_KERNEL, TELLS_CAUSE },
	{ "auditd_printk_skb: ", AUDITLOG_LOST_PRINTK, TELLS_NUMBER },
};
#define CAUSE (sizeof("audit: ") - 1)	/* behind which the cause begins */

/* The digits at AT; false: there are none, or too many. */
static bool read_count(const char *at, const char *end, uint64_t *count)
{
	char digits[24];
	size_t length = 0;

	while (at + length < end && at[length] >= '0' && at[length] <= '9' &&
	       length < sizeof(digits) - 1)
		length++;
	memcpy(digits, at, length);
	digits[length] = '\0';
	return base_parse_number(digits, UINT64_MAX, count) == 0;
}

static void set_detail(struct auditlog_loss *loss, const char *at,
		       const char *end)
{
	size_t length = (size_t)(end - at);

	if (length >= sizeof(loss->detail))
		length = sizeof(loss->detail) - 1;
	memcpy(loss->detail, at, length);
	loss->detail[length] = '\0';
	base_printable(loss->detail, sizeof(loss->detail), loss->detail);
}

/* TOTAL of audit_lost=, which begins anew with the kernel. */
static void since_last(uint64_t total, struct auditlog_counts *counts,
		       struct auditlog_loss *loss)
{
	bool rose = total >= counts->kernel_lost;

	loss->count = rose ? total - counts->kernel_lost : total;
	counts->kernel_lost = total;
	snprintf(loss->detail, sizeof(loss->detail),
		 "%llu since it started", (unsigned long long)total);
}

static bool take(const struct message *message, const char *at,
		 const char *end, struct auditlog_counts *counts,
		 struct auditlog_loss *loss)
{
	const char *behind = at + strlen(message->text);
	uint64_t count;

	loss->kind = message->kind;
	if (message->tells == TELLS_CAUSE) {
		set_detail(loss, at + CAUSE, end);
		return true;
	}
	if (!read_count(behind, end, &count))
		return false;
	if (message->tells == TELLS_TOTAL)
		since_last(count, counts, loss);
	else
		loss->count = count;
	return loss->count > 0;
}

static bool find_message(const char *line, const char *end,
			 struct auditlog_counts *counts,
			 struct auditlog_loss *loss)
{
	const size_t word = sizeof(LOSSES_AUDIT) - 1;

	for (const char *at = line;
	     (at = memmem(at, (size_t)(end - at), LOSSES_AUDIT, word));
	     at += word)
		for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
			if (carrier_begins(at, end, messages[i].text,
					   strlen(messages[i].text)))
				return take(&messages[i], at, end, counts,
					    loss);
	return false;
}

/* "** 12 printk messages dropped **", on a console. */
static bool find_dropped(const char *line, const char *end,
			 struct auditlog_loss *loss)
{
	const char *at = memmem(line, (size_t)(end - line), LOSSES_DROPPED,
				sizeof(LOSSES_DROPPED) - 1);

	if (!at)
		return false;
	while (at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	loss->kind = AUDITLOG_LOST_KMSG;
	return read_count(at, end, &loss->count);
}

bool losses_find(const char *line, const char *end,
		 struct auditlog_counts *counts, struct auditlog_loss *loss)
{
	line = carrier_message(line, end);
	if (!line)
		return false;
	*loss = (struct auditlog_loss){ .time = base_now() };
	return find_message(line, end, counts, loss) ||
	       find_dropped(line, end, loss);
}

/* "N ONE never came: WHY: DETAIL". */
static const struct sentence {
	const char *one, *many, *why;
} sentences[] = {
	[AUDITLOG_LOST_SERIALS] = { "event", "events",
		"their numbers were left out" },
	[AUDITLOG_LOST_OVERRUN] = { "event", "events",
		"the socket's buffer was full" },
	[AUDITLOG_LOST_KMSG] = { "message of the kernel",
		"messages of the kernel",
		"its buffer was full before they were read" },
	[AUDITLOG_LOST_KERNEL] = { "event", "events",
		"the kernel dropped them" },
	[AUDITLOG_LOST_PRINTK] = { "record", "records",
		"the kernel limits how much it logs" },
	[AUDITLOG_LOST_RECORD] = { "record of a death by SIGSYS",
		"records of deaths by SIGSYS",
		"it was lost, or the filter traps without logging" },
	[AUDITLOG_LOST_FILE] = { "line", "lines",
		"the place where the last watch stopped is gone" },
};

char *auditlog_loss_text(char *out, size_t size,
			 const struct auditlog_loss *loss)
{
	const struct sentence *sentence = &sentences[loss->kind];
	char amount[24] = "some";

	if (loss->count)
		snprintf(amount, sizeof(amount), "%llu",
			 (unsigned long long)loss->count);
	snprintf(out, size, "%s %s never came: %s%s%s", amount,
		 loss->count == 1 ? sentence->one : sentence->many,
		 sentence->why, *loss->detail ? ": " : "", loss->detail);
	return out;
}
