/* RFC 5424. */
#include <ctype.h>
#include <syslog.h>

#include "record_private.h"
#include "unitward/record_text.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define JOURNAL_PREFIX "UNITWARD_"
#define NAME_MAX_SD 32u /* SD-NAME */
#define CUT " cut=\"yes\""

/* Somebody's configuration: 10 is authpriv, which the others cannot read. */
#define FACILITY LOG_AUTHPRIV

struct message {
        char text[SYSLOG_MESSAGE_MAX];
        size_t size;
        bool cut;
};

/* All of it or nothing; so many bytes are left for what comes after. */
static bool put(struct message *message, const char *text, size_t size, size_t left)
{
        if (size + left >= sizeof message->text - message->size)
                return false;
        memcpy(message->text + message->size, text, size);
        message->size += size;
        message->text[message->size] = '\0';
        return true;
}

/* PRINTUSASCII without spaces. */
static const char *host_name(const char *host)
{
        if (!*host || strlen(host) > 255)
                return "-";
        for (const char *at = host; *at; at++)
                if (*at <= ' ' || *at >= 0x7f)
                        return "-";
        return host;
}

/* "UNITWARD_PARENT_PID" to "parent_pid"; false: it is no parameter, because the message has it elsewhere. */
static bool parameter_name(const struct record_field *field, char name[static NAME_MAX_SD + 1])
{
        const char *from = field->journal;
        size_t n = 0;

        if (!from || !starts_with(from, JOURNAL_PREFIX))
                return false;
        for (from += strlen(JOURNAL_PREFIX); *from && n < NAME_MAX_SD; from++)
                name[n++] = (char)tolower((unsigned char)*from);
        name[n] = '\0';
        return true;
}

/* 6.3.3: quote, backslash and bracket after a backslash. */
static bool put_value(struct message *message, const char *name, const char *value)
{
        _cleanup_free_ char *text = text_escape(value), *escaped = text ? malloc(2 * SYSLOG_VALUE_MAX + 1) : NULL;
        _cleanup_free_ char *parameter = NULL;
        size_t length = text ? text_cut(text, strlen(text), SYSLOG_VALUE_MAX) : 0, n = 0;

        if (!escaped)
                return false;
        message->cut |= text[length] != '\0';
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '"' || text[i] == '\\' || text[i] == ']')
                        escaped[n++] = '\\';
                escaped[n++] = text[i];
        }
        escaped[n] = '\0';
        parameter = format(" %s=\"%s\"", name, escaped);
        if (!parameter)
                return false;
        /* What comes later may be shorter, and the message itself needs some room. */
        if (!put(message, parameter, strlen(parameter), strlen(CUT) + 1024))
                message->cut = true;
        return true;
}

static int put_field(const struct record_field *field, json_t *value, void *userdata)
{
        const size_t n = json_is_array(value) ? json_array_size(value) : 1;
        char name[NAME_MAX_SD + 1];
        bool good = true;

        if (json_is_null(value) || !parameter_name(field, name))
                return 0;
        for (size_t i = 0; good && i < n; i++) {
                const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
                _cleanup_free_ char *text = json_is_string(one) ? strdup(json_string_value(one))
                                                                : json_dumps(one, JSON_ENCODE_ANY | JSON_COMPACT);

                good = text && put_value(userdata, name, text);
        }
        return good ? 0 : -ENOMEM;
}

static bool is_ascii(const char *text)
{
        while (*text && (unsigned char)*text < 0x80)
                text++;
        return !*text;
}

/* UTF-8 has to say so. */
static void put_headline(struct message *message, const char *headline)
{
        static const char mark[] = " \xef\xbb\xbf";
        const size_t prefix = is_ascii(headline) ? 1 : sizeof mark - 1;

        if (put(message, mark, prefix, 0))
                (void)put(message, headline,
                          text_cut(headline, strlen(headline), sizeof message->text - message->size - 1), 0);
}

char *record_to_syslog(const struct record *record, const char *host, pid_t pid)
{
        _cleanup_free_ char *headline = record_headline(record), *head = NULL;
        struct message *message = headline ? calloc(1, sizeof *message) : NULL;
        char time[TIMESTAMP_SIZE], *text = NULL;

        if (!message)
                return NULL;
        head = format("<%d>1 %s %s unitward %d %s [" SYSLOG_SD_ID, FACILITY | record_priority(record),
                      timestamp_format(record->time_usec, time), host_name(host), (int)pid,
                      record_kind_name(record->kind));
        if (head && put(message, head, strlen(head), 0) && record_each_field(record, put_field, message) == 0) {
                if (message->cut)
                        (void)put(message, CUT, strlen(CUT), 0);
                (void)put(message, "]", 1, 0);
                put_headline(message, headline);
                text = strdup(message->text);
        }
        free(message);
        return text;
}
