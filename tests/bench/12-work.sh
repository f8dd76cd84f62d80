#!/bin/bash
# Ordinary work outside the zones: without a daemon, while unitward enforces, and with fapolicyd, whose way it is to be asked about
# every open of every file. WORKLOADS="build clone" for some of it; FIND= another place for find(1) than the root directory.
#
# fapolicyd watches all mounts of the types that it is told. It is told one that no other mount of this machine has, and is in this
# mount namespace, which has the only one of it; what it reads and writes lies below mounts that nobody else sees.
# limit: 178
inside=initial
: "${WORKLOADS:=build find untar clone opens}" "${FIND:=/}" "${FAPOLICYD=1.1.7}"
for FILESYSTEM in xfs btrfs; do
	! grep -q "^[^ ]* [^ ]* $FILESYSTEM " /proc/1/mounts && type -P "mkfs.$FILESYSTEM" >/dev/null && break
done
export FILESYSTEM
. "${0%/*}/lib.sh"

readonly TOP=${BUILD%/*} PLACE=$OUTSIDE/work THEIRS=$BUILD/bench/fapolicyd
mkdir -p "$PLACE"

# ---- the work ----

prepare_build() { cp -r "$TOP"/{Makefile,include,src} "$PLACE/"; }
work_build() {
	rm -rf "$PLACE/build"
	make -s -j "$(nproc)" -C "$PLACE" BUILD=build CC=gcc MODE_CFLAGS=-O0 SOURCES="$(cd "$PLACE" && echo src/unit/unit_*.c)" \
		build/libunitward.a >/dev/null
}
prepare_find() { :; }
work_find() { find "$FIND" -xdev >/dev/null 2>&1 || true; }
prepare_untar() { tar -C / -cf "$PLACE/tar" usr/include; }
work_untar() { rm -rf "$PLACE/tree" && mkdir "$PLACE/tree" && tar -C "$PLACE/tree" -xf "$PLACE/tar"; }
prepare_clone() {
	git init -q "$PLACE/repository" 2>/dev/null && cp -r "$TOP"/{src,include,tests} "$PLACE/repository/" &&
		git -C "$PLACE/repository" add . && git -C "$PLACE/repository" -c user.name=x -c user.email=x@example.org commit -qm x
}
work_clone() { rm -rf "$PLACE/clone" && git clone -q "file://$PLACE/repository" "$PLACE/clone"; }
prepare_opens() { echo >"$PLACE/file"; }
work_opens() { opens file 100000 "$PLACE/file" >/dev/null; }

# ---- fapolicyd ----

# From Debian, unpacked and not installed.
fetch_fapolicyd() (
	mkdir -p "$THEIRS" && cd "$THEIRS" || exit
	[ ! -x usr/sbin/fapolicyd ] || exit 0
	apt-get -q download fapolicyd liblmdb0 >/dev/null 2>&1 && ls "fapolicyd_$FAPOLICYD"-*.deb >/dev/null 2>&1 || exit
	for deb in *.deb; do dpkg-deb -x "$deb" . || exit; done
)

# What says that a mount is to be watched is its type alone: that one must be ours alone.
is_ours_alone() { [ "$(awk -v type="$FILESYSTEM" '$3 == type { print $2 }' /proc/mounts)" = "$SCRATCH" ]; }

# Where it looks for what it needs. Whoever has none of it gets empty directories, for as long as this runs.
made=()
lay_out_fapolicyd() {
	local at
	for at in /etc/fapolicyd /var/lib/fapolicyd /usr/share/fapolicyd /run/fapolicyd; do
		[ -d $at ] || { mkdir $at && made+=($at) || return; }
		mount -t tmpfs tmpfs $at || return
	done
	cp -r "$THEIRS/etc/fapolicyd/." /etc/fapolicyd/ && cp -r "$THEIRS/usr/share/fapolicyd/." /usr/share/fapolicyd/ || return
	cat /etc/fapolicyd/rules.d/*.rules >/etc/fapolicyd/fapolicyd.rules
	sed -i -e 's/^permissive = .*/permissive = 1/; s/^trust = .*/trust = file/; s/^do_stat_report = .*/do_stat_report = 0/' \
		-e "s/^watch_fs = .*/watch_fs = $FILESYSTEM/; s/^uid = .*/uid = root/; s/^gid = .*/gid = root/" /etc/fapolicyd/fapolicyd.conf
}
clean_up_fapolicyd() {
	stop_fapolicyd
	umount --lazy /etc/fapolicyd /var/lib/fapolicyd /usr/share/fapolicyd /run/fapolicyd 2>/dev/null
	[ ${#made[@]} = 0 ] || rmdir "${made[@]}"
}
trap 'clean_up_fapolicyd; clean_up' EXIT

theirs=''
start_fapolicyd() {
	is_ours_alone || return
	LD_LIBRARY_PATH=$(echo "$THEIRS"/usr/lib/*-linux-gnu) timeout -k 5 100 "$THEIRS/usr/sbin/fapolicyd" --permissive --debug-deny \
		>"$WORK/fapolicyd.log" 2>&1 &
	theirs=$!
	within 20 fapolicyd_is_ready && kill -0 "$theirs" 2>/dev/null
}
fapolicyd_is_ready() { grep -q 'Starting to listen' "$WORK/fapolicyd.log" || ! kill -0 "$theirs" 2>/dev/null; }
stop_fapolicyd() {
	[ -z "$theirs" ] || { kill "$theirs" && wait "$theirs"; }
	theirs=''
} 2>/dev/null

# ---- in turn ----

# timed COMMAND...: sets wall and cpu, in microseconds, of it and all that it started.
timed() {
	local TIMEFORMAT='%R %U %S' said
	said=$({ time "$@" >/dev/null 2>&3; } 3>&2 2>&1) || bail_out "$*"
	read -r wall cpu < <(awk '{ printf "%d %d\n", $1 * 1e6, ($2 + $3) * 1e6 }' <<<"$said")
}
declare -A took=()
take() { # none|unitward|fapolicyd
	local workload
	case $1 in
	unitward) start_daemon && settled ;;
	fapolicyd) start_fapolicyd || return ;;
	esac
	for workload in $WORKLOADS; do
		sync -f "$PLACE" # nobody writes for the one before
		timed "work_$workload"
		took[$1.$workload]=$wall took[$1.$workload.cpu]=$cpu
	done
	case $1 in
	unitward) stop_daemon ;;
	fapolicyd) stop_fapolicyd ;;
	esac
}
# In each order equally often: what one leaves in caches and queues is not always the same one's.
readonly ORDERS=('0 1 2' '2 1 0' '1 2 0' '0 2 1' '2 0 1' '1 0 2')
one() { # RUN
	local i workload each
	for i in ${ORDERS[($1 - 1) % 6]}; do [ -z "${states[i]-}" ] || take "${states[i]}"; done
	for workload in $WORKLOADS; do
		for each in "$workload" "$workload.cpu"; do
			pair "work.$each" "${took[unitward.$each]}" "${took[none.$each]}" us
			[ -z "${took[fapolicyd.$each]-}" ] ||
				pair "work.$each.fapolicyd" "${took[fapolicyd.$each]}" "${took[none.$each]}" us
		done
	done
}

states=(none unitward)
if ! fetch_fapolicyd; then
	skip fapolicyd - "apt-get download has no fapolicyd $FAPOLICYD"
elif ! is_ours_alone; then
	skip fapolicyd - "other mounts are $FILESYSTEM too"
elif ! lay_out_fapolicyd || ! start_fapolicyd; then
	skip fapolicyd - "it does not start: $(tail -n 1 "$WORK/fapolicyd.log")"
else
	states+=(fapolicyd)
fi
stop_fapolicyd
for workload in $WORKLOADS; do "prepare_$workload" && "work_$workload" || bail_out "$workload"; done
RUNS=$((RUNS > 2 ? (RUNS + 5) / 6 * 6 : RUNS)) each_run one
