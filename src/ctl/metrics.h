/* Metrics: what the daemon counts, in the text format of Prometheus. */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* The daemon's answer to "metrics"; NULL: it does not answer. 0; -EIO: the stream has failed. */
int metrics_print(FILE *out, const json_t *answer);
