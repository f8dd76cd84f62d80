#include "posture_internal.h"

const struct posture_module posture_modules[] = {
        { "search path", posture_check_search_path },
        { "secrets", posture_check_secrets },
        { "programs", posture_check_programs },
        { "generators", posture_check_generators },
        { "linger", posture_check_linger },
        { "masks", posture_check_masks },
        { "links", posture_check_links },
        { "unowned", posture_check_unowned },
        { "sudo", posture_check_sudo },
        { "polkit", posture_check_polkit },
        { NULL, NULL },
};
