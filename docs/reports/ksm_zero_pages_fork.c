// SPDX-License-Identifier: MIT
/*
 * /sys/kernel/mm/ksm/ksm_zero_pages is wrong for good after fork() of a process with KSM-placed
 * zero pages: where they are in a mapping that the child does not get, and while ksmd merges.
 *
 *   cc -O2 -Wall -Wextra -Werror -o ksm_zero_pages_fork ksm_zero_pages_fork.c
 *   sudo ./ksm_zero_pages_fork [FORKS]
 *
 * For a machine where nothing else uses KSM; takes seconds. Every line should end in 0. The knobs
 * are put back at the end and after signals. Exit status: 0 all is right, 1 wrong, 4 can't run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 512, KNOBS = 5 };
enum end { NO_FORK, EXIT, EXEC, KILL };
static const char *const knob[KNOBS] = {"run", "use_zero_pages", "pages_to_scan",
					"sleep_millisecs", "smart_scan"};
static const char *const wanted[KNOBS] = {"0", "1", "1000", "0", "0"};
static char before[KNOBS][32];
static volatile sig_atomic_t stop;

static ssize_t file(const char *name, int flags, char *text, size_t size)
{
	char path[64];
	ssize_t done = -1;

	snprintf(path, sizeof(path), "/sys/kernel/mm/ksm/%s", name);
	int fd = open(path, flags);
	if (fd >= 0)
		done = flags == O_RDONLY ? read(fd, text, size) : write(fd, text, size);
	close(fd);
	return done;
}

static int set(const char *name, const char *value)
{
	char text[32];

	snprintf(text, sizeof(text), "%s", value);
	return file(name, O_WRONLY, text, strlen(text)) < 0 ? -1 : 0;
}

static long ksm_zero_pages(void)
{
	char text[32] = "";

	return file("ksm_zero_pages", O_RDONLY, text, sizeof(text) - 1) > 0 ? atol(text) : -1;
}

static void put_back(void)
{
	for (int i = 0; i < KNOBS; i++)
		if (before[i][0])
			set(knob[i], before[i]);
}

static void on_signal(int number)
{
	stop = number;
}

/* What the counter is off by after `forks` children and the end of the mapping. */
static long miscount(const char *what, int advice, int race, enum end end, int forks)
{
	size_t bytes = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	long start = ksm_zero_pages();
	char *zeros = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (zeros == MAP_FAILED || madvise(zeros, bytes, MADV_MERGEABLE))
		return perror(what), 0;
	madvise(zeros, bytes, MADV_NOHUGEPAGE);
	if (advice)
		madvise(zeros, bytes, advice);
	memset(zeros, 0, bytes);
	set("run", "1");
	for (int i = 0; !race && !stop && i < 1000 && ksm_zero_pages() < start + PAGES; i++)
		usleep(10000);
	if (!race)
		set("run", "0");
	for (int i = 0; !stop && i < forks; i++) {
		if (race && i % 16 == 0)
			memset(zeros, 0, bytes); /* pages of its own again, for ksmd to merge */
		pid_t child = end == NO_FORK ? (usleep(300), -1) : fork();
		if (child == 0 && end == EXEC)
			execl("/bin/true", "true", (char *)NULL);
		if (child == 0 && end == KILL)
			raise(SIGKILL);
		if (child == 0)
			_exit(0);
		while (child > 0 && waitpid(child, NULL, 0) < 0)
			;
	}
	set("run", "0");
	munmap(zeros, bytes);
	long off = ksm_zero_pages() - start;
	printf("%-52s %5d forks: %+ld\n", what, end == NO_FORK ? 0 : forks, off);
	return off;
}

int main(int argc, char **argv)
{
	int forks = argc > 1 ? atoi(argv[1]) : 2000, wrong = 0;
	struct utsname host;
	struct sigaction action = {.sa_handler = on_signal};
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM,
				      SIGUSR1, SIGUSR2, SIGXCPU};

	uname(&host);
	if (ksm_zero_pages() < 0 && access("/sys/kernel/mm/ksm/ksm_zero_pages", R_OK))
		return fprintf(stderr, "no ksm_zero_pages (Linux 6.6, CONFIG_KSM)\n"), 4;
	for (int i = 0; i < KNOBS; i++)
		if (file(knob[i], O_RDONLY, before[i], sizeof(before[i]) - 1) <= 0)
			before[i][0] = 0; /* smart_scan: since 6.7 */
	if (before[0][0] != '0')
		return fprintf(stderr, "ksm/run is not 0: something else uses KSM\n"), 4;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	atexit(put_back);
	for (int i = 0; i < KNOBS; i++)
		if (before[i][0] && set(knob[i], wanted[i]))
			return fprintf(stderr, "cannot write %s (root? advisor_mode none?)\n", knob[i]), 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("Linux %s %s, ksm_zero_pages %ld\n", host.release, host.machine, ksm_zero_pages());
	wrong |= !!miscount("merged, then fork, exit", 0, 0, EXIT, 3);
	wrong |= !!miscount("merged, MADV_DONTFORK, then fork, exit", MADV_DONTFORK, 0, EXIT, 3);
	wrong |= !!miscount("merged, MADV_WIPEONFORK, then fork, exit", MADV_WIPEONFORK, 0, EXIT, 3);
	wrong |= !!miscount("while ksmd merges: written to only", 0, 1, NO_FORK, forks);
	wrong |= !!miscount("while ksmd merges: fork, exit", 0, 1, EXIT, forks);
	wrong |= !!miscount("while ksmd merges: fork, exec, exit", 0, 1, EXEC, forks);
	wrong |= !!miscount("while ksmd merges: fork, SIGKILL", 0, 1, KILL, forks);
	return stop ? 128 + stop : wrong;
}
