#include "review.h"
#include "unitward/text.h"

static const struct {
        const char *key, *title;
        enum ctl_style style;
        bool always; /* named one by one, also without --verbose */
} groups[] = {
        { "matching", "as their packages shipped them", STYLE_GOOD, false },
        { "unverifiable", "of packages, whose records have nothing to compare with", STYLE_PLAIN, false },
        { "differs", "not as their packages shipped them", STYLE_WARN, true },
        { "unowned", "of no package", STYLE_WARN, true },
        { "suspicious", "suspicious", STYLE_BAD, true },
};

static void print_object(FILE *out, const json_t *item)
{
        const char *package = json_string_value(json_object_get(item, "package"));
        _cleanup_free_ char *path = NULL;
        json_t *reason;
        size_t index;

        if (json_get_bytes(item, "path", &path) < 0)
                return;
        fputs("  ", out);
        ctl_print_text(out, STYLE_PLAIN, path);
        if (package) {
                fputs("  (", out);
                ctl_print_text(out, STYLE_PLAIN, package);
                fputc(')', out);
        }
        fputc('\n', out);
        json_array_foreach(json_object_get(item, "reasons"), index, reason) {
                fputs("      ", out);
                ctl_print_text(out, STYLE_WARN, json_string_value(reason));
                fputc('\n', out);
        }
}

static void print_packages(FILE *out, const json_t *packages)
{
        const char *package;
        json_t *count;

        json_object_foreach((json_t *)(uintptr_t)packages, package, count) {
                fprintf(out, "  %5lld  ", (long long)json_integer_value(count));
                ctl_print_text(out, STYLE_PLAIN, package);
                fputc('\n', out);
        }
}

void review_print(FILE *out, const json_t *review, bool verbose)
{
        for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
                json_t *list = json_object_get(review, groups[i].key), *item;
                _cleanup_free_ char *title = format("%zu %s", json_array_size(list), groups[i].title);
                size_t index;

                ctl_print_text(out, json_array_size(list) > 0 ? groups[i].style : STYLE_PLAIN, title ? title : "");
                fputc('\n', out);
                if (i == 0 && verbose)
                        print_packages(out, json_object_get(review, "packages"));
                if (i == 0 || (!verbose && !groups[i].always))
                        continue;
                json_array_foreach(list, index, item)
                        print_object(out, item);
        }
}
