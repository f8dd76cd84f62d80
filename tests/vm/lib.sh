# shellcheck shell=bash
# A Debian in a virtual machine, with its own kernel: what tests/system/lib.sh does with a container. boot, start, halt and
# in_container mean the machine here, and so does whatever is made of them (expect, recorded, in_quarantine).
#
#   boot MODE                a fresh disk, with or without unitward, started
#   halt                     powered off; start [WORD...] boots it again, with these on the kernel's command line
#   open_disks, close_disks   in between: its file system at $root
#   in_container COMMAND...  as root in a service, whom no rule knows
#   as_login COMMAND...      as root in a login session of his
#
# Functions of the script are known in there, of its variables those that known_there names.
#
# Everything is emulated, so that no second of it means anything; a boot takes some twenty. RELEASE=trixie for the other one.
release=${RELEASE:-bookworm}
further=(linux-image-cloud-amd64 initramfs-tools passwd xfsprogs btrfs-progs e2fsprogs jq auditd)
# shellcheck source-path=SCRIPTDIR source=../system/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"

root=$work/root disk=$work/disk
machine_pid='' machine_log='' kernel='' initramfs=''
declare -A to from # the two consoles

for tool in qemu-system-x86_64 mke2fs losetup; do
	[ -x "$(command -v $tool)" ] || skip_all "needs $tool: packaging/install-dependencies"
done

# --- the disk --------------------------------------------------------------------------------

# A root as two disks, made once: /var has its own, so that it is not there when the boot begins.
disks_of() ( # ROOT
	exec 9>"$build/lock-disks-$release" && flock 9
	[ -e "$1.disk" ] && exit
	make_disk "$1/var" "$1.diskvar" && make_disk "$1" "$1.disk"
)

make_disk() { # DIRECTORY FILE
	rm -f "$2.new"
	truncate -s 3G "$2.new" && mke2fs -q -t ext4 -d "$1" "$2.new" && mv "$2.new" "$2"
}

# What the disk needs and no more, since all of it is emulated: nothing is to be unpacked either, but what follows an archive
# that is not compressed (initramfs-tools of Debian 13 has one).
small_initramfs() ( # ROOT
	exec 9>"$build/lock-disks-$release" && flock 9
	[ -e "$1.initrd" ] && exit
	printf '%s\n' MODULES=list COMPRESS=gzip >"$1/etc/initramfs-tools/conf.d/unitward"
	printf '%s\n' virtio_pci virtio_blk ext4 >>"$1/etc/initramfs-tools/modules"
	chroot "$1" update-initramfs -c -k all >"$build/log/initramfs-$release.log" 2>&1 &&
		zcat --force "$1"/boot/initrd.img-* >"$1.initrd.new" && mv "$1.initrd.new" "$1.initrd"
)

open_disks() {
	mountpoint -q "$root" || { mount -o loop "$disk" "$root" && mount -o loop "${disk}var" "$root/var"; }
}

close_disks() {
	! mountpoint -q "$root" || umount --recursive "$root"
}

# What is asked on a console runs here: a line each way, NUMBER SECONDS COMMAND and NUMBER STATUS OUTPUT ERRORS.
install_consoles() {
	local units=$root/etc/systemd/system console
	cat >"$root/srv/console" <<-'END'
		#!/bin/bash
		# console NAME: answers on the port of this name.
		port=/dev/virtio-ports/$1 said=/run/console-$1
		until [ -e "$port" ]; do sleep 0.2; done
		exec 3<>"$port" <&3 >&3 3>&-
		while read -r number limit command; do
			timeout -k 5 "$limit" bash -c ". /srv/functions; $command" >"$said.out" 2>"$said.err" </dev/null
			echo "$number" $? "-$(base64 -w 0 "$said.out")" "-$(base64 -w 0 "$said.err")"
		done
	END
	chmod +x "$root/srv/console"
	for console in service login; do
		printf '[Service]\nExecStart=/srv/console %s\nOOMPolicy=continue\n' "$console" >"$units/console-$console.service"
	done
	mkdir -p "$units/multi-user.target.wants"
	ln -s ../console-service.service "$units/multi-user.target.wants/"
	# Started when it is first used: a login starts a service manager besides.
	printf 'User=root\nPAMName=console\n' >>"$units/console-login.service"
	printf '%s\n' 'account required pam_permit.so' 'session required pam_loginuid.so' '@include common-session' \
		>"$root/etc/pam.d/console"
}

