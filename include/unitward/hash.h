/* uthash, with a hash that both compilers take: its default one falls through its switch labels without
 * saying so, which clang minds. And without its exit(3) where there is no memory: what HASH_ADD could not add is as it
 * was, and whoever adds asks HASH_ADDED. */
#pragma once

#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* After HASH_ADD and its kin with the same handle: true when it is in the table now. */
#define HASH_ADDED(handle, element) ((element)->handle.tbl != NULL)
