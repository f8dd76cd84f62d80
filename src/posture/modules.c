#include "posture_internal.h"

const struct posture_module posture_modules[] = {
        { "search path", posture_check_search_path },
        { "secrets", posture_check_secrets },
        { NULL, NULL },
};
