/* Which settings two unit files differ in, or a drop-in adds: the ones that run something first. */
#include "unit_internal.h"
#include "unitward/util.h"

#define CLAUSES_MAX 4 /* further ones are counted */

/* ---- The settings by name -------------------------------------------------------------------------------- */

struct sorted {
        const struct unit_setting **settings;
        size_t n;
};

static void sorted_done(struct sorted *sorted)
{
        free(sorted->settings);
}

static int compare_names(const struct unit_setting *a, const struct unit_setting *b)
{
        int r = strcmp(a->section, b->section);

        return r != 0 ? r : strcmp(a->key, b->key);
}

/* Those of one name stay in the order of the file, which is the order of their addresses. */
static int compare(const void *a, const void *b)
{
        const struct unit_setting *one = *(const struct unit_setting *const *)a,
                                  *other = *(const struct unit_setting *const *)b;
        int r = compare_names(one, other);

        return r != 0 ? r : one < other ? -1 : one > other;
}

static bool sorted_init(struct sorted *sorted, const struct unit_file *file)
{
        size_t n = file ? unit_file_n_settings(file) : 0;

        sorted->settings = calloc(n + 1, sizeof *sorted->settings);
        if (!sorted->settings)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!starts_with(unit_file_setting(file, i)->section, "X-"))
                        sorted->settings[sorted->n++] = unit_file_setting(file, i);
        qsort(sorted->settings, sorted->n, sizeof *sorted->settings, compare);
        return true;
}

/* The values of one name that count. */
struct values {
        const struct unit_setting *const *settings;
        size_t n;
        bool reset; /* they do not add to what others say */
        bool present;
};

static struct values values_at(const struct sorted *sorted, size_t *index, const struct unit_setting *name)
{
        struct values values = { .settings = (const struct unit_setting *const *)sorted->settings + *index };
        bool is_list = unit_key_is_list(name->key);

        for (; *index < sorted->n && compare_names(sorted->settings[*index], name) == 0; ++*index) {
                values.present = true;
                values.n++;
                if (*sorted->settings[*index]->value && is_list)
                        continue;
                values.settings = (const struct unit_setting *const *)sorted->settings + *index;
                values.n = 1;
                if (!*sorted->settings[*index]->value) {
                        values.reset = true;
                        values.settings++;
                        values.n = 0;
                }
        }
        return values;
}

/* ---- Differences ----------------------------------------------------------------------------------------- */

enum clause { CLAUSE_NONE, CLAUSE_ADDS, CLAUSE_SETS, CLAUSE_OVERRIDES, CLAUSE_EMPTIES, CLAUSE_CHANGES, CLAUSE_REMOVES };

static const struct {
        const char *verb, *preposition;
} clauses[] = {
        [CLAUSE_ADDS] = { "adds", "to" },           [CLAUSE_SETS] = { "sets", "for" },
        [CLAUSE_OVERRIDES] = { "overrides", "of" }, [CLAUSE_EMPTIES] = { "empties", "of" },
        [CLAUSE_CHANGES] = { "changes", "of" },     [CLAUSE_REMOVES] = { "removes", "from" },
};

struct difference {
        enum clause clause;
        const char *key, *from, *to;
        size_t n_more; /* further values that come with it */
};

static const char *value_of(const struct values *values, size_t index)
{
        return index < values->n ? values->settings[index]->value : NULL;
}

static struct difference difference_new(const char *key, const struct values *after)
{
        struct difference difference = { .key = key, .to = value_of(after, 0) };

        if (after->n == 0)
                difference.clause = CLAUSE_EMPTIES;
        else if (!unit_key_is_list(key))
                difference.clause = CLAUSE_SETS;
        else
                difference.clause = after->reset ? CLAUSE_OVERRIDES : CLAUSE_ADDS;
        if (after->n > 1)
                difference.n_more = after->n - 1;
        return difference;
}

static struct difference difference_of(const char *key, const struct values *before, const struct values *after)
{
        struct difference difference = { .key = key };
        size_t i = 0;

