#include <stddef.h>
#include <string.h>

#include "unitward/glob.h"

/* Where to go on when what follows a star did not match: with the star one byte longer. */
struct retry {
        const char *pattern; /* behind the star; NULL: there was none */
        const char *text;    /* where the star ends at present */
};

struct match {
        bool is_path;
        const char *pattern;
        const char *text;
        struct retry star; /* the last one; in a path it must not swallow a '/' */
        struct retry deep; /* the last that may: "**", or any star outside of paths */
};

/* The end of the set that starts at "[": behind its "]", or NULL when it has none. */
static const char *set_end(const char *set)
{
        const char *p = set + 1;

        if (*p == '!' || *p == '^')
                p++;
        if (*p == ']')
                p++;
        p = strchr(p, ']');
        return p ? p + 1 : NULL;
}

static bool set_holds(const char *set, const char *end, char byte)
{
        const char *p = set + 1, *last = end - 1;
        bool negated = *p == '!' || *p == '^', found = false;
        unsigned char wanted = (unsigned char)byte;

        if (negated)
                p++;
        while (p < last) {
                unsigned char low = (unsigned char)*p, high = low;

                if (last - p > 2 && p[1] == '-') {
                        high = (unsigned char)p[2];
                        p += 2;
                }
                p++;
                found |= low <= wanted && wanted <= high;
        }
        return found != negated;
}

/* One byte of text against one element of the pattern; both advance when they fit. */
static bool match_one(struct match *match)
{
        const char *element = match->pattern, *end = *element == '[' ? set_end(element) : NULL;
        bool wild_allowed = !match->is_path || *match->text != '/', fits;

        if (end)
                fits = wild_allowed && set_holds(element, end, *match->text);
        else if (*element == '?')
                fits = wild_allowed;
        else
                fits = *element == *match->text; /* never at the pattern's end: the text goes on */
        if (fits) {
                match->pattern = end ? end : element + 1;
                match->text++;
        }
        return fits;
}

static bool star_begin(struct match *match)
{
        bool deep;

        if (*match->pattern != '*')
                return false;
        deep = !match->is_path || match->pattern[1] == '*';
        match->pattern += strspn(match->pattern, deep ? "*" : "");
        if (!deep)
                match->pattern++;
        *(deep ? &match->deep : &match->star) = (struct retry){ match->pattern, match->text };
        if (deep)
                match->star.pattern = NULL;
        return true;
}

/* Only the last star of each kind needs to be tried again: what stood before it fits as early as it can. */
static bool star_extend(struct match *match)
{
        struct retry *retry = match->star.pattern && *match->star.text != '/' ? &match->star : &match->deep;

        if (!retry->pattern)
                return false;
        if (retry == &match->deep)
                match->star.pattern = NULL;
        match->pattern = retry->pattern;
        match->text = ++retry->text;
        return true;
}

static bool match_run(struct match *match)
{
        while (*match->text)
                if (!star_begin(match) && !match_one(match) && !star_extend(match))
                        return false;
        return match->pattern[strspn(match->pattern, "*")] == '\0';
}

bool glob_match(const char *pattern, const char *text)
{
        return match_run(&(struct match){ .pattern = pattern, .text = text });
}

bool glob_match_path(const char *pattern, const char *path)
{
        return match_run(&(struct match){ .is_path = true, .pattern = pattern, .text = path });
}

bool glob_covers(const char *wide, const char *narrow, bool is_path)
{
        if (strcmp(wide, narrow) == 0 || strcmp(wide, is_path ? "**" : "*") == 0)
                return true;
        /* Without sets and '?' a literal of wide can only have met a literal of narrow. */
        if (strpbrk(wide, "?[") || strchr(narrow, '[') || (is_path && strstr(narrow, "**")))
                return false;
        return is_path ? glob_match_path(wide, narrow) : glob_match(wide, narrow);
}
