/* Text made of bytes that somebody else chose: paths, names, link targets, attribute values.
 *
 * The kernel takes any bytes, JSON only UTF-8, and a terminal obeys what it is shown. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_is_utf8(const char *bytes);

/* The bytes with U+FFFD for each one that is not part of valid UTF-8. Caller frees; NULL: no memory. */
char *text_to_utf8(const char *bytes);

/* Fit for a terminal: control characters (C1 too), invisible and direction-changing ones and bytes that are
 * not UTF-8 become \xNN. A backslash stays: unit names are full of them. Caller frees; NULL: no memory. */
char *text_escape(const char *bytes);

void hex_encode(const void *data, size_t size, char *to);         /* writes 2 * size digits and a NUL */
int hex_decode(const char *hex, void *to, size_t size);           /* exactly 2 * size digits; 0 or -EINVAL */

/* KEY as UTF-8 and, when that lost something, KEY_hex with the exact bytes. 0 or -ENOMEM. */
int json_set_bytes(json_t *object, const char *key, const char *bytes);

/* What json_set_bytes stored, exactly. Caller frees. -ENOENT: no such key; -EBADMSG: not text or not hex. */
int json_get_bytes(const json_t *object, const char *key, char **ret);

/* The JSON value at a path of keys ("policy.rules"); NULL when some part is missing. Borrowed. */
json_t *json_at(const json_t *json, const char *path);

#define TIMESTAMP_SIZE 32

/* How much of size bytes of UTF-8 to show where there is room for max: no half character. */
size_t text_cut(const char *text, size_t size, size_t max);

/* FNV-1a, to find something again, not to prove what it is: of one text after the other from TEXT_HASH_START on. */
#define TEXT_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t text_hash(uint64_t hash, const char *text);

/* "2026-11-23T09:18:37.123456Z" and back. Only this form is taken; -EBADMSG for any other. */
const char *timestamp_format(uint64_t usec, char buffer[static TIMESTAMP_SIZE]);
int timestamp_parse(const char *text, uint64_t *ret_usec);
