#!/bin/bash
# unitward posture: weaknesses are seeded in a root, each is found, nothing else is, and SARIF says the same.
# modes: absent
. "${0%/*}/lib.sh"

root=$WORK/root
mkdir -p "$root"/{etc/{sudoers.d,polkit-1/rules.d,polkit-1/localauthority/50-local.d,systemd/{system/multi-user.target.wants,system-generators}},usr/bin,opt/tools}
mkdir -p "$root"/usr/lib/{systemd/{system,system-generators},polkit-1} "$root"/var/lib/{systemd/linger,dpkg/info}
printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/nonexistent:/bin/sh\nbob:x:1001:1001::/nonexistent:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nops:x:50:alice\nalice:x:1000:\nbob:x:1001:\n' >"$root/etc/group"
touch "$root"/usr/bin/{sudo,pkla-check-authorization} "$root/usr/lib/polkit-1/polkitd"
# What a package brought, and nothing is wrong with.
shipped=(system/rsyslog.service system/clean.service system-generators/shipped-generator)
for name in "${shipped[@]}"; do unit shipped >"$root/usr/lib/systemd/$name"; done
chmod 0755 "$root/usr/lib/systemd/system-generators/shipped-generator" "$root"/usr/bin/*
printf "/usr/lib/systemd/%s\n" "${shipped[@]}" >"$root/var/lib/dpkg/info/shipped.list"
printf 'Package: shipped\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n' >"$root/var/lib/dpkg/status"
printf 'root ALL=(ALL:ALL) ALL\n%%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n' >"$root/etc/sudoers"

posture() { "$BUILD/unitward" --socket "$WORK/none" posture "$@"; }
findings() { posture --root "$root" --json | jq -r '.findings[] | "\(.check) \(.path)"' | sort; }
said=$(findings)
check 'nothing is seeded: nothing is found' "$said" test -z "$said"

# seed CHECK PATH: what was made there is to be found so.
seed() { echo "$1 $2" >>"$WORK/expected"; }
sudoers() { printf '%s\n' "$2" >"$root/etc/sudoers.d/$1" && seed sudo "/etc/sudoers.d/$1"; }
rules() {
	printf 'polkit.addRule(function(action, subject) { if (%s) return polkit.Result.YES; });\n' "$2" >"$root/etc/polkit-1/rules.d/$1.rules"
	seed polkit "/etc/polkit-1/rules.d/$1.rules"
}
sudoers everything 'alice ALL=(ALL) NOPASSWD: ALL'
sudoers pattern 'bob ALL = NOPASSWD: /usr/bin/machinectl shell *'
sudoers fixed 'bob ALL = NOPASSWD: /usr/bin/portablectl list'
sudoers alias $'User_Alias TEAM = bob\nCmnd_Alias UNITS = /bin/systemctl\nTEAM ALL = NOPASSWD: UNITS'
rules any 'action.id == "org.freedesktop.systemd1.manage-units"'
rules group 'action.id == "org.freedesktop.systemd1.manage-unit-files" && subject.isInGroup("ops")'
rules prefix 'action.id.indexOf("org.freedesktop.systemd1.") == 0 && subject.user == "bob"'
rules exec 'action.id == "org.freedesktop.policykit.exec" && subject.active'
printf '[x]\nIdentity=unix-user:bob\nAction=org.freedesktop.systemd1.*\nResultAny=yes\n' >"$root/etc/polkit-1/localauthority/50-local.d/x.pkla"
seed polkit /etc/polkit-1/localauthority/50-local.d/x.pkla
touch "$root"/var/lib/systemd/linger/{alice,nobody-here}
seed linger /var/lib/systemd/linger/alice
seed linger /var/lib/systemd/linger/nobody-here
chmod 0777 "$root/var/lib/systemd/linger" && seed linger-writable /var/lib/systemd/linger
ln -s /dev/null "$root/etc/systemd/system/rsyslog.service" && seed security-masked /etc/systemd/system/rsyslog.service
wants=/etc/systemd/system/multi-user.target.wants/gone.service
ln -s ../gone.service "$root$wants" && seed link-dangling $wants
unit stray >"$root/etc/systemd/system/stray.service" && seed unit-unowned /etc/systemd/system/stray.service
generator=/etc/systemd/system-generators/stray
printf '#!/bin/sh\n. /opt/tools/settings\n/opt/tools/run\n' >"$root$generator" && chmod 0755 "$root$generator" && seed unit-unowned $generator
touch "$root"/opt/tools/{settings,run} && chmod 0755 "$root/opt/tools/run"
chmod 0666 "$root/opt/tools/settings" && seed generator-program /opt/tools/settings
chown 1000 "$root/opt/tools/run" && seed generator-program /opt/tools/run
generator=/usr/lib/systemd/system-generators/shipped-generator
chmod 0777 "$root$generator" && seed generator-writable $generator
chmod 0666 "$root/usr/lib/systemd/system/clean.service" && seed unit-writable /usr/lib/systemd/system/clean.service

sort -o "$WORK/expected" "$WORK/expected"
findings >"$WORK/found"
check 'each of the weaknesses is found, and nothing else' "$(diff "$WORK/expected" "$WORK/found")" cmp -s "$WORK/expected" "$WORK/found"
posture --root "$root" --json >"$WORK/found.json"
severity() { jq -e --arg path "$1" --arg severity "$2" 'any(.findings[]; .path == $path and .severity == $severity)' "$WORK/found.json" >/dev/null; }
check 'a rule for everybody is critical' 'it is not' severity /etc/polkit-1/rules.d/any.rules critical
check 'one fixed command of sudo is low' 'it is not' severity /etc/sudoers.d/fixed low
check 'a pattern of sudo is high' 'it is not' severity /etc/sudoers.d/pattern high

posture --root "$root" --sarif >"$WORK/found.sarif"
check 'SARIF: what the schema requires, and the same findings' "$(head -c 300 "$WORK/found.sarif")" jq -e \
	--argjson n "$(wc -l <"$WORK/expected")" '.version == "2.1.0" and (.runs | length == 1) and (.runs[0] |
	.tool.driver.name == "unitward" and (.results | length == $n) and (.tool.driver.rules as $rules | all(.results[];
	(.message.text | length > 0) and $rules[.ruleIndex].id == .ruleId and (.level | IN("note", "warning", "error")) and
	(.locations[0].physicalLocation.artifactLocation.uri | startswith("file:///")))))' "$WORK/found.sarif"

check_status 'fix: all that is safe' 0 posture --root "$root" --state "$STATE" --fix --yes
said=$(posture --root "$root" --json | jq -c '[.findings[] | select(.mend.safe) | .path]')
check 'fix: nothing safe is left' "$said" test "$said" = '[]'
check_status 'undo' 0 posture --state "$STATE" --undo --yes
findings >"$WORK/again"
check 'undo: all is found again' "$(diff "$WORK/expected" "$WORK/again")" cmp -s "$WORK/expected" "$WORK/again"
finish
