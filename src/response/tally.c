#include "unitward/hash.h"
#include "unitward/tally.h"
#include "unitward/util.h"

/* Compared as bytes: it comes from designated initializers with nothing between its members, or from memset. */
struct tally_key {
        enum gate gate;
        enum operation operation;
        enum outcome outcome;
        enum mode mode;
        char rule[POLICY_ID_MAX];
};

struct tally_entry {
        struct tally_key key;
        uint64_t count;
        UT_hash_handle hh;
};

static const char *const gate_names[GATE_COUNT_] = {
        [GATE_WRITE] = "write",     [GATE_LOAD] = "load",       [GATE_READ] = "read",
        [GATE_COMMAND] = "command", [GATE_ARRIVAL] = "arrival", [GATE_CONTROL] = "control",
};

const char *gate_name(enum gate gate)
{
        return gate_names[gate];
}

enum gate record_gate(const struct record *record)
{
        if (record->operation == OPERATION_APPROVE)
                return GATE_CONTROL;
        if (record->operation == OPERATION_EXEC)
                return GATE_COMMAND;
        if (record->kind != RECORD_ACCESS && record->kind != RECORD_TIMEOUT)
                return GATE_ARRIVAL;
        return record->operation == OPERATION_LOAD   ? GATE_LOAD
               : record->operation == OPERATION_READ ? GATE_READ
                                                     : GATE_WRITE;
}

int tally_init(struct tally *tally)
{
        memset(tally, 0, sizeof *tally);
        return -pthread_mutex_init(&tally->lock, NULL);
}

void tally_done(struct tally *tally)
{
        struct tally_entry *entry, *next;

        HASH_ITER(hh, tally->entries, entry, next) {
                HASH_DEL(tally->entries, entry);
                free(entry);
        }
        (void)pthread_mutex_destroy(&tally->lock);
}

static struct tally_key key_of(const struct record *record)
{
        struct tally_key key;

        memset(&key, 0, sizeof key);
        key.gate = record_gate(record);
        key.operation = record->operation;
        key.outcome = record->outcome;
        key.mode = record->mode;
        (void)string_copy(key.rule, sizeof key.rule, record->rule);
        return key;
}

static struct tally_entry *find(struct tally *tally, const struct tally_key *key)
{
        struct tally_entry *entry;

        HASH_FIND(hh, tally->entries, key, sizeof *key, entry);
        return entry;
}

/* NULL: no memory. */
static struct tally_entry *add(struct tally *tally, const struct tally_key *key)
{
        struct tally_entry *entry = calloc(1, sizeof *entry);

        if (!entry)
                return NULL;
        entry->key = *key;
        HASH_ADD(hh, tally->entries, key, sizeof entry->key, entry);
        if (!HASH_ADDED(hh, entry)) {
                free(entry);
                return NULL;
        }
        return entry;
}

/* Policies come and go, and with them the names of rules. */
static struct tally_entry *find_or_add(struct tally *tally, struct tally_key key)
{
        struct tally_entry *entry = find(tally, &key);

        if (!entry && HASH_COUNT(tally->entries) >= TALLY_MAX) {
                memset(key.rule, 0, sizeof key.rule);
                (void)string_copy(key.rule, sizeof key.rule, TALLY_OTHERS);
                entry = find(tally, &key);
        }
        return entry ? entry : add(tally, &key);
}

int tally_add(struct tally *tally, const struct record *record)
{
        struct tally_entry *entry;
        int r = 0;

        (void)pthread_mutex_lock(&tally->lock);
        tally->kinds[record->kind]++;
        if (record->decided && !record->summary) {
                entry = find_or_add(tally, key_of(record));
                if (entry)
                        entry->count++;
                r = entry ? 0 : -ENOMEM;
        }
        (void)pthread_mutex_unlock(&tally->lock);
        return r;
}

static json_t *entry_to_json(const struct tally_entry *entry)
{
        const struct tally_key *key = &entry->key;

        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "gate", gate_name(key->gate), "operation",
                         operation_name(key->operation), "verdict", outcome_name(key->outcome), "mode",
                         mode_name(key->mode), "rule", key->rule, "count", (json_int_t)entry->count);
}

json_t *tally_to_json(struct tally *tally)
{
        json_t *kinds = json_object(), *decisions = json_array();
        struct tally_entry *entry, *next;
        int r = 0;

        (void)pthread_mutex_lock(&tally->lock);
        for (enum record_kind kind = 0; kind < RECORD_KIND_COUNT_; kind++)
                r |= json_object_set_new(kinds, record_kind_name(kind), json_integer((json_int_t)tally->kinds[kind]));
        HASH_ITER(hh, tally->entries, entry, next)
                r |= json_array_append_new(decisions, entry_to_json(entry));
        (void)pthread_mutex_unlock(&tally->lock);
        if (r == 0)
                return json_pack("{s:o, s:o}", "records", kinds, "decisions", decisions);
        json_decref(kinds);
        json_decref(decisions);
        return NULL;
}
