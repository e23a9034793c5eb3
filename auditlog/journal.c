/* SPDX-License-Identifier: MIT */
/*
 * The journal: what journald took from the audit socket itself
 * (_TRANSPORT=audit), and from the kernel's log (_TRANSPORT=kernel, facility
 * 0). Fields with an underscore are journald's own word; of all other entries,
 * which anybody can write, none is looked at. An event that came both ways is
 * handed on once.
 *
 * A source is the system's journal, or one file of a journal, which may have
 * been gathered from other hosts (systemd-journal-remote): they are told by the
 * machine's id. The position is the cursor of the last entry.
 */
#include "auditlog/source.h"

#ifndef HAVE_JOURNAL

static int journal_open(struct auditlog_source **source,
			const struct auditlog_options *options,
			struct error *err)
{
	(void)source;
	(void)options;
	return base_error(err, ENOSYS, "this jail was built without libsystemd "
			  "and cannot read the journal; pipe it in instead: "
			  "journalctl -k -f | jail watch --source=-");
}

const struct source_kind source_journal = {
	.name = "journal",
	.open = journal_open,
};

#else

#include <sys/stat.h>

#include "auditlog/journal.h"

/* At once, auditlog_read(). */
#define BUDGET_TIME 20000
/* How often a file that tells nobody of its growth is looked at, in ms. */
#define LOOK_EVERY 250

static int failed(int code, const char *what, struct error *err)
{
	return base_error(err, -code, "cannot read %s: %s", what,
			  strerror(-code));
}

/* ---- opening ---------------------------------------------------------- */

static bool is_refused(const char *folder, const char *machine_id)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/system.journal", folder,
		 machine_id);
	return access(path, R_OK) < 0 && errno == EACCES;
}

/* A journal without a readable file opens, and is empty. */
static int check_readable(const struct journal *journal, struct error *err)
{
	const struct journal_library *sd = journal->sd;

	if (sd->has_runtime_files(journal->journal) > 0 ||
	    sd->has_persistent_files(journal->journal) > 0)
		return 0;
	if (is_refused("/var/log/journal", journal->machine_id) ||
	    is_refused("/run/log/journal", journal->machine_id))
		return base_error(err, EACCES, "reading the system's journal "
				  "needs the group systemd-journal or adm "
				  "(root)");
	return base_error(err, ENOENT, "there is no journal of this system: "
			  "systemd-journald does not run, or keeps none");
}

static int open_system(struct journal *journal, struct error *err)
{
	int ret = journal->sd->open(&journal->journal, SD_JOURNAL_LOCAL_ONLY |
				  SD_JOURNAL_SYSTEM);

	if (ret < 0)
		return failed(ret, "the journal", err);
	snprintf(journal->base.about.text, sizeof(journal->base.about.text),
		 "the journal (what journald took from the kernel)");
	journal->base.about.local = true;
	/* Before the first entry is read, so that none is missed. */
	journal->fd = journal->sd->get_fd(journal->journal);
	return check_readable(journal, err);
}

/* Whoever may write the file may have written anything. */
static int open_file(struct journal *journal, const char *path,
		     struct error *err)
{
	struct auditlog_about *about = &journal->base.about;
	const char *paths[] = { path, NULL };
	char shown[128];
	struct stat st;
	int ret;

	base_printable(shown, sizeof(shown), path);
	if (strlen(path) >= sizeof(journal->path))
		return base_error(err, ENAMETOOLONG, "the path is too long: "
				  "%s", shown);
	if (stat(path, &st) < 0)
		return failed(-errno, shown, err);
	ret = -EINVAL;
	if (S_ISREG(st.st_mode))
		ret = journal->sd->open_files(&journal->journal, paths, 0);
	if (ret == -EBADMSG || ret == -ENODATA || ret == -EINVAL)
		return base_error(err, -ret, "%s is no file of the journal",
				  shown);
	if (ret < 0)
		return failed(ret, shown, err);
	snprintf(journal->path, sizeof(journal->path), "%s", path);
	about->forgeable = st.st_uid != 0 || (st.st_mode & 022);
	snprintf(about->text, sizeof(about->text), "%s%s", shown,
		 about->forgeable ? " (forgeable)" : "");
	return 0;
}

static int match(const struct journal *journal)
{
	static const char *const matches[] = {
		"_TRANSPORT=audit", "_AUDIT_TYPE=1326", "_AUDIT_TYPE=1701",
		NULL, "_TRANSPORT=kernel", "SYSLOG_FACILITY=0",
	};
	const struct journal_library *sd = journal->sd;
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(matches) && ret >= 0; i++)
		ret = matches[i] ? sd->add_match(journal->journal, matches[i],
						 0) :
		      sd->add_disjunction(journal->journal);
	return ret;
}

/* To the entry of the position. Where it is gone, others may be gone that came
 * after it, and the next one is where to begin. */
