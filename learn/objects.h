/* SPDX-License-Identifier: MIT */
/*
 * Executables and libraries of the tree. Executables ("images") are numbered in
 * the order of their first exec. Libraries are read from /proc/PID/maps before
 * a process ends or executes another image, and now and then while it runs;
 * only for the first few processes of an image, as the rest would say the same.
 * Build-ids and stamps are read in the same moment: the files are those that
 * the process has, and its path of one may be another's with us.
 */
#ifndef JAIL_LEARN_OBJECTS_H
#define JAIL_LEARN_OBJECTS_H

#include "profiles/profiles.h"

struct image {
	char *path;		/* as the process sees it */
	char *build_id;		/* or NULL */
	struct profiles_stamp stamp;
	uint32_t number;
	bool lost_privileges;	/* see struct profiles_image */
	unsigned samples;	/* how often its maps were read */
	int64_t next_sample;	/* not before, microseconds, monotonic */
};

struct library {
	uint32_t image;
	char *path;
	char *build_id;
	struct profiles_stamp stamp;
};

struct objects {
	struct image **images;
	size_t image_count, images_sent;
	struct library **libraries;
	size_t library_count, libraries_sent;
	void *image_tree, *library_tree;	/* tsearch(3) */
};

void objects_free(struct objects *objects);
/* The number of the image that PID executes now. */
uint32_t objects_image(struct objects *objects, pid_t pid);
/* PID has just executed IMAGE: notes whether the identity or the capabilities
 * that its file gives (man 2 execve) were kept from it, by no_new_privs or
 * because an ordinary user traces it. */
void objects_note_privileges(struct objects *objects, uint32_t image,
			     pid_t pid);
/* Whether too few of its processes were looked at. */
bool objects_wants_sample(const struct objects *objects, uint32_t image);
/* A process of IMAGE is about to end or to change: a good moment to look. */
void objects_sample_last(struct objects *objects, pid_t pid, uint32_t image);
/* The same for one that just runs. */
void objects_sample_running(struct objects *objects, pid_t pid,
			    uint32_t image);

#endif
