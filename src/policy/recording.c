/* "record_limit", "syslog" and "linux_audit": where records go, and how many. */
#include <stddef.h>

#include "loader.h"

static const char *choice_word(unsigned value)
{
        static const char *const names[] = {
                [RECORDS_OFF] = "off",
                [RECORDS_DENIED] = "denied",
                [RECORDS_ALL] = "all",
        };

        return names[value];
}

static const struct words choice_words = { choice_word, RECORDS_ALL + 1 };

static void parse_socket(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        const char *text = value_string(loader, value), *wrong = text ? check_plain(text) : NULL;

        (void)setting;
        if (wrong)
                complain(loader, value, "\"%s\" %s", text, wrong);
        else if (text && !string_copy(field, SYSLOG_SOCKET_MAX, text))
                complain(loader, value, "is too long for a socket; expected %u bytes at most", SYSLOG_SOCKET_MAX - 1);
}

#define FIELD(name) offsetof(struct policy_settings, records.name)

static const struct setting limit_settings[] = {
        { .name = "burst", .parse = parse_unsigned, .offset = FIELD(limit_burst), .range = { 0, 100000 } },
        { .name = "interval", .parse = parse_duration, .offset = FIELD(limit_interval_usec), .range = { 1, 3600 } },
        { 0 },
};

static const struct setting syslog_settings[] = {
        { .name = "records", .parse = parse_word, .offset = FIELD(syslog_records), .words = &choice_words },
        { .name = "socket", .parse = parse_socket, .offset = FIELD(syslog_socket) },
        { 0 },
};

static const struct setting linux_audit_settings[] = {
        { .name = "records", .parse = parse_word, .offset = FIELD(audit_records), .words = &choice_words },
        { 0 },
};

void parse_record_limit(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                        void *field)
{
        const struct record_settings *records = &loader->policy->settings.records;

        (void)setting;
        group_parse(loader, value, limit_settings, field);
        if (records->limit_burst == 0)
                warn(loader, value, "every record is written: whoever is refused again and again fills the logs");
}

/* What is valid and cannot be meant. */
static void check_syslog(struct loader *loader, const config_setting_t *value)
{
        const struct record_settings *records = &loader->policy->settings.records;

        if (records->syslog_records == RECORDS_OFF && config_setting_get_member(value, "socket"))
                warn(loader, value, "nothing is sent to this socket; add records = \"denied\"");
        if (records->syslog_records != RECORDS_OFF && streq(records->syslog_socket, "/dev/log"))
                warn(loader, value,
                     "journald, and rsyslog unless it is told otherwise, take no structured data at /dev/log; have a "
                     "syslog listen on another socket, see unitward-records(7)");
}

void parse_syslog(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        group_parse(loader, value, syslog_settings, field);
        check_syslog(loader, value);
}

void parse_linux_audit(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        group_parse(loader, value, linux_audit_settings, field);
}

void record_settings_default(struct record_settings *settings)
{
        *settings = (struct record_settings){
                .limit_burst = 300,
                .limit_interval_usec = UINT64_C(60000000),
                .audit_records = RECORDS_DENIED,
                .syslog_socket = "/dev/log",
        };
}
