/* SPDX-License-Identifier: MIT */
/* The target's way from the fork to its execve. See target.h. */
#include "learn/target.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int target_meet(int socket)
{
	pid_t self = getpid();
	char byte;

	if (base_write_all(socket, &self, sizeof(self)) < 0 ||
	    base_read_all(socket, &byte, 1) != 1)
		return -EPIPE;
	return 0;
}

int target_release(int socket)
{
	return base_write_all(socket, "g", 1) < 0 ? -EPIPE : 0;
}

/* Yama lets nobody else trace us then (Documentation/admin-guide/LSM/Yama);
 * without Yama the call fails, and nothing is lost. */
static int meet_tracer(int socket, bool has_number)
{
	pid_t tracer;
	char byte;

	if (base_read_all(socket, &tracer, sizeof(tracer)) != sizeof(tracer))
		return -EPIPE;
	(void)prctl(PR_SET_PTRACER, has_number ? (unsigned long)tracer
					       : PR_SET_PTRACER_ANY, 0, 0, 0);
	if (base_write_all(socket, "r", 1) < 0 ||
	    base_read_all(socket, &byte, 1) != 1)
		return -EPIPE;
	/* The tracer that it has needs the permission no more. */
	(void)prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	return 0;
}

/* SPEC_ALLOW, or kernels before 5.16 would slow the target down with
 * speculation barriers that it never asked for. */
static int install_filter(const struct program *filter, struct error *err)
{
	struct sock_fprog program = {
		filter->length, (struct sock_filter *)filter->code
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return base_error(err, errno, "cannot set no_new_privs: %m");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
		return 0;
	return base_error(err, errno,
			  "this kernel or container refuses seccomp filters "
			  "(%s); run jail where seccomp is allowed",
			  strerror(errno));
}

static int become_target(const struct learn_options *options,
			 const struct program *filter, int socket,
			 struct target_failure *failure)
{
	struct error *err = &failure->error;
	int ret;

	if (meet_tracer(socket, !options->spawn) < 0)
		_exit(125); /* the tracer has said why */
	ret = options->prepare ? options->prepare(options->prepare_data, err)
			       : 0;
	if (ret < 0)
		return ret;
	ret = install_filter(filter, err);
	if (ret < 0)
		return ret;
	execv(options->path, options->argv);
	failure->exec_failed = true;
	return base_exec_failed(options->path, errno, err);
}

_Noreturn void target_main(const struct learn_options *options,
			   const struct program *filter, int socket,
			   int status_fd)
{
	struct target_failure failure = {0};

	become_target(options, filter, socket, &failure);
	(void)base_write_all(status_fd, &failure, sizeof(failure));
	_exit(125);
}
