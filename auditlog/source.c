/* SPDX-License-Identifier: MIT */
/*
 * Sources by name, and what is the same for all of them. Between the reader of
 * a kind and the caller stands a sink of ours: it leaves out what is older than
 * was asked for, takes the deaths out, and sees whether a record is of another
 * host.
 */
#include <string.h>

#include "auditlog/source.h"

/* ---- by name ---------------------------------------------------------- */

static const struct {
	const char *name;
	const struct source_kind *kind;
	const char *paths[2];	/* of a file, the first that is there */
	const char *writer;	/* what would have made it */
} names[] = {
	/* In the order of auditlog_try(). */
	{ .name = "netlink", .kind = &source_netlink },
	{ .name = "journal", .kind = &source_journal },
	{ .name = "audit.log", .kind = &source_file, .writer = "auditd",
	  .paths = { "/var/log/audit/audit.log" } },
	{ .name = "kmsg", .kind = &source_kmsg },
	{ .name = "kern.log", .kind = &source_file, .writer = "rsyslog",
	  .paths = { "/var/log/kern.log" } },
	{ .name = "syslog", .kind = &source_file, .writer = "rsyslog",
	  .paths = { "/var/log/syslog", "/var/log/messages" } },
};

/* The file that stands for a name. What may not be looked at is there: opening
 * it says why. */
static const char *existing(const char *const paths[2])
{
	for (size_t i = 0; i < 2 && paths[i]; i++)
		if (access(paths[i], F_OK) == 0 || errno != ENOENT)
			return paths[i];
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int unknown_name(const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		base_nearest(&nearest, names[i].name);
	if (*nearest.name)
		return base_error(err, EINVAL, "there is no source \"%.100s\"; "
				  "did you mean \"%s\"?", name, nearest.name);
	return base_error(err, EINVAL, "there is no source \"%.100s\"; a file "
			  "is named with a slash: ./%.100s", name, name);
}

/* The kind of the source, and the path for it in OPTIONS where it is a file. */
static const struct source_kind *choose(struct auditlog_options *options,
					struct error *err)
{
	const char *name = options->name ? options->name : "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		if (!names[i].paths[0])
			return names[i].kind;
		options->name = existing(names[i].paths);
		if (options->name)
			return names[i].kind;
		base_error(err, ENOENT, "there is no %s: %s has not run here, "
			   "or writes to another file; name it by its path",
			   names[i].paths[0], names[i].writer);
		return NULL;
	}
	if (strcmp(name, "-") == 0)
		return &source_file;
	if (strchr(name, '/'))
		return ends_with(name, ".journal") ? &source_journal :
		       &source_file;
	unknown_name(name, err);
	return NULL;
}

int auditlog_open(struct auditlog_source **source,
		  const struct auditlog_options *options, struct error *err)
{
	struct auditlog_options chosen = *options;
	struct error why = { 0 };
	const struct source_kind *kind;
	int ret;

	*source = NULL;
	kind = choose(&chosen, &why);
	if (!kind) {
		if (err)
			*err = why;
		return -why.code;
	}
	ret = kind->open(source, &chosen, err);
	if (ret < 0)
		return ret;
	(*source)->kind = kind;
	(*source)->since = options->since;
	(*source)->follow = options->follow;
	return 0;
}

void auditlog_close(struct auditlog_source *source)
{
	if (source)
		source->kind->close(source);
}

void auditlog_closep(struct auditlog_source **source)
{
	auditlog_close(*source);
	*source = NULL;
}

void auditlog_try(bool (*tell)(void *data, const char *name,
			       const struct error *why), void *data)
{
	bool more = true;

	for (size_t i = 0; more && i < ARRAY_SIZE(names); i++) {
		cleanup_auditlog struct auditlog_source *source = NULL;
		struct auditlog_options options = {
			.name = names[i].name,
			.follow = true,
		};
		struct error err = { 0 };
		int ret = auditlog_open(&source, &options, &err);

		more = tell(data, names[i].name, ret < 0 ? &err : NULL);
	}
}

/* ---- reading ---------------------------------------------------------- */

/* Whether the record names a host that is not this one; a name may be given
 * with its domain or without. */
static bool is_foreign(struct auditlog_source *source,
		       const struct auditlog_text *host)
{
	char there[sizeof(source->here)];

	if (!host->bytes)
		return false;
	if (!*source->here) {
		gethostname(source->here, sizeof(source->here) - 1);
		source->here[strcspn(source->here, ".")] = '\0';
	}
	auditlog_text_copy(host, there, sizeof(there));
	there[strcspn(there, ".")] = '\0';
	return strcmp(source->here, there) != 0;
}

static int take_record(void *data, const struct auditlog_record *record)
{
	struct auditlog_source *source = data;

	if (record->time < source->since) {
		if (record->kind == AUDITLOG_CALL)
			source->about.counts.records--;
		return 0;
	}
	if (source->gathered && source->about.local &&
	    is_foreign(source, &record->host))
		source->about.local = false;
	deaths_note(&source->deaths, record, source->outer);
	if (record->kind != AUDITLOG_CALL)
		return 0;
	return source->outer->record(source->outer->data, record);
}

static void take_loss(void *data, const struct auditlog_loss *loss)
{
	struct auditlog_source *source = data;

	if (source->outer->loss && loss->time >= source->since)
		source->outer->loss(source->outer->data, loss);
}

int auditlog_read(struct auditlog_source *source,
		  const struct auditlog_sink *sink, struct error *err)
{
	struct auditlog_sink between = {
		.record = take_record,
		.loss = take_loss,
		.data = source,
	};
	int ret;

	source->outer = sink;
	ret = source->kind->read(source, &between, err);
	source->outer = NULL;
	return ret;
}

bool auditlog_stop(struct auditlog_source *source)
{
	if (!source->kind->stop)
		return false;
	source->kind->stop(source);
	source->follow = false;
	return true;
}

/* ---- the rest --------------------------------------------------------- */

int auditlog_fd(const struct auditlog_source *source)
{
	return source->kind->fd(source);
}

int auditlog_timeout(const struct auditlog_source *source)
{
	return source->kind->timeout ? source->kind->timeout(source) : -1;
}

char *auditlog_position(const struct auditlog_source *source,
			char out[AUDITLOG_POSITION])
{
	out[0] = '\0';
	if (source->kind->position)
		source->kind->position(source, out, AUDITLOG_POSITION);
	return out;
}

char *auditlog_key(const struct auditlog_source *source, char *out,
		   size_t size)
{
	if (source->kind->key)
		source->kind->key(source, out, size);
	else
		snprintf(out, size, "%s", source->kind->name);
	return out;
}

void auditlog_about(const struct auditlog_source *source,
		    struct auditlog_about *about)
{
	*about = source->about;
}
