/* The ledger as text, for those who cannot ask the daemon. */
#include <fcntl.h>
#include <sys/stat.h>

#include "unitward/ledger_text.h"
#include "unitward/snapshots.h"
#include "unitward/util.h"

#define INTERVAL_USEC 1000000u
#define SHARE 10u /* of the time, at most one part is spent on writing */

struct snapshots {
        char *export_path, *boot_path;
        char *headers;
        uint64_t behind_usec; /* since when; 0: they are not */
        uint64_t written_usec, cost_usec;
};

int snapshots_new(const char *export_path, const char *boot_path, struct snapshots **ret)
{
        struct snapshots *snapshots = calloc(1, sizeof *snapshots);

        if (!snapshots)
                return -ENOMEM;
        snapshots->export_path = strdup(export_path);
        snapshots->boot_path = strdup(boot_path);
        snapshots->headers = strdup("");
        if (!snapshots->export_path || !snapshots->boot_path || !snapshots->headers) {
                snapshots_free(snapshots);
                return -ENOMEM;
        }
        *ret = snapshots;
        return 0;
}

struct snapshots *snapshots_free(struct snapshots *snapshots)
{
        if (snapshots) {
                free(snapshots->export_path);
                free(snapshots->boot_path);
                free(snapshots->headers);
                free(snapshots);
        }
        return NULL;
}

/* ---- When ------------------------------------------------------------------------------------------ */

void snapshots_behind(struct snapshots *snapshots, char *headers)
{
        if (headers) {
                free(snapshots->headers);
                snapshots->headers = headers;
        }
        if (!snapshots->behind_usec)
                snapshots->behind_usec = now_monotonic_usec();
}

uint64_t snapshots_due_usec(const struct snapshots *snapshots, bool quiet)
{
        uint64_t pause = snapshots->cost_usec * SHARE > INTERVAL_USEC ? snapshots->cost_usec * SHARE : INTERVAL_USEC;
        uint64_t earliest = snapshots->written_usec ? snapshots->written_usec + pause : 1;
        uint64_t wanted = snapshots->behind_usec + (quiet ? 0 : INTERVAL_USEC);

        /* Without headers the start is not over: half a ledger would mask the other half. */
        if (!snapshots->behind_usec || !*snapshots->headers)
                return 0;
        return wanted > earliest ? wanted : earliest;
}

enum mode snapshots_mode(const struct snapshots *snapshots)
{
        return strstr(snapshots->headers, "\nmode enforce\n") ? MODE_ENFORCE : MODE_AUDIT;
}

/* ---- What: the headers ---------------------------------------------------------------------------- */

static void write_zone(FILE *stream, const struct zone *zone)
{
        for (size_t i = 0; i < zone->n_paths; i++)
                (void)fprintf(stream, "protected %s\n", zone->paths[i].pattern);
}

