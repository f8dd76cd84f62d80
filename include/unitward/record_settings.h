/* Where records go besides journal and event log, and how many of one kind: what the policy says. */
#pragma once

#include <stdint.h>

#define SYSLOG_SOCKET_MAX 108 /* of sun_path in unix(7), the NUL included */

/* Which records somebody gets: of record_is_denial(), or each. */
enum record_choice { RECORDS_OFF, RECORDS_DENIED, RECORDS_ALL };

struct record_settings {
        unsigned limit_burst;              /* 0..100000, default 300: like records of one actor within the interval that are
                                            * written, the others are counted; 0: all are written */
        uint64_t limit_interval_usec;      /* 1 s..1 h, default 1 min */
        enum record_choice syslog_records; /* default off */
        char syslog_socket[SYSLOG_SOCKET_MAX]; /* default "/dev/log" */
        enum record_choice audit_records;  /* default denied */
};

void record_settings_default(struct record_settings *settings);
