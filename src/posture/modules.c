#include "posture_internal.h"

const struct posture_module posture_modules[] = {
        { NULL, NULL },
};
