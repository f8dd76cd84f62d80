#!/bin/bash
# What is understood of arguments is what the commands themselves do: the real systemctl, systemd-run and loginctl, in a
# mount namespace where nothing listens but the test. ROUNDS=5000 tries more, SEED=N others, ROOT=DIRECTORY the commands
# of another root, such as build/system/base-trixie-*.
# filesystems: tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

root=
type -P python3 >/dev/null || skip_all 'no python3'
cp "${0%/*}/command_compare.py" "$BUILD/tests/command_words" "$WORK" || bail_out 'make check-integration builds command_words'

# All mounts go with the namespace. None is in $WORK, which is removed with all that is below it.
if [ -n "${ROOT-}" ]; then
	ROOT=$(realpath "$ROOT") root=/mnt/root
	mount -t tmpfs tmpfs /mnt && mkdir /mnt/root /mnt/upper /mnt/work &&
		mount -t overlay -o "lowerdir=$ROOT,upperdir=/mnt/upper,workdir=/mnt/work" overlay $root &&
		mount -t proc proc $root/proc || skip_all "cannot mount $ROOT"
fi
[ -x $root/usr/bin/systemctl ] || skip_all 'no systemctl'
for directory in /run /root /srv /etc/systemd; do
	mount -t tmpfs -o mode=0755 tmpfs "$root$directory" || skip_all "cannot mount on $directory"
done

cd "$WORK" || bail_out 'its directory is gone'
version=$(chroot "${root:-/}" systemctl --version | head -n 1 | cut -d' ' -f1,2)
compared=$(timeout -k 5 "${LIMIT:-110}" python3 command_compare.py ./command_words "${ROUNDS:-300}" $root 2>&1)
status=$?
echo "$compared"
check "$version does what its arguments are taken for" "$(tail -n 4 <<<"$compared")" test $status = 0
