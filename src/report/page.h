/* The page's sections, and what they share. */
#pragma once

#include "unitward/html.h"
#include "unitward/report.h"
#include "unitward/text.h"

/* Its style sheet, and the source of the policy that allows no other: "sha256-...". */
extern const char page_style[];
#define PAGE_STYLE_SOURCE_SIZE 64
const char *page_style_source(char buffer[static PAGE_STYLE_SOURCE_SIZE]);

/* ---- Values -------------------------------------------------------------------------------------------------- */

const char *page_string(const json_t *json, const char *path);       /* "" where there is none */
uint64_t page_number(const json_t *json, const char *path);          /* 0 */
void page_bytes(struct html *html, const json_t *row, const char *key); /* what json_set_bytes stored, exactly */
void page_code(struct html *html, const char *text);
void page_time(struct html *html, const char *timestamp);            /* local time */
void page_words(struct html *html, uint64_t n, const char *one, const char *many); /* "1 record", "12 records" */

/* ---- Parts of a section -------------------------------------------------------------------------------------- */

/* Below the heading: what is seen here. */
void page_section(struct html *html, const char *id, const char *heading, const char *lead);
void page_section_end(struct html *html);

/* What to do next; between the two whatever the section has to say. */
void page_next(struct html *html);
void page_next_end(struct html *html);

/* The facts could not be had: says why, and what to do. False: they are there. */
bool page_is_missing(struct html *html, const json_t *facts);

/* "unitward events --denied --since 7d --log FILE" as this report was made. */
void page_events_command(struct html *html, const json_t *facts, const char *options);

struct page_column {
        const char *heading;
        void (*cell)(struct html *html, const json_t *row);
        bool is_number;
};

/* The first column names its row. Ends with a NULL heading. */
void page_table(struct html *html, const char *caption, const struct page_column *columns, const json_t *rows);

/* ---- Sections, in this order --------------------------------------------------------------------------------- */

void page_summary(struct html *html, const json_t *facts);
void page_mode(struct html *html, const json_t *facts);
void page_timeline(struct html *html, const json_t *facts);
void page_actors(struct html *html, const json_t *facts);
void page_quarantine(struct html *html, const json_t *facts);
void page_posture(struct html *html, const json_t *facts);
void page_policy(struct html *html, const json_t *facts);
void page_coverage(struct html *html, const json_t *facts);

/* Bars along a time axis, with a legend, and the same as numbers. */
void page_chart(struct html *html, const json_t *axis);
