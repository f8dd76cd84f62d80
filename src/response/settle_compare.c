/* Whether what is on the disk is what is authorised. */
#include "settle_internal.h"
#include "unitward/util.h"

static enum entry_kind kind_of(const struct stat *st)
{
        return S_ISLNK(st->st_mode) ? ENTRY_LINK : S_ISDIR(st->st_mode) ? ENTRY_DIRECTORY : ENTRY_FILE;
}

bool entry_has_contents(const struct entry *entry, const struct observed *seen)
{
        struct signature signature = signature_of(&seen->st);
        struct digest digest;

        if (kind_of(&seen->st) != entry->kind)
                return false;
        if (entry->kind == ENTRY_LINK)
                return streq(seen->target, entry->target);
        if (signature_equal(&signature, &entry->signature) && entry->state == ENTRY_AUTHORISED)
                return !entry->unfinished || observe_is_being_written(seen);
        if (!S_ISREG(seen->st.st_mode))
                return false;
        /* Nobody's doing decides about what its own writer has not finished yet. */
        if (entry->unfinished || (uint64_t)seen->st.st_size != entry->size)
                return false;
        return observe_contents(seen, 0, &digest, NULL, NULL) == 0 &&
               memcmp(&digest, &entry->digest, sizeof digest) == 0;
}

bool settle_same_extended(const struct observed *seen, bool bare, const void *attributes, size_t size)
{
        if (bare || !attributes)
                return seen->bare || !bare;
        return seen->attributes && seen->attributes_size == size && memcmp(seen->attributes, attributes, size) == 0;
}

bool entry_has_attributes(const struct entry *entry, const struct observed *seen)
{
        if (entry->kind == ENTRY_LINK)
                return true; /* a link's owner and mode mean nothing */
        return entry->mode == (seen->st.st_mode & 07777) && entry->uid == seen->st.st_uid &&
               entry->gid == seen->st.st_gid &&
               settle_same_extended(seen, entry->bare, entry->attributes, entry->attributes_size);
}
