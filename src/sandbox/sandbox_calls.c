/* The system calls that unitwardd makes, and why. Those that only a library makes are here for the library: whatever
 * sqlite, libsystemd or the C library of another distribution may call, not only what was seen to be called here. */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sandbox_internal.h"
#include "unitward/util.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif

#define S (1u << SANDBOX_SUPERVISOR)
#define G (1u << SANDBOX_GUARD)
#define C (1u << SANDBOX_SCOUT)

const struct call_group call_groups[] = {
        { S | G | C, "memory", "brk munmap mremap madvise membarrier mseal map_shadow_stack" },
        { S | G | C, "threads and locks",
          "futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue set_robust_list get_robust_list rseq "
          "set_tid_address set_thread_area get_thread_area arch_prctl sched_yield sched_getaffinity sched_getparam "
          "sched_getscheduler sched_get_priority_min sched_get_priority_max gettid getcpu exit exit_group "
          "restart_syscall" },
        { S | G | C, "signals",
          "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigtimedwait_time64 sigreturn "
          "sigaction sigprocmask sigaltstack signalfd signalfd4" },
        { S | G | C, "the time",
          "clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 "
          "nanosleep gettimeofday time times" },
        { S | G | C, "who and where it is",
          "getpid getppid getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 "
          "getresgid getresgid32 getgroups getgroups32 getpgrp getpgid getsid uname getcwd umask getrandom sysinfo "
          "getrusage getrlimit ugetrlimit prlimit64 capget getpriority" },
        { S | G | C, "open, read and write files",
          "open openat openat2 creat close close_range read readv pread64 preadv preadv2 write writev pwrite64 pwritev "
          "pwritev2 lseek _llseek dup dup2 dup3 pipe pipe2 fadvise64 fadvise64_64 arm_fadvise64_64 readahead "
          "copy_file_range sendfile sendfile64 splice flock memfd_create" },
        { S | G | C, "look at files and directories",
          "stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx access faccessat faccessat2 readlink "
          "readlinkat getdents getdents64 statfs statfs64 fstatfs fstatfs64 name_to_handle_at open_by_handle_at "
          "getxattr "
          "lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat statmount listmount" },
        { S | G, "put back what was tampered with, and keep evidence",
          "mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat mknod mknodat "
          "chmod fchmod fchmodat fchmodat2 chown chown32 lchown lchown32 fchown fchown32 fchownat utimensat "
          "utimensat_time64 futimesat utimes utime truncate truncate64 ftruncate ftruncate64 fallocate setxattr "
          "lsetxattr "
          "fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat" },
        { S | G, "write it down for good", "fsync fdatasync syncfs sync_file_range sync_file_range2" },
        { S | G | C, "wait for events",
          "poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1 epoll_ctl "
          "epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_settime64 "
          "timerfd_gettime timerfd_gettime64 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch" },
        { S | G | C, "fanotify, and who acted", "fanotify_mark pidfd_open" },
        { S | G, "what a gated command is asked for", "process_vm_readv" },
        { S | G, "a thread that nobody waits for goes behind the others", "setpriority" },
        { S | G | C, "the control socket, journald, a manager's bus, name services; for AF_UNIX sockets, see below",
          "connect bind listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt sendto sendmsg "
          "sendmmsg send recvfrom recvmsg recvmmsg recvmmsg_time64 recv" },

        { S, "open the groups; try what the kernel can", "fanotify_init" },
        { S, "step into the sandbox, with the priorities and limits for the work",
          "seccomp prctl capset sched_setscheduler sched_setparam sched_setaffinity setrlimit" },
        { S, "the guard, and rpm at its start: start, end and wait for them",
          "fork vfork execve wait4 waitid waitpid kill tkill tgkill pidfd_send_signal" },
        { S, "what rpm does, and whatever its plug-ins and the name services do",
          "mmap mmap2 mprotect fcntl fcntl64 ioctl chdir fchdir setpgid setsid alarm getitimer setitimer mincore mlock "
          "munlock msync "
          "rt_sigsuspend rt_sigqueueinfo pause ipc semget semop semtimedop semctl shmget shmat shmdt shmctl "
          "sched_getattr "
          "io_setup io_submit io_getevents io_destroy" },
#if SANITIZED
        { S | G | C, "AddressSanitizer and ThreadSanitizer: their reports, and the search for leaks at the end",
          "prctl ptrace fork vfork wait4 waitid personality process_vm_readv mincore msync mlock munlock tgkill kill "
          "setrlimit sched_setaffinity" },
#endif
        { 0, NULL, NULL },
};

/* ---- Only with these arguments -------------------------------------------------------------------------- */

#define VALUES(...)                                                                                                    \
        .values = (const uint64_t[]){ __VA_ARGS__ },                                                                   \
        .n_values = sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)

