#include "settle_internal.h"
#include "unitward/hash.h"
#include "unitward/packages.h"
#include "unitward/util.h"

#define RULE_PACKAGE "package-records"
#define RULE_POLICY "authorised-digest"

/* What the ledger says that a package shipped. */
struct shipped {
        char *path;
        char *package;
        UT_hash_handle hh;
};

struct vouching {
        char *root;
        const struct policy *policy;
        bool asked;
        struct packages *packages; /* NULL: not asked yet, or they cannot be read */
        struct shipped *shipped;
};

struct vouching *vouching_new(const char *root, const struct policy *policy)
{
        struct vouching *vouching = calloc(1, sizeof *vouching);

        if (!vouching)
                return NULL;
        vouching->policy = policy;
        vouching->root = strdup(root);
        return vouching->root ? vouching : vouching_free(vouching);
}

static void forget(struct vouching *vouching, struct shipped *shipped)
{
        HASH_DEL(vouching->shipped, shipped);
        free(shipped->package);
        free(shipped->path);
        free(shipped);
}

struct vouching *vouching_free(struct vouching *vouching)
{
        struct shipped *shipped, *next;

        if (!vouching)
                return NULL;
        HASH_ITER(hh, vouching->shipped, shipped, next)
                forget(vouching, shipped);
        packages_free(vouching->packages);
        free(vouching->root);
        free(vouching);
        return NULL;
}

static struct shipped *shipped_at(struct vouching *vouching, const char *path)
{
        struct shipped *shipped;

        HASH_FIND_STR(vouching->shipped, path, shipped);
        return shipped;
}

int vouching_remember(struct vouching *vouching, const struct ledger_entry *entry)
{
        const char *package = strchr(entry->by, ' ');
        struct shipped *shipped = vouching ? shipped_at(vouching, entry->path) : NULL;

        if (!vouching)
                return 0;
        if (shipped)
                forget(vouching, shipped);
        if (entry->kind == ENTRY_DIRECTORY || !streq(entry->source, "package") || !package)
                return 0;
        shipped = calloc(1, sizeof *shipped);
        if (!shipped)
                return -ENOMEM;
        shipped->path = strdup(entry->path);
        shipped->package = strdup(package + 1);
        if (shipped->path && shipped->package)
                HASH_ADD_KEYPTR(hh, vouching->shipped, shipped->path, strlen(shipped->path), shipped);
        if (HASH_ADDED(hh, shipped))
                return 0;
        free(shipped->package);
        free(shipped->path);
        free(shipped);
        return -ENOMEM;
}

/* ---- The package records --------------------------------------------------------------------------------- */

static const struct packages *packages_of(struct settler *settler)
{
        struct vouching *vouching = settler->vouching;
        char **prefixes;
        int r;

        if (!vouching || vouching->asked)
                return vouching ? vouching->packages : NULL;
        vouching->asked = true;
        prefixes = policy_prefixes(vouching->policy);
        r = prefixes ? packages_read(vouching->root, (const char *const *)prefixes, &vouching->packages) : -ENOMEM;
        policy_prefixes_free(prefixes);
        if (r < 0)
                report_problem(settler, NULL,
                               format("the package records below %s cannot be read: %s; what packages changed while "
                                      "nobody watched is taken for anybody's",
                                      vouching->root, strerror(-r)),
                               format("mend them, then restore from quarantine what is theirs, or reinstall it"));
        return vouching->packages;
}

static bool say_package(struct voucher *voucher, const char *manager, const char *package)
{
        voucher->source = "package";
        (void)snprintf(voucher->by, sizeof voucher->by, "%s: %s", manager, package);
        return true;
}

/* What a package shipped goes when the package goes, or when its next version has no such file. Not a directory:
 * that comes back, and each name in it is asked for by itself. */
