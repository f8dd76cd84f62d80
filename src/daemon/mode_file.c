/* What an administrator said about the mode, for the next daemon of this boot. */
#include <fcntl.h>
#include <sys/stat.h>

#include "unitward/mode.h"
#include "unitward/util.h"

#define FILE_MAX 4096u

static void read_boot_id(char *id, size_t size)
{
        *id = '\0';
        (void)read_text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, size);
        id[strcspn(id, "\n")] = '\0';
}

static int write_new(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : write_all(fd, text, strlen(text));
}

int mode_file_write(const char *directory, const struct mode_override *override)
{
        _cleanup_free_ char *path = format("%s/mode", directory), *fresh = format("%s/mode.new", directory);
        _cleanup_free_ char *text = NULL;
        char boot_id[64];
        json_t *json;
        int r;

        read_boot_id(boot_id, sizeof boot_id);
        json = json_pack("{s:s, s:s, s:s, s:I, s:s}", "boot_id", boot_id, "mode", mode_name(override->mode), "policy",
                         mode_name(override->policy), "until_boottime_usec", (json_int_t) override->until_usec, "by",
                         override->by);
        text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
        json_decref(json);
        if (!path || !fresh || !text)
                return -ENOMEM;
        if (unlink(fresh) < 0 && errno != ENOENT)
                return -errno;
        r = write_new(fresh, text);
        if (r == 0 && rename(fresh, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(fresh);
        return r;
}

int mode_file_remove(const char *directory)
{
        _cleanup_free_ char *path = format("%s/mode", directory);

        if (!path)
                return -ENOMEM;
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int mode_of(const json_t *json, const char *key, enum mode *ret)
{
        const char *name = json_string_value(json_object_get(json, key));

        for (enum mode mode = MODE_AUDIT; name && mode <= MODE_ENFORCE; mode++)
                if (streq(name, mode_name(mode))) {
                        *ret = mode;
                        return 0;
                }
        return -EBADMSG;
}

static int override_of(const json_t *json, const char *boot_id, struct mode_override *ret)
{
        const char *of_boot = json_string_value(json_object_get(json, "boot_id")),
                   *by = json_string_value(json_object_get(json, "by"));
        const json_t *until = json_object_get(json, "until_boottime_usec");
        struct mode_override override = { .given = true };

        if (!of_boot || !by || !json_is_integer(until) || json_integer_value(until) < 0 ||
            mode_of(json, "mode", &override.mode) < 0 || mode_of(json, "policy", &override.policy) < 0)
                return -EBADMSG;
        if (!streq(of_boot, boot_id))
                return -ESTALE;
        override.until_usec = (uint64_t)json_integer_value(until);
        (void)string_copy(override.by, sizeof override.by, by);
        *ret = override;
        return 0;
}

int mode_override_parse(const char *text, size_t size, const char *boot_id, struct mode_override *ret)
{
        json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
        int r = override_of(json, boot_id, ret);

        json_decref(json);
        return r;
}

/* Nobody else can have written it. */
static bool is_ours(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 0022);
}

int mode_file_read(const char *directory, struct mode_override *ret)
{
        _cleanup_free_ char *path = format("%s/mode", directory), *text = NULL;
        _cleanup_close_ int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
        char boot_id[64];
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        *ret = (struct mode_override){ 0 };
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!is_ours(fd))
                return -EBADMSG;
        r = read_fd(fd, FILE_MAX, &text, &size);
        if (r < 0)
                return r == -EFBIG ? -EBADMSG : r;
        read_boot_id(boot_id, sizeof boot_id);
        r = mode_override_parse(text, size, boot_id, ret);
        return r == -ESTALE ? 0 : r;
}
