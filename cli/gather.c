/* SPDX-License-Identifier: MIT */
/*
 * gather: from records to rows of the store.
 *
 * A broken program can have 100,000 calls a second refused. So a record is
 * looked up by its bytes, as it came; only the first of its kind is decoded and
 * given to a profile. The others are an event of twelve bytes in a batch, and
 * the store adds a batch up, 25 times a second.
 */
#include <limits.h>
#include <sys/utsname.h>

#include "cli/watch.h"

enum {
	KINDS = 1024,		/* of records; when there are more, and what is
				 * read was stored, they are forgotten */
	KINDS_MOST = 32768,	/* within what is read at once */
	TABLE = 65536,		/* a power of two */
	EVENTS = 65536,		/* of a batch: then it is stored, */
	EVENTS_MOST = 4 << 20,	/* while that is possible */
	BOOT_ID = 36,		/* bytes */
	BATCH = 40000,		/* microseconds that a batch gathers for, */
	LATE = 2500000		/* and what may be told by jail itself */
};

/* ---- this machine ----------------------------------------------------- */

int gather_begin(struct gather *gather, struct error *err)
{
	struct utsname name;

	if (uname(&name) == 0)
		snprintf(gather->host, sizeof(gather->host), "%.64s",
			 name.nodename);
	base_boot_id(gather->boot_id);
	/* The clock may have been set a little since. */
	gather->booted = base_booted() - 1000000;
	gather->earliest = INT64_MAX;
	gather->table = calloc(TABLE, sizeof(*gather->table));
	if (!gather->table)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static void forget_groups(struct gather *gather)
{
	for (size_t i = 0; i < gather->group_count; i++) {
		free(gather->groups[i].key);
		free(gather->groups[i].program);
	}
	for (size_t i = 0; i < gather->row_count; i++)
		free((void *)(uintptr_t)gather->rows[i].denial);
	gather->group_count = gather->row_count = 0;
	if (gather->table)
		memset(gather->table, 0, TABLE * sizeof(*gather->table));
}

void gather_free(struct gather *gather)
{
	forget_groups(gather);
	match_free(&gather->match);
	free(gather->groups);
	free(gather->rows);
	free(gather->table);
}

/* ---- kinds of records ------------------------------------------------- */

enum { TEXTS = 3 };
/* What records of a group have in common, as it came. */
struct gather_key {
	uint32_t arch, code;
	int64_t number, pid, uid;
	const struct watched *source;
	bool now;		/* while sandboxes ran that are known */
	bool forgeable;		/* a file may be another's than it was */
	size_t lengths[TEXTS];
	char text[];		/* executable, host, boot */
};

struct kind {
	const struct auditlog_record *record;
	struct auditlog_text texts[TEXTS];
	bool here;		/* on this machine since its last boot */
	uint64_t hash;
	struct gather_key key;	/* without its text */
};

static size_t bounded(const struct auditlog_text *text)
{
	return text->bytes ? text->length < 8192 ? text->length : 8192 : 0;
}

/* Whether it happened on this machine since its last boot. */
static bool is_here(const struct gather *gather,
		   const struct auditlog_record *record)
{
	const struct auditlog_text *host = &record->host;

	if (!gather->current->about.local || record->time < gather->booted ||
	    (record->boot_id &&
	     strncmp(record->boot_id, gather->boot_id, BOOT_ID) != 0))
		return false;
	return !host->bytes || (host->length == strlen(gather->host) &&
				memcmp(host->bytes, gather->host,
				       host->length) == 0);
}

/* The process counts where a sandbox can be known by it. */
static struct kind kind_of(const struct gather *gather,
			   const struct auditlog_record *record)
{
	const struct watched *source = gather->current;
	const struct auditlog_text boot = {
		record->boot_id, record->boot_id ? BOOT_ID : 0, false,
	};
	bool here = is_here(gather, record);
	bool now = here && match_covers(&gather->match, record->time);
	struct kind kind = {
		.record = record, .here = here,
		.key = {
			.arch = record->arch, .code = record->code,
			.number = record->number, .source = source, .now = now,
			.forgeable = source->about.forgeable,
			.pid = now && match_knows(&gather->match,
						  (pid_t)record->pid) ?
				       record->pid : 0,
			.uid = now ? record->uid : 0,
		},
		.texts = {record->exe, record->host, boot},
	};
	uint64_t hash = BASE_HASH;

	hash = base_hash(hash, &kind.key.arch, 8);
	hash = base_hash(hash, &kind.key.number, 24);
	for (int i = 0; i < TEXTS; i++) {
		kind.key.lengths[i] = bounded(&kind.texts[i]);
		hash = base_hash(hash ^ here, kind.texts[i].bytes,
				 kind.key.lengths[i]);
	}
	kind.hash = hash;
	return kind;
}

static bool is_kind(const struct gather_group *group, const struct kind *kind)
{
	const struct gather_key *a = group->key, *b = &kind->key;
	const char *text = a->text;

	if (group->hash != kind->hash || a->arch != b->arch ||
	    a->code != b->code || a->number != b->number || a->pid != b->pid ||
	    a->uid != b->uid || a->source != b->source || a->now != b->now ||
	    a->forgeable != b->forgeable)
		return false;
	for (int i = 0; i < TEXTS; i++) {
		if (a->lengths[i] != b->lengths[i] ||
		    (a->lengths[i] &&
		     memcmp(text, kind->texts[i].bytes, a->lengths[i]) != 0))
			return false;
		text += a->lengths[i];
	}
	return true;
}

static struct gather_key *keep_key(const struct kind *kind)
{
	const struct gather_key *key = &kind->key;
	struct gather_key *kept = malloc(sizeof(*kept) + key->lengths[0] +
					 key->lengths[1] + key->lengths[2]);
	char *text;

	if (!kept)
		return NULL;
	*kept = *key;
	text = kept->text;
	for (int i = 0; i < TEXTS; i++)
		if (key->lengths[i])
			text = mempcpy(text, kind->texts[i].bytes,
				       key->lengths[i]);
	return kept;
}

/* The denial that its records are, and whose; no program: nobody's. */
static int fill(struct gather *gather, const struct kind *kind,
		struct gather_group *group)
{
	const struct auditlog_about *about = &kind->key.source->about;
	struct profiles_denial *denial = &gather->scratch;
	char program[256];
	const char *host = about->local ? gather->host : "";
	int ret = auditlog_denial(kind->record, host, denial);

	if (ret < 0)
		return 0; /* counted as odd, and no more */
	if (kind->record->boot_id)
		snprintf(denial->boot_id, sizeof(denial->boot_id), "%.*s",
			 BOOT_ID, kind->record->boot_id);
	else if (kind->here)
		snprintf(denial->boot_id, sizeof(denial->boot_id), "%s",
			 gather->boot_id);
	snprintf(denial->source, sizeof(denial->source), "%s", about->name);
	denial->forgeable = kind->key.forgeable;
	group->late = denial->action == PROFILES_NOTIFIED;
	if (!match_program(&gather->match, denial, kind->key.now, program,
			   sizeof(program)))
		return 0;
	group->program = strdup(program);
	return group->program ? 0 : -ENOMEM;
}

static int make_room(struct gather *gather)
{
	size_t room = gather->group_room ? gather->group_room * 2 : 64;
	struct gather_group *groups;
	struct db_group *rows;

	if (gather->group_count < gather->group_room)
		return 0;
	groups = reallocarray(gather->groups, room, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	gather->groups = groups;
	rows = reallocarray(gather->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	gather->rows = rows;
	gather->group_room = room;
	return 0;
}

/* Whether they differ in the executable, and the process, alone. */
static bool is_alike(const struct db_group *row, const char *program,
		     const struct profiles_denial *denial)
{
	const struct profiles_denial *other = row->denial;

	return other->uid == denial->uid && other->action == denial->action &&
	       other->forgeable == denial->forgeable &&
	       base_call_compare(&other->call, &denial->call) == 0 &&
	       strcmp(row->program, program) == 0 &&
	       strcmp(other->source, denial->source) == 0 &&
	       strcmp(other->host, denial->host) == 0 &&
	       strcmp(other->boot_id, denial->boot_id) == 0;
}

/* A program that executes itself under ever new names gets so many rows; the
 * store folds them anyway. */
static int make_row(struct gather *gather, struct gather_group *group)
{
	struct profiles_denial *denial;
	unsigned alike = 0;

	for (size_t i = 0; i < gather->row_count; i++) {
		if (!is_alike(&gather->rows[i], group->program,
			      &gather->scratch))
			continue;
		group->row = (uint32_t)i;
		if (++alike == DB_EXECUTABLES)
			return 0;
	}
	denial = malloc(sizeof(*denial));
	if (!denial)
		return -ENOMEM;
	*denial = gather->scratch;
	group->row = (uint32_t)gather->row_count;
	gather->rows[gather->row_count++] = (struct db_group){
		.program = group->program, .denial = denial,
	};
	return 0;
}

static int make_group(struct gather *gather, const struct kind *kind,
		      size_t slot)
{
	struct gather_group group = {.hash = kind->hash};

	if (make_room(gather) < 0)
		return -ENOMEM;
	group.key = keep_key(kind);
	if (!group.key || fill(gather, kind, &group) < 0 ||
	    (group.program && make_row(gather, &group) < 0)) {
		free(group.key);
		free(group.program);
		return -ENOMEM;
	}
	gather->groups[gather->group_count] = group;
	gather->table[slot] = (uint32_t)++gather->group_count;
	return (int)gather->group_count - 1;
}

/* The group of a kind; made where there is none. */
static int find_group(struct gather *gather, const struct kind *kind)
{
	size_t slot = kind->hash & (TABLE - 1);

	while (gather->table[slot]) {
		uint32_t group = gather->table[slot] - 1;

		if (is_kind(&gather->groups[group], kind))
			return (int)group;
		slot = (slot + 1) & (TABLE - 1);
	}
	return gather->group_count == KINDS_MOST ?
		       -ENOBUFS : make_group(gather, kind, slot);
}

/* ---- batches ---------------------------------------------------------- */

static int add_event(struct batch *batch, const struct auditlog_record *record,
		     uint32_t row, bool late)
{
	if (batch->count == batch->room) {
		size_t room = batch->room ? batch->room * 2 : 256;
		struct db_event *events = reallocarray(batch->events, room,
						       sizeof(*events));

		if (!events)
			return -ENOMEM;
		batch->events = events;
		batch->room = room;
	}
	if (!batch->count && late)
		batch->since = base_now_monotonic();
	batch->events[batch->count++] = (struct db_event){
		.serial = record->serial, .group = row, .time = record->time,
	};
	return 0;
}

int gather_take(struct gather *gather, const struct auditlog_record *record)
{
	struct watched *watched = gather->current;
	struct gather_group *group;
	struct kind kind;
	int index;

	if (!record->has_call || auditlog_action(record->code) < 0) {
		gather->odd++;
		return 0;
	}
	kind = kind_of(gather, record);
	index = find_group(gather, &kind);
	if (index < 0) {
		gather->dropped++;
		return index == -ENOBUFS ? 0 : index;
	}
	group = &gather->groups[index];
	if (!group->program) {
		gather->passed_over++;
		return 0;
	}
	return add_event(group->late ? &watched->late : &watched->now, record,
			 group->row, group->late);
}

/* The first event after a pause is stored at once. */
static int wait_of(const struct batch *batch, int64_t gather)
{
	int64_t left;

	if (!batch->count)
		return -1;
	left = batch->since + gather - base_now_monotonic();
	return left <= 0 || batch->count >= EVENTS ? 0 :
						     (int)(left / 1000) + 1;
}

int gather_wait(const struct watched *watched)
{
	int now = wait_of(&watched->now, BATCH);
	int late = wait_of(&watched->late, LATE);

	return now < 0 || (late >= 0 && late < now) ? late : now;
}

/* ---- storing ---------------------------------------------------------- */

/* What the groups of a batch brought that the store did not have. */
static void note_stored(struct gather *gather, const struct batch *batch)
{
	bool any = false;

	for (size_t i = 0; i < gather->row_count; i++) {
		gather->stored += gather->rows[i].counted;
		any |= gather->rows[i].counted > 0;
	}
	for (size_t i = 0; any && i < batch->count; i++)
		if (gather->rows[batch->events[i].group].counted &&
		    batch->events[i].time < gather->earliest)
			gather->earliest = batch->events[i].time;
}

static int store(struct gather *gather, struct watched *watched,
		 struct batch *batch, struct db *db, struct error *err)
{
	struct db_records records = {
		.events = batch->events, .event_count = batch->count,
		.groups = gather->rows, .group_count = gather->row_count,
		/* What is passed over shall count for who reads it later. */
		.complete = watched->about.complete && !watched->lost &&
			    gather->match.all,
		.source = watched->key, .position = watched->position,
	};
	int ret = db_records_add(db, &watched->covered, &records, err);

	/* It is tried again, with what comes; but not for ever. */
	if (ret < 0 && batch->count > EVENTS_MOST) {
		gather->dropped += batch->count;
		batch->count = 0;
	}
	if (ret < 0)
		return ret;
	snprintf(watched->kept, sizeof(watched->kept), "%s",
		 watched->position);
	/* What another source has of what was lost here is not counted yet. */
	if (watched->lost)
		watched->covered = (struct db_covered){0};
	watched->lost = false;
	note_stored(gather, batch);
	batch->count = 0;
	batch->since = base_now_monotonic();
	return 0;
}

int gather_store(struct gather *gather, struct watched *watched,
		 struct db *db, bool all, struct error *err)
{
	int ret = 0;

	/* Many kinds can be forgotten once nothing waits. */
	all |= gather->group_count > KINDS;
	/* Where the source is to go on: not behind what is late. */
	if (!watched->late.count && watched->source)
		auditlog_position(watched->source, watched->position);
	if (watched->now.count && (all || wait_of(&watched->now, BATCH) == 0))
		ret = store(gather, watched, &watched->now, db, err);
	if (ret == 0 && watched->late.count &&
	    (all || wait_of(&watched->late, LATE) == 0)) {
		/* After it nothing is late any more. */
		if (watched->source && !watched->now.count)
			auditlog_position(watched->source, watched->position);
		ret = store(gather, watched, &watched->late, db, err);
	}
	/* What was read without finding anything is not read again. */
	if (ret == 0 && all && strcmp(watched->kept, watched->position) != 0)
		ret = store(gather, watched, &watched->now, db, err);
	return ret;
}

void gather_forget(struct gather *gather, const struct watched *watched,
		   size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (watched[i].now.count || watched[i].late.count)
			return;
	if (gather->group_count > KINDS ||
	    gather->match.version != gather->version)
		forget_groups(gather);
	gather->version = gather->match.version;
}