static bool package_took_it(struct settler *settler, const struct packages *packages, struct change *change)
{
        const struct shipped *shipped = change->entry ? shipped_at(settler->vouching, change->path) : NULL;
        struct package_owner owner;

        if (!shipped || packages_match(packages, change->path, change->seen, &owner) < 0 ||
            owner.match != PACKAGE_NONE || !packages_removed(packages, shipped->package))
                return false;
        return say_package(&change->voucher, "removed with", shipped->package);
}

static bool package_shipped_it(struct settler *settler, struct change *change)
{
        const struct packages *packages = packages_of(settler);
        struct package_owner owner;

        if (!packages)
                return false;
        if (!change->seen->exists)
                return package_took_it(settler, packages, change);
        if (packages_match(packages, change->path, change->seen, &owner) < 0 || owner.match != PACKAGE_MATCHES)
                return false;
        change->voucher.has_digest = S_ISREG(change->seen->st.st_mode);
        change->voucher.digest = owner.digest;
        return say_package(&change->voucher, owner.manager, owner.package);
}

/* ---- The policy's list -------------------------------------------------------------------------------------- */

static bool is_listed(const struct policy_authorised *authorised, const struct observed *seen, struct voucher *voucher)
{
        if (authorised->target)
                return S_ISLNK(seen->st.st_mode) && streq(seen->target, authorised->target);
        if (!S_ISREG(seen->st.st_mode))
                return false;
        if (!voucher->has_digest && observe_contents(seen, 0, &voucher->digest, NULL, NULL) < 0)
                return false;
        voucher->has_digest = true;
        return memcmp(&voucher->digest, &authorised->digest, sizeof voucher->digest) == 0;
}

/* Who brought it is the better answer, where that is known. */
static bool say_policy(struct change *change, const struct policy_authorised *authorised)
{
        change->voucher.source = "policy";
        if (!change->cause->actor || !change->cause->actor->known)
                (void)snprintf(change->voucher.by, sizeof change->voucher.by, "%s:%u", authorised->file,
                               authorised->line);
        return true;
}

static bool policy_lists_it(const struct settler *settler, struct change *change)
{
        const struct policy_authorised *authorised = NULL;

        if (!change->seen->exists)
                return false;
        if (S_ISDIR(change->seen->st.st_mode)) {
                authorised = policy_authorised_below(settler->policy, change->path);
                return authorised && say_policy(change, authorised);
        }
        while ((authorised = policy_authorised(settler->policy, change->path, authorised)))
                if (is_listed(authorised, change->seen, &change->voucher))
                        return say_policy(change, authorised);
        return false;
}

/* ---- Both ------------------------------------------------------------------------------------------------------ */

/* Contents explain themselves only while nobody else can change them, and only where they are new: a changed owner
 * or mode of what is authorised already is somebody's doing. */
static bool can_be_vouched_for(const struct change *change)
{
        const struct observed *seen = change->seen;

        if (change->attributes_only)
                return false;
        if (!seen->exists)
                return true;
        if (S_ISDIR(seen->st.st_mode) && change->operation == OPERATION_MODIFY)
                return false;
        if (seen->st.st_uid != 0)
                return false;
        return S_ISLNK(seen->st.st_mode) ||
               ((seen->st.st_mode & 06022) == 0 && seen->bare && !observe_is_being_written(seen));
}

struct verdict vouch(struct settler *settler, struct change *change, struct verdict verdict)
{
        bool looks_back = settler->baseline || settler->gap;
        bool is_allowed = verdict.outcome == OUTCOME_ALLOW;

        change->voucher = (struct voucher){ 0 };
        if ((is_allowed && !settler->baseline) || !can_be_vouched_for(change))
                return verdict;
        if (looks_back && package_shipped_it(settler, change))
                verdict = (struct verdict){ OUTCOME_ALLOW, RULE_PACKAGE };
        else if (policy_lists_it(settler, change))
                verdict = (struct verdict){ OUTCOME_ALLOW, RULE_POLICY };
        settler->n_vouched += change->voucher.source != NULL;
        return verdict;
}
