/* SPDX-License-Identifier: MIT */
/*
 * A tracepoint as perf event on each CPU (perf_event_open(2)), with a filter
 * that lets only refusals through: a ring of them that we read when a call has
 * failed. That of tracefs would have to be removed again, which takes a tenth
 * of a second, and stays behind when we are killed.
 */
#include "learn/caps.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define EVENT "events/capability/cap_capable"
#define RING 16		/* pages, a power of two */
#define MOST_CPUS 1024
#define RECENT 1024

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define OF_FILES (CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) |      \
		  CAP(FOWNER) | CAP(FSETID))

struct lack {
	pid_t tid;
	int capability;
	int64_t time;
};

struct cpu {
	int fd;
	struct perf_event_mmap_page *ring;	/* its data follow */
};

struct caps {
	struct cpu *cpus;
	size_t cpu_count;
	size_t page;
	unsigned offset;	/* of the capability in a record */
	/* What was read and may be of calls that have not returned yet. */
	struct lack recent[RECENT];
	size_t taken;
};

/* What precedes the tracepoint's own record in a sample. */
struct sample {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t time;
	uint32_t size;
	unsigned char record[];
} __attribute__((packed));

/* ---- the tracepoint --------------------------------------------------- */

/* Where tracefs is usually mounted, else a mount that nobody else sees. */
static int open_tracefs(void)
{
	int fd = open("/sys/kernel/tracing", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fs = -1;

	if (fd >= 0 && faccessat(fd, EVENT, F_OK, 0) == 0)
		return fd;
	base_close(&fd);
	fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL,
			      NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
}

static bool read_text(int tracefs, const char *name, char *text, size_t size)
{
	cleanup_close int fd = openat(tracefs, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : base_read_all(fd, text, size - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

/* "	field:int cap;	offset:32;	size:4;	signed:1;" */
static bool find_field(const char *format, const char *field, unsigned *offset)
{
	char wanted[32];
	const char *at;
	unsigned size;

	snprintf(wanted, sizeof(wanted), "field:int %s;", field);
	at = strstr(format, wanted);
	return at && sscanf(at + strlen(wanted), " offset:%u; size:%u;",
			    offset, &size) == 2 && size == sizeof(int);
}

static bool find_event(unsigned long long *id, unsigned *offset)
{
	cleanup_close int tracefs = open_tracefs();
	char text[4096];
	unsigned result;

	if (tracefs < 0 || !read_text(tracefs, EVENT "/id", text,
				      sizeof(text)))
		return false;
	*id = strtoull(text, NULL, 10);
	return read_text(tracefs, EVENT "/format", text, sizeof(text)) &&
	       find_field(text, "cap", offset) &&
	       find_field(text, "ret", &result);
}

/* ---- the rings -------------------------------------------------------- */

static bool open_cpu(const struct caps *caps, unsigned long long id, int number,
		     struct cpu *cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_RAW,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	void *ring;

	cpu->fd = (int)syscall(SYS_perf_event_open, &attr, -1, number, -1,
			       PERF_FLAG_FD_CLOEXEC);
	if (cpu->fd < 0)
		return false;
	ring = mmap(NULL, (1 + RING) * caps->page, PROT_READ | PROT_WRITE,
		    MAP_SHARED, cpu->fd, 0);
	if (ring == MAP_FAILED ||
	    ioctl(cpu->fd, PERF_EVENT_IOC_SET_FILTER, "ret < 0") < 0) {
		if (ring != MAP_FAILED)
			munmap(ring, (1 + RING) * caps->page);
		base_close(&cpu->fd);
		return false;
	}
	cpu->ring = ring;
	return true;
}

static void release(struct caps *caps)
{
	for (size_t i = 0; caps && i < caps->cpu_count; i++) {
		munmap(caps->cpus[i].ring, (1 + RING) * caps->page);
		close(caps->cpus[i].fd);
	}
	if (caps)
		free(caps->cpus);
	free(caps);
}

struct caps *caps_open(void)
{
	struct caps *caps = calloc(1, sizeof(*caps));
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned long long id;

	cpus = cpus > MOST_CPUS ? MOST_CPUS : cpus;
	if (!caps || !find_event(&id, &caps->offset) || cpus <= 0)
		goto none;
	caps->page = (size_t)sysconf(_SC_PAGESIZE);
	caps->cpus = calloc((size_t)cpus, sizeof(*caps->cpus));
	for (int i = 0; caps->cpus && i < cpus; i++)
		caps->cpu_count += open_cpu(caps, id, i,
					    &caps->cpus[caps->cpu_count]);
	if (caps->cpu_count)
		return caps;
none:
	release(caps);
	return NULL;
}

/* In a child that does nothing else, with nothing else open. */
static _Noreturn void close_alone(const struct caps *caps)
{
	unsigned next = 0;

	setsid();
	for (size_t i = 0; i < caps->cpu_count; i++) {
		unsigned fd = (unsigned)caps->cpus[i].fd;

		if (fd > next)
			syscall(SYS_close_range, next, fd - 1, 0);
		next = fd + 1;
	}
	syscall(SYS_close_range, next, ~0u, 0);
	_exit(0);
}

/* The last one to close a tracepoint waits until no CPU is in it, which takes
 * longer than most programs run. The rings do not go to the child. */
void caps_leave(struct caps *caps)
{
	if (caps && fork() == 0)
		close_alone(caps);
	release(caps);
}

/* ---- reading ---------------------------------------------------------- */

static void take(struct caps *caps, const unsigned char *bytes, size_t size)
{
	struct sample sample;
	int capability;
	size_t used = sizeof(sample);

	if (size < used)
		return;
	memcpy(&sample, bytes, used);
	if (sample.header.type != PERF_RECORD_SAMPLE ||
	    sample.size > size - used ||
	    caps->offset + sizeof(capability) > sample.size)
		return;
	memcpy(&capability, bytes + used + caps->offset, sizeof(capability));
	caps->recent[caps->taken++ % RECENT] = (struct lack){
		.tid = (pid_t)sample.tid, .capability = capability,
		.time = (int64_t)(sample.time / 1000),
	};
}

/* SIZE bytes from AT on, which may go over the ring's end. */
static void copy(unsigned char *to, const unsigned char *data, size_t room,
		 uint64_t at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = data[(at + i) % room];
}

static void drain(struct caps *caps, const struct cpu *cpu)
{
	const unsigned char *data = (const unsigned char *)cpu->ring +
				    caps->page;
	size_t room = RING * caps->page;
	uint64_t head = __atomic_load_n(&cpu->ring->data_head,
					__ATOMIC_ACQUIRE);
	uint64_t tail = cpu->ring->data_tail;

	while (tail < head) {
		struct perf_event_header header;
		unsigned char bytes[512];

		copy((unsigned char *)&header, data, room, tail,
		     sizeof(header));
		if (header.size < sizeof(header))
			break;
		if (header.size <= sizeof(bytes)) {
			copy(bytes, data, room, tail, header.size);
			take(caps, bytes, header.size);
		}
		tail += header.size;
	}
	__atomic_store_n(&cpu->ring->data_tail, head, __ATOMIC_RELEASE);
}

/* To read, CAP_DAC_READ_SEARCH is enough, and the kernel asks for it first. */
static uint64_t without_doubles(uint64_t found)
{
	return found & CAP(DAC_READ_SEARCH)
		       ? found & ~CAP(DAC_OVERRIDE) : found;
}

/* Over files who has left root has no rights, whatever is kept for root: those
 * that keep some then (PR_SET_KEEPCAPS) keep them for ports and the like. */
static uint64_t without_left(uint64_t found, pid_t tid)
{
	struct base_ids ids;

	return found & OF_FILES && base_process_ids(tid, &ids) &&
	       ids.uid != 0 && base_process_bits(tid, "CapEff:") == 0
		       ? found & ~OF_FILES : found;
}

void caps_take(struct caps *caps)
{
	for (size_t i = 0; i < caps->cpu_count; i++)
		drain(caps, &caps->cpus[i]);
}

uint64_t caps_lacked(struct caps *caps, pid_t tid, int64_t since)
{
	uint64_t found = 0;
	size_t count;

	caps_take(caps);
	count = caps->taken < RECENT ? caps->taken : RECENT;
	for (size_t i = 0; i < count; i++) {
		const struct lack *lack = &caps->recent[i];

		if (lack->tid == tid && lack->time >= since &&
		    lack->capability >= 0 && lack->capability < 64)
			found |= UINT64_C(1) << lack->capability;
	}
	return without_left(without_doubles(found), tid);
}
