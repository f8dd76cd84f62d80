/* Shell-like patterns, matched without recursion: a hostile text costs time, at worst, in proportion to
 * its length times the pattern's.
 *
 * '*' is any run of bytes, '?' any byte, "[a-z]" and "[!a-z]" a byte of a set; a set without its end is
 * literal. There is no escape character: unit names hold backslashes ("dev-disk\x2d1.swap"); write "[*]". */
#pragma once

#include <stdbool.h>

bool glob_match(const char *pattern, const char *text);

/* The same for paths: '*', '?' and sets stop at a '/'; only "**" goes on beyond it. */
bool glob_match_path(const char *pattern, const char *path);

/* True only when certainly every text that narrow matches is matched by wide. */
bool glob_covers(const char *wide, const char *narrow, bool is_path);
