/* SPDX-License-Identifier: MIT */
/*
 * Files of text by path, and standard input. A regular file is followed over
 * its rotations (file.h); a pipe, or whatever standard input is, is read as it
 * comes, and has no past to go on from.
 *
 * Who may have written it decides whether it can be forged: what is in the form
 * of auditd's log, and only root can write, is as good as the kernel's word. A
 * text that comes by way of syslog never is, for every user may write there.
 */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "auditlog/file.h"

enum { READ_MS = 20, READ_BYTES = 4 << 20 };	/* auditlog_read() */

struct stream {
	int fd;			/* -1: it is no stream */
	char *buffer;
	size_t have;		/* bytes of a line that is not whole yet */
	bool skipping;
	bool ended;
	char *again;		/* a named pipe, for its next writer */
};

struct file_source {
	struct auditlog_source source;
	char *path;		/* absolute; "-" */
	struct follow follow;
	struct stream stream;
	/* The files that about.forgeable is of: the one that is read, and the
	 * one before. */
	struct place judged[2];
};

static struct file_source *file_of(const struct auditlog_source *source)
{
	return (struct file_source *)source;
}

/* ---- who may have written it ------------------------------------------ */

static bool only_root_writes(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool has_audit_form(const struct place_look *look)
{
	return look->place.head >= 5 && (memcmp(look->head, "type=", 5) == 0 ||
					 memcmp(look->head, "node=", 5) == 0);
}

static void say_about(struct file_source *file, bool forgeable)
{
	struct auditlog_about *about = &file->source.about;
	char path[200];

	about->name = source_file.name;
	about->forgeable = forgeable;
	about->complete = !forgeable;
	base_printable(path, sizeof(path), strcmp(file->path, "-") == 0 ?
		       "standard input" : file->path);
	snprintf(about->text, sizeof(about->text), "%s%s", path,
		 forgeable ? " (forgeable)" : "");
}

/* Nothing has been written by nobody; but who will write it is not known. */
static bool is_forgeable(int fd)
{
	struct place_look look;

	return place_look(fd, &look) < 0 || !only_root_writes(fd) ||
	       !has_audit_form(&look);
}

static void judge(struct file_source *file)
{
	const struct follow *follow = &file->follow;

	file->judged[0] = follow->now.place;
	file->judged[1] = follow->before.place;
	say_about(file, follow->now.fd < 0 || is_forgeable(follow->now.fd) ||
		  (follow->before.fd >= 0 && is_forgeable(follow->before.fd)));
}

/* A file that was made anew may be another's. True: what comes now is to be
 * taken otherwise than what came. */
static bool judge_again(struct file_source *file)
{
	const struct place *now = &file->follow.now.place;
	bool was = file->source.about.forgeable;

	if (file->stream.fd < 0 &&
	    (!place_same_file(now, &file->judged[0]) ||
	     !place_same_file(&file->follow.before.place, &file->judged[1]) ||
	     !now->head != !file->judged[0].head))
		judge(file);
	return file->source.about.forgeable != was;
}

/* ---- what can be read ------------------------------------------------- */

/* Why PATH cannot be read, or the folder that it is in. */
static int denied(const char *path, struct error *err)
{
	cleanup_free char *seen = strdup(path);
	mode_t wanted = S_IRGRP;
	const struct group *group;
	struct stat st;

	while (seen && stat(seen, &st) < 0 && strrchr(seen, '/') > seen) {
		*strrchr(seen, '/') = '\0';
		wanted = S_IXGRP;
	}
	group = seen && (st.st_mode & wanted) && st.st_gid ?
		getgrgid(st.st_gid) : NULL;
	if (group)
		return base_error(err, EACCES, "reading \"%.200s\" needs root "
				  "or the group %.64s", path, group->gr_name);
	return base_error(err, EACCES, "reading \"%.200s\" needs root, or its "
			  "owner's leave", path);
}

static int not_there(const char *path, int code, struct error *err)
{
	if (code == EACCES)
		return denied(path, err);
	return base_error(err, code, "cannot read \"%.200s\": %s", path,
			  strerror(code));
}

/* Views of the kernel: reading them may take something away, or never end. */
static bool is_kernel_view(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	switch ((uint32_t)fs.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case TRACEFS_MAGIC:
	case DEBUGFS_MAGIC:
		return true;
	}
	return false;
}

static int check_kind(const char *path, const struct stat *st,
		      struct error *err)
{
	if (S_ISDIR(st->st_mode))
		return base_error(err, EISDIR, "\"%.200s\" is a folder; name "
				  "a file in it", path);
	if (S_ISSOCK(st->st_mode))
		return base_error(err, EINVAL, "\"%.200s\" is a socket, not a "
				  "file; what it says can be piped into "
				  "--source=-", path);
	if ((!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode)) ||
	    (S_ISREG(st->st_mode) && is_kernel_view(path)))
		return base_error(err, EINVAL, "\"%.200s\" is a device or a "
				  "view of the kernel, not a file; the "
				  "kernel's own log is --source=kmsg", path);
	return 0;
}

