/* Between the files of the ledger's text form. */
#pragma once

#include <stdbool.h>

#include "unitward/ledger.h"

#define LEDGER_TEXT_MAGIC "unitward-ledger"
#define LEDGER_TEXT_VERSION "1"
#define LEDGER_TEXT_DIGEST "sha256"

/* Stands for itself; every other byte is written as \xHH. */
static inline bool ledger_text_is_plain(unsigned char byte)
{
        return byte >= 0x20 && byte < 0x7f && byte != '\\';
}

/* \xHH becomes its byte, in place. False: something else is not plain. */
bool ledger_text_unescape(char *text);

/* Takes a line apart; the entry's strings lie in it. NULL, or what was expected: "mode: expected ...". */
const char *ledger_text_parse_entry(char *line, struct ledger_entry *ret);