        if (!before->present)
                return difference_new(key, after);
        while (i < before->n && i < after->n && streq(value_of(before, i), value_of(after, i)))
                i++;
        difference.from = value_of(before, i);
        difference.to = value_of(after, i);
        if (!after->present || (difference.from && !difference.to))
                difference.clause = CLAUSE_REMOVES;
        else if (!difference.from && !difference.to)
                return before->reset == after->reset || !unit_key_is_list(key) ? difference
                                                                               : difference_new(key, after);
        else
                difference.clause = !difference.from ? CLAUSE_ADDS : CLAUSE_CHANGES;
        if (difference.to)
                difference.n_more = after->n - i - 1;
        else if (difference.from)
                difference.n_more = before->n - i - 1;
        return difference;
}

static void put_assignment(FILE *stream, const char *key, const char *value)
{
        put_value(stream, key);
        (void)fputc('=', stream);
        put_value(stream, value ? value : "");
}

static void put_difference(FILE *stream, const struct difference *difference, const char *of)
{
        enum clause clause = difference->clause;

        (void)fprintf(stream, "%s ", clauses[clause].verb);
        if (clause == CLAUSE_ADDS || clause == CLAUSE_SETS || clause == CLAUSE_REMOVES)
                put_assignment(stream, difference->key, clause == CLAUSE_REMOVES ? difference->from : difference->to);
        else
                put_value(stream, difference->key);
        if (of)
                (void)fprintf(stream, " %s %s", clauses[clause].preposition, of);
        if (clause == CLAUSE_CHANGES) {
                (void)fputs(" from ", stream);
                put_value(stream, difference->from);
                (void)fputs(" to ", stream);
                put_value(stream, difference->to);
        }
        if (clause == CLAUSE_OVERRIDES) {
                (void)fputs(" with ", stream);
                put_value(stream, difference->to);
        }
        if (difference->n_more > 0)
                (void)fprintf(stream, " and %zu more", difference->n_more);
}

/* The next name in either; NULL: no more. */
static const struct unit_setting *next_name(const struct sorted *before, size_t i, const struct sorted *after, size_t j)
{
        if (i == before->n)
                return j == after->n ? NULL : after->settings[j];
        if (j == after->n || compare_names(before->settings[i], after->settings[j]) < 0)
                return before->settings[i];
        return after->settings[j];
}

/* Goes through both files once and puts what has the rank; returns how many of it differ. n_put: how many were put. */
static size_t put_rank(FILE *stream, const struct sorted *before, const struct sorted *after, unsigned rank,
                       size_t n_put, const char *of)
{
        const struct unit_setting *name;
        size_t i = 0, j = 0, n = 0;

        while ((name = next_name(before, i, after, j))) {
                struct values old = values_at(before, &i, name), new = values_at(after, &j, name);
                struct difference difference = difference_of(name->key, &old, &new);

                if (difference.clause == CLAUSE_NONE || unit_setting_rank(name) != rank)
                        continue;
                if (n_put + n < CLAUSES_MAX) {
                        (void)fputs(n_put + n > 0 ? ", " : "", stream);
                        put_difference(stream, &difference, n_put + n > 0 ? NULL : of);
                }
                n++;
        }
        return n;
}

bool put_differences(FILE *stream, const struct unit_file *before, const struct unit_file *after, const char *of)
{
        _cleanup_(sorted_done) struct sorted old = { 0 }, new = { 0 };
        size_t n = 0;

        if (!sorted_init(&old, before) || !sorted_init(&new, after))
                return false;
        for (unsigned rank = 0; rank < UNIT_RANKS; rank++)
                n += put_rank(stream, &old, &new, rank, n, of);
        if (n > CLAUSES_MAX)
                (void)fprintf(stream, ", and %zu other setting%s", n - CLAUSES_MAX, n > CLAUSES_MAX + 1 ? "s" : "");
        return n > 0;
}

bool put_settings(FILE *stream, const struct unit_file *file, const char *of)
{
        return put_differences(stream, NULL, file, of);
}
