/* Between the parts of `unitward baseline': review.c gathers, review_print.c shows. */
#pragma once

#include "survey.h"

/* {"packages": {"cron 3.0pl1-162": n}, "matching": [...], "unverifiable": [...], "differs": [...], "unowned": [...],
 * "suspicious": [...]}: each object of the protected places once in the first four lists, as {path, kind, package},
 * and in the last with "reasons" as well. CTL_OK, or what went wrong was said. */
int review_make(json_t **ret);

void review_print(FILE *out, const json_t *review, bool verbose);
