/* Records as other loggers take them: a message of syslog with structured data, a record of Linux audit. Both come from the same
 * tables as JSON lines and journal, are bounded, and are made by the recorder. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "unitward/record.h"

#define SYSLOG_MESSAGE_MAX 8192u /* what rsyslog takes unless it is told otherwise */
#define SYSLOG_VALUE_MAX 1024u   /* of one parameter; a longer one is cut */
#define AUDIT_MESSAGE_MAX 4096u  /* of the kernel's 8970 (MAX_AUDIT_MESSAGE_LENGTH); a hexadecimal byte is two */

/* RFC 5424: "<PRI>1 TIME HOST unitward PID KIND [unitward@32473 action="create" ...] MESSAGE". Each parameter is called as the field in
 * the journal is, without UNITWARD_ and in small letters; one with several values is there several times. What does not fit is
 * left out, and then there is cut="yes". Caller frees; NULL: no memory.
 *
 * 32473 is the number that RFC 5612 has set aside for examples: unitward has none of its own, and an SD-ID without a number
 * is the IANA's to give. */
#define SYSLOG_SD_ID "unitward@32473"
char *record_to_syslog(const struct record *record, const char *host, pid_t pid);

/* What stands in msg='' of a user record: NAME=VALUE, untrusted values as audit_encode_nv_string(3) has them. Caller frees; NULL: no
 * memory. */
char *record_to_audit(const struct record *record);
