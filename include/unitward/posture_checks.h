/* The checks of `unitward posture` by name: what the policy accepts, what documents and programs call them. */
#pragma once

enum posture_check {
        /* What is on the search paths */
        CHECK_UNIT_OWNER,        /* belongs to somebody who has no business in it */
        CHECK_UNIT_WRITABLE,     /* its mode lets others write */
        CHECK_UNIT_ACL,          /* an access control list does */
        CHECK_UNIT_IMMUTABLE,    /* an attribute of its inode keeps root and packages from changing it */
        CHECK_UNIT_LINK,         /* a link leads to where others write */
        CHECK_UNIT_SECRET,       /* credentials that others may read */
        CHECK_UNIT_READABLE,     /* others may read where the policy restricts reading */
        /* What a unit runs; in the order of enum fault, then place */
        CHECK_PROGRAM_OWNER,
        CHECK_PROGRAM_WRITABLE,
        CHECK_PROGRAM_ACL,
        CHECK_PROGRAM_MISSING,   /* it is not there */
        CHECK_PROGRAM_PLACE,     /* it lies where everybody has business: /tmp, a home */
        CHECK_FILE_OWNER,        /* what it takes settings and credentials from: EnvironmentFile=, LoadCredential= */
        CHECK_FILE_WRITABLE,
        CHECK_FILE_ACL,
        CHECK_FILE_MISSING,
        CHECK_FILE_PLACE,
        CHECK_DIRECTORY_OWNER,   /* above these; and WorkingDirectory=, RootDirectory= */
        CHECK_DIRECTORY_WRITABLE,
        CHECK_DIRECTORY_ACL,
        CHECK_DIRECTORY_MISSING,
        CHECK_DIRECTORY_PLACE,
        /* What else makes units run, or keeps them from it */
        CHECK_GENERATOR_WRITABLE, /* somebody else may change a generator */
        CHECK_GENERATOR_PROGRAM, /* somebody else may change, or supply, what a generator runs or reads */
        CHECK_LINGER,            /* a user's units run without him */
        CHECK_LINGER_WRITABLE,   /* others may say whose do */
        CHECK_SECURITY_MASKED,   /* a service that guards or records may not run */
        CHECK_LINK_DANGLING,     /* a link leads to nothing */
        CHECK_UNIT_UNOWNED,      /* no package brought it, nobody authorised it */
        CHECK_SUDO,              /* systemctl as root without a password */
        CHECK_POLKIT,            /* the same by polkit */
        POSTURE_CHECK_COUNT_
};

/* "unit-writable". */
const char *posture_check_name(enum posture_check check);
/* One sentence on what it looks for, without a full stop: "a unit file or its directory may be written by others". */
const char *posture_check_summary(enum posture_check check);
int posture_check_from_name(const char *name); /* -ENOENT */
