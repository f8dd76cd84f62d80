#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include "source.h"

#define SOURCE_SIZE_MAX (4u * 1024u * 1024u)
#define SOURCES_MAX 256
#define DROP_IN_DIRECTORY "policy.d"

static struct source *add_source(struct sources *sources, const char *path)
{
        struct source *source = array_grow(&sources->items, &sources->n, sizeof *sources->items);

        if (source)
                source->path = strdup(path);
        return source && source->path ? source : NULL;
}

/* Returns r, or -ENOMEM when not even that can be said. */
static int report_failure(struct policy_report *report, const char *path, int r, const char *why)
{
        struct position position = { path, 0 };
        bool said;

        if (r == -EPERM && why)
                said = report_add(report, true, position, NULL, "not to be believed: %s", why);
        else if (r == -EFBIG)
                said = report_add(report, true, position, NULL, "too large; expected at most %u bytes",
                                  SOURCE_SIZE_MAX);
        else
                said = report_add(report, true, position, NULL, "cannot be read: %s", strerror(-r));
        return said ? r : -ENOMEM;
}

static int read_source(struct source *source, unsigned flags, struct policy_report *report)
{
        _cleanup_free_ char *why = NULL;
        int r = trusted_file_read(source->path, SOURCE_SIZE_MAX, &source->text, &source->size,
                                  flags & POLICY_SKIP_OWNER_CHECK ? NULL : &why);

        if (r < 0)
                return report_failure(report, source->path, r, why);
        if (source->text[strspn(source->text, " \t\r\n")] != '\0' || strlen(source->text) != source->size)
                return 0;
        /* Without any setting nothing would be protected, or only audited. */
        return report_add(report, true, (struct position){ source->path, 0 }, NULL,
                          "is empty, truncated most likely; expected settings, or no such file")
                       ? -EINVAL
                       : -ENOMEM;
}

static int is_drop_in(const struct dirent *entry)
{
        return entry->d_name[0] != '.' && ends_with(entry->d_name, ".conf");
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name); /* bytes, whatever the locale */
}

/* The one that is not there yet comes where its name has it. */
static int add_drop_ins(struct sources *sources, const char *directory, const struct policy_drop_in **drop_in,
                        struct policy_report *report)
{
        struct dirent **entries;
        int n = scandir(directory, &entries, is_drop_in, compare_names), r = 0;

        if (n < 0)
                return report_failure(report, directory, -errno, NULL);
        for (int i = 0; i < n; i++) {
                const char *name = *drop_in ? (*drop_in)->name : NULL;
                const int order = name ? strcmp(entries[i]->d_name, name) : -1;
                _cleanup_free_ char *path = format("%s/%s", directory, entries[i]->d_name);

                if (order >= 0 && !add_source(sources, steal_pointer(*drop_in)->file))
                        r = -ENOMEM;
                if (!path || (order != 0 && !add_source(sources, path)))
                        r = -ENOMEM;
                free(entries[i]);
        }
        free(entries);
        return r < 0 || n < SOURCES_MAX ? r : report_failure(report, directory, -E2BIG, NULL);
}

/* Who may add a file to policy.d may change the policy. */
static int find_drop_ins(struct sources *sources, const char *path, const struct policy_drop_in **drop_in,
                         unsigned flags, struct policy_report *report)
{
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = format("%.*s%s", slash ? (int)(slash - path + 1) : 0, path, DROP_IN_DIRECTORY);
        _cleanup_free_ char *why = NULL;
        _cleanup_close_ int fd = -1;
        int r = 0;

        if (!directory)
                return -ENOMEM;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : report_failure(report, directory, -errno, NULL);
        if (!(flags & POLICY_SKIP_OWNER_CHECK))
                r = trusted_file_check(fd, directory, &why);
        return r < 0 ? report_failure(report, directory, r, why) : add_drop_ins(sources, directory, drop_in, report);
}

int sources_read(struct sources *sources, const char *path, const struct policy_drop_in *drop_in, unsigned flags,
                 struct policy_report *report)
{
        int result;

        if (!add_source(sources, path))
                return -ENOMEM;
        result = find_drop_ins(sources, path, &drop_in, flags, report);
        if (drop_in && !add_source(sources, drop_in->file))
                return -ENOMEM;
        for (size_t i = 0; i < sources->n; i++) {
                int r = read_source(&sources->items[i], flags, report);

                if (r < 0 && result != -EPERM) /* which says most */
                        result = r;
        }
        return result;
}

int sources_add_file(struct sources *sources, const char *path, unsigned flags, struct policy_report *report)
{
        struct source *source = add_source(sources, path);

        return source ? read_source(source, flags, report) : -ENOMEM;
}

int sources_take_text(struct sources *sources, const char *name, const char *text)
{
        struct source *source = add_source(sources, name);

        if (!source)
                return -ENOMEM;
        source->text = strdup(text);
        source->size = strlen(text);
        return source->text ? 0 : -ENOMEM;
}

/* The line that would pull in another file, of which neither the owner nor the digest would be known. 0: none. */
static unsigned find_include(const char *text)
{
        unsigned line = 1;

        for (;; line++) {
                text += strspn(text, " \t\r\f\v");
                if (starts_with(text, "@include"))
                        return line;
                text = strchr(text, '\n');
                if (!text)
                        return 0;
                text++;
        }
}

static bool report_syntax(const struct source *source, struct policy_report *report)
{
        unsigned line = (unsigned)config_error_line(&source->config);

        return report_add(report, true, (struct position){ source->path, line }, NULL,
                          "%s; expected NAME = VALUE; see libconfig's grammar in unitward.conf(5)",
                          config_error_text(&source->config));
}

static int parse_source(struct source *source, struct policy_report *report)
{
        unsigned line = find_include(source->text);
        struct position position = { source->path, line };

        if (strlen(source->text) != source->size)
                return report_add(report, true, position, NULL, "holds a NUL byte; expected text") ? -EINVAL : -ENOMEM;
        if (line)
                return report_add(report, true, position, "@include", "is not allowed; expected a file in policy.d")
                               ? -EINVAL
                               : -ENOMEM;
        config_init(&source->config);
        source->has_config = true;
        if (config_read_string(&source->config, source->text))
                return 0;
        return report_syntax(source, report) ? -EINVAL : -ENOMEM;
}

int sources_parse(struct sources *sources, struct policy_report *report)
{
        int result = 0;

        for (size_t i = 0; i < sources->n; i++) {
                int r = parse_source(&sources->items[i], report);

                if (r < 0)
                        result = r;
        }
        return result;
}

int sources_digest(const struct sources *sources, struct digest *ret)
{
        _cleanup_free_ char *all = NULL;
        size_t size = 0, at = 0;

        for (size_t i = 0; i < sources->n; i++)
                size += sources->items[i].size;
        all = malloc(size + 1);
        if (!all)
                return -ENOMEM;
        for (size_t i = 0; i < sources->n; i++) {
                memcpy(all + at, sources->items[i].text, sources->items[i].size);
                at += sources->items[i].size;
        }
        digest_buffer(all, size, ret);
        return 0;
}

void sources_done(struct sources *sources)
{
        while (sources->n > 0) {
                struct source *source = &sources->items[--sources->n];

                if (source->has_config)
                        config_destroy(&source->config);
                free(source->text);
                free(source->path);
        }
        free(sources->items);
        sources->items = NULL;
}
