/* Repairing: one object gets another owner, mode and extended attributes, or a link goes, and all of that backwards.
 *
 * Whoever repairs writes down first what was there (repair_log_write), so that it can be undone. An object is what it was when
 * it was looked at, the same inode in the same state, or nothing is done to it; no link is followed on the way to it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct repair_state {
        bool exists;
        mode_t mode;           /* permission bits only */
        uid_t uid;
        gid_t gid;
        void *attributes;      /* as attributes_read has them; NULL: none. Owned */
        size_t attributes_size;
        char *target;          /* of a link; otherwise NULL. Owned */
};

struct repair {
        char *path;            /* absolute; without links but for what it names. Owned */
        ino_t inode;           /* 0: whichever is there, for a link that comes */
        struct repair_state before, after;
};

/* What is there now, as before and as after: the caller changes after. -ENOENT; -ELOOP: there is a link on the way;
 * -EMLINK: the file has another name elsewhere, whoever repairs it repairs that too; -EINVAL: a device or the like;
 * -E2BIG: more attributes than can be written down. */
int repair_begin(const char *path, struct repair *ret);
void repair_done(struct repair *repair);

/* As mode bits and a list are read in acl(5): takes away the entries beyond owner, group and others, and the mask. */
int repair_drop_access_list(struct repair_state *state);

bool repair_changes(const struct repair *repair); /* false: before and after are the same */
void repair_reverse(struct repair *repair);

/* 0, also when it is so already; -ESTALE: it is not, or no longer, what it was before; -errno. */
int repair_apply(const struct repair *repair);

/* ---- Written down ----------------------------------------------------------------------------------------- */

#define REPAIR_MAX 4096u                      /* in one go */
#define REPAIR_LOG_MAX (4u * 1024u * 1024u)   /* bytes */
#define REPAIR_ID_SIZE 32

/* An array of them, and back. NULL: no memory. -EBADMSG: not such an array, -ENOMEM. repairs_free accepts NULL. */
json_t *repairs_to_json(const struct repair *repairs, size_t n);
int repairs_from_json(const json_t *json, struct repair **ret, size_t *ret_n);
void repairs_free(struct repair *repairs, size_t n);

/* The same from bytes that somebody brings. */
int repairs_parse(const char *text, size_t size, struct repair **ret, size_t *ret_n);

/* A name for one go: by the clock, and like no other. */
void repair_id_new(char ret[static REPAIR_ID_SIZE]);
bool repair_id_is_valid(const char *id);

/* In directory, made when it is missing, as ID.json: on the disk when this returns. -EEXIST: there is such a one. */
int repair_log_write(const char *directory, const char *id, const struct repair *repairs, size_t n);
/* -ENOENT: never was, or was undone; -EPERM: others than root may have written it; -EBADMSG. */
int repair_log_read(const char *directory, const char *id, struct repair **ret, size_t *ret_n);
int repair_log_last(const char *directory, char ret[static REPAIR_ID_SIZE]); /* not undone yet; -ENOENT: none */
int repair_log_undone(const char *directory, const char *id);              /* becomes ID.undone */
