#pragma once
// The C library's GNU extensions and variadic calls that Swift's Glibc module does not show.
// _GNU_SOURCE must not be defined: the headers would then differ from those of Swift's Glibc module.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Hidden without _GNU_SOURCE, so declared here.
extern long syscall(long number, ...);
extern int pthread_setname_np(pthread_t thread, const char *name);

/// Names a thread, at most 15 bytes; longer names are refused by the kernel.
static inline void set_thread_name(pthread_t thread, const char *name) { (void)pthread_setname_np(thread, name); }

/// Opens a descriptor that becomes readable when the process ends; -1 with errno on failure.
static inline int open_pid_descriptor(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

/// Nanoseconds of a clock that also runs while this process is stopped and while the machine sleeps.
static inline int64_t boot_time_nanoseconds(void) {
    struct timespec t;
    clock_gettime(7 /* CLOCK_BOOTTIME */, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
