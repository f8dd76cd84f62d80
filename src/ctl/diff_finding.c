#include <fcntl.h>
#include <limits.h>

#include "diff.h"
#include "unitward/text.h"
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"

static const struct {
        unsigned bit;
        const char *name;
} differences[] = {
        { DIFFERS_KIND, "kind" }, { DIFFERS_CONTENTS, "contents" }, { DIFFERS_TARGET, "target" },
        { DIFFERS_MODE, "mode" }, { DIFFERS_OWNER, "owner" },       { DIFFERS_ATTRIBUTES, "attributes" },
};

/* Neither is needed for a ledger that equals the disk. What cannot be opened says less, and no more. */
static void prepare(struct diff *diff)
{
        _cleanup_free_ char *golden = format("%s/golden", survey_state());
        char **prefixes = policy_prefixes(diff->policy);

        diff->prepared = true;
        if (golden && access(golden, F_OK) == 0)
                (void)golden_open(golden, &diff->golden);
        if (prefixes)
                (void)packages_read("", (const char *const *)prefixes, &diff->packages);
        policy_prefixes_free(prefixes);
}

/* ---- What it means ------------------------------------------------------------------------------------------ */

static enum operation operation_of(const struct ledger_entry *entry, const struct observed *seen, enum place place)
{
        if (!seen->exists)
                return OPERATION_REMOVE;
        if (seen->target && streq(seen->target, "/dev/null"))
                return OPERATION_MASK;
        if (seen->target)
                return place == PLACE_DEPENDENCIES ? OPERATION_ENABLE : OPERATION_LINK;
        if (entry)
                return OPERATION_MODIFY;
        if (S_ISREG(seen->st.st_mode) && seen->st.st_size == 0 && place == PLACE_UNITS)
                return OPERATION_MASK;
        return OPERATION_CREATE;
}

/* Contents of what a timer, socket or path unit starts, if it lies beside it. */
static char *service_of(const char *path, const char *unit, const char *text, size_t size, size_t *ret_size)
{
        char parent[PATH_MAX], beside[PATH_MAX], service[UNIT_NAME_MAX];
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;

        if (!text || !unit_activates(unit, text, size, service) || !path_split(path, parent, sizeof parent) ||
            !path_join(beside, sizeof beside, parent, service) || observe(AT_FDCWD, beside, &seen) < 0)
                return NULL;
        return survey_contents(&seen, ret_size);
}

static char *meaning_of(const struct diff *diff, const char *path, const struct ledger_entry *entry,
                        const struct observed *seen)
{
        _cleanup_free_ char *before = NULL, *after = NULL, *service = NULL;
        struct unit_change change = { .path = path };
        struct placement placement;

        policy_place(diff->policy, path, &placement);
        change.place = placement.place;
        change.unit = placement.unit;
        change.operation = operation_of(entry, seen, placement.place);
        change.target = seen->exists ? seen->target : entry ? entry->target : NULL;
        if (entry && entry->kind == ENTRY_FILE && diff->golden)
                (void)golden_load(diff->golden, &entry->digest, &before, &change.before_size);
        after = survey_contents(seen, &change.after_size);
        service = service_of(path, placement.unit, after, change.after_size, &change.service_size);
        change.before = before;
        change.after = after;
        change.service = service;
        return unit_meaning(&change);
}

/* ---- The finding ----------------------------------------------------------------------------------------------- */

static json_t *differs_json(unsigned differs)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < ARRAY_SIZE(differences); i++)
                if (differs & differences[i].bit)
                        (void)json_array_append_new(list, json_string(differences[i].name));
        return list;
}

static json_t *facts_json(const char *kind, mode_t mode, uid_t uid, gid_t gid, const char *target)
{
        json_t *facts = json_pack("{s:s, s:o, s:I, s:I}", "kind", kind, "mode", json_sprintf("%04o", (unsigned)mode),
                                  "uid", (json_int_t)uid, "gid", (json_int_t)gid);

        if (facts && target)
                (void)json_set_bytes(facts, "target", target);
        return facts;
}

static json_t *found_json(const struct observed *seen)
{
        const char *kind = S_ISLNK(seen->st.st_mode)   ? "link"
                           : S_ISDIR(seen->st.st_mode) ? "directory"
                           : S_ISREG(seen->st.st_mode) ? "file"
                                                       : "special";
        struct digest digest;
        char hex[DIGEST_HEX_SIZE];
        json_t *facts = facts_json(kind, seen->st.st_mode & 07777, seen->st.st_uid, seen->st.st_gid, seen->target);

        if (facts && S_ISREG(seen->st.st_mode) && observe_contents(seen, 0, &digest, NULL, NULL) == 0)
                (void)json_object_set_new(facts, "sha256", json_string(digest_to_hex(&digest, hex)));
        return facts;
}

