#include "import.h"
#include "unitward/ledger_text.h"
#include "unitward/util.h"

static void line_free(struct line *line)
{
        for (size_t i = 0; i < ARRAY_SIZE(line->text); i++)
                free(line->text[i]);
        free(line->attributes);
        free(line);
}

void import_done(struct import *import)
{
        struct line *line, *next;

        HASH_ITER(hh, import->lines, line, next) {
                HASH_DEL(import->lines, line);
                line_free(line);
        }
        (void)actor_unref(import->actor);
}

static int count_header(void *userdata, const char *key, const char *value)
{
        struct import *import = userdata;

        (void)key;
        (void)value;
        import->n_headers++;
        return 0;
}

static const char *keep(struct line *line, size_t slot, const char *text, bool *good)
{
        if (!text)
                return NULL;
        line->text[slot] = strdup(text);
        *good &= line->text[slot] != NULL;
        return line->text[slot];
}

static int keep_line(void *userdata, const struct ledger_entry *entry)
{
        struct import *import = userdata;
        struct line *line = calloc(1, sizeof *line);
        bool good = true;

        if (!line)
                return -ENOMEM;
        line->entry = *entry;
        line->entry.path = keep(line, 0, entry->path, &good);
        line->entry.target = keep(line, 1, entry->target, &good);
        line->entry.source = keep(line, 2, entry->source, &good);
        line->entry.rule = keep(line, 3, entry->rule, &good);
        line->entry.by = keep(line, 4, entry->by, &good);
        line->entry.attributes = line->attributes = bytes_duplicate(entry->attributes, entry->attributes_size);
        if (!good || (entry->attributes_size && !line->attributes)) {
                line_free(line);
                return -ENOMEM;
        }
        HASH_ADD_KEYPTR(hh, import->lines, line->entry.path, strlen(line->entry.path), line);
        if (!HASH_ADDED(hh, line)) {
                line_free(line);
                return -ENOMEM;
        }
        import->n++;
        import_step(import);
        return 0;
}

int import_read(struct import *import, const struct control_peer *peer)
{
        const struct ledger_text_handler handler = { count_header, keep_line, import };
        _cleanup_free_ char *text = NULL;
        char *why = NULL;
        size_t size;
        int r = request_contents(peer, 0, LEDGER_TEXT_MAX, &text, &size);

        if (r < 0)
                return request_error(import->answer, r, strdup("the ledger did not come along"),
                                     strdup("use unitward(1) of the daemon's version; a ledger has at most 256 MiB"));
        r = ledger_text_read(text, size, &handler, &why);
        if (r < 0)
                return request_error(import->answer, r, why ? why : strdup(strerror(-r)),
                                     strdup("nothing was changed; export it again: unitward ledger export"));
        return 0;
}