boot() { # MODE
	local base part
	halt
	mode=$1
	base=$(base_root) || skip_all "no root of $release: $base"
	small_initramfs "$base" || skip_all "no initramfs of $release: $(tail -n 1 "$build/log/initramfs-$release.log")"
	kernel=$base/vmlinuz initramfs=$base.initrd
	if [ "$mode" != absent ]; then base=$(guarded_root "$base") || { not_ok "install" "$base"; return 1; }; fi
	mkdir -p "$root"
	close_disks
	disks_of "$base" || skip_all "no disk of $release"
	for part in "" var; do cp --sparse=always "$base.disk$part" "$disk$part" || skip_all "no room for a disk"; done
	open_disks || skip_all "cannot mount a disk's image"
	echo '/dev/vdb /var ext4 defaults 0 0' >>"$root/etc/fstab"
	install_consoles
	[ "$mode" = absent ] || set_mode
	if [ "$(type -t prepare)" = function ]; then prepare "$root"; fi
	start
}

# --- the machine -----------------------------------------------------------------------------

boots=0
start() { # [WORD...]
	local console
	open_disks
	{ declare -f; declare -p release ${known_there-}; } >"$root/srv/functions"
	close_disks
	boots=$((boots + 1))
	machine_log=$build/log/$scenario-$release-$boots.console
	for console in service login; do
		rm -f "$work/$console".{in,out}
		mkfifo "$work/$console".{in,out}
		exec {to[$console]}<>"$work/$console.in" {from[$console]}<>"$work/$console.out"
	done
	# Dies with this script.
	nice setpriv --pdeathsig KILL qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,-svm -smp "${SMP:-1}" -m 640 \
		-nodefaults -display none -no-reboot -serial "file:$machine_log" \
		-drive "file=$disk,format=raw,if=virtio,cache=unsafe" \
		-drive "file=${disk}var,format=raw,if=virtio,cache=unsafe" -device virtio-serial \
		-chardev "pipe,id=service,path=$work/service" -device virtserialport,chardev=service,name=service \
		-chardev "pipe,id=login,path=$work/login" -device virtserialport,chardev=login,name=login \
		-kernel "$kernel" -initrd "$initramfs" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 systemd.getty_auto=no systemd.show_status=no mitigations=off $*" \
		2>"$work/qemu.err" &
	machine_pid=$!
	if LIMIT=${BOOT_LIMIT:-300} in_container is_settled; then
		[ "$mode" = absent ] || [ -n "${unguarded:-}" ] || expect "unitward is running" \
			in_container systemctl is-active unitward.service
		return
	fi
	not_ok "boot" "$(cat "$work/qemu.err" "$machine_log" | tail -n 1)"
	halt
	return 1
}

is_settled() { # Nothing is still being started.
	case $(systemctl is-system-running --wait) in
	running | degraded) return 0 ;;
	esac
	return 1
}

on_console() { # CONSOLE COMMAND...
	local console=$1 limit=${LIMIT:-200} number=$BASHPID.$RANDOM status out err answer
	shift
	kill -0 "$machine_pid" 2>/dev/null || return 124
	printf '%s %s %s\n' "$number" "$limit" "${*@Q}" >&"${to[$console]}"
	while read -rt $((limit + 30)) -u "${from[$console]}" answer status out err; do
		[ "$answer" = "$number" ] || continue
		base64 -d <<<"${out#-}"
		base64 -d <<<"${err#-}" >&2
		return "$status"
	done
	return 124
}

in_container() { on_console service "$@"; }
as_login() {
	in_container systemctl start console-login.service && on_console login "$@"
}
as_admin() { as_login "$@"; }

halt() {
	close_disks
	[ -n "$machine_pid" ] || return 0
	if kill -0 "$machine_pid" 2>/dev/null; then
		LIMIT=5 in_container systemctl poweroff --no-block
		timeout 200 tail -s 0.1 -f --pid="$machine_pid" /dev/null || kill -KILL "$machine_pid"
	fi 2>/dev/null
	wait "$machine_pid" 2>/dev/null
	machine_pid=''
}

# --- times, asked in there --------------------------------------------------------------------

userspace_time() { # microseconds from the start of PID 1 to the end of the boot
	echo $(($(systemctl show -P FinishTimestampMonotonic) - $(systemctl show -P UserspaceTimestampMonotonic)))
}

reload_time() { # microseconds, of three
	local start=${EPOCHREALTIME/./} _
	for _ in 1 2 3; do systemctl daemon-reload || return; done
	echo $(((${EPOCHREALTIME/./} - start) / 3))
}
