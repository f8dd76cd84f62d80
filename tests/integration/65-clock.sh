#!/bin/bash
# The wall clock is set back a day, then forward a year, then back: every gate goes on, a trial of enforce mode lasts as
# long as it was to, what was made meanwhile stays, and status knows how long the daemon has run. The daemon alone is
# told so, by a library between it and the C library; files keep the kernel's times. CLOCK=set sets the machine's clock,
# and puts it right at the end: in a virtual machine that nobody else uses.
# filesystems: ext4 tmpfs
# anywhere: times that the daemon keeps
# modes: enforce
. "${0%/*}/lib.sh"

: "${CLOCK:=told}"
readonly DAY=86400 OFFSET=$WORK/offset

if [ "$CLOCK" = set ]; then
	offset=0
	# set_clock SECONDS: so far from the right time.
	set_clock() {
		date -s "@$((EPOCHSECONDS + $1 - offset))" >/dev/null && offset=$1
	}
	trap 'set_clock 0; clean_up' EXIT
	set_clock 0 || skip_all 'the clock may not be set'
else
	! has_sanitizers || skip_all 'the runtime of a sanitizer wants to be the first library'
	"${CC:-gcc}" -shared -fPIC -o "$WORK/clock.so" -x c - <<-'END' || skip_all 'no compiler'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <stdlib.h>
		#include <sys/mman.h>
		#include <time.h>
		static const long *offset;
		static int (*real)(clockid_t, struct timespec *);
		__attribute__((constructor)) static void begin(void)
		{
		        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
		        offset = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, open(getenv("UNITWARD_CLOCK"), O_RDONLY), 0);
		}
		int clock_gettime(clockid_t clock, struct timespec *ret)
		{
		        int r = real(clock, ret);
		        if (r == 0 && clock == CLOCK_REALTIME)
		                ret->tv_sec += *offset;
		        return r;
		}
		time_t time(time_t *ret)
		{
		        struct timespec now;
		        (void)clock_gettime(CLOCK_REALTIME, &now);
		        return ret ? (*ret = now.tv_sec) : now.tv_sec;
		}
	END
	truncate -s 8 "$OFFSET"
	launcher=(env "LD_PRELOAD=$WORK/clock.so" "UNITWARD_CLOCK=$OFFSET")
	set_clock() {
		local n=$1 bytes='' i
		for ((i = 0; i < 8; i++, n >>= 8)); do bytes+=$(printf '\\x%02x' $((n & 255))); done
		printf '%b' "$bytes" 1<>"$OFFSET"
		offset=$1
	}
	set_clock 0
fi

# By the daemon's clock, as it writes it.
today() { date -u -d "@$((CLOCK_IS_SET ? EPOCHSECONDS : EPOCHSECONDS + offset))" +%F; }
readonly CLOCK_IS_SET=$([ "$CLOCK" = set ] && echo 1 || echo 0)
uptime_s() { unitward status --json | jq '.uptime_usec / 1000000 | floor'; }
mode_is() { [ "$(unitward status --json | jq -r .mode)" = "$1" ]; }

# at NAME SECONDS: all that must go on, with the clock so far off.
at() {
	local name=$1 seconds
	check "$name" 'it cannot be set' set_clock "$2"
	denied "$name: create" create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	evil moved.service
	quarantined "$name: rename" rename "$UNITS/moved.service" attack rename "$planted" "$UNITS/moved.service"
	undone "$name: remove" remove "$UNITS/removed.service" attack unlink "$UNITS/removed.service"
	n=$((n + 1))
	permitted "$name: create" create "$UNITS/good-$n.timer" attack create "$UNITS/good-$n.timer"
	check_does_not_load "$name: what was planted never loads" "$UNITS/moved.service"
	check_loads "$name: an authorised unit loads" "$UNITS/authorised.service"
	path="$UNITS/good-$n.timer" recorded "$name: by that clock" "$IS_OF_PATH and (.\"@timestamp\" | startswith(\"$(today)\"))"
	seconds=$(uptime_s)
	check "$name: status knows for how long it runs" "$seconds s" test "$seconds" -ge 0 -a "$seconds" -lt 3600
}

# trial SECONDS: the clock is set so far off in the middle of it, and it ends as it was to.
trial() {
	check_status "a trial, then $1 s: begins" 0 operator enforce --for 4s
	set_clock "$1"
	check "a trial, then $1 s: still enforces" 'it does not' mode_is enforce
	check "a trial, then $1 s: ends" 'it goes on' within 10 mode_is audit
}

n=0
start_daemon
at 'the right time' 0
at 'a day back' -$DAY
at 'a year on' $((365 * DAY))
at 'a day back again' -$DAY

sed -i 's/^mode = .*/mode = "audit";/' "$POLICY"
check_status 'audit mode' 0 unitward reload
set_clock 0
trial $((365 * DAY))
trial -$DAY
sed -i 's/^mode = .*/mode = "enforce";/' "$POLICY"
check_status 'enforce mode' 0 unitward reload

kill -KILL -- "-$daemon"
within 5 daemon_is_gone
wait "$daemon" 2>/dev/null
daemon=
set_clock $((-2 * DAY))
start_daemon
check_kept ', after a start two days earlier'
finish
