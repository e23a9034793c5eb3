/* SPDX-License-Identifier: MIT */
/*
 * From the steps of the rules, in the order of the rules, to the steps that are
 * taken: for each path the state that they leave it in. Of read-only and
 * read-write the latest rule on the path or above it holds, of what is mounted
 * (a mask, a tmpfs, a bind) likewise, and what was said before it about what it
 * covers is void.
 *
 * The result is sorted, folders before what is in them, for each step copies
 * what is mounted below its path. And it is complete: a mask in a folder that
 * the program can rename would be moved away with it, and something else made
 * at the path. So each folder above it that lies in a writable one is pinned by
 * a mount of its own; rename(2) and rmdir(2) of it give EBUSY. So is each link
 * by which a rule came to its path.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/compile.h"

static void free_all(struct compile *compile)
{
	for (size_t i = 0; i < compile->raw_count; i++)
		steps_clear(&compile->raw[i]);
	for (size_t i = 0; i < compile->pin_count; i++)
		free(compile->pins[i].path);
	free(compile->raw);
	free(compile->points);
	free(compile->pins);
}

/* ---- the states of paths ---------------------------------------------- */

bool compile_is_made(const struct enforce_step *step)
{
	return step->kind == ENFORCE_DIRECTORY || step->kind == ENFORCE_FILE ||
	       step->kind == ENFORCE_SYMLINK;
}

static int by_path(const void *a, const void *b, void *data)
{
	const struct compile *compile = data;
	const size_t *x = a, *y = b;
	int order = rules_order(compile->raw[*x].path, compile->raw[*y].path);

	return order ? order : *x < *y ? -1 : 1;
}

/* What the rule NUMBER says about its path. */
static void note(struct point *point, const struct enforce_step *step,
		 size_t number)
{
	point->directory = step->directory;
	if (step->kind != ENFORCE_AGAIN)
		point->mount = number;
	else if ((step->set | step->clear) == MOUNT_ATTR_RDONLY)
		point->write = number;
	else
		point->noexec = number;
}

/* From what holds above: only what was said after the last mount. */
static void inherit(struct compile *compile, struct point *point)
{
	const struct point *above = point->above;
	size_t mount = above ? above->base : 0;

	point->gone = above && (above->gone || (above->mount == above->base &&
		      above->mount && compile->raw[above->mount - 1].kind ==
		      ENFORCE_MASK));
	if (point->mount < mount)
		point->mount = 0;
	point->base = point->mount ? point->mount : mount;
	if (above && above->write_at > point->base) {
		point->written = above->written;
		point->write_at = above->write_at;
	}
	if (point->write > point->base && point->write > point->write_at) {
		point->written = compile->raw[point->write - 1].clear ?
				 READ_WRITE : READ_ONLY;
		point->write_at = point->write;
	}
	point->noexec_at = above && above->noexec_at > point->base ?
			   above->noexec_at : 0;
	if (point->noexec > point->base && point->noexec > point->noexec_at)
		point->noexec_at = point->noexec;
}

static bool find_points(struct compile *compile)
{
	cleanup_free size_t *order = calloc(compile->raw_count + 1,
					    sizeof(*order));
	size_t count = 0;

	compile->points = calloc(compile->raw_count + 1,
				 sizeof(*compile->points));
	if (!order || !compile->points)
		return false;
	for (size_t i = 0; i < compile->raw_count; i++)
		if (!compile_is_made(&compile->raw[i]) &&
		    !compile->raw[i].link)
			order[count++] = i;
	qsort_r(order, count, sizeof(*order), by_path, compile);
	for (size_t i = 0; i < count; i++) {
		const struct enforce_step *step = &compile->raw[order[i]];
		struct point *last = compile->count ?
			&compile->points[compile->count - 1] : NULL;

		if (!last || strcmp(last->path, step->path) != 0) {
			last = &compile->points[compile->count++];
			last->path = step->path;
		}
		note(last, step, order[i] + 1);
	}
	return true;
}

static void settle(struct compile *compile)
{
	for (size_t i = 0; i < compile->count; i++) {
		struct point *point = &compile->points[i];
		struct point *above = i ? point - 1 : NULL;

		while (above && !view_below(point->path, above->path))
			above = above->above;
		point->above = above;
		inherit(compile, point);
	}
}

/* ---- what a step would change ----------------------------------------- */

bool compile_base_writable(const struct compile *compile, const char *path,
			   bool deep)
{
	const struct enforce_files *files = compile->files;

	if (!(view_flags(files, path, SIZE_MAX) & MOUNT_ATTR_RDONLY))
		return true;
	for (size_t i = 0; deep && i < files->count; i++) {
		const char *below = view_below(files->steps[i].path, path);

		if (below && *below && !compile_is_made(&files->steps[i]) &&
		    !(view_flags(files, files->steps[i].path, SIZE_MAX) &
		      MOUNT_ATTR_RDONLY))
			return true;
	}
	return false;
}

bool compile_was_writable(const struct compile *compile,
			  const struct point *point, bool deep)
{
	const struct enforce_step *mount;

	if (!point->base)
		return compile_base_writable(compile, point->path, deep);
	mount = &compile->raw[point->base - 1];
	return mount->kind != ENFORCE_MASK &&
	       !(mount->set & MOUNT_ATTR_RDONLY);
}

void compile_change(const struct compile *compile, const struct point *point,
		    uint64_t *set, uint64_t *clear)
{
	const struct point *above = point->above;
	enum written before = above && above->base == point->base ?
			      above->written : AS_IT_IS;
	bool noexec = above && above->base == point->base && above->noexec_at;

	*set = *clear = 0;
	if (point->noexec_at && !noexec)
		*set |= RULES_NOEXEC;
	if (point->written == READ_ONLY && before != READ_ONLY &&
	    (before == READ_WRITE ||
	     compile_was_writable(compile, point, true)))
		*set |= MOUNT_ATTR_RDONLY;
	if (point->written == READ_WRITE && before != READ_WRITE &&
	    (before == READ_ONLY ||
	     !compile_was_writable(compile, point, false)))
		*clear |= MOUNT_ATTR_RDONLY;
}