static json_t *authorised_json(const struct ledger_entry *entry)
{
        char hex[DIGEST_HEX_SIZE];
        json_t *facts = facts_json(entry_kind_name(entry->kind), entry->mode, entry->uid, entry->gid, entry->target);

        if (facts && entry->kind == ENTRY_FILE)
                (void)json_object_set_new(facts, "sha256", json_string(digest_to_hex(&entry->digest, hex)));
        return facts;
}

static void add_package(const struct diff *diff, const char *path, const struct observed *seen, json_t *finding)
{
        struct package_owner owner;

        if (!diff->packages || packages_match(diff->packages, path, seen, &owner) < 0)
                return;
        (void)json_object_set_new(finding, "package_match", json_string(package_match_name(owner.match)));
        if (*owner.package)
                (void)json_object_set_new(finding, "package", json_string(owner.package));
}

int diff_add(struct diff *diff, const char *path, const struct ledger_entry *entry, const struct observed *seen,
             unsigned differs)
{
        const char *change = !entry ? "new" : !seen->exists ? "missing" : "changed";
        _cleanup_free_ char *meaning = NULL;
        json_t *finding;

        if (!diff->prepared)
                prepare(diff);
        /* A mode is what it is; contents and links mean something. */
        if (!differs || differs & (DIFFERS_KIND | DIFFERS_CONTENTS | DIFFERS_TARGET))
                meaning = meaning_of(diff, path, entry, seen);
        finding = json_pack("{s:s, s:o*, s:s*, s:o*, s:o*}", "change", change, "differs",
                            differs ? differs_json(differs) : NULL, "meaning", meaning, "authorised",
                            entry ? authorised_json(entry) : NULL, "found", seen->exists ? found_json(seen) : NULL);
        if (!finding || json_set_bytes(finding, "path", path) < 0) {
                json_decref(finding);
                return -ENOMEM;
        }
        add_package(diff, path, seen, finding);
        return json_array_append_new(diff->findings, finding) < 0 ? -ENOMEM : 0;
}

/* ---- For people -------------------------------------------------------------------------------------------------- */

static void print_detail(const char *text)
{
        printf("%9s", "");
        ctl_print_text(stdout, STYLE_PLAIN, text);
        putchar('\n');
}

static void print_difference(const json_t *finding, const char *what)
{
        const json_t *then = json_object_get(finding, "authorised"), *now = json_object_get(finding, "found");
        _cleanup_free_ char *before = NULL, *after = NULL, *line = NULL;

        if (streq(what, "owner")) {
                line = format("owner %lld:%lld, authorised %lld:%lld",
                              (long long)json_integer_value(json_object_get(now, "uid")),
                              (long long)json_integer_value(json_object_get(now, "gid")),
                              (long long)json_integer_value(json_object_get(then, "uid")),
                              (long long)json_integer_value(json_object_get(then, "gid")));
        } else if (json_object_get(now, what)) {
                before = ctl_json_text(json_object_get(then, what));
                after = ctl_json_text(json_object_get(now, what));
                line = format("%s %s, authorised %s", what, after ? after : "-", before ? before : "-");
        } else
                line = format("other %s", what);
        print_detail(line ? line : what);
}

static void print_finding(const json_t *finding)
{
        const char *change = json_string_value(json_object_get(finding, "change")),
                   *meaning = json_string_value(json_object_get(finding, "meaning")),
                   *package = json_string_value(json_object_get(finding, "package")),
                   *match = json_string_value(json_object_get(finding, "package_match"));
        _cleanup_free_ char *path = NULL, *owner = NULL;
        json_t *what;
        size_t index;

        if (!change || json_get_bytes(finding, "path", &path) < 0)
                return;
        ctl_print_text(stdout, streq(change, "new") ? STYLE_BAD : STYLE_WARN, change);
        printf("%*s", (int)(9 - strlen(change)), "");
        ctl_print_text(stdout, STYLE_BOLD, path);
        putchar('\n');
        if (meaning)
                print_detail(meaning);
        json_array_foreach(json_object_get(finding, "differs"), index, what)
                print_difference(finding, json_string_value(what));
        if (package)
                owner = format("package %s: %s", package, match ? match : "-");
        if (owner)
                print_detail(owner);
}

void diff_print(const json_t *findings)
{
        json_t *finding;
        size_t index;

        json_array_foreach(findings, index, finding)
                print_finding(finding);
        if (json_array_size(findings) == 0)
                fputs("The disk is as the ledger says.\n", stderr);
}
