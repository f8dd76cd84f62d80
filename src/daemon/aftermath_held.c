/* Who holds protected files open for writing since before they were watched. A lease tells for each file whether
 * anybody does, also where /proc does not show it; only for these all processes are looked through. */
#include <fcntl.h>
#include <time.h>

#include "aftermath.h"
#include "unitward/util.h"

#define HIDDEN_USEC (300u * 1000u) /* between looks at who was not found */
#define HIDDEN_LOOKS 8u
#define SEARCH_USEC (10u * 1000000u)

static bool is_held(const char *path, struct file_id *ret)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;

        if (observe(AT_FDCWD, path, &seen) < 0 || !seen.exists || !observe_is_being_written(&seen))
                return false;
        *ret = file_id_of(&seen.st);
        return true;
}

static void add_held(struct aftermath *aftermath, char **path, struct file_id id)
{
        struct held_file *held = reallocarray(aftermath->held, aftermath->n_held + 1, sizeof *held);

        if (!held)
                return;
        aftermath->held = held;
        held[aftermath->n_held++] = (struct held_file){ .path = steal_pointer(*path), .id = id };
}

static void on_holder(void *userdata, size_t file, pid_t pid, bool mapped)
{
        struct aftermath *aftermath = userdata;
        struct held_file *held = &aftermath->held[file];

        size_t i = 0;

        while (i < held->n_holders && held->holders[i].pid != pid)
                i++;
        if (i == ARRAY_SIZE(held->holders))
                return;
        held->n_holders += i == held->n_holders;
        held->holders[i].pid = pid;
        held->holders[i].open |= !mapped;
        held->holders[i].mapped |= mapped;
}

static void find_holders(struct aftermath *aftermath)
{
        _cleanup_free_ struct file_id *ids = calloc(aftermath->n_held, sizeof *ids);
        const struct holders_search search = { .files = ids,
                                               .n_files = aftermath->n_held,
                                               .stopping = &aftermath->stopping,
                                               .deadline_usec = now_monotonic_usec() + SEARCH_USEC,
                                               .found = on_holder,
                                               .userdata = aftermath };

        if (!ids)
                return;
        for (size_t i = 0; i < aftermath->n_held; i++)
                ids[i] = aftermath->held[i].id;
        aftermath->search_ended = holders_find(&search) < 0;
}

/* Allowed writers come and go, and one who is gone when the others are looked at held it as well. Nobody is hidden but
 * who holds it again and again. */
static void look_for_hidden(struct aftermath *aftermath)
{
        struct timespec pause = { .tv_nsec = HIDDEN_USEC * 1000 };
        struct file_id id;

        for (size_t i = 0; i < aftermath->n_held; i++)
                aftermath->held[i].hidden = aftermath->held[i].n_holders == 0;
        for (unsigned n = 0; n < HIDDEN_LOOKS && !aftermath_must_stop(aftermath); n++) {
                (void)nanosleep(&pause, NULL);
                for (size_t i = 0; i < aftermath->n_held; i++) {
                        struct held_file *held = &aftermath->held[i];

                        if (held->hidden)
                                held->hidden = is_held(held->path, &id) && file_id_equal(id, held->id);
                }
        }
}

static bool somebody_is_hidden(const struct aftermath *aftermath)
{
        for (size_t i = 0; i < aftermath->n_held; i++)
                if (aftermath->held[i].n_holders == 0)
                        return true;
        return false;
}

void aftermath_find_held(struct aftermath *aftermath)
{
        struct file_id id;

        for (size_t i = 0; i < aftermath->n_files && aftermath->n_held < AFTERMATH_HELD_MAX; i++) {
                if (aftermath_must_stop(aftermath))
                        return;
                if (is_held(aftermath->files[i], &id))
                        add_held(aftermath, &aftermath->files[i], id);
        }
        if (aftermath->n_held > 0)
                find_holders(aftermath);
        if (somebody_is_hidden(aftermath))
                look_for_hidden(aftermath);
}
