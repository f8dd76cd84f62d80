/* The two files on the disk: is it unitward's, is it current; putting it there, taking it away. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "polkit.h"

#define FILE_MAX (4u << 20)
#define MARK "Made by unitward from its policy"
#define DIGEST "policy digest: "

static const struct {
        const char *word, *text;
} states[] = {
        [POLKIT_CURRENT] = { "current", "current" },
        [POLKIT_MISSING] = { "missing", "missing" },
        [POLKIT_OTHER_POLICY] = { "other-policy", "made from another policy" },
        [POLKIT_CHANGED] = { "changed",
                             "not what the policy means now: users or groups, or the file, were changed since" },
        [POLKIT_FOREIGN] = { "foreign", "not unitward's" },
};

const char *polkit_state_word(enum polkit_state state)
{
        return states[state].word;
}

const char *polkit_state_text(enum polkit_state state)
{
        return states[state].text;
}

static enum polkit_state compare(const struct polkit_file *file, const char *text, const char *digest)
{
        const char *found = strstr(text, DIGEST);

        if (streq(text, file->text))
                return POLKIT_CURRENT;
        if (!strstr(text, MARK) || !found)
                return POLKIT_FOREIGN;
        return starts_with(found + strlen(DIGEST), digest) ? POLKIT_CHANGED : POLKIT_OTHER_POLICY;
}

int polkit_file_look(struct polkit_file *file, const char *digest)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = read_file_at(AT_FDCWD, file->path, FILE_MAX, &text, &size);

        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                return r;
        file->state = r < 0 ? POLKIT_MISSING : strlen(text) != size ? POLKIT_FOREIGN : compare(file, text, digest);
        return 0;
}

/* Beside its place under a name that neither polkitd nor the bus reads. */
int polkit_file_install(const struct polkit_file *file)
{
        return replace_file(file->path, file->text, strlen(file->text), 0644);
}

int polkit_file_remove(const struct polkit_file *file)
{
        return unlink(file->path) < 0 ? -errno : fsync_parent(file->path);
}

/* polkit sorts the files of all its directories by their names. */
void polkit_earlier_rules(const char *root, void (*each)(const char *path, void *userdata), void *userdata)
{
        static const char *const directories[] = { "/etc/polkit-1/rules.d", "/run/polkit-1/rules.d",
                                                   "/usr/local/share/polkit-1/rules.d", "/usr/share/polkit-1/rules.d" };
        const char *own = strrchr(POLKIT_RULES_PATH, '/') + 1;

        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                _cleanup_free_ char *directory = format("%s%s", root, directories[i]);
                DIR *dir = directory ? opendir(directory) : NULL;
                const struct dirent *entry;

                while (dir && (entry = readdir(dir))) {
                        _cleanup_free_ char *path = format("%s/%s", directory, entry->d_name);

                        if (path && ends_with(entry->d_name, ".rules") && strcmp(entry->d_name, own) < 0)
                                each(path, userdata);
                }
                if (dir)
                        (void)closedir(dir);
        }
}
