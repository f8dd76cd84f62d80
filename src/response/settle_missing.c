/* Directories that should be there and are not. */
#include <fcntl.h>

#include "settle_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

static int make_again(struct settler *settler, struct directory *directory)
{
        _cleanup_close_ int fd = -1;
        int r;

        r = make_directories(directory->path, 0755);
        if (r < 0)
                return r;
        fd = open(directory->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = settle_directory_attributes(directory, fd);
        if (r < 0)
                return r;
        settler->n_restored++;
        return watch_directory(settler, directory);
}

int settle_missing_directory(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        struct observed nothing = OBSERVED_NOTHING;
        struct change change = { .directory = directory,
                                 .dir = -1,
                                 .name = directory->name,
                                 .zone = directory->zone,
                                 .place = directory->place,
                                 .cause = cause,
                                 .seen = &nothing };
        int r;

        if (settler->surveying)
                return 0;
        (void)string_copy(change.path, sizeof change.path, directory->path);
        unit_name_of(directory->place, directory->name, directory->name, change.unit);
        if (change_must_wait(settler, &change))
                return 0;
        change.operation = OPERATION_REMOVE;
        change.verdict = change_decide(settler, &change);
        if (authority_refuses(settler, &change))
                return -EPERM;
        inventory_directory_absent(&settler->inventory, directory);
        if (!directory->authorised) {
                forget_directory(settler, directory);
                return 0;
        }
        if (change.verdict.outcome == OUTCOME_ALLOW || !directory->restore) {
                report_change(settler, &change, RECORD_ARRIVAL, NULL);
                forget_directory(settler, directory);
                return 0;
        }
        if (settler->mode == MODE_AUDIT) {
                if (!directory->missed)
                        report_change(settler, &change, RECORD_ARRIVAL, NULL);
                directory->missed = true;
                return 0;
        }
        if (insist_later(settler, &change))
                return 0;
        r = make_again(settler, directory);
        if (r < 0) {
                settler->n_pending++;
                report_problem(settler, directory->path,
                               format("%s cannot be restored: %s", directory->path, strerror(-r)),
                               format("make the directory; its contents are restored then"));
                return r;
        }
        report_change(settler, &change, RECORD_RESTORED, NULL);
        return settle_directory(settler, directory, cause);
}

int settle_uncovered(struct settler *settler, const struct change *change)
{
        struct directory *sub = settle_subdirectory_of(settler, change);
        struct stat st;

        if (!sub || !sub->authorised || fstatat(change->dir, change->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        return settle_missing_directory(settler, sub, change->cause);
}
