/* What was there before repairs, on the disk until it is undone. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "unitward/repair.h"
#include "unitward/util.h"

#define SUFFIX ".json"

void repair_id_new(char ret[static REPAIR_ID_SIZE])
{
        uint64_t now = now_realtime_usec();
        time_t seconds = (time_t)(now / 1000000u);
        char when[20];
        struct tm tm;

        (void)gmtime_r(&seconds, &tm);
        (void)strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
        (void)snprintf(ret, REPAIR_ID_SIZE, "%s-%06u", when, (unsigned)(now % 1000000u));
}

bool repair_id_is_valid(const char *id)
{
        return *id && strlen(id) < REPAIR_ID_SIZE && id[strspn(id, "0123456789-")] == '\0';
}

static int open_directory(const char *directory, bool make)
{
        int fd, r = make ? make_directories(directory, 0700) : 0;

        if (r < 0)
                return r;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_named(int dir, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, text, strlen(text));
        return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int repair_log_write(const char *directory, const char *id, const struct repair *repairs, size_t n)
{
        _cleanup_close_ int dir = repair_id_is_valid(id) ? open_directory(directory, true) : -EINVAL;
        _cleanup_free_ char *name = format("%s" SUFFIX, id), *text = NULL;
        json_t *json;
        int r;

        if (dir < 0)
                return dir;
        json = repairs_to_json(repairs, n);
        text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
        json_decref(json);
        if (!name || !text)
                return -ENOMEM;
        if (strlen(text) > REPAIR_LOG_MAX)
                return -EFBIG;
        r = write_named(dir, name, text);
        if (r < 0 && r != -EEXIST)
                (void)unlinkat(dir, name, 0);
        return r == 0 && (fsync(dir) < 0 || fsync_parent(directory) < 0) ? -EIO : r;
}

/* Whoever else could write it would say what root changes next. */
static bool is_ours(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 0022);
}

int repair_log_read(const char *directory, const char *id, struct repair **ret, size_t *ret_n)
{
        _cleanup_close_ int dir = repair_id_is_valid(id) ? open_directory(directory, false) : -ENOENT, fd = -1;
        _cleanup_free_ char *name = format("%s" SUFFIX, id), *text = NULL;
        size_t size;
        int r;

        if (dir < 0)
                return dir;
        if (!name)
                return -ENOMEM;
        fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (!is_ours(fd))
                return -EPERM;
        r = read_fd(fd, REPAIR_LOG_MAX, &text, &size);
        return r < 0 ? r : repairs_parse(text, size, ret, ret_n);
}

int repair_log_last(const char *directory, char ret[static REPAIR_ID_SIZE])
{
        DIR *listing = opendir(directory);
        char last[REPAIR_ID_SIZE] = "";
        struct dirent *item;

        if (!listing)
                return -errno;
        while ((item = readdir(listing))) {
                char id[REPAIR_ID_SIZE];
                size_t length = strlen(item->d_name);

                if (!ends_with(item->d_name, SUFFIX) || length - strlen(SUFFIX) >= sizeof id)
                        continue;
                (void)snprintf(id, sizeof id, "%.*s", (int)(length - strlen(SUFFIX)), item->d_name);
                if (repair_id_is_valid(id) && strcmp(id, last) > 0)
                        (void)string_copy(last, sizeof last, id);
        }
        (void)closedir(listing);
        if (!*last)
                return -ENOENT;
        (void)string_copy(ret, REPAIR_ID_SIZE, last);
        return 0;
}

int repair_log_undone(const char *directory, const char *id)
{
        _cleanup_free_ char *from = format("%s/%s" SUFFIX, directory, id), *to = format("%s/%s.undone", directory, id);

        if (!from || !to)
                return -ENOMEM;
        return rename(from, to) < 0 ? -errno : 0;
}
