/* A file's identity. Paths lie (other mount namespaces, overlays, renames); device and inode do not. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct file_id {
        dev_t device;
        ino_t inode;
};

static inline bool file_id_equal(struct file_id a, struct file_id b) { return a.device == b.device && a.inode == b.inode; }
static inline bool file_id_is_set(struct file_id id) { return id.inode != 0; }
static inline struct file_id file_id_of(const struct stat *st) { return (struct file_id){ st->st_dev, st->st_ino }; }
