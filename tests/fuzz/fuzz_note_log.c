/* The log of notes that a dead guard left: as memory that may hold anything, and as a note in it. */
#include "../../src/event/note_bytes.h"
#include "unitward/note_log.h"
#include "unitward/util.h"

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void check(const struct note *note)
{
        const struct actor *actor = note->actor;

        require(note->kind == NOTE_CHANGE && note->directory[0] == '/' && *note->name && !strchr(note->name, '/'));
        if (!actor)
                return;
        require(actor->n_ancestry <= ACTOR_ANCESTORS_MAX && actor->n_groups <= ACTOR_GROUPS_MAX);
        require(!actor->known || actor->n_ancestry > 0);
        for (size_t i = 0; i < actor->n_ancestry; i++)
                require(actor->ancestry[i].exe_path);
}

static void read_memory(const uint8_t *data, size_t size, bool all)
{
        static unsigned char memory[NOTE_LOG_SMALLEST] __attribute__((aligned(8)));
        struct note_log *log = NULL;
        struct note_list list;
        struct note *note;

        memset(memory, 0, sizeof memory);
        if (size > 0)
                memcpy(memory, data, size < sizeof memory ? size : sizeof memory);
        require(note_log_new(memory, sizeof memory, all, &log) == 0);
        require(note_log_read(log, &list) >= 0);
        while ((note = TAILQ_FIRST(&list))) {
                TAILQ_REMOVE(&list, note, next);
                check(note);
                note_log_add(log, note);
                note_free(note);
        }
        note_log_release(log, note_log_mark(log));
        note_log_free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static unsigned char bytes[NOTE_BYTES_MAX];
        struct note *note = NULL, *again = NULL;
        size_t length;

        read_memory(data, size, false);
        read_memory(data, size, true);
        if (note_decode(data, size, &note) < 0)
                return 0;
        check(note);
        length = note_encode(note, bytes, sizeof bytes);
        require(length == 0 || note_decode(bytes, length, &again) == 0);
        note_free(again);
        note_free(note);
        return 0;
}
