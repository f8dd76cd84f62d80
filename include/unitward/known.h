/* Which files a manager may load, as fingerprints of their signatures: enough to say so without the inventory.
 *
 * Lies in memory that outlives its writer, the guard; the supervisor looks things up when there is no guard. One
 * writer; a reader at the same time, or after the writer was killed at any point, sees each file as it was before a change or after
 * it. A fingerprint is 64 bits under a random key. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KNOWN_SMALLEST 4096u        /* fingerprints that there is room for at first */
#define KNOWN_LARGEST (1u << 20)    /* three quarters of them are used; what is beyond is unknown */

struct signature;

struct known {
        uint64_t key[2];
        uint32_t room;         /* of the table in use, a power of two; those of all sizes lie one behind the other */
        uint32_t n_used;       /* of its places, those of removed ones included */
        uint64_t n_unknown;    /* there was no room for so many */
        uint64_t fingerprints[2 * KNOWN_LARGEST - KNOWN_SMALLEST];
};

/* In zeroed memory, or in a known that was used before: empty, and its pages given back. */
void known_clear(struct known *known);

/* A signature that was added twice has to be removed twice. */
void known_add(struct known *known, const struct signature *signature);
void known_remove(struct known *known, const struct signature *signature);
bool known_has(const struct known *known, const struct signature *signature);
