#!/bin/bash
# unitward posture: ten thousand units, each enabled and with a program of its own, in less than two seconds of a processor.
# filesystems: ext4
# modes: absent
. "${0%/*}/lib.sh"
measures

readonly MANY=10000 CPU_MS=2000
root=$SCRATCH/srv/root
units=$root/usr/lib/systemd/system
mkdir -p "$units" "$root"/{etc/systemd/system/multi-user.target.wants,opt,var/lib/dpkg/info}
printf 'root:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
printf '[Unit]\n' >"$units/multi-user.target" && ln -s multi-user.target "$units/default.target"
# Of every ten one has a drop-in.
awk -v root="$root" -v units="$units" -v n=$MANY 'BEGIN {
	for (i = 0; i < n; i++) {
		unit = units "/u" i ".service"
		printf "[Unit]\nDescription=%d\nAfter=network.target\n[Service]\nUser=root\nExecStart=/opt/p%d --serve\n" \
			"EnvironmentFile=-/etc/default/u%d\n[Install]\nWantedBy=multi-user.target\n", i, i, i >unit
		close(unit)
		program = root "/opt/p" i
		printf "#!/bin/sh\n" >program
		close(program)
		if (i % 10 == 0) {
			system("mkdir " unit ".d")
			printf "[Service]\nNice=5\n" >(unit ".d/nice.conf")
			close(unit ".d/nice.conf")
		}
	}
}'
(cd "$root/etc/systemd/system/multi-user.target.wants" && seq 0 $((MANY - 1)) | sed 's/.*/\/usr\/lib\/systemd\/system\/u&.service/' | xargs ln -s -t .)
chmod 0755 "$root"/opt/p*
chmod 0777 "$root/opt/p77"

# cpu_ms COMMAND...: what it takes of a processor, its own time and the kernel's for it; what it says is in said.
cpu_ms() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$WORK/said" 2>"$WORK/errors"; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1000 }'
}
posture() { "$BUILD/unitward" --socket "$WORK/none" posture --root "$root" --json; }

# The best of three: what else goes on takes its toll of caches.
took=$(for _ in 1 2 3; do cpu_ms posture; done | sort -n | head -n 1)
said=$(jq -c '[.units >= '$MANY', .reachable >= '$MANY', ([.findings[] | select(.check == "program-writable") | .path])]' "$WORK/said")
check "$MANY units: all are looked at, and the weak one is found" "$said" test "$said" = '[true,true,["/opt/p77"]]'
check "$MANY units: $took ms of CPU" "more than $CPU_MS" test "$took" -lt $CPU_MS
finish
