/* Contents that the policy itself authorises: a path and the digest, or the link target, that it may have. */
#include <limits.h>
#include <stddef.h>

#include "loader.h"

#define AUTHORISED_MAX 16384

static void parse_digest(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        const char *text = value_string(loader, value);

        (void)setting;
        if (text && digest_from_hex(text, field) < 0)
                complain(loader, value,
                         "\"%s\" is no SHA-256; expected 64 hexadecimal digits, as sha256sum prints them", text);
}

static void parse_text(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = value_string(loader, value), *wrong = text && setting->check ? setting->check(text) : NULL;
        char **to = field;

        if (!text)
                return;
        if (wrong) {
                complain(loader, value, "\"%s\" %s", text, wrong);
                return;
        }
        *to = strdup(text); /* libconfig takes no setting twice */
        if (!*to)
                loader->out_of_memory = true;
}

static const char *check_target(const char *text)
{
        return *text == '\0' || strlen(text) >= PATH_MAX ? "is no link's target; expected what ln -s is given" : NULL;
}

static const struct setting authorised_settings[] = {
        { .name = "path",
          .parse = parse_text,
          .offset = offsetof(struct policy_authorised, path),
          .required = true,
          .check = check_plain },
        { .name = "sha256", .parse = parse_digest, .offset = offsetof(struct policy_authorised, digest) },
        { .name = "target",
          .parse = parse_text,
          .offset = offsetof(struct policy_authorised, target),
          .check = check_target },
        { 0 },
};

/* Names in protected directories are known with links in the directories' names followed. */
static void follow_links(struct loader *loader, struct policy_authorised *authorised)
{
        char directory[PATH_MAX], real[PATH_MAX];
        const char *name = path_split(authorised->path, directory, sizeof directory);
        char *path;

        if (!name || !realpath(directory, real))
                return; /* it does not exist yet */
        path = format("%s/%s", streq(real, "/") ? "" : real, name);
        if (!path) {
                loader->out_of_memory = true;
                return;
        }
        free(authorised->path);
        authorised->path = path;
}

static void parse_authorised(struct loader *loader, const config_setting_t *group)
{
        struct policy *policy = loader->policy;
        struct policy_authorised *authorised;

        if (policy->n_authorised == AUTHORISED_MAX) {
                complain(loader, group, "is one too many; expected at most %d", AUTHORISED_MAX);
                return;
        }
        authorised = array_grow(&policy->authorised, &policy->n_authorised, sizeof *authorised);
        if (!authorised) {
                loader->out_of_memory = true;
                return;
        }
        authorised->file = loader->file;
        authorised->line = (unsigned)config_setting_source_line(group);
        group_parse(loader, group, authorised_settings, authorised);
        if (!config_setting_is_group(group))
                return;
        if (!config_setting_get_member(group, "sha256") == !config_setting_get_member(group, "target"))
                complain(loader, group, "does not say what is authorised there; expected one of sha256, target");
        if (authorised->path)
                follow_links(loader, authorised);
}

void parse_authorised_list(struct loader *loader, const config_setting_t *list, const struct setting *setting,
                           void *field)
{
        (void)setting;
        (void)field;
        if (!config_setting_is_list(list)) {
                complain(loader, list, "is not a list; expected ( { path = \"...\"; sha256 = \"...\"; }, ... )");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(list); i++)
                parse_authorised(loader, config_setting_get_elem(list, i));
}

/* ---- Asking --------------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct policy_authorised *)a)->path, ((const struct policy_authorised *)b)->path);
}

void authorised_sort(struct policy *policy)
{
        if (policy->n_authorised > 0)
                qsort(policy->authorised, policy->n_authorised, sizeof *policy->authorised, by_path);
}

/* The first whose path does not come before this one. */
static size_t find(const struct policy *policy, const char *path)
{
        size_t low = 0, high = policy->n_authorised;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(policy->authorised[middle].path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const struct policy_authorised *policy_authorised(const struct policy *policy, const char *path,
                                                  const struct policy_authorised *previous)
{
        size_t i = previous ? (size_t)(previous - policy->authorised) + 1 : find(policy, path);

        return i < policy->n_authorised && streq(policy->authorised[i].path, path) ? &policy->authorised[i] : NULL;
}

const struct policy_authorised *policy_authorised_below(const struct policy *policy, const char *directory)
{
        char prefix[PATH_MAX];
        size_t i;

        if (!path_join(prefix, sizeof prefix, directory, ""))
                return NULL;
        i = find(policy, prefix);
        return i < policy->n_authorised && starts_with(policy->authorised[i].path, prefix) ? &policy->authorised[i]
                                                                                           : NULL;
}

void authorised_done(struct policy_authorised *authorised)
{
        free(authorised->target);
        free(authorised->path);
}
