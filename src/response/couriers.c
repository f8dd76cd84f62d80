#include <sys/socket.h>
#include <sys/un.h>

#include "unitward/couriers.h"
#include "unitward/record_text.h"
#include "unitward/util.h"

int couriers_init(struct couriers *couriers, const char *audit_path)
{
        *couriers = (struct couriers){ .fd = -1 };
        return string_copy(couriers->audit.path, sizeof couriers->audit.path, audit_path) ? 0 : -ENAMETOOLONG;
}

void couriers_done(struct couriers *couriers)
{
        close_pointer(&couriers->fd);
        couriers->fd = -1;
}

void couriers_configure(struct couriers *couriers, const struct record_settings *settings)
{
        (void)string_copy(couriers->syslog.path, sizeof couriers->syslog.path, settings->syslog_socket);
        couriers->syslog.choice = settings->syslog_records;
        couriers->audit.choice = settings->audit_records;
}

static bool is_wanted(const struct courier *courier, const struct record *record)
{
        return courier->choice == RECORDS_ALL || (courier->choice == RECORDS_DENIED && record_is_denial(record));
}

/* 0 or -errno. */
static int post(struct couriers *couriers, const struct courier *courier, const char *text)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (couriers->fd < 0)
                couriers->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (couriers->fd < 0)
                return -errno;
        memcpy(address.sun_path, courier->path, sizeof address.sun_path);
        return sendto(couriers->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
                      sizeof address) < 0
                       ? -errno
                       : 0;
}

static void count(struct courier *courier, int r)
{
        (void)__atomic_add_fetch(r < 0 ? &courier->lost : &courier->sent, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&courier->failing, r < 0, __ATOMIC_RELAXED);
}

static char *syslog_text(const struct record *record)
{
        char host[256] = "";

        (void)gethostname(host, sizeof host - 1);
        return record_to_syslog(record, host, getpid());
}

static char *audit_text(const struct record *record)
{
        _cleanup_free_ char *text = record_to_audit(record);

        return text ? format("%c%s", record_came_to_pass(record) ? RELAY_SUCCESS : RELAY_FAILURE, text) : NULL;
}

void couriers_send(struct couriers *couriers, const struct record *record)
{
        if (is_wanted(&couriers->syslog, record)) {
                _cleanup_free_ char *text = syslog_text(record);

                count(&couriers->syslog, text ? post(couriers, &couriers->syslog, text) : -ENOMEM);
        }
        if (is_wanted(&couriers->audit, record)) {
                _cleanup_free_ char *text = audit_text(record);
                int r = text ? post(couriers, &couriers->audit, text) : -ENOMEM;

                if (r != -ENOENT)
                        count(&couriers->audit, r);
        }
}
