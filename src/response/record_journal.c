#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "record_private.h"
#include "unitward/util.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define PATIENCE_MS 1000
#define ENTRY_MAX 160 /* fields; some have a value for each generation of the ancestry, or for each unit */

struct entry {
        size_t n;
        struct iovec fields[ENTRY_MAX];
};

static void entry_done(struct entry *entry)
{
        for (size_t i = 0; i < entry->n; i++)
                free(entry->fields[i].iov_base);
}

/* The text of one value; NULL: no memory. */
static char *value_text(const json_t *value)
{
        if (json_is_string(value))
                return strdup(json_string_value(value));
        return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

static int entry_add(struct entry *entry, const char *name, const json_t *value)
{
        _cleanup_free_ char *text = value_text(value);
        char *field = text ? format("%s=%s", name, text) : NULL;

        if (!field)
                return -ENOMEM;
        if (entry->n == ENTRY_MAX) {
                free(field);
                return -E2BIG;
        }
        entry->fields[entry->n++] = (struct iovec){ field, strlen(field) };
        return 0;
}

/* The journal has no lists, but a field may have several values; and no null. */
static int entry_add_field(const struct record_field *field, json_t *value, void *userdata)
{
        size_t n = json_is_array(value) ? json_array_size(value) : 1;
        int r = 0;

        if (!field->journal || json_is_null(value))
                return 0;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = entry_add(userdata, field->journal, json_is_array(value) ? json_array_get(value, i) : value);
        return r;
}

/* sd_journal_sendv waits for as long as journald does not read. Whether it does is seen on a socket of our own:
 * 1: yes; 0: there is no journald; -EAGAIN: no. */
static int journal_poll(int patience_ms)
{
        static const struct sockaddr_un address = { AF_UNIX, JOURNAL_SOCKET };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd poller = { fd, POLLOUT, 0 };
        int n;

        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return errno == ENOENT || errno == ECONNREFUSED ? 0 : -errno;
        do
                n = poll(&poller, 1, patience_ms);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        return poller.revents & POLLOUT ? 1 : -EAGAIN;
}

void journal_init(struct journal *journal)
{
        journal->patience_ms = PATIENCE_MS;
}

int journal_write(struct journal *journal, const struct record *record)
{
        _cleanup_(entry_done) struct entry entry = { 0 };
        int r = journal_poll(journal->patience_ms);

        /* It is waited for once; a journald that hangs must not hold up the other sinks record by record. */
        journal->patience_ms = r == -EAGAIN ? 0 : PATIENCE_MS;
        if (r <= 0)
                return r;
        r = record_each_field(record, entry_add_field, &entry);
        return r < 0 ? r : sd_journal_sendv(entry.fields, (int)entry.n);
}
