/* unitward diff: the ledger against the disk. */
#include <fcntl.h>
#include <limits.h>

#include "diff.h"
#include "unitward/inventory.h"
#include "unitward/text.h"
#include "unitward/unit_path.h"

struct options {
        struct ctl_common common;
        bool verify;
};

static struct known *known_at(struct diff *diff, const char *path)
{
        struct known *known;

        HASH_FIND_STR(diff->known, path, known);
        return known;
}

static int remember(const struct ledger_entry *entry, void *userdata)
{
        struct diff *diff = userdata;
        struct known *known;

        if (unit_path_is_volatile(entry->path))
                return 0;
        known = calloc(1, sizeof *known);
        if (!known)
                return -ENOMEM;
        known->entry = *entry;
        known->path = strdup(entry->path);
        known->target = entry->target ? strdup(entry->target) : NULL;
        known->attributes = bytes_duplicate(entry->attributes, entry->attributes_size);
        known->entry.path = known->path;
        known->entry.target = known->target;
        known->entry.attributes = known->attributes;
        known->entry.source = known->entry.rule = known->entry.by = NULL; /* the row's, which is gone soon */
        if (known->path && (known->target || !entry->target) && (known->attributes || !entry->attributes_size))
                HASH_ADD_KEYPTR(hh, diff->known, known->path, strlen(known->path), known);
        if (HASH_ADDED(hh, known))
                return 0;
        known_free(known);
        return -ENOMEM;
}

void known_free(struct known *known)
{
        free(known->path);
        free(known->target);
        free(known->attributes);
        free(known);
}

static void diff_done(struct diff *diff)
{
        struct known *known, *next;

        HASH_ITER(hh, diff->known, known, next) {
                HASH_DEL(diff->known, known);
                known_free(known);
        }
        packages_free(diff->packages);
        golden_close(diff->golden);
        policy_unref(diff->policy);
        json_decref(diff->findings);
}

/* ---- One path ---------------------------------------------------------------------------------------------- */

static enum entry_kind kind_of(const struct stat *st)
{
        return S_ISLNK(st->st_mode) ? ENTRY_LINK : S_ISDIR(st->st_mode) ? ENTRY_DIRECTORY : ENTRY_FILE;
}

/* What looks as it did when it was authorised was not written to, unless somebody set the clock and the times. */
static bool has_same_contents(const struct diff *diff, const struct ledger_entry *entry, const struct observed *seen)
{
        const struct signature now = signature_of(&seen->st),
                               then = { entry->id, entry->size, entry->mtime_nsec, entry->ctime_nsec };
        struct digest digest;

        if (!S_ISREG(seen->st.st_mode) || (uint64_t)seen->st.st_size != entry->size)
                return false;
        if (!diff->verify && signature_equal(&now, &then))
                return true;
        return observe_contents(seen, 0, &digest, NULL, NULL) == 0 &&
               memcmp(&digest, &entry->digest, sizeof digest) == 0;
}

static bool has_same_attributes(const struct ledger_entry *entry, const struct observed *seen)
{
        if (entry->bare || !entry->attributes)
                return seen->bare || !entry->bare;
        return seen->attributes && seen->attributes_size == entry->attributes_size &&
               memcmp(seen->attributes, entry->attributes, entry->attributes_size) == 0;
}

static unsigned compare(const struct diff *diff, const struct ledger_entry *entry, const struct observed *seen)
{
        const struct stat *st = &seen->st;
        unsigned differs = 0;

        if (kind_of(st) != entry->kind)
                return DIFFERS_KIND;
        if (entry->kind == ENTRY_LINK)
                return streq(seen->target, entry->target) ? 0 : DIFFERS_TARGET;
        if (entry->kind == ENTRY_FILE && !has_same_contents(diff, entry, seen))
                differs |= DIFFERS_CONTENTS;
        if ((st->st_mode & 07777) != entry->mode)
                differs |= DIFFERS_MODE;
        if (st->st_uid != entry->uid || st->st_gid != entry->gid)
                differs |= DIFFERS_OWNER;
        if (!has_same_attributes(entry, seen))
                differs |= DIFFERS_ATTRIBUTES;
        return differs;
}

static int check_known(struct diff *diff, const struct known *known)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        unsigned differs;
        int r = observe(AT_FDCWD, known->path, &seen);

        if (r < 0 && r != -ENOTDIR)
                return r;
        if (!seen.exists)
                return diff_add(diff, known->path, &known->entry, &seen, 0);
        differs = compare(diff, &known->entry, &seen);
        return differs ? diff_add(diff, known->path, &known->entry, &seen, differs) : 0;
}

static int check_object(const struct survey_object *object, void *userdata)
{
        struct diff *diff = userdata;

        return known_at(diff, object->path) ? 0 : diff_add(diff, object->path, NULL, object->seen, 0);
}

/* ---- The command -------------------------------------------------------------------------------------------- */

static int diff_read(struct diff *diff)
{
        struct ledger *ledger;
        int r = survey_begin();

        if (r == CTL_OK)
                r = survey_load_policy(&diff->policy);
        if (r == CTL_OK)
                r = survey_open_ledger(&ledger);
        if (r != CTL_OK)
                return r;
        diff->findings = json_array();
        r = diff->findings ? ledger_each(ledger, remember, diff) : -ENOMEM;
        ledger_close(ledger);
        for (struct known *known = diff->known; r == 0 && known; known = known->hh.next)
                r = check_known(diff, known);
        if (r == 0)
                r = survey_walk(diff->policy, check_object, diff);
        if (r < 0)
                ctl_error("see: unitward doctor", "the ledger cannot be compared: %s", strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

static error_t parse_diff(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        (void)arg;
        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'v':
                options->verify = true;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int ctl_diff(int argc, char **argv)
{
        static const struct argp_option own[] = {
                { "verify", 'v', NULL, 0, "Read all contents, also of files that look unchanged", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = own,
                .parser = parse_diff,
                .doc = "Shows what on the disk is not as it is authorised: missing, new, changed, and what that means."
                       "\vExit status 1 when something differs. Works without the daemon, too.",
                .children = survey_children,
        };
        _cleanup_(diff_done) struct diff diff = { 0 };
        struct options options = { 0 };
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        diff.verify = options.verify;
        r = diff_read(&diff);
        if (r != CTL_OK)
                return r;
        if (options.common.json)
                ctl_print_json(diff.findings);
        else
                diff_print(diff.findings);
        return json_array_size(diff.findings) > 0 ? CTL_FINDING : CTL_OK;
}
