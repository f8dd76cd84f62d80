/* HTML, into a stream. What others chose (names, paths, messages) goes through html_text and through nothing else. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "unitward/util.h"

#define HTML_TEXT_MAX 400 /* bytes that are shown of one text; an ellipsis stands for the others */

struct html {
        FILE *stream; /* it knows itself whether all could be written */
};

/* Markup: literals of this program, with numbers in them at most. */
void html_put(struct html *html, const char *markup);
void html_putf(struct html *html, const char *markup, ...) _printf_(2, 3);

/* Any bytes, between tags or in an attribute's quotes: control characters, invisible and direction-changing ones and what is
 * not UTF-8 as \xNN (text_escape), markup as entities. NULL is nothing. */
void html_text(struct html *html, const char *bytes);

/* "12,345". */
void html_count(struct html *html, uint64_t n);
