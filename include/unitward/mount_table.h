/* The mounts of this mount namespace that matter to somebody. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mount {
        int id;                /* while it is mounted; the kernel gives numbers again */
        uint64_t unique;       /* never given again; 0: not known, or the kernel has none */
        char *target;          /* absolute */
        char *source;          /* as findmnt(8) shows it: of a bind mount, "DEVICE[/WHAT/OF/IT]" */
        char *type;            /* of the file system: "tmpfs", "overlay", "fuse.sshfs" */
};

struct mount_table {
        size_t n;
        struct mount *mounts;
};

/* Reads mountinfo: those for whose target matters() is true (NULL: all), shorter targets first, so that those above
 * others come before them. 0 or -errno. Its time grows with all mounts. */
int mount_table_read(bool (*matters)(const char *target, void *userdata), void *userdata, struct mount_table *ret);

/* The same of those with these unique ids that are there (Linux 6.13). */
int mount_table_read_some(const uint64_t *unique_ids, size_t n, struct mount_table *ret);

void mount_table_done(struct mount_table *table);

/* The same mount in the table, or NULL: another one, or elsewhere. */
const struct mount *mount_table_find(const struct mount_table *table, const struct mount *mount);

/* Adds a copy at the end. 0 or -ENOMEM. */
int mount_table_add(struct mount_table *table, const struct mount *mount);

/* Drops those for which it is false. */
void mount_table_keep(struct mount_table *table, bool (*is_kept)(const struct mount *mount, void *userdata),
                      void *userdata);

/* Of the mount that fd was opened on (O_PATH will do): its unique id, or 0 (before Linux 6.8), and mountinfo's, or -1 for
 * want of it. No server is asked. */
struct mount_number {
        uint64_t unique;
        int id;
};
struct mount_number mount_number_of(int fd);

/* True when a path that ends at its target leads into it: it is there, and nothing is mounted over it. */
bool mount_is_on_top(const struct mount *mount, uint64_t *ret_unique);

/* The unique ids of all mounts (Linux 6.8). Caller frees. 0 or -errno. */
int mount_list(uint64_t **ret, size_t *ret_n);

/* The id that mountinfo shows, and the target, of a mount that is known by its unique one (Linux 6.8). Caller frees.
 * -ENOENT: it is gone; -ENOSYS. */
int mount_lookup(uint64_t unique_id, int *ret_id, char **ret_target);

/* A file system of which nothing that is seen holds, and that must not be marked. FUSE: a program serves it, which may
 * never answer, and answer the next who reads otherwise. Overlay: what it is made of can be changed beneath it, and
 * (since Linux 6.5) to open what is in it opens that as well. Where both are marked, reading the event of the one raises
 * that of the other, and whoever reads events waits for himself. */
bool mount_is_fathomless(const struct mount *mount);

/* Another machine, or a daemon that mounts on demand: whoever looks into it may wait for long. */
bool mount_is_served_by_others(const struct mount *mount);
