/* uthash, with a hash that both compilers take: its default one falls through its switch labels without
 * saying so, which clang minds. */
#pragma once

#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)
#include <uthash.h>