/* ---- streams ---------------------------------------------------------- */

static int stream_open(struct stream *stream, int fd, struct error *err)
{
	stream->fd = fd;
	stream->buffer = malloc(LINES_BUFFER);
	return stream->buffer ? 0 : base_error(err, ENOMEM, "out of memory");
}

static int open_stdin(struct file_source *file, struct error *err)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return base_error(err, errno, "there is no standard input: %s",
				  strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		close(fd);
		return base_error(err, EISDIR, "standard input is a folder; "
				  "redirect it from a file or a pipe");
	}
	return stream_open(&file->stream, fd, err);
}

/* A pipe of a shell ends with its writer; one with a name may have another. */
static int open_pipe(struct file_source *file,
		     const struct auditlog_options *options, struct error *err)
{
	struct statfs fs;
	int fd = rotated_open(options->name);

	if (fd < 0)
		return not_there(options->name, -fd, err);
	if (options->follow && fstatfs(fd, &fs) == 0 &&
	    (uint32_t)fs.f_type != PIPEFS_MAGIC)
		file->stream.again = strdup(file->path);
	return stream_open(&file->stream, fd, err);
}

static int take_stream(struct file_source *file, bool whole,
		       const struct auditlog_sink *sink)
{
	struct stream *stream = &file->stream;
	size_t used = 0;
	int ret = lines_take(stream->buffer, stream->have, whole,
			     &stream->skipping, &used,
			     &file->source.about.counts, sink);

	stream->have -= used;
	memmove(stream->buffer, stream->buffer + used, stream->have);
	return ret;
}

/* Opened before the old one is closed: what a next writer has written by then
 * stays in the pipe. */
static bool reopen(struct stream *stream)
{
	cleanup_close int fd = stream->again ? rotated_open(stream->again) : -1;

	return fd >= 0 && dup3(fd, stream->fd, O_CLOEXEC) >= 0;
}

static int end_stream(struct file_source *file,
		      const struct auditlog_sink *sink)
{
	int ret = take_stream(file, true, sink);

	if (ret < 0 || reopen(&file->stream))
		return ret;
	file->stream.ended = true;
	return -ENODATA;
}

/* 1: some was read; 0: there is nothing as yet. Standard input is not ours
 * alone and may be blocking, so it is asked first. */
static int read_stream(struct file_source *file,
		       const struct auditlog_sink *sink, struct error *err)
{
	struct stream *stream = &file->stream;
	struct pollfd ready = { .fd = stream->fd, .events = POLLIN };
	ssize_t n;
	int ret;

	if (stream->ended)
		return -ENODATA;
	if (poll(&ready, 1, 0) <= 0)
		return 0;
	n = read(stream->fd, stream->buffer + stream->have,
		 LINES_BUFFER - stream->have);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return not_there(file->path, errno, err);
	if (n == 0)
		return end_stream(file, sink);
	stream->have += (size_t)n;
	ret = take_stream(file, false, sink);
	return ret < 0 ? ret : 1;
}

/* ---- the source ------------------------------------------------------- */

