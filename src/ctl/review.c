#include <fcntl.h>
#include <sys/stat.h>

#include "review.h"
#include "unitward/packages.h"
#include "unitward/text.h"
#include "unitward/unit_meaning.h"
#include "unitward/util.h"

struct review {
        struct packages *packages;
        json_t *result;
};

static const char *const lists[PACKAGE_MATCH_COUNT_] = {
        [PACKAGE_NONE] = "unowned",
        [PACKAGE_MATCHES] = "matching",
        [PACKAGE_DIFFERS] = "differs",
        [PACKAGE_UNVERIFIABLE] = "unverifiable",
};

static void add_reason(json_t *reasons, const char *reason)
{
        (void)json_array_append_new(reasons, json_string(reason));
}

/* ---- What is suspicious --------------------------------------------------------------------------------- */

static void check_owner(const struct survey_object *object, json_t *reasons)
{
        const struct stat *st = &object->seen->st;

        if (S_ISLNK(st->st_mode))
                return;
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                add_reason(reasons, "others than its owner may write to it");
        if (st->st_uid != 0 && !object->is_user)
                add_reason(reasons, "does not belong to root");
        if (!object->seen->bare)
                add_reason(reasons, "has extended attributes or an ACL");
        if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
                add_reason(reasons, "is neither a file nor a link nor a directory");
}

static void check_link(const struct survey_object *object, json_t *reasons)
{
        struct stat st;

        if (S_ISLNK(object->seen->st.st_mode) && stat(object->path, &st) < 0 && errno == ENOENT)
                add_reason(reasons, "leads to nothing");
}

/* Specifiers may stand in a program's path: those are not looked for. */
static void check_programs(const char *text, size_t size, json_t *reasons)
{
        char **programs;

        if (unit_programs(text, size, &programs) < 0)
                return;
        for (char **program = programs; *program; program++) {
                _cleanup_free_ char *reason = NULL;
                struct stat st;

                if (!strchr(*program, '%') && stat(*program, &st) < 0 && errno == ENOENT)
                        reason = format("runs %s, which is not there", *program);
                else if (!strchr(*program, '%') && stat(*program, &st) == 0 && st.st_mode & S_IWOTH)
                        reason = format("runs %s, which everybody may write to", *program);
                if (reason) {
                        _cleanup_free_ char *clean = text_to_utf8(reason);

                        add_reason(reasons, clean ? clean : "runs a program that is not there");
                }
                free(*program);
        }
        free(programs);
}

static void check_contents(const struct survey_object *object, json_t *reasons)
{
        _cleanup_free_ char *text = NULL;
        unsigned suspicions;
        size_t size = 0;

        if (!*object->unit)
                return;
        text = survey_contents(object->seen, &size);
        if (!text)
                return;
        suspicions = unit_suspicions(text, size, object->is_user);
        for (unsigned i = 0; i < N_SUSPICIONS; i++)
                if (suspicions & (1u << i))
                        add_reason(reasons, unit_suspicion_text((enum unit_suspicion)(1u << i)));
        check_programs(text, size, reasons);
}

/* What a package shipped is suspicious for what was done to it, not for how it is written. */
static json_t *reasons_of(const struct survey_object *object, enum package_match match)
{
        json_t *reasons = json_array();

        if (!reasons)
                return NULL;
        check_owner(object, reasons);
        check_link(object, reasons);
        if (match != PACKAGE_MATCHES)
                check_contents(object, reasons);
        return reasons;
}

/* ---- Gathering --------------------------------------------------------------------------------------------- */

static const char *kind_of(const struct stat *st)
{
        return S_ISLNK(st->st_mode) ? "link" : S_ISDIR(st->st_mode) ? "directory" : "file";
}

static json_t *object_json(const struct survey_object *object, const struct package_owner *owner)
{
        json_t *item = json_pack("{s:s, s:s*}", "kind", kind_of(&object->seen->st), "package",
                                 *owner->package ? owner->package : NULL);

        if (item && json_set_bytes(item, "path", object->path) == 0)
                return item;
        json_decref(item);
        return NULL;
}

static int count_package(json_t *packages, const char *package)
{
        json_int_t n = json_integer_value(json_object_get(packages, package));

        return json_object_set_new(packages, package, json_integer(n + 1)) < 0 ? -ENOMEM : 0;
}

static int add_suspicious(json_t *result, const json_t *item, json_t *reasons)
{
        json_t *copy = json_array_size(reasons) > 0 ? json_deep_copy(item) : NULL;
        int r = 0;

        if (copy && (json_object_set(copy, "reasons", reasons) < 0 ||
                     json_array_append(json_object_get(result, "suspicious"), copy) < 0))
                r = -ENOMEM;
        json_decref(copy);
        json_decref(reasons);
        return r;
}

static int add_object(const struct survey_object *object, void *userdata)
{
        struct review *review = userdata;
        struct package_owner owner = { .match = PACKAGE_NONE };
        json_t *item;
        int r;

        if (review->packages && packages_match(review->packages, object->path, object->seen, &owner) < 0)
                owner = (struct package_owner){ .match = PACKAGE_UNVERIFIABLE };
        item = object_json(object, &owner);
        if (!item)
                return -ENOMEM;
        r = add_suspicious(review->result, item, reasons_of(object, owner.match));
        if (r == 0 && json_array_append(json_object_get(review->result, lists[owner.match]), item) < 0)
                r = -ENOMEM;
        if (r == 0 && owner.match == PACKAGE_MATCHES)
                r = count_package(json_object_get(review->result, "packages"), owner.package);
        json_decref(item);
        return r;
}

int review_make(json_t **ret)
{
        struct review review = { 0 };
        struct policy *policy;
        char **prefixes;
        int r = survey_load_policy(&policy);

        if (r != CTL_OK)
                return r;
        prefixes = policy_prefixes(policy);
        r = prefixes ? packages_read("", (const char *const *)prefixes, &review.packages) : -ENOMEM;
        policy_prefixes_free(prefixes);
        if (r < 0)
                ctl_error("all is shown as if no package owned it", "the package records cannot be read: %s",
                          strerror(-r));
        review.result = json_pack("{s:{}, s:[], s:[], s:[], s:[], s:[]}", "packages", "matching", "unverifiable",
                                  "differs", "unowned", "suspicious");
        r = review.result ? survey_walk(policy, add_object, &review) : -ENOMEM;
        packages_free(review.packages);
        policy_unref(policy);
        if (r < 0) {
                json_decref(review.result);
                ctl_error("see: unitward doctor", "the protected places cannot be walked: %s", strerror(-r));
                return CTL_FINDING;
        }
        *ret = review.result;
        return CTL_OK;
}
