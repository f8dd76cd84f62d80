/* dpkg's own files: text, but whoever damaged or forged it chose the bytes. What does not parse is left out. */
#include "packages_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define MD5_SIZE 16
#define MD5_DIGITS (2 * MD5_SIZE)

bool slice_is(struct slice slice, const char *text)
{
        return slice.n == strlen(text) && memcmp(slice.at, text, slice.n) == 0;
}

bool slice_line(struct slice *text, struct slice *ret)
{
        const char *end;

        if (text->n == 0)
                return false;
        end = memchr(text->at, '\n', text->n);
        ret->at = text->at;
        ret->n = end ? (size_t)(end - text->at) : text->n;
        text->at += ret->n + (end != NULL);
        text->n -= ret->n + (end != NULL);
        return true;
}

static struct slice trim(struct slice slice)
{
        while (slice.n > 0 && (*slice.at == ' ' || *slice.at == '\t'))
                slice.at++, slice.n--;
        while (slice.n > 0 && strchr(" \t\r", slice.at[slice.n - 1]))
                slice.n--;
        return slice;
}

/* The next word of the line; empty at its end. */
static struct slice take_word(struct slice *line)
{
        struct slice rest = trim(*line), word = { rest.at, 0 };

        while (word.n < rest.n && rest.at[word.n] != ' ' && rest.at[word.n] != '\t')
                word.n++;
        *line = (struct slice){ rest.at + word.n, rest.n - word.n };
        return word;
}

/* ---- status ------------------------------------------------------------------------------------------ */

static struct slice *field_of(struct dpkg_status *status, struct slice name)
{
        const struct {
                const char *name;
                struct slice *value;
        } fields[] = {
                { "Package", &status->package },
                { "Version", &status->version },
                { "Architecture", &status->architecture },
                { "Multi-Arch", &status->multi_arch },
                { "Status", &status->status },
                { "Conffiles", &status->conffiles },
        };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                if (slice_is(name, fields[i].name))
                        return fields[i].value;
        return NULL;
}

/* Fields of one line each, and those that go on in lines that begin with a space. */
bool dpkg_next_status(struct slice *text, struct dpkg_status *ret)
{
        static const struct dpkg_status nothing = { { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 } };
        struct slice line, *field = NULL;

        *ret = nothing;
        while (slice_line(text, &line)) {
                const char *colon;

                if (line.n == 0 && ret->package.n > 0)
                        return true;
                if (line.n == 0) {
                        *ret = nothing;
                        field = NULL;
                        continue;
                }
                if (*line.at == ' ' || *line.at == '\t') {
                        if (field)
                                field->n = (size_t)(line.at + line.n - field->at);
                        continue;
                }
                colon = memchr(line.at, ':', line.n);
                field = colon ? field_of(ret, (struct slice){ line.at, (size_t)(colon - line.at) }) : NULL;
                if (field)
                        *field = trim((struct slice){ colon + 1, (size_t)(line.at + line.n - colon - 1) });
        }
        return ret->package.n > 0;
}

/* "install ok installed": what is wanted, whether it is in order, how far it got. */
enum dpkg_state dpkg_state_of(const struct dpkg_status *status)
{
        static const struct {
                const char *word;
                enum dpkg_state state;
        } states[] = {
                { "not-installed", DPKG_ABSENT },       { "config-files", DPKG_ABSENT },
                { "half-installed", DPKG_UNSETTLED },   { "unpacked", DPKG_UNPACKED },
                { "half-configured", DPKG_UNPACKED },   { "installed", DPKG_INSTALLED },
                { "triggers-awaited", DPKG_INSTALLED }, { "triggers-pending", DPKG_INSTALLED },
        };
        struct slice line = status->status, order, word;

        (void)take_word(&line);
        order = take_word(&line);
        word = take_word(&line);
        for (size_t i = 0; i < ARRAY_SIZE(states); i++)
                if (slice_is(word, states[i].word))
                        return states[i].state > DPKG_UNSETTLED && !slice_is(order, "ok") ? DPKG_UNSETTLED
                                                                                          : states[i].state;
        return DPKG_UNSETTLED;
}

/* ---- info/ ------------------------------------------------------------------------------------------- */

int dpkg_take_diversions(struct packages *packages, struct slice text)
{
        struct slice from, to, package;
        int r = 0;

        while (r == 0 && slice_line(&text, &from) && slice_line(&text, &to) && slice_line(&text, &package))
                if (from.n > 1 && *from.at == '/' && to.n > 1 && *to.at == '/')
                        r = packages_divert(packages, from, to, package);
        return r;
}

int dpkg_take_list(struct packages *packages, const struct package *package, struct slice text)
{
        struct package_file *file;
        struct slice path;
        int n = 0;

        while (slice_line(&text, &path)) {
                int r = packages_add_file(packages, package, path, &file);

                if (r == -ENOMEM)
                        return r;
                n += r > 0;
        }
        return n;
}

static void set_md5(struct packages *packages, const struct package *package, struct slice path, struct slice digits,
                    bool is_configuration)
{
        struct package_file *file = packages_file(packages, package, path);
        char hex[MD5_DIGITS + 1] = "";

        if (!file)
                return;
        file->is_configuration |= is_configuration;
        memcpy(hex, digits.at, digits.n < MD5_DIGITS ? digits.n : MD5_DIGITS);
        if (digits.n == MD5_DIGITS && hex_decode(hex, file->digest, MD5_SIZE) == 0)
                file->kind = PACKAGE_DIGEST_MD5;
}

void dpkg_take_md5sums(struct packages *packages, const struct package *package, struct slice text)
{
        struct slice line;
        char path[4096];

        while (slice_line(&text, &line)) {
                int n;

                if (line.n <= MD5_DIGITS + 2 || line.at[MD5_DIGITS] != ' ')
                        continue;
                n = snprintf(path, sizeof path, "/%.*s", (int)(line.n - MD5_DIGITS - 2), line.at + MD5_DIGITS + 2);
                if (n > 0 && (size_t)n < sizeof path)
                        set_md5(packages, package, (struct slice){ path, (size_t)n },
                                (struct slice){ line.at, MD5_DIGITS }, false);
        }
}

/* " PATH MD5", and perhaps "obsolete": what this version of the package no longer ships. */
void dpkg_take_conffiles(struct packages *packages, const struct package *package, struct slice text)
{
        static const struct slice none = { "", 0 };
        struct slice line;

        while (slice_line(&text, &line)) {
                struct slice path = take_word(&line), digits = take_word(&line), more = take_word(&line);

                if (path.n > 0)
                        set_md5(packages, package, path, more.n == 0 ? digits : none, true);
        }
}
