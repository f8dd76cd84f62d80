/* sandboxed permits ROLE CALL...   prints those that the role may not make
 * sandboxed capabilities ROLE      prints those that it has, as /proc/PID/status does
 * sandboxed try ROLE WHAT          enters the sandbox as the daemon does, and does it: "done", or what it failed with
 * sandboxed unconfinable PROGRAM.. executes it where no seccomp filter can be installed */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "unitward/sandbox.h"
#include "unitward/util.h"

static int fail(void)
{
        return -errno;
}

/* ---- What must be killed --------------------------------------------------------------------------- */

static int try_execve(void)
{
        return execl("/bin/true", "true", NULL);
}

static int try_fork(void)
{
        return fork();
}

static int try_ptrace(void)
{
        return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static int try_mount(void)
{
        return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int try_unshare(void)
{
        return unshare(CLONE_NEWNS);
}

static int try_namespace(void)
{
        return (int)syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);
}

static int try_join(void)
{
        return setns(-1, CLONE_NEWNS) < 0 ? fail() : 0;
}

static int try_join_network(void)
{
        return setns(-1, CLONE_NEWNET);
}

static int try_join_any(void)
{
        return setns(-1, 0);
}

static int try_packet_socket(void)
{
        return socket(AF_PACKET, SOCK_RAW, 0);
}

static int try_kill(void)
{
        return kill(getppid(), 0);
}

static int try_foreign_tgkill(void)
{
        return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int try_fanotify(void)
{
        return (int)syscall(SYS_fanotify_init, 0, O_RDONLY);
}

static int try_push_terminal_input(void)
{
        return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int try_set_owner(void)
{
        return fcntl(STDIN_FILENO, F_SETOWN, getppid());
}

static int try_setuid(void)
{
        return setuid(65534);
}

static int try_chroot(void)
{
        return chroot("/");
}

static int try_bpf(void)
{
        return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int try_io_uring(void)
{
        return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int try_seccomp(void)
{
        return (int)syscall(SYS_seccomp, 0, 0, NULL);
}

static void *in_thread(void *userdata)
{
        int (*const call)(void) = *(int (**)(void))userdata;

        (void)call();
        return NULL;
}

static int run_thread(int (*call)(void))
{
        pthread_t thread;
        int r = pthread_create(&thread, NULL, in_thread, &call);

        return r ? -r : -pthread_join(thread, NULL);
}

static int try_execve_in_thread(void)
{
        return run_thread(try_execve);
}

/* ---- What must be possible ----------------------------------------------------------------------------- */

static int try_nothing(void)
{
        return 0;
}

static int try_thread(void)
{
        return run_thread(try_nothing);
}

/* Through every name service that this machine has, with what they load and whom they ask. */
static int try_names(void)
{
        return getpwnam("nobody-of-that-name") ? -EEXIST : 0;
}

static int try_sqlite(void)
{
        static const char text[] =
                "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(200000));"
                "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; DELETE FROM t; VACUUM;"
                "PRAGMA mmap_size = 1000000; SELECT * FROM t; PRAGMA integrity_check;";
        char path[] = "/tmp/unitward-sandboxed.XXXXXX";
        int fd = mkstemp(path), r;
        sqlite3 *database;

        if (fd < 0)
                return fail();
        (void)close(fd);
        r = sqlite3_open(path, &database);
        if (r == SQLITE_OK)
                r = sqlite3_exec(database, text, NULL, NULL, NULL);
        (void)sqlite3_close(database);
        (void)unlink(path);
        return r == SQLITE_OK ? 0 : -EIO;
}

/* ---- What fails, and nobody dies of it ------------------------------------------------------------------- */

static int try_internet_socket(void)
{
        return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? fail() : 0;
}

static int try_clone3(void)
{
        return syscall(SYS_clone3, NULL, 0) < 0 ? fail() : 0;
}

static int try_later_call(void)
{
        return syscall(550) < 0 ? fail() : 0;
}

static int try_executable_heap(void)
{
        return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                       ? fail()
                       : 0;
}

static int try_raise_priority(void)
{
        const struct sched_param parameters = { .sched_priority = 1 };

        return sched_setscheduler(0, SCHED_RR, &parameters) < 0 ? fail() : 0;
}

static int try_abort(void)
{
        abort();
}

static const struct {
        const char *name;
        int (*run)(void);
} attempts[] = {
        { "execve", try_execve },
        { "execve-in-thread", try_execve_in_thread },
        { "fork", try_fork },
        { "ptrace", try_ptrace },
        { "mount", try_mount },
        { "unshare", try_unshare },
        { "namespace", try_namespace },
        { "join", try_join },
        { "join-network", try_join_network },
        { "join-any", try_join_any },
        { "packet-socket", try_packet_socket },
        { "kill", try_kill },
        { "foreign-tgkill", try_foreign_tgkill },
        { "fanotify", try_fanotify },
        { "push-terminal-input", try_push_terminal_input },
        { "set-owner", try_set_owner },
        { "setuid", try_setuid },
        { "chroot", try_chroot },
        { "bpf", try_bpf },
        { "io_uring", try_io_uring },
        { "seccomp", try_seccomp },
        { "nothing", try_nothing },
        { "thread", try_thread },
        { "names", try_names },
        { "sqlite", try_sqlite },
        { "internet-socket", try_internet_socket },
        { "clone3", try_clone3 },
        { "later-call", try_later_call },
        { "executable-heap", try_executable_heap },
        { "raise-priority", try_raise_priority },
        { "abort", try_abort },
};

static int enter(enum sandbox_role last)
{
        int r = 0;

        for (int role = SANDBOX_SUPERVISOR; r == 0 && role <= (int)last; role++) {
                r = sandbox_reduce((enum sandbox_role)role);
                if (r == 0)
                        r = sandbox_enter((enum sandbox_role)role);
        }
        return r;
}

static int attempt(enum sandbox_role role, const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
                int r;

                if (!streq(attempts[i].name, name))
                        continue;
                r = enter(role);
                if (r == 0)
                        r = attempts[i].run();
                puts(r < 0 ? strerrorname_np(-r) : "done");
                return r < 0;
        }
        return 2;
}

static int check_calls(enum sandbox_role role, char **calls)
{
        int r = 0;

        for (; *calls; calls++)
                if (!sandbox_permits(role, *calls)) {
                        puts(*calls);
                        r = 1;
                }
        return r;
}

static int run_unconfinable(char **arguments)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

        if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0) < 0 ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) <
                    0 ||
            seccomp_load(filter) < 0)
                return 2;
        seccomp_release(filter);
        (void)execv(arguments[0], arguments);
        return 2;
}

int main(int argc, char **argv)
{
        enum sandbox_role role;

        if (argc > 2 && streq(argv[1], "unconfinable"))
                return run_unconfinable(argv + 2);
        if (argc < 3)
                return 2;
        role = streq(argv[2], "guard") ? SANDBOX_GUARD : streq(argv[2], "scout") ? SANDBOX_SCOUT : SANDBOX_SUPERVISOR;
        if (streq(argv[1], "capabilities"))
                return printf("%016" PRIx64 "\n", sandbox_capability_set(role)) < 0;
        if (argc < 4)
                return 2;
        return streq(argv[1], "try") ? attempt(role, argv[3]) : check_calls(role, argv + 3);
}