static void file_close(struct auditlog_source *source)
{
	struct file_source *file = file_of(source);

	if (file->stream.fd < 0)
		follow_close(&file->follow);
	base_close(&file->stream.fd);
	free(file->stream.buffer);
	free(file->stream.again);
	free(file->path);
	free(file);
}

/* The folder as it really is, so that one file has one name; the file may be a
 * link that changes, or not be there yet. */
static char *absolute(const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	cleanup_free char *name = strndup(path, (size_t)(base - path));
	cleanup_free char *folder = name ? realpath(name, NULL) : NULL;

	if (!folder)
		return NULL;
	return base_printf("%s/%s", strcmp(folder, "/") ? folder : "", base);
}

static int open_file(struct file_source *file,
		     const struct auditlog_options *options, struct error *err)
{
	bool may_come = options->follow ||
			(options->position && *options->position);
	struct stat st = { .st_mode = S_IFREG };
	int ret;

	if (stat(options->name, &st) < 0 && (errno != ENOENT || !may_come))
		return not_there(options->name, errno, err);
	ret = st.st_nlink ? check_kind(options->name, &st, err) : 0;
	if (ret < 0)
		return ret;
	if (S_ISFIFO(st.st_mode))
		return open_pipe(file, options, err);
	if (st.st_nlink && eaccess(options->name, R_OK) < 0)
		return not_there(options->name, errno, err);
	file->follow.path = file->path;
	file->follow.wait = options->follow;
	file->follow.counts = &file->source.about.counts;
	return follow_open(&file->follow, options, err);
}

static int file_open(struct auditlog_source **source,
		     const struct auditlog_options *options, struct error *err)
{
	struct file_source *file = calloc(1, sizeof(*file));
	bool input = strcmp(options->name, "-") == 0;
	int ret;

	if (!file)
		return base_error(err, ENOMEM, "out of memory");
	file->stream.fd = file->follow.now.fd = file->follow.before.fd = -1;
	file->follow.notify.fd = -1;
	file->path = input ? strdup("-") : absolute(options->name);
	if (!file->path)
		ret = not_there(options->name, errno, err);
	else
		ret = input ? open_stdin(file, err) :
		      open_file(file, options, err);
	if (ret < 0) {
		file_close(&file->source);
		return ret;
	}
	file->source.gathered = strncmp(file->path, "/var/log/", 9) != 0;
	file->source.about.local = true;
	judge(file);
	*source = &file->source;
	return 0;
}

static int file_fd(const struct auditlog_source *source)
{
	const struct file_source *file = file_of(source);

	return file->stream.fd >= 0 ? file->stream.fd :
	       follow_fd(&file->follow);
}

static int file_timeout(const struct auditlog_source *source)
{
	const struct file_source *file = file_of(source);

	return file->stream.fd >= 0 ? -1 : follow_timeout(&file->follow);
}

static int file_read(struct auditlog_source *source,
		     const struct auditlog_sink *sink, struct error *err)
{
	struct file_source *file = file_of(source);
	int64_t until = base_now_monotonic() + READ_MS * 1000;
	uint64_t most = source->about.counts.bytes + READ_BYTES;
	int ret;

	do {
		ret = file->stream.fd >= 0 ? read_stream(file, sink, err) :
		      follow_read(&file->follow, sink, err);
		if (judge_again(file))
			break; /* first auditlog_about() */
	} while (ret == 1 && base_now_monotonic() < until &&
		 source->about.counts.bytes < most);
	return ret;
}

static void file_position(const struct auditlog_source *source, char *out,
			  size_t size)
{
	const struct file_source *file = file_of(source);

	if (file->stream.fd < 0)
		follow_position(&file->follow, out, size);
}

static void file_key(const struct auditlog_source *source, char *out,
		     size_t size)
{
	snprintf(out, size, "file:%s", file_of(source)->path);
}

const struct source_kind source_file = {
	.name = "file",
	.open = file_open,
	.close = file_close,
	.fd = file_fd,
	.timeout = file_timeout,
	.read = file_read,
	.position = file_position,
	.key = file_key,
};
