#include "note_bytes.h"
#include "unitward/util.h"

#define TEXT_NULL UINT16_MAX

enum { ACTOR_GIVEN = 1 << 0, ACTOR_KNOWN = 1 << 1, ACTOR_MANAGER = 1 << 2, ACTOR_USER_MANAGER = 1 << 3 };

/* ---- Writing ---------------------------------------------------------------------------------------- */

struct writer {
        unsigned char *at, *end;
        bool full;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
        if (size > (size_t)(writer->end - writer->at)) {
                writer->full = true;
                return;
        }
        if (size > 0)
                memcpy(writer->at, bytes, size);
        writer->at += size;
}

static void put_number(struct writer *writer, uint64_t number)
{
        put(writer, &number, sizeof number);
}

static void put_text(struct writer *writer, const char *text, size_t max)
{
        size_t length = text ? strnlen(text, max) : 0;
        uint16_t prefix = text ? (uint16_t)length : TEXT_NULL;

        put(writer, &prefix, sizeof prefix);
        put(writer, text, length);
}

static void put_process(struct writer *writer, const struct actor_process *process)
{
        put_number(writer, (uint64_t)process->pid);
        put_number(writer, process->exe.device);
        put_number(writer, process->exe.inode);
        put_text(writer, process->exe_path, NOTE_EXE_PATH_MAX);
        put_text(writer, process->unit, ACTOR_UNIT_MAX - 1);
}

static void put_actor(struct writer *writer, const struct actor *actor)
{
        uint64_t flags = !actor ? 0
                                : (unsigned)ACTOR_GIVEN | (actor->known ? ACTOR_KNOWN : 0u) |
                                          (actor->manager ? ACTOR_MANAGER : 0u) |
                                          (actor->user_manager ? ACTOR_USER_MANAGER : 0u);

        put_number(writer, flags);
        if (!actor)
                return;
        const uint64_t numbers[] = {
                (uint64_t)actor->pid, (uint64_t)actor->parent, actor->start_time, (uint64_t)actor->session, actor->uid,
                actor->gid,           actor->login_uid,        actor->n_groups,   actor->n_ancestry
        };
        put(writer, numbers, sizeof numbers);
        put(writer, actor->groups, actor->n_groups * sizeof actor->groups[0]);
        put_text(writer, actor->label, UINT16_MAX - 1);
        for (size_t i = 0; i < actor->n_ancestry; i++)
                put_process(writer, &actor->ancestry[i]);
}

size_t note_encode(const struct note *note, void *bytes, size_t size)
{
        struct writer writer = { bytes, (unsigned char *)bytes + size, false };
        const uint64_t numbers[] = { note->mask,
                                     note->seen.id.device,
                                     note->seen.id.inode,
                                     note->seen.size,
                                     (uint64_t)note->seen.mtime_nsec,
                                     (uint64_t)note->seen.ctime_nsec };

        put(&writer, numbers, sizeof numbers);
        put_text(&writer, note->directory, UINT16_MAX - 1);
        put_text(&writer, note->name, UINT16_MAX - 1);
        put_text(&writer, note->client, UINT16_MAX - 1);
        put_actor(&writer, note->actor);
        return writer.full ? 0 : (size_t)(writer.at - (unsigned char *)bytes);
}

/* ---- Reading: nothing is believed --------------------------------------------------------------------- */

struct reader {
        const unsigned char *at, *end;
        int error; /* the first one; what is read afterwards is zero */
};

static void fail(struct reader *reader, int error)
{
        if (reader->error == 0)
                reader->error = error;
        reader->at = reader->end;
}

static void get(struct reader *reader, void *bytes, size_t size)
{
        if (size > (size_t)(reader->end - reader->at)) {
                fail(reader, -EBADMSG);
                memset(bytes, 0, size);
                return;
        }
        memcpy(bytes, reader->at, size);
        reader->at += size;
}

static uint64_t get_number(struct reader *reader)
{
        uint64_t number;

        get(reader, &number, sizeof number);
        return number;
}

