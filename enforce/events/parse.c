/* SPDX-License-Identifier: MIT */
/*
 * parse: one datagram of the kernel's process events -> an event.
 *
 *	nlmsghdr | cn_msg: id 1.1, number, length | proc_event: what, processor,
 *	time, and by what it is: numbers
 *
 * The messages of a processor are numbered without a gap, whoever listens to
 * what; so nothing is filtered by the kernel, and what was lost is known
 * exactly, as soon as the next message of its processor comes.
 */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <string.h>

#include "enforce/events/events.h"

#define BACKWARDS (1u << 31)
#define UP_TO(member) (offsetof(struct proc_event, event_data) +               \
		       sizeof(((struct proc_event *)0)->event_data.member))

/* How many bytes of an event of this kind are read; 0: it is not wanted. */
static size_t needed(uint32_t what)
{
	switch (what) {
	case PROC_EVENT_FORK:
		return UP_TO(fork);
	case PROC_EVENT_EXEC:
		return UP_TO(exec);
	case PROC_EVENT_UID:
	case PROC_EVENT_GID:
		return UP_TO(id);
	case PROC_EVENT_EXIT:
		return offsetof(struct proc_event,
				event_data.exit.exit_code) + sizeof(uint32_t);
	}
	return 0;
}

static uint64_t note_number(struct events_order *order, uint32_t processor,
			    uint32_t number)
{
	uint32_t lost;

	if (processor >= EVENTS_PROCESSORS)
		return 0;
	lost = order->known[processor] ? number - order->next[processor] : 0;
	order->known[processor] = true;
	order->next[processor] = number + 1;
	return lost < BACKWARDS ? lost : 0;
}

static void take_ids(const struct proc_event *from, struct enforce_event *event)
{
	bool user = from->what == PROC_EVENT_UID;

	event->uid = event->real_uid = (uid_t)-1;
	event->gid = event->real_gid = (gid_t)-1;
	if (user) {
		event->uid = from->event_data.id.e.euid;
		event->real_uid = from->event_data.id.r.ruid;
	} else {
		event->gid = from->event_data.id.e.egid;
		event->real_gid = from->event_data.id.r.rgid;
	}
}

/* All kinds begin with a thread and its process, but for FORK. */
static void take(const struct proc_event *from, struct enforce_event *event)
{
	event->time = (int64_t)(from->timestamp_ns / 1000);
	event->pid = from->event_data.exec.process_tgid;
	event->thread = from->event_data.exec.process_pid;
	switch ((uint32_t)from->what) {
	case PROC_EVENT_FORK:
		event->kind = ENFORCE_EVENT_FORK;
		event->pid = from->event_data.fork.child_tgid;
		event->thread = from->event_data.fork.child_pid;
		event->parent = from->event_data.fork.parent_tgid;
		break;
	case PROC_EVENT_EXEC:
		event->kind = ENFORCE_EVENT_EXEC;
		break;
	case PROC_EVENT_EXIT:
		event->kind = ENFORCE_EVENT_EXIT;
		event->status = (int)from->event_data.exit.exit_code;
		break;
	default:
		event->kind = ENFORCE_EVENT_IDS;
		take_ids(from, event);
	}
}

int events_parse(const void *bytes, size_t size, struct events_order *order,
		 struct enforce_event *event, uint64_t *lost)
{
	struct {
		struct nlmsghdr header;
		struct cn_msg message;
	} head;
	struct proc_event from = {0};
	size_t most;

	*lost = 0;
	*event = (struct enforce_event){0};
	if (size < sizeof(head) + offsetof(struct proc_event, event_data))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	most = size - sizeof(head);
	if (head.header.nlmsg_len < sizeof(head) ||
	    head.header.nlmsg_len > size ||
	    head.message.id.idx != CN_IDX_PROC ||
	    head.message.id.val != CN_VAL_PROC || head.message.len > most)
		return 0;
	if (head.message.len < most)
		most = head.message.len;
	if (most < offsetof(struct proc_event, event_data))
		return 0;
	memcpy(&from, (const char *)bytes + sizeof(head),
	       most < sizeof(from) ? most : sizeof(from));
	*lost = note_number(order, from.cpu, head.message.seq);
	if (!needed(from.what) || most < needed(from.what))
		return 0;
	take(&from, event);
	return event->pid > 0 && event->thread > 0;
}
