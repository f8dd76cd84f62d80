/* sudoers(5): who may run which commands as root, and whether a password is asked for. Read as sudo reads it: the last
 * entry that matches decides; lists, aliases, tags that hold for what follows, Defaults about authentication, includes.
 *
 * The bytes may be anybody's: memory is linear in their size, time is bounded. What is not understood is skipped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SUDOERS_MAX (1024u * 1024u) /* bytes of a file */

struct sudoers;

struct sudoers *sudoers_new(void); /* NULL: no memory */
struct sudoers *sudoers_free(struct sudoers *sudoers); /* accepts NULL; returns NULL */

/* Where the next file comes from: path as it is written, made absolute; is_directory: all in it, in order. 0 or -errno. */
typedef int (*sudoers_include_function)(const char *path, bool is_directory, void *userdata);

/* The file's text at the end of what is there already; file is for the entries. 0 or -ENOMEM, or what include said. */
int sudoers_parse(struct sudoers *sudoers, const char *file, const char *text, size_t size,
                  sudoers_include_function include, void *userdata);

struct sudo_user {
        const char *name;
        uid_t uid;
        bool (*is_member)(const char *group, void *userdata); /* "adm", "#4" */
        void *userdata;
};

/* A command that he may run as root. */
struct sudo_grant {
        const char *file;
        unsigned line;         /* from 1 */
        const char *arguments; /* as written; NULL: any. "": none */
        bool everything;       /* not only this command */
        bool password;         /* he is asked for his own */
};

/* Whether he may run the program called name in /usr/bin or the like: any of its arguments count as any other. 1: with any
 * arguments, and *ret says by which entry; 0: not that. */
int sudoers_grants(const struct sudoers *sudoers, const struct sudo_user *user, const char *name, struct sudo_grant *ret);

/* The entries that let him run it with certain arguments; stops at what is not 0. */
int sudoers_each_limited(const struct sudoers *sudoers, const struct sudo_user *user, const char *name,
                         int (*each)(const struct sudo_grant *grant, void *userdata), void *userdata);