static size_t get_count(struct reader *reader, uint64_t number, size_t max)
{
        if (number <= max)
                return (size_t)number;
        fail(reader, -EBADMSG);
        return 0;
}

/* NULL: there is none, or an error. */
static char *get_text(struct reader *reader)
{
        uint16_t length;
        char *text;

        get(reader, &length, sizeof length);
        if (reader->error || length == TEXT_NULL)
                return NULL;
        if (length > reader->end - reader->at || memchr(reader->at, '\0', length)) {
                fail(reader, -EBADMSG);
                return NULL;
        }
        text = malloc((size_t)length + 1);
        if (!text) {
                fail(reader, -ENOMEM);
                return NULL;
        }
        get(reader, text, length);
        text[length] = '\0';
        return text;
}

static void get_process(struct reader *reader, struct actor_process *ret)
{
        ret->pid = (pid_t)get_number(reader);
        ret->exe.device = get_number(reader);
        ret->exe.inode = get_number(reader);
        ret->exe_path = get_text(reader);
        ret->unit = get_text(reader);
        if (!ret->exe_path)
                fail(reader, -EBADMSG);
}

static void get_facts(struct reader *reader, struct actor *actor)
{
        size_t n_ancestry;

        actor->pid = (pid_t)get_number(reader);
        actor->parent = (pid_t)get_number(reader);
        actor->start_time = get_number(reader);
        actor->session = (pid_t)get_number(reader);
        actor->uid = (uid_t)get_number(reader);
        actor->gid = (gid_t)get_number(reader);
        actor->login_uid = (uid_t)get_number(reader);
        actor->n_groups = get_count(reader, get_number(reader), ACTOR_GROUPS_MAX);
        n_ancestry = get_count(reader, get_number(reader), ACTOR_ANCESTORS_MAX);
        get(reader, actor->groups, actor->n_groups * sizeof actor->groups[0]);
        actor->label = get_text(reader);
        while (actor->n_ancestry < n_ancestry && !reader->error)
                get_process(reader, &actor->ancestry[actor->n_ancestry++]);
        if (actor->known && actor->n_ancestry == 0)
                fail(reader, -EBADMSG);
}

static struct actor *get_actor(struct reader *reader)
{
        uint64_t flags = get_number(reader);
        struct actor *actor;

        if (reader->error || !(flags & ACTOR_GIVEN))
                return NULL;
        actor = actor_unknown(0);
        if (!actor) {
                fail(reader, -ENOMEM);
                return NULL;
        }
        actor->known = flags & ACTOR_KNOWN;
        actor->manager = flags & ACTOR_MANAGER;
        actor->user_manager = flags & ACTOR_USER_MANAGER;
        get_facts(reader, actor);
        return actor;
}

static bool is_place(const char *directory, const char *name)
{
        return directory && directory[0] == '/' && name && *name && !strchr(name, '/') && !streq(name, "..");
}

int note_decode(const void *bytes, size_t size, struct note **ret)
{
        struct reader reader = { bytes, (const unsigned char *)bytes + size, 0 };
        struct note *note = calloc(1, sizeof *note);

        if (!note)
                return -ENOMEM;
        note->kind = NOTE_CHANGE;
        note->mask = get_number(&reader);
        note->seen.id.device = get_number(&reader);
        note->seen.id.inode = get_number(&reader);
        note->seen.size = get_number(&reader);
        note->seen.mtime_nsec = (int64_t)get_number(&reader);
        note->seen.ctime_nsec = (int64_t)get_number(&reader);
        note->directory = get_text(&reader);
        note->name = get_text(&reader);
        note->client = get_text(&reader);
        note->actor = get_actor(&reader);
        if (reader.error == 0 && (reader.at != reader.end || !is_place(note->directory, note->name)))
                reader.error = -EBADMSG;
        if (reader.error) {
                note_free(note);
                return reader.error;
        }
        *ret = note;
        return 0;
}
