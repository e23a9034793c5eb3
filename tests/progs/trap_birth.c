/* SPDX-License-Identifier: MIT */
/*
 * What a program is born with, as text: the test compares it with a run without
 * jail. Process ids are compared here, since no two runs have the same.
 */
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>

#include "tests/progs/trap.h"

static void status_lines(void)
{
	static const char *const keys[] = {
		"Umask:", "State:", "Uid:", "Gid:", "Groups:", "Threads:",
		"SigQ:x", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
		"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:",
		"Speculation_Store_Bypass:", "SpeculationIndirectBranch:",
		"Cpus_allowed:"
	};
	FILE *file = fopen("/proc/self/status", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				SAY("%s", line);
	fclose(file);
}

static void descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
			SAY("fd %s flags %x\n", entry->d_name,
			    (unsigned)fcntl(atoi(entry->d_name), F_GETFD));
	closedir(dir);
}

static void limits(void)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (!getrlimit(i, &limit))
			SAY("rlimit %d %llu %llu\n", i,
			    (unsigned long long)limit.rlim_cur,
			    (unsigned long long)limit.rlim_max);
}

static void attributes(char **argv)
{
	int reaper = -1, death = -1;
	char text[256] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY);

	if (read(fd, text, sizeof(text) - 1) > 0)
		SAY("oom_score_adj %s", text);
	close(fd);
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	prctl(PR_GET_PDEATHSIG, &death);
	SAY("reaper %d death %d dumpable %d keepcaps %d slack %d bits %x\n",
	    reaper, death, prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS),
	    prctl(PR_GET_TIMERSLACK), (unsigned)prctl(PR_GET_SECUREBITS));
	SAY("nice %d policy %d personality %lx\n", getpriority(PRIO_PROCESS, 0),
	    sched_getscheduler(0), call(SYS_personality, -1, 0, 0));
	prctl(PR_GET_NAME, text);
	SAY("comm %s argv0 %s\n", text, strrchr(argv[0], '/'));
	SAY("session leader %d group leader %d same group as parent %d\n",
	    getsid(0) == getpid(), getpgrp() == getpid(),
	    getpgid(getppid()) == getpgrp());
	SAY("same session as parent %d\n", getsid(getppid()) == getsid(0));
	SAY("cwd %s\n", getcwd(text, sizeof(text)) ? text : "none");
	SAY("alarm %u\n", alarm(0));
}

int main(int argc, char **argv, char **envp)
{
	int n = 0;

	(void)argc;
	while (envp[n])
		n++;
	SAY("environment %d\n", n);
	status_lines();
	descriptors();
	limits();
	attributes(argv);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	CHECK(getppid() > 0 && !kill(getppid(), 0));
	return 0;
}
