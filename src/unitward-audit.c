/* unitward-audit: started by its socket, see audit_relay.h. */
#include <systemd/sd-daemon.h>

#include "unitward/audit_relay.h"
#include "unitward/util.h"

int main(void)
{
        int r;

        if (sd_listen_fds(true) != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_DGRAM, -1, NULL, 0) <= 0) {
                (void)fprintf(stderr, "unitward-audit: it is started by its socket: systemctl start "
                                      "unitward-audit.socket\n");
                return 2;
        }
        r = audit_relay_run(SD_LISTEN_FDS_START);
        if (r == -EOPNOTSUPP)
                (void)fprintf(stderr, "unitward-audit: this kernel takes no audit records here, as in a container; "
                                      "say so in the policy: linux_audit: { records = \"off\"; };\n");
        else
                (void)fprintf(stderr, "unitward-audit: cannot read its socket: %s\n", strerror(-r));
        return 1;
}
