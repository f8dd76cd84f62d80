#include "unitward/posture_checks.h"
#include "unitward/util.h"

static const struct {
        const char *name, *summary;
} checks[POSTURE_CHECK_COUNT_] = {
        [CHECK_UNIT_OWNER] = { "unit-owner", "something on a unit search path belongs to somebody else than root" },
        [CHECK_UNIT_WRITABLE] = { "unit-writable",
                                  "something on a unit search path may be written by others, by its mode" },
        [CHECK_UNIT_ACL] = { "unit-acl",
                             "something on a unit search path may be written by others, by an access control list" },
        [CHECK_UNIT_IMMUTABLE] = { "unit-immutable",
                                   "something on a unit search path cannot be changed or removed, by an attribute" },
        [CHECK_UNIT_LINK] = { "unit-link", "a link on a unit search path leads to where others may write" },
        [CHECK_UNIT_SECRET] = { "unit-secret", "a unit file holds a credential, and others may read it" },
        [CHECK_UNIT_READABLE] = { "unit-readable",
                                  "others may read a file in a zone where the policy restricts reading" },
        [CHECK_PROGRAM_OWNER] = { "program-owner", "what a unit runs belongs to somebody else" },
        [CHECK_PROGRAM_WRITABLE] = { "program-writable", "what a unit runs may be written by others, by its mode" },
        [CHECK_PROGRAM_ACL] = { "program-acl", "what a unit runs may be written by others, by an access control list" },
        [CHECK_PROGRAM_MISSING] = { "program-missing",
                                    "what a unit runs is not there, and perhaps somebody else can put it there" },
        [CHECK_PROGRAM_PLACE] = { "program-place", "a unit runs something in a temporary directory or a home" },
        [CHECK_FILE_OWNER] = { "file-owner",
                               "a file that a unit takes settings or credentials from belongs to somebody else" },
        [CHECK_FILE_WRITABLE] = { "file-writable", "a file that a unit takes settings or credentials from may be "
                                                   "written by others, by its mode" },
        [CHECK_FILE_ACL] = { "file-acl", "a file that a unit takes settings or credentials from may be written by "
                                         "others, by an access control list" },
        [CHECK_FILE_MISSING] = { "file-missing", "a file that a unit takes settings or credentials from is not there, "
                                                 "and perhaps somebody else can put it there" },
        [CHECK_FILE_PLACE] = { "file-place",
                               "a unit takes settings or credentials from a temporary directory or a home" },
        [CHECK_DIRECTORY_OWNER] = { "directory-owner", "a directory that a unit runs in, or above what it uses, "
                                                       "belongs to somebody else" },
        [CHECK_DIRECTORY_WRITABLE] = { "directory-writable", "a directory that a unit runs in, or above what it uses, "
                                                             "may be written by others, by its mode" },
        [CHECK_DIRECTORY_ACL] = { "directory-acl", "a directory that a unit runs in, or above what it uses, may be "
                                                   "written by others, by an access control list" },
        [CHECK_DIRECTORY_MISSING] = { "directory-missing", "a directory that a unit runs in, or above what it uses, is "
                                                           "not there, and perhaps somebody else can put it there" },
        [CHECK_DIRECTORY_PLACE] = { "directory-place", "a unit runs in a temporary directory or a home" },
        [CHECK_GENERATOR_WRITABLE] = { "generator-writable",
                                       "somebody else may change or replace a generator, or add one" },
        [CHECK_GENERATOR_PROGRAM] = { "generator-program",
                                      "somebody else may change, replace or supply what a generator runs or reads" },
        [CHECK_LINGER] = { "linger", "units of a user run from the boot on, without him" },
        [CHECK_LINGER_WRITABLE] = { "linger-writable", "somebody else may say whose units run from the boot on" },
        [CHECK_SECURITY_MASKED] = { "security-masked", "a service that guards or records is masked" },
        [CHECK_LINK_DANGLING] = { "link-dangling", "a link on a unit search path leads to nothing" },
        [CHECK_UNIT_UNOWNED] = { "unit-unowned",
                                 "no package brought a unit, drop-in or generator, and nobody has authorised it" },
        [CHECK_SUDO] = { "sudo", "sudo lets somebody control or make units as root without a password" },
        [CHECK_POLKIT] = { "polkit", "polkit lets somebody control or make units without a password" },
};

const char *posture_check_name(enum posture_check check)
{
        return checks[check].name;
}

const char *posture_check_summary(enum posture_check check)
{
        return checks[check].summary;
}

int posture_check_from_name(const char *name)
{
        for (int i = 0; i < POSTURE_CHECK_COUNT_; i++)
                if (streq(checks[i].name, name))
                        return i;
        return -ENOENT;
}
