/* SPDX-License-Identifier: MIT */
/*
 * Lists of single records, as covered.c keeps them. They are made of runs, for
 * a flood has hundreds of records in each millisecond. A run is three or four
 * numbers, seven bits a byte: the time since the run before it, the distance of
 * its serial, how many follow, and if any do, the step.
 */
#include "db/covered.h"

enum { NUMBER_SIZE = COVERED_RUN_SIZE / 4 };	/* the longest */

/* ---- numbers ------------------------------------------------------------ */

static size_t put_number(unsigned char *out, uint64_t value)
{
	size_t size = 0;

	for (; value > 0x7f; value >>= 7)
		out[size++] = (unsigned char)(value | 0x80);
	out[size++] = (unsigned char)value;
	return size;
}

/* Returns how many bytes it took, 0 where there is no number. */
static size_t take_number(const unsigned char *in, size_t size,
			  uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < size && i < NUMBER_SIZE; i++) {
		*value |= (uint64_t)(in[i] & 0x7f) << 7 * i;
		if (in[i] <= 0x7f)
			return i + 1;
	}
	return 0;
}

/* Small for both signs. */
static uint64_t fold(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unfold(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* ---- runs --------------------------------------------------------------- */

size_t covered_put_runs(unsigned char *out, const struct covered_run *runs,
			size_t count)
{
	struct covered_run last = { .time = runs[0].time };
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t distance = (int64_t)runs[i].serial - last.serial;

		size += put_number(out + size, (uint64_t)runs[i].time -
						       (uint64_t)last.time);
		size += put_number(out + size, fold(distance));
		size += put_number(out + size, runs[i].count - 1);
		if (runs[i].count > 1)
			size += put_number(out + size, runs[i].step);
		last = runs[i];
	}
	return size;
}

static int add_run(struct covered_view *view, const struct covered_run *run,
		   struct error *err)
{
	if (view->run_count == view->run_room) {
		size_t room = view->run_room ? 2 * view->run_room : 256;
		struct covered_run *runs = reallocarray(view->runs, room,
							sizeof(*runs));

		if (!runs)
			return base_error(err, ENOMEM, "out of memory");
		view->runs = runs;
		view->run_room = room;
	}
	view->runs[view->run_count++] = *run;
	return 0;
}

/* Takes three or four numbers; returns how many bytes they are, 0 where they
 * end too early. */
static size_t take_run(const unsigned char *in, size_t left,
		       uint64_t numbers[4])
{
	size_t used = 0, wanted = 3;

	numbers[3] = 1;
	for (size_t i = 0; i < wanted; i++) {
		size_t size = take_number(in + used, left - used, &numbers[i]);

		if (!size)
			return 0;
		used += size;
		if (i == 2 && numbers[i] > 0)
			wanted++;
	}
	return used;
}

/* What is damaged covers nothing. */
int covered_take_runs(struct covered_view *view, sqlite3_stmt *stmt,
		      int column, int64_t time, struct error *err)
{
	const unsigned char *in = sqlite3_column_blob(stmt, column);
	size_t left = (size_t)sqlite3_column_bytes(stmt, column), size;
	struct covered_run run = { .time = time };
	uint64_t numbers[4] = { 0 };
	int r = 0;

	for (; r == 0 && left > 0; in += size, left -= size) {
		size = take_run(in, left, numbers);
		if (!size)
			break;
		run.time = (int64_t)((uint64_t)run.time + numbers[0]);
		run.serial += (uint32_t)unfold(numbers[1]);
		run.count = (uint32_t)numbers[2] + 1;
		run.step = (uint32_t)numbers[3];
		r = add_run(view, &run, err);
	}
	return r;
}

static int compare_runs(const void *a, const void *b)
{
	const struct covered_run *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->serial > y->serial) - (x->serial < y->serial);
}

void covered_sort_runs(struct covered_view *view)
{
	if (view->run_count)
		qsort(view->runs, view->run_count, sizeof(*view->runs),
		      compare_runs);
}

bool covered_in_run(const struct covered_run *run, uint32_t serial)
{
	uint32_t distance = serial - run->serial;

	if (serial < run->serial)
		return false;
	return distance == 0 || (run->step && distance % run->step == 0 &&
				 distance / run->step < run->count);
}

/* The run that EVENT makes longer, or its own. */
int covered_append(struct covered_view *view, size_t first,
		   const struct db_event *event, struct error *err)
{
	struct covered_run *run = view->run_count > first
		? &view->runs[view->run_count - 1] : NULL;
	const struct covered_run own = {
		.time = event->time, .serial = event->serial, .count = 1,
	};

	if (!run || run->time != event->time)
		return add_run(view, &own, err);
	if (run->count == 1)
		run->step = event->serial - run->serial;
	if (run->serial + (uint64_t)run->step * run->count != event->serial)
		return add_run(view, &own, err);
	run->count++;
	return 0;
}
