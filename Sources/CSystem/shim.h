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

// Child processes. GNU's addclosefrom is hidden without _GNU_SOURCE, so declared here.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *folder);
extern int pipe2(int *ends, int flags);

/// Starts a program in a process group of its own, with no blocked and no ignored signals (threads of libdispatch block
/// SIGTERM, and a child would inherit that) and no descriptors but the three given. Returns 0 or an error number.
static inline int spawn_child(pid_t *pid, const char *path, char *const *arguments, char *const *environment,
                              const char *folder, int input, int output, int errors) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (folder) posix_spawn_file_actions_addchdir_np(&actions, folder);
    int result = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

/// Waits until a child has ended and leaves it to be reaped, so that its number stays its own. Returns 0 or an error number.
static inline int wait_for_end(pid_t pid) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

/// A pipe whose ends children do not inherit. Returns 0 or an error number.
static inline int open_pipe(int *reading, int *writing) {
    int ends[2];
    // One call, so that no other thread can start a child in between.
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

/// Asks the processor for the cache lines from an address on; only a hint, so any address will do.
static inline void prefetch_lines(const void *address, int count) {
    for (int line = 0; line < count; line++) __builtin_prefetch((const char *)address + 64 * line);
}
