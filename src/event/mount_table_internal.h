/* Between mount_table.c, which reads mountinfo, and mount_query.c, which asks the kernel for single mounts. */
#pragma once

#include "unitward/mount_table.h"

/* Takes what the mount is made of, also when it fails for want of memory; then some of it may be NULL. */
int mount_table_append(struct mount_table *table, struct mount *mount);
void mount_table_sort(struct mount_table *table); /* shorter targets first */

/* As findmnt(8) shows it. Caller frees; NULL: no memory. */
char *mount_source_from(const char *source, const char *root);
