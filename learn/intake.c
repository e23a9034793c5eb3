/* SPDX-License-Identifier: MIT */
/* From the tracer's messages to the sink's batches. See intake.h. */
#include "learn/intake.h"

#include <string.h>

#define MOST SIZE_MAX /* the tracer has bounded what it sends */

void intake_init(struct intake *intake)
{
	*intake = (struct intake){0};
	counts_init(&intake->observations, sizeof(struct profiles_observation),
		    COUNTS_OBSERVATION_KEY, MOST);
	counts_init(&intake->arguments, sizeof(struct profiles_argument),
		    COUNTS_ARGUMENT_KEY, MOST);
}

/* What the message of an image or a library says of its file. */
struct file {
	const struct profiles_stamp *stamp;
	char *path, *build_id;	/* new memory, or NULL */
};

static bool take_file(struct file *file, const char *body, size_t size)
{
	const char *path = body + sizeof(*file->stamp);
	size_t used;

	if (size < sizeof(*file->stamp) + 1)
		return false;
	file->stamp = (const void *)body; /* the body is aligned */
	file->path = strdup(path);
	used = sizeof(*file->stamp) + strlen(path) + 1;
	file->build_id = used < size && body[used] ? strdup(body + used)
						   : NULL;
	return file->path;
}

static void take_image(struct intake *intake, uint32_t number,
		       const char *body, size_t size, bool lost_privileges)
{
	struct profiles_image *images = reallocarray(
		intake->images, intake->image_count + 1, sizeof(*images));
	struct file file;

	if (!images)
		return;
	intake->images = images;
	if (take_file(&file, body, size))
		images[intake->image_count++] = (struct profiles_image){
			.image = number, .path = file.path,
			.build_id = file.build_id, .stamp = *file.stamp,
			.lost_privileges = lost_privileges,
		};
}

static void take_library(struct intake *intake, uint32_t number,
			 const char *body, size_t size)
{
	struct profiles_library *libraries = reallocarray(
		intake->libraries, intake->library_count + 1,
		sizeof(*libraries));
	struct file file;

	if (!libraries)
		return;
	intake->libraries = libraries;
	if (take_file(&file, body, size))
		libraries[intake->library_count++] = (struct profiles_library){
			.image = number, .path = file.path,
			.build_id = file.build_id, .stamp = *file.stamp,
		};
}

static void take_totals(struct counts *table, const char *body, size_t size)
{
	for (size_t at = 0; at + table->entry_size <= size;
	     at += table->entry_size) {
		void *entry = counts_get(table, body + at);

		if (entry)
			memcpy(entry, body + at, table->entry_size);
	}
}

void intake_take(struct intake *intake, const struct wire_message *message,
		 size_t size)
{
	switch ((enum wire_kind)message->kind) {
	case WIRE_IMAGE:
	case WIRE_IMAGE_LOST:
		take_image(intake, message->number, message->body, size,
			   message->kind == WIRE_IMAGE_LOST);
		break;
	case WIRE_LIBRARY:
		take_library(intake, message->number, message->body, size);
		break;
	case WIRE_OBSERVATIONS:
		take_totals(&intake->observations, message->body, size);
		break;
	case WIRE_ARGUMENTS:
		take_totals(&intake->arguments, message->body, size);
		break;
	default:
		break;
	}
}

static void forget_objects(struct intake *intake)
{
	for (size_t i = 0; i < intake->image_count; i++) {
		free(intake->images[i].path);
		free(intake->images[i].build_id);
	}
	for (size_t i = 0; i < intake->library_count; i++) {
		free(intake->libraries[i].path);
		free(intake->libraries[i].build_id);
	}
	intake->image_count = 0;
	intake->library_count = 0;
}

int intake_hand_on(struct intake *intake, const struct learn_sink *sink,
		   struct error *err)
{
	struct profiles_batch batch = {
		.images = intake->images,
		.image_count = intake->image_count,
		.libraries = intake->libraries,
		.library_count = intake->library_count,
	};
	cleanup_free void *observations =
		counts_changed(&intake->observations, &batch.observation_count);
	cleanup_free void *arguments =
		counts_changed(&intake->arguments, &batch.argument_count);
	int ret;

	if ((!observations && intake->observations.changed_count) ||
	    (!arguments && intake->arguments.changed_count))
		return base_error(err, ENOMEM, "out of memory");
	batch.observations = observations;
	batch.arguments = arguments;
	if (!batch.image_count && !batch.library_count &&
	    !batch.observation_count && !batch.argument_count)
		return 0;
	ret = sink->batch(sink->data, &batch, err);
	if (ret < 0)
		return ret;
	counts_clean(&intake->observations);
	counts_clean(&intake->arguments);
	forget_objects(intake);
	return 0;
}

void intake_free(struct intake *intake)
{
	counts_free(&intake->observations);
	counts_free(&intake->arguments);
	forget_objects(intake);
	free(intake->images);
	free(intake->libraries);
}