#define INT 0xffffffffu /* the kernel looks at no more of an int */
#define NAMESPACES                                                                                                     \
        (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

#define VMA_NAME 0x53564d41      /* PR_SET_VMA: malloc(3) of newer libraries names its memory when it is told to */
#define TERMIOS2_GET 0x802c542a  /* TCGETS2: isatty(3) of newer libraries */
#define F2FS_FEATURES 0x8004f50c /* F2FS_IOC_GET_FEATURES: sqlite asks every file system */

#define FCNTL_COMMANDS                                                                                                 \
        VALUES(F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK,  \
               F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE, F_GETLEASE, F_SETSIG, F_GETSIG, F_ADD_SEALS, F_GET_SEALS,        \
               F_GETPIPE_SZ, F_SETPIPE_SZ)

const struct call_limit call_limits[] = {
        /* Threads; the supervisor and a start make processes too. Nobody makes a namespace. Where the flags are in
         * memory no filter can see them: libc then uses clone. */
        { G, "clone", CLONE_FLAGS, NAMESPACES | CLONE_THREAD, VALUES(CLONE_THREAD) },
        { SANITIZED ? S | G : S, "clone", CLONE_FLAGS, NAMESPACES, VALUES(0) },
        { S | G | C, "clone3", .error = ENOSYS },
        /* A guard joins the mount namespace of PID 1 before it looks at anything. */
        { S, "setns", 1, INT, VALUES(CLONE_NEWNS) },

        /* A name service that asks a directory server itself finds no network; nscd, sssd, nslcd and userdb are asked
         * over AF_UNIX. */
        { S | G, "socket", 0, INT, VALUES(AF_UNIX) },
        { S | G, "socket", 0, INT, VALUES(AF_INET, AF_INET6, AF_NETLINK), .error = EAFNOSUPPORT },
        { S | G, "socketpair", 0, INT, VALUES(AF_UNIX) },

        /* No memory is both written and executed. The dynamic linker tries to change what it has mapped to be executed,
         * for branch protection on aarch64, and does without. */
        { G | C, "mmap", 2, PROT_WRITE | PROT_EXEC, VALUES(0, PROT_WRITE, PROT_EXEC) },
        { G | C, "mmap", 2, PROT_WRITE | PROT_EXEC, VALUES(PROT_WRITE | PROT_EXEC), .error = EPERM },
        { G | C, "mmap2", 2, PROT_WRITE | PROT_EXEC, VALUES(0, PROT_WRITE, PROT_EXEC) },
        { G | C, "mmap2", 2, PROT_WRITE | PROT_EXEC, VALUES(PROT_WRITE | PROT_EXEC), .error = EPERM },
        { G | C, "mprotect", 2, PROT_EXEC, VALUES(0) },
        { G | C, "mprotect", 2, PROT_EXEC, VALUES(PROT_EXEC), .error = EPERM },

        /* Locks of sqlite; leases, and the signal that says they were broken. Nobody else is made to get it. */
        { G | C, "fcntl", 1, INT, FCNTL_COMMANDS },
        { G | C, "fcntl64", 1, INT, FCNTL_COMMANDS },
        /* Flags of files (chattr +i); whether it is a terminal; how much there is to read or unsent. */
        { G | C, "ioctl", 1, INT,
          VALUES(FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR, FICLONE, TCGETS, TERMIOS2_GET, TIOCGWINSZ,
                 TIOCOUTQ, FIONREAD, FIONBIO, FIOCLEX, F2FS_FEATURES) },
        /* What is mounted over a protected directory is taken off; nothing is ever mounted. */
        { S | G, "umount2", 1, INT, VALUES(MNT_DETACH | UMOUNT_NOFOLLOW) },
        /* The names of threads and of memory; what libcap-ng asks. */
        { G | C, "prctl", 0, INT, VALUES(PR_SET_NAME, PR_GET_NAME, VMA_NAME, PR_GET_DUMPABLE, PR_CAPBSET_READ) },
        /* abort(3) ends its own process. */
        { G | C, "tgkill", 0, INT, .own_pid = true },
        /* Whether somebody is still there; the end of who runs a gated command otherwise than he may. */
        { G, "pidfd_send_signal", 1, INT, VALUES(0, SIGKILL) },
        { .call = NULL },
};

const struct call_number call_numbers[] = {
        { "fchmodat2", 452 },
        { "map_shadow_stack", 453 },
        { "futex_wake", 454 },
        { "futex_wait", 455 },
        { "futex_requeue", 456 },
        { "statmount", 457 },
        { "listmount", 458 },
        { "mseal", 462 },
        { "setxattrat", 463 },
        { "getxattrat", 464 },
        { "listxattrat", 465 },
        { "removexattrat", 466 },
        { NULL, 0 },
};

const char *call_name_next(const char *names, char name[static CALL_NAME_MAX])
{
        size_t length;

        names += strspn(names, " ");
        length = strcspn(names, " ");
        if (length == 0 || length >= CALL_NAME_MAX)
                return NULL;
        memcpy(name, names, length);
        name[length] = '\0';
        return names + length;
}

static bool group_has(const struct call_group *group, const char *call)
{
        char name[CALL_NAME_MAX];

        for (const char *at = group->calls; (at = call_name_next(at, name));)
                if (streq(name, call))
                        return true;
        return false;
}

bool sandbox_permits(enum sandbox_role role, const char *call)
{
        for (const struct call_group *group = call_groups; group->calls; group++)
                if (group->roles & 1u << role && group_has(group, call))
                        return true;
        for (const struct call_limit *limit = call_limits; limit->call; limit++)
                if (limit->roles & 1u << role && streq(limit->call, call))
                        return true;
        return false;
}
