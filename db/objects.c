/* SPDX-License-Identifier: MIT */
/*
 * What a program was learned from. It is read before each start, so it comes
 * from a table of the program's own, which record.c fills, and an index.
 */
#include <string.h>

#include "db/sql.h"

/* Room for one more behind COUNT entries of SIZE, which doubles. */
static bool grow(void *array_pointer, size_t count, size_t size)
{
	void **array = array_pointer, *bigger;

	if (count & (count - 1))
		return true;
	bigger = reallocarray(*array, count ? 2 * count : 1, size);
	if (bigger)
		*array = bigger;
	return bigger;
}

/* Columns: path, build_id, library, inode, size, mtime, outdated. */
static bool take_object(sqlite3_stmt *stmt, struct db_objects *objects)
{
	const char *build_id = db_column_text(stmt, 1);
	struct profiles_object *object;

	if (!grow(&objects->objects, objects->count, sizeof(*object)))
		return false;
	object = &objects->objects[objects->count];
	*object = (struct profiles_object){
		.path = strdup(db_column_text(stmt, 0)),
		.library = sqlite3_column_int(stmt, 2) != 0,
		.stamp.inode = db_column_u64(stmt, 3),
		.stamp.size = db_column_u64(stmt, 4),
		.stamp.mtime = sqlite3_column_int64(stmt, 5),
		.outdated = sqlite3_column_int(stmt, 6) != 0,
	};
	if (!object->path)
		return false;
	objects->count++;
	if (*build_id)
		object->build_id = strdup(build_id);
	return !*build_id || object->build_id;
}

static int read_objects(struct db *db, int64_t program,
			struct db_objects *objects, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT path, build_id, library, inode, size, mtime,"
			 " session < (SELECT max(session) FROM learned_objects"
			 "  WHERE program = ?1)"
			 " FROM learned_objects WHERE program = ?1"
			 " ORDER BY path, build_id LIMIT ?2", "ii", program,
			 (int64_t)DB_OBJECTS);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_object(stmt, objects) ? 0 : -ENOMEM;
	return r == -ENOMEM ? base_error(err, ENOMEM, "out of memory") : r;
}

static bool take_kernel(sqlite3_stmt *stmt, struct db_objects *objects,
			size_t count)
{
	char **kernels = reallocarray(objects->kernels, count + 2,
				      sizeof(*kernels));

	if (!kernels)
		return false;
	objects->kernels = kernels;
	kernels[count] = strdup(db_column_text(stmt, 0));
	kernels[count + 1] = NULL;
	return kernels[count];
}

static int read_kernels(struct db *db, int64_t program,
			struct db_objects *objects, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	size_t count = 0;
	int r = db_query(db, &stmt, err,
			 "SELECT DISTINCT kernel FROM sessions"
			 " WHERE program = ?1 AND origin = 'learn'"
			 " ORDER BY kernel", "i", program);

	objects->kernels = calloc(1, sizeof(*objects->kernels));
	if (!objects->kernels)
		return base_error(err, ENOMEM, "out of memory");
	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_kernel(stmt, objects, count++) ? 0 : -ENOMEM;
	return r == -ENOMEM ? base_error(err, ENOMEM, "out of memory") : r;
}

int db_objects(struct db *db, const char *program, struct db_objects *objects,
	       struct error *err)
{
	int64_t id = 0;
	int r = db_program_known(db, program, &id, err);

	*objects = (struct db_objects){ 0 };
	if (r == 0)
		r = read_objects(db, id, objects, err);
	if (r == 0)
		r = read_kernels(db, id, objects, err);
	if (r < 0)
		db_objects_free(objects);
	return r;
}

void db_objects_free(struct db_objects *objects)
{
	if (!objects)
		return;
	for (size_t i = 0; i < objects->count; i++) {
		free(objects->objects[i].path);
		free(objects->objects[i].build_id);
	}
	free(objects->objects);
	for (char **k = objects->kernels; k && *k; k++)
		free(*k);
	free(objects->kernels);
	*objects = (struct db_objects){ 0 };
}