static int go_on(struct journal *journal)
{
	const struct journal_library *sd = journal->sd;
	sd_journal *at = journal->journal;
	int ret = sd->seek_cursor(at, journal->start);

	if (ret == -EINVAL) {
		journal->is_gone = true;
		return sd->seek_head(at);
	}
	if (ret >= 0)
		ret = sd->next(at);
	if (ret < 0)
		return ret;
	journal->any = ret > 0;
	journal->is_gone = ret == 0 ||
			   sd->test_cursor(at, journal->start) <= 0;
	journal->is_next = ret > 0 && journal->is_gone;
	return 0;
}

static int seek(struct journal *journal,
		const struct auditlog_options *options)
{
	const char *position = options->position ? options->position : "";

	if (options->since > 0)
		return journal->sd->seek_realtime_usec(
			journal->journal, (uint64_t)options->since);
	snprintf(journal->start, sizeof(journal->start), "%s", position);
	return *position ? go_on(journal) :
	       journal->sd->seek_head(journal->journal);
}

static void journal_close(struct auditlog_source *source)
{
	struct journal *journal = (struct journal *)source;

	/* Its descriptor is the library's. */
	if (journal->sd)
		journal->sd->close(journal->journal);
	free(journal);
}

static int start(struct journal *journal,
		 const struct auditlog_options *options, struct error *err)
{
	int ret;

	journal->fd = -1;
	journal->base.about.name = "journal";
	base_read_file("/etc/machine-id", journal->machine_id,
		       sizeof(journal->machine_id));
	journal->sd = journal_library(err);
	if (!journal->sd)
		return -ENOSYS;
	ret = strchr(options->name, '/') ?
	      open_file(journal, options->name, err) :
	      open_system(journal, err);
	if (ret < 0)
		return ret;
	ret = match(journal);
	if (ret >= 0)
		ret = seek(journal, options);
	return ret < 0 ? failed(ret, "the journal", err) : 0;
}

static int journal_open(struct auditlog_source **source,
			const struct auditlog_options *options,
			struct error *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int ret;

	if (!journal)
		return base_error(err, ENOMEM, "out of memory");
	ret = start(journal, options, err);
	if (ret < 0)
		journal_close(&journal->base);
	else
		*source = &journal->base;
	return ret;
}

/* ---- reading ---------------------------------------------------------- */

static void tell_gone(struct journal *journal, const struct auditlog_sink *sink)
{
	struct auditlog_loss loss = {
		.kind = AUDITLOG_LOST_FILE, .time = base_now(),
	};

	snprintf(loss.detail, sizeof(loss.detail), "%s",
		 *journal->path ? journal->path : "the journal");
	if (journal->is_gone && sink->loss)
		sink->loss(sink->data, &loss);
	journal->is_gone = false;
}

static int journal_read(struct auditlog_source *source,
			const struct auditlog_sink *sink, struct error *err)
{
	struct journal *journal = (struct journal *)source;
	int64_t until = base_now_monotonic() + BUDGET_TIME;
	int ret = 0;

	journal->sink = sink;
	tell_gone(journal, sink);
	if (journal->fd >= 0)
		ret = journal->sd->process(journal->journal);
	while (ret >= 0 && base_now_monotonic() < until) {
		ret = 1;
		if (!journal->is_next)
			ret = journal->sd->next(journal->journal);
		journal->is_next = false;
		if (ret == 0)
			return source->follow ? 0 : -ENODATA;
		if (ret < 0)
			break;
		ret = journal_entry(journal);
		if (ret < 0)
			return ret;
	}
	return ret < 0 ? failed(ret, "the journal", err) : 1;
}

static int journal_fd(const struct auditlog_source *source)
{
	return ((const struct journal *)source)->fd;
}

static int journal_timeout(const struct auditlog_source *source)
{
	const struct journal *journal = (const struct journal *)source;
	uint64_t until, now = (uint64_t)base_now_monotonic();

	if (journal->fd < 0)
		return LOOK_EVERY;
	if (journal->sd->get_timeout(journal->journal, &until) <= 0 ||
	    until == UINT64_MAX)
		return -1;
	return until <= now ? 0 : (int)((until - now) / 1000) + 1;
}

/* Where there is none yet, where it was to go on. */
static void journal_position(const struct auditlog_source *source, char *out,
			     size_t size)
{
	const struct journal *journal = (const struct journal *)source;
	cleanup_free char *cursor = NULL;

	if (journal->any &&
	    journal->sd->get_cursor(journal->journal, &cursor) >= 0)
		snprintf(out, size, "%s", cursor);
	else
		snprintf(out, size, "%s", journal->start);
}

static void journal_key(const struct auditlog_source *source, char *out,
			size_t size)
{
	const struct journal *journal = (const struct journal *)source;

	snprintf(out, size, "journal%s%s", *journal->path ? ":" : "",
		 journal->path);
}

const struct source_kind source_journal = {
	.name = "journal",
	.open = journal_open,
	.close = journal_close,
	.fd = journal_fd,
	.timeout = journal_timeout,
	.read = journal_read,
	.position = journal_position,
	.key = journal_key,
};

#endif
