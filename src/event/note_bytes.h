/* A note as bytes, for the log of notes. Numbers as they are in memory, texts with their length in front: only this
 * machine reads them, before it boots again. */
#pragma once

#include "unitward/notes.h"

#define NOTE_BYTES_MAX (32u * 1024u) /* a path, a name and the longest ancestry fit */
#define NOTE_EXE_PATH_MAX 512u       /* of each ancestor; what is longer is cut, people alone read it */

/* Of a NOTE_CHANGE. The number of bytes; 0: it does not fit. */
size_t note_encode(const struct note *note, void *bytes, size_t size);

/* 0; -EBADMSG: it is not what note_encode writes; -ENOMEM. */
int note_decode(const void *bytes, size_t size, struct note **ret);