char *snapshots_headers(const struct policy *policy, enum mode mode, bool unreviewed)
{
        char boot_id[64] = "", *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        (void)read_text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id);
        boot_id[strcspn(boot_id, "\n")] = '\0';
        (void)fprintf(stream, "daemon %s\nmode %s\nboot-id %s\n", UNITWARD_VERSION, mode_name(mode), boot_id);
        if (unreviewed)
                (void)fputs("review pending\n", stream);
        for (size_t i = 0; i < policy_n_zones(policy); i++)
                write_zone(stream, policy_zone(policy, (int)i));
        if (fclose(stream) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static int put_headers(struct ledger_text_writer *writer, const char *headers)
{
        _cleanup_free_ char *copy = strdup(headers);
        char *rest = copy, *value;
        int r = copy ? 0 : -ENOMEM;

        while (r == 0 && rest && *rest) {
                value = strsep(&rest, "\n");
                const char *key = strsep(&value, " ");

                r = ledger_text_header(writer, key, value ? value : "");
        }
        return r;
}

/* ---- What: the entries -------------------------------------------------------------------------------- */

/* What systemd and its generators write while they run. */
static bool is_passing(const char *path)
{
        static const char *const places[] = { "/systemd/transient", "/systemd/generator", "/systemd/generator.early",
                                              "/systemd/generator.late" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                const char *found = strstr(path, places[i]), *end = found ? found + strlen(places[i]) : NULL;

                if (end && (*end == '/' || *end == '\0'))
                        return true;
        }
        return false;
}

struct output {
        const char *path;
        mode_t mode;
        char *temporary;
        FILE *stream;
        char *buffer; /* of the stream */
        struct ledger_text_writer *writer;
        struct digest digest;
};

struct outputs {
        struct output all, boot;
};

static int put_entry(const struct ledger_entry *entry, void *userdata)
{
        struct outputs *outputs = userdata;
        struct ledger_entry brief = *entry;
        int r = ledger_text_entry(outputs->all.writer, entry);

        brief.by = "";
        return r < 0 || is_passing(entry->path) ? r : ledger_text_entry(outputs->boot.writer, &brief);
}

/* ---- Where ---------------------------------------------------------------------------------------------- */

/* The boot snapshot lies in a zone: each read(2) and write(2) of it is asked about, and waits for the verdict thread.
 */
#define OUTPUT_PIECE (64u * 1024u)

static int output_begin(struct output *output, bool signatures)
{
        int fd;

        output->temporary = format("%s.new", output->path);
        if (!output->temporary)
                return -ENOMEM;
        if (unlink(output->temporary) < 0 && errno != ENOENT)
                return -errno;
        fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        output->stream = fchmod(fd, output->mode) == 0 ? fdopen(fd, "w+e") : NULL;
        if (!output->stream) {
                int r = -errno;

                (void)close(fd);
                return r;
        }
        output->buffer = malloc(OUTPUT_PIECE);
        if (!output->buffer)
                return -ENOMEM;
        (void)setvbuf(output->stream, output->buffer, _IOFBF, OUTPUT_PIECE);
        return ledger_text_begin(output->stream, signatures, &output->writer);
}

static int output_end(struct output *output)
{
        int r = output->writer ? ledger_text_end(output->writer, &output->digest) : 0;

        output->writer = NULL;
        return r;
}

/* Byte for byte, and as nobody else would have left it. */
static bool is_there_already(const struct output *output)
{
        _cleanup_close_ int there = open(output->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        char ours[OUTPUT_PIECE], theirs[sizeof ours];
        struct stat st;
        off_t at = 0;
        ssize_t n;

        if (there < 0 || fstat(there, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 07777) != output->mode ||
            st.st_uid != geteuid())
                return false;
        do {
                n = pread(fileno(output->stream), ours, sizeof ours, at);
                if (n < 0 || pread(there, theirs, sizeof theirs, at) != n || memcmp(ours, theirs, (size_t)n) != 0)
                        return false;
                at += n;
        } while (n > 0);
        return true;
}

/* 1: it is another than before. */
static int output_publish(struct output *output)
{
        if (is_there_already(output))
                return 0;
        if (fsync(fileno(output->stream)) < 0 || rename(output->temporary, output->path) < 0)
                return -errno;

        int r = fsync_parent(output->path);
        return r < 0 ? r : 1;
}

static void output_done(struct output *output)
{
        (void)output_end(output);
        if (output->stream)
                (void)fclose(output->stream);
        free(output->buffer);
        if (output->temporary)
                (void)unlink(output->temporary);
        free(output->temporary);
}

static int write_outputs(struct snapshots *snapshots, struct ledger *ledger, struct outputs *outputs)
{
        int r = output_begin(&outputs->all, false), ended;

        if (r == 0)
                r = output_begin(&outputs->boot, true);
        if (r == 0)
                r = put_headers(outputs->boot.writer, snapshots->headers);
        if (r == 0)
                r = ledger_each(ledger, put_entry, outputs);
        ended = output_end(&outputs->all);
        if (r == 0)
                r = ended;
        ended = output_end(&outputs->boot);
        if (r == 0)
                r = ended;
        if (r == 0)
                r = output_publish(&outputs->all);
        return r < 0 ? r : output_publish(&outputs->boot);
}

int snapshots_write(struct snapshots *snapshots, struct ledger *ledger, struct digest *ret)
{
        struct outputs outputs = { .all = { .path = snapshots->export_path, .mode = 0600 },
                                   .boot = { .path = snapshots->boot_path, .mode = 0644 } };
        uint64_t since = snapshots->behind_usec, start = now_monotonic_usec();
        int r;

        snapshots->behind_usec = 0;
        r = write_outputs(snapshots, ledger, &outputs);
        output_done(&outputs.all);
        output_done(&outputs.boot);
        snapshots->written_usec = now_monotonic_usec();
        snapshots->cost_usec = snapshots->written_usec - start;
        if (r < 0)
                snapshots->behind_usec = since ? since : start;
        else
                *ret = outputs.boot.digest;
        return r;
}