const struct point *compile_find(const struct compile *compile,
				 const char *path)
{
	const struct point *found;
	size_t low = 0, high = compile->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rules_order(compile->points[middle].path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = low ? &compile->points[low - 1] : NULL;
	while (found && !view_below(path, found->path))
		found = found->above;
	return found;
}

/* ---- the new steps ---------------------------------------------------- */

static void emit_again(struct compile *compile, const char *path,
		       bool directory, bool alone, uint64_t set, uint64_t clear,
		       const char *why)
{
	struct enforce_step *step = steps_add(compile->files, ENFORCE_AGAIN,
					      path, NULL, why);

	if (!step) {
		compile->failed = true;
		return;
	}
	step->optional = view_is_kernels(compile->files, path);
	step->directory = directory;
	step->alone = alone;
	step->set = set;
	step->clear = clear;
}

static struct enforce_step *emit_raw(struct compile *compile,
				     struct enforce_step *raw)
{
	struct enforce_step *step = steps_add(compile->files, raw->kind,
					      raw->path, raw->source,
					      raw->why);
	struct enforce_step copy = *raw;

	if (!step) {
		compile->failed = true;
		return NULL;
	}
	copy.path = step->path;
	copy.source = step->source;
	copy.upper = copy.work = NULL;
	return *step = copy, step;
}

/* Files and folders that rules made in what the rule MOUNT put there; 0: in
 * what was there before. */
static void emit_made(struct compile *compile, size_t mount)
{
	for (size_t i = mount; i < compile->raw_count; i++) {
		struct enforce_step *raw = &compile->raw[i];
		const struct point *point = compile_is_made(raw) ?
			compile_find(compile, raw->path) : NULL;

		/* What came later covers it. */
		while (point && point->base > i + 1)
			point = point->above;
		if (compile_is_made(raw) && (point ? point->base : 0) == mount)
			emit_raw(compile, raw);
	}
}

/* A tmpfs that will be read-only has to be filled first. */
static void emit_mount(struct compile *compile, const struct point *point)
{
	struct enforce_step *step = emit_raw(compile,
					     &compile->raw[point->mount - 1]);
	enum enforce_step_kind kind = step ? step->kind : ENFORCE_MASK;

	if (kind == ENFORCE_MASK)
		return;
	if (point->noexec_at)
		step->set |= RULES_NOEXEC;
	if (kind == ENFORCE_BIND && point->written == READ_ONLY)
		step->set |= MOUNT_ATTR_RDONLY;
	if (kind == ENFORCE_BIND && point->written == READ_WRITE)
		step->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	emit_made(compile, point->mount);
	if (kind == ENFORCE_TMPFS && point->written == READ_ONLY)
		emit_again(compile, point->path, true, true, MOUNT_ATTR_RDONLY,
			   0, "read-only");
}

static const char *why_of(const struct compile *compile, uint64_t set,
			  uint64_t clear, const struct point *point)
{
	size_t number = set & MOUNT_ATTR_RDONLY || clear ? point->write_at :
							   point->noexec_at;

	return number ? compile->raw[number - 1].why : "read-only";
}

static bool emit_point(struct compile *compile, const struct point *point)
{
	uint64_t set, clear;

	if (point->gone)
		return false;
	if (point->mount) {
		emit_mount(compile, point);
		return true;
	}
	compile_change(compile, point, &set, &clear);
	if (!set && !clear)
		return false;
	emit_again(compile, point->path, point->directory, false, set, clear,
		   why_of(compile, set, clear, point));
	return true;
}

static void emit_pin(struct compile *compile, const struct pin *pin)
{
	emit_again(compile, pin->path, !pin->link, false, 0, 0,
		   "not to be renamed");
	if (!compile->failed)
		compile->files->steps[compile->files->count - 1].link =
			pin->link;
}

static void emit_all(struct compile *compile)
{
	size_t pin = 0;

	emit_made(compile, 0);
	for (size_t i = 0; i <= compile->count; i++) {
		const struct point *point = i < compile->count ?
					    &compile->points[i] : NULL;
		int order = 1;

		for (; pin < compile->pin_count; pin++) {
			order = point ? rules_order(compile->pins[pin].path,
						    point->path) : -1;
			if (order >= 0)
				break;
			emit_pin(compile, &compile->pins[pin]);
		}
		if (!point)
			break;
		if (emit_point(compile, point) && order == 0 &&
		    pin < compile->pin_count)
			pin++;
		else if (order == 0 && pin < compile->pin_count)
			emit_pin(compile, &compile->pins[pin++]);
	}
}

int files_compile(struct enforce_plan *plan, struct error *err)
{
	struct enforce_files *files = &plan->files;
	__attribute__((cleanup(free_all))) struct compile compile = {
		.files = files,
		.raw_count = files->count - files->rules,
	};

	compile.raw = calloc(compile.raw_count + 1, sizeof(*compile.raw));
	if (!compile.raw) {
		compile.raw_count = 0;
		return base_error(err, ENOMEM, "out of memory");
	}
	memcpy(compile.raw, files->steps + files->rules,
	       compile.raw_count * sizeof(*compile.raw));
	files->count = files->rules;
	view_forget(files);
	compile.failed = !find_points(&compile);
	if (!compile.failed) {
		settle(&compile);
		pins_find(&compile);
		emit_all(&compile);
	}
	if (compile.failed)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}
