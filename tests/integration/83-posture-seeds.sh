#!/bin/bash
# unitward posture: weaknesses are seeded in a root, each beside one of its kind that is none; each is found, nothing else is,
# and every format says the same of it.
# modes: absent
. "${0%/*}/lib.sh"

root=$SCRATCH/srv/root
units=/usr/lib/systemd/system
etc=/etc/systemd/system
mkdir -p "$root"/etc/{sudoers.d,polkit-1/{rules.d,localauthority/50-local.d},systemd/{system{,.attached},user,system-generators}}
mkdir -p "$root"/usr/{bin,lib/{systemd/{system,user,system-generators},polkit-1},local/lib/systemd/system}
mkdir -p "$root"/{opt,home/alice/.config/systemd/user,var/lib/{systemd/linger,dpkg/info}}
mkdir -m 1777 "$root"/{tmp,var/tmp} && mkdir -p "$root/dev" && mkdir -m 1777 "$root/dev/shm"
ln -s usr/bin "$root/bin"
printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/nonexistent:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nops:x:50:alice\nalice:x:1000:\nbob:x:1001:\n' >"$root/etc/group"
touch "$root"/usr/bin/{sudo,sh,true,pkla-check-authorization} "$root/usr/lib/polkit-1/polkitd"
chmod 0755 "$root"/usr/bin/*
printf 'root ALL=(ALL:ALL) ALL\n%%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n' >"$root/etc/sudoers"
printf '[Unit]\n' >"$root$units/multi-user.target"
ln -s multi-user.target "$root$units/default.target"

# Reading is restricted in one place, so that what may be read there is a weakness.
accepted=''
policy() {
	cat >"$WORK/posture.conf" <<-END
		zones: { private: { paths = [ "/etc/systemd/system.attached/" ]; }; };
		rules = ( { id = "private"; zone = "private"; on = "read"; then = "deny"; } );
		accepted = ( $accepted );
	END
}
policy
posture() { "$BUILD/unitward" --socket "$WORK/none" posture "$@"; }
look() { posture --root "$root" --policy "$WORK/posture.conf" "$@"; }
findings() { look --json | jq -r '.findings[] | "\(.check) \(.path)"' | sort; }

# What packages brought belongs to somebody.
owned() {
	(cd "$root" && find usr/lib/systemd etc/systemd/system etc/systemd/user -not -name '*stray*' -printf '/%p\n') >"$root/var/lib/dpkg/info/shipped.list"
	printf 'Package: shipped\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n' >"$root/var/lib/dpkg/status"
}
owned
said=$(findings)
check 'nothing is seeded: nothing is found' "$said" test -z "$said"

# seed CHECK PATH: what was made there is to be found so.
seed() { echo "$1 $2" >>"$WORK/expected"; }
# Of a pair "weak" is made weak, and "sound" has to be left alone.
unit_file() { printf '%s\n' "${@:2}" >"$root$1"; } # PATH LINE...
enabled() { mkdir -p "$root$etc/$2.wants" && ln -s "../$1" "$root$etc/$2.wants/$1"; }
# uses NAME LINE...: a pair of services that are started, each with its own of what @ stands for.
uses() {
	local kind
	for kind in weak sound; do
		unit_file "$units/$1-$kind.service" '[Service]' "${@//@/$kind}"
		sed -i 2d "$root$units/$1-$kind.service" # the name
		enabled "$1-$kind.service" multi-user.target
	done
}
# objects PATH [MODE]: the pair of files, by default programs.
objects() {
	local kind path
	for kind in weak sound; do
		path=$root${1//@/$kind}
		mkdir -p "${path%/*}" && touch "$path" && chmod "${2:-0755}" "$path"
	done
}

# ---- on the search paths ----

for name in owner group other acl immutable; do uses "unit-$name" ExecStart=/bin/true; done
chown 1000 "$root$units/unit-owner-weak.service" && seed unit-owner $units/unit-owner-weak.service
chgrp 50 "$root$units"/unit-group-*.service && chmod 0664 "$root$units/unit-group-weak.service" && seed unit-writable $units/unit-group-weak.service
chmod 0666 "$root$units/unit-other-weak.service" && seed unit-writable $units/unit-other-weak.service
if setfacl -m u:1000:rw "$root$units/unit-acl-weak.service" 2>/dev/null; then
	setfacl -m u:1000:r "$root$units/unit-acl-sound.service"
	seed unit-acl $units/unit-acl-weak.service
	mkdir "$root$units"/unit-acl-{weak,sound}.service.d
	setfacl -d -m g:50:rwx "$root$units/unit-acl-weak.service.d" && seed unit-acl $units/unit-acl-weak.service.d
else
	skip 'access control lists' "$FILESYSTEM has none, or setfacl is not installed"
fi
immutable=$root$units/unit-immutable-weak.service
if chattr +i "$immutable" 2>/dev/null && lsattr "$immutable" | grep -q '^[^ ]*i'; then
	seed unit-immutable "${immutable#"$root"}"
else
	skip 'attributes' "$FILESYSTEM has none"
fi
mkdir "$root$units"/unit-other-{weak,sound}.service.d
chmod 0777 "$root$units/unit-other-weak.service.d" && seed unit-writable $units/unit-other-weak.service.d
mkdir "$root$units"/{weak,sound}.target.wants
chown 1001 "$root$units/weak.target.wants" && seed unit-owner $units/weak.target.wants
chmod 0777 "$root/usr/local/lib/systemd" && seed unit-writable /usr/local/lib/systemd # above
mkdir -p "$root"/opt/units-{weak,sound}
for kind in weak sound; do
	unit linked >"$root/opt/units-$kind/linked-$kind.service"
	ln -s "/opt/units-$kind/linked-$kind.service" "$root$etc/"
done
chmod 0777 "$root/opt/units-weak" && seed unit-link $etc/linked-weak.service
unit_file $etc/stray-secret.service '[Service]' 'Environment=DB_PASSWORD=hunter2' ExecStart=/bin/true
uses secret 'Environment=TOKEN=abc' ExecStart=/bin/true
chmod 0600 "$root$units/secret-sound.service" && seed unit-secret $units/secret-weak.service
seed unit-secret $etc/stray-secret.service # not started, and readable all the same
seed unit-unowned $etc/stray-secret.service
for kind in weak sound; do unit "$kind" >"$root/etc/systemd/system.attached/read-$kind.service"; done
chmod 0600 "$root/etc/systemd/system.attached/read-sound.service" && seed unit-readable /etc/systemd/system.attached/read-weak.service
for kind in weak sound; do seed unit-unowned "/etc/systemd/system.attached/read-$kind.service"; done
for name in rsyslog plain; do
	unit "$name" >"$root$units/$name.service"
	ln -s /dev/null "$root$etc/$name.service"
done
seed security-masked $etc/rsyslog.service
unit there >"$root$units/there.service"
enabled there.service multi-user.target
enabled gone.service multi-user.target && seed link-dangling $etc/multi-user.target.wants/gone.service
unit stray >"$root$etc/stray.service" && seed unit-unowned $etc/stray.service

# ---- what units run ----

for setting in ExecStart ExecStartPre ExecStartPost ExecCondition ExecReload ExecStop ExecStopPost; do
	uses "$setting" ExecStart=/bin/true "$setting=-/opt/$setting/@ an argument"
	objects "/opt/$setting/@"
done
chmod 0777 "$root/opt/ExecStart/weak" && seed program-writable /opt/ExecStart/weak
chown 1000 "$root/opt/ExecStartPre/weak" && seed program-owner /opt/ExecStartPre/weak
chgrp 50 "$root"/opt/ExecStartPost/* && chmod 0775 "$root/opt/ExecStartPost/weak" && seed program-writable /opt/ExecStartPost/weak
chmod 0757 "$root/opt/ExecCondition/weak" && seed program-writable /opt/ExecCondition/weak
chown 1001 "$root/opt/ExecReload/weak" && seed program-owner /opt/ExecReload/weak
chmod 0777 "$root/opt/ExecStop/weak" && seed program-writable /opt/ExecStop/weak
if setfacl -m g:50:rwx "$root/opt/ExecStopPost/weak" 2>/dev/null; then seed program-acl /opt/ExecStopPost/weak; fi

# weak_program NAME PATH LINE...: a pair whose program, or what is in its place, is everybody's.
weak_program() {
	uses "$1" "${@:3}"
	objects "$2"
	chmod 0777 "$root${2//@/weak}" && seed program-writable "${2//@/weak}"
}
weak_program script '/opt/script/@' 'ExecStart=/bin/sh -e /opt/script/@'
weak_program inline '/opt/inline/@' "ExecStart=/bin/sh -c 'exec /opt/inline/@ --serve'"
weak_program wrapped '/opt/wrapped/@' 'ExecStart=/usr/bin/env A=b /opt/wrapped/@'
objects /usr/bin/env
weak_program interpreter '/opt/interpreter/@' 'ExecStart=/opt/interpreted/@'
objects '/opt/interpreted/@'
for kind in weak sound; do echo "#!/opt/interpreter/$kind" >"$root/opt/interpreted/$kind"; done
weak_program as-alice '/opt/as-alice/@' User=alice 'ExecStart=/opt/as-alice/@'
weak_program drop-in '/opt/drop-in/@' ExecStart=/bin/true
for kind in weak sound; do
	mkdir "$root$units/drop-in-$kind.service.d"
	printf '[Service]\nExecStartPre=/opt/drop-in/%s\n' $kind >"$root$units/drop-in-$kind.service.d/run.conf"
done
# Only what starts it is enabled.
for type in timer socket path; do
	for kind in weak sound; do
		unit_file "$units/by-$type-$kind.service" '[Service]' "ExecStart=/opt/by-$type/$kind"
		unit_file "$units/by-$type-$kind.$type" "[${type^}]" OnBootSec=1h
		enabled "by-$type-$kind.$type" "${type}s.target"
	done
	objects "/opt/by-$type/@"
	chmod 0777 "$root/opt/by-$type/weak" && seed program-writable "/opt/by-$type/weak"
done
unit_file $units/not-started.service '[Service]' ExecStart=/opt/not-started
touch "$root/opt/not-started" && chmod 0777 "$root/opt/not-started" # nobody starts it
unit_file $units/in.socket '[Socket]' 'ExecStartPre=/opt/in-socket' Accept=no
enabled in.socket sockets.target
unit shipped >"$root$units/in.service"
touch "$root/opt/in-socket" && chmod 0777 "$root/opt/in-socket" && seed program-writable /opt/in-socket
mkdir -p "$root/etc/systemd/user/default.target.wants"
unit_file /usr/lib/systemd/user/each.service '[Service]' ExecStart=/opt/each
ln -s /usr/lib/systemd/user/each.service "$root/etc/systemd/user/default.target.wants/"
touch "$root/opt/each" && chmod 0777 "$root/opt/each" && seed program-writable /opt/each

# ---- what they read, and where they are ----

uses settings ExecStart=/bin/true 'EnvironmentFile=/opt/settings/@' 'EnvironmentFile=-/opt/settings/optional'
objects '/opt/settings/@' 0644
chmod 0666 "$root/opt/settings/weak" && seed file-writable /opt/settings/weak
uses pattern ExecStart=/bin/true 'EnvironmentFile=/opt/pattern-@/*.env'
objects '/opt/pattern-@/a.env' 0644
chown 1000 "$root/opt/pattern-weak/a.env" && seed file-owner /opt/pattern-weak/a.env
uses credential ExecStart=/bin/true 'LoadCredential=key:/opt/credential/@'
objects '/opt/credential/@' 0600
chown 1001 "$root/opt/credential/weak" && seed file-owner /opt/credential/weak
uses working ExecStart=/bin/true 'WorkingDirectory=/opt/working-@'
mkdir "$root"/opt/working-{weak,sound}
chmod 0777 "$root/opt/working-weak" && seed directory-writable /opt/working-weak
uses root 'RootDirectory=/opt/root-@' ExecStart=/run
objects '/opt/root-@/run'
chown 1000 "$root/opt/root-weak" && seed directory-owner /opt/root-weak
uses above 'ExecStart=/opt/above-@/below/run'
objects '/opt/above-@/below/run'
chmod 0777 "$root/opt/above-weak" && seed directory-writable /opt/above-weak
uses link 'ExecStart=/opt/link-@'
objects '/opt/behind-@/run'
for kind in weak sound; do ln -s "behind-$kind/run" "$root/opt/link-$kind"; done
chown 1001 "$root/opt/behind-weak" && seed directory-owner /opt/behind-weak

# ---- what is not there, and where nobody should have a program ----

uses missing 'ExecStart=/opt/open/@'
mkdir "$root/opt/open" && touch "$root/opt/open/sound" && chmod 0755 "$root/opt/open/sound"
chmod 0777 "$root/opt/open" && seed directory-writable /opt/open && seed program-missing /opt/open/weak
uses missing-settings ExecStart=/bin/true 'EnvironmentFile=-/opt/open-@/settings'
mkdir "$root"/opt/open-{weak,sound}
chmod 0777 "$root/opt/open-weak" && seed directory-writable /opt/open-weak && seed file-missing /opt/open-weak/settings
uses nowhere 'ExecStart=-/opt/nowhere-@' ExecStart=/opt/not-there
seed program-missing /opt/not-there # nobody can put it there: information
for place in /tmp /var/tmp /dev/shm; do
	unit_file "$units/place${place//\//-}.service" '[Service]' "ExecStart=$place/run"
	unit_file "$units/private${place//\//-}.service" '[Service]' PrivateTmp=yes "ExecStart=-${place/dev\/shm/tmp}/its-own"
	enabled "place${place//\//-}.service" multi-user.target
	enabled "private${place//\//-}.service" multi-user.target
	touch "$root$place/run" && chmod 0755 "$root$place/run" && seed program-place "$place/run"
done
chown -R 1000:1000 "$root/home/alice"
uses home 'ExecStart=/home/alice/@'
rm "$root$etc/multi-user.target.wants/home-sound.service"
printf '[Service]\nUser=alice\nExecStart=/home/alice/sound\n' >"$root$units/home-sound.service" # his own
enabled home-sound.service multi-user.target
objects '/home/alice/@'
seed program-place /home/alice/weak && seed directory-owner /home/alice

# ---- users' units ----

touch "$root"/var/lib/systemd/linger/{alice,nobody-here}
seed linger /var/lib/systemd/linger/alice
seed linger /var/lib/systemd/linger/nobody-here
chmod 0777 "$root/var/lib/systemd/linger" && seed linger-writable /var/lib/systemd/linger
for kind in weak sound; do
	printf '[Service]\nExecStart=/opt/of-alice/%s\n' $kind >"$root/home/alice/.config/systemd/user/$kind.service"
	chown 1000:1000 "$root/home/alice/.config/systemd/user/$kind.service"
done
objects '/opt/of-alice/@'
chown 1001 "$root/opt/of-alice/weak" && seed program-owner /opt/of-alice/weak
chown 1000 "$root/opt/of-alice/sound" # he may change what is run as him
unit bobs >"$root/home/alice/.config/systemd/user/bobs.service"
chown 1001 "$root/home/alice/.config/systemd/user/bobs.service" && seed unit-owner /home/alice/.config/systemd/user/bobs.service

# ---- generators ----

generator=/usr/lib/systemd/system-generators
mkdir -p "$root/opt/tools" "$root/opt/tools-open"
for kind in weak sound stray; do
	printf '#!/bin/sh\n. /opt/tools/settings-%s\n/opt/tools/run-%s\n' $kind $kind >"$root$generator/$kind"
	touch "$root/opt/tools"/{settings,run}-$kind
	chmod 0755 "$root$generator/$kind" "$root/opt/tools/run-$kind"
done
chmod 0777 "$root$generator/weak" && seed generator-writable $generator/weak
seed unit-unowned $generator/stray
chmod 0666 "$root/opt/tools/settings-weak" && seed generator-program /opt/tools/settings-weak
chown 1000 "$root/opt/tools/run-weak" && seed generator-program /opt/tools/run-weak
printf '#!/bin/sh\nif /opt/tools-open/supplied; then echo; fi\n' >"$root$generator/supplied" && chmod 0755 "$root$generator/supplied"
chmod 0777 "$root/opt/tools-open" && seed generator-program /opt/tools-open && seed generator-program /opt/tools-open/supplied
chown 1000 "$root/etc/systemd/system-generators" && seed generator-writable /etc/systemd/system-generators

# ---- who needs no password ----

sudoers() { printf '%s\n' "$2" >"$root/etc/sudoers.d/$1" && seed sudo "/etc/sudoers.d/$1"; }
rules() {
	printf 'polkit.addRule(function(action, subject) { if (%s) return polkit.Result.%s; });\n' "$2" "${3:-YES}" >"$root/etc/polkit-1/rules.d/$1.rules"
	[ $# = 3 ] || seed polkit "/etc/polkit-1/rules.d/$1.rules"
}
sudoers everything 'alice ALL=(ALL) NOPASSWD: ALL'
sudoers pattern 'bob ALL = NOPASSWD: /usr/bin/machinectl shell *'
sudoers all-one 'ALL ALL = NOPASSWD: /usr/bin/systemctl poweroff'
sudoers all-but 'ALL, !alice ALL = NOPASSWD: /usr/bin/busctl'
sudoers fixed 'bob ALL = NOPASSWD: /usr/bin/portablectl list'
sudoers alias $'User_Alias TEAM = bob\nCmnd_Alias UNITS = /bin/systemctl\nTEAM ALL = NOPASSWD: UNITS'
printf 'bob ALL = PASSWD: /usr/bin/loginctl\nbob ALL = (alice) NOPASSWD: /usr/bin/busctl\nbob ALL = NOPASSWD: /usr/bin/id\n' >"$root/etc/sudoers.d/sound"
rules any 'action.id == "org.freedesktop.systemd1.manage-units"'
rules group 'action.id == "org.freedesktop.systemd1.manage-unit-files" && subject.isInGroup("ops")'
rules prefix 'action.id.indexOf("org.freedesktop.systemd1.") == 0 && subject.user == "bob"'
rules exec 'action.id == "org.freedesktop.policykit.exec" && subject.active'
rules sound 'action.id == "org.freedesktop.systemd1.manage-units"' AUTH_ADMIN
pkla=/etc/polkit-1/localauthority/50-local.d
printf '[x]\nIdentity=unix-user:bob\nAction=org.freedesktop.systemd1.*\nResultAny=yes\n' >"$root$pkla/x.pkla"
printf '[x]\nIdentity=unix-user:bob\nAction=org.freedesktop.systemd1.*\nResultAny=auth_admin\n' >"$root$pkla/sound.pkla"
seed polkit $pkla/x.pkla

# ---- what is said of all that ----

owned
sort -o "$WORK/expected" "$WORK/expected"
look --json >"$WORK/found.json"
findings >"$WORK/found"
n=$(wc -l <"$WORK/expected")
while read -r seeded; do check "found: $seeded" 'it is not' grep -qxF "$seeded" "$WORK/found"; done <"$WORK/expected"
others=$(comm -13 "$WORK/expected" "$WORK/found")
check 'nothing beside them is found' "$others" test -z "$others"
check "there are at least 40 of them: $n" "$n" test "$n" -ge 40
is_found() { jq -e --arg path "$1" "any(.findings[]; .path == \$path and $2)" "$WORK/found.json" >/dev/null; }
check 'a rule for everybody is critical' 'it is not' is_found /etc/polkit-1/rules.d/any.rules '.severity == "critical"'
check 'one fixed command of sudo is low' 'it is not' is_found /etc/sudoers.d/fixed '.severity == "low"'
check 'sudo: everybody but one is not everybody' 'it is' is_found /etc/sudoers.d/all-but '.who.text == "bob"'
check 'a pattern of sudo is high' 'it is not' is_found /etc/sudoers.d/pattern '.severity == "high"'
check 'what runs as root and is everybody'"'"'s is critical' 'it is not' is_found /opt/ExecStart/weak '.severity == "critical"'
check 'what runs as somebody else is less' 'it is not' is_found /opt/as-alice/weak '.severity == "high"'
check 'who could: by name' 'not said' is_found /opt/ExecStartPost/weak '(.who.text == "group ops (alice)")'
check 'what nobody can put there is only information' 'it is not' is_found /opt/not-there '.severity == "info" and (.counts | not)'
incomplete=$(jq -c '.findings[] | select([.severity, .path, .what, .who.text, .mend.command] | any(. == null or . == "")) | [.check, .path]' "$WORK/found.json")
check 'each: severity, path, what is wrong, who could, what mends it' "$incomplete" test -z "$incomplete"

# In text: a line of each, with who and the command below it.
check_status 'text: findings are exit status 1' 1 look
printf '%s\n' "$said" >"$WORK/found.txt"
missing=$(jq -r '.findings[] | "\(.severity) \(.path) [\(.check)]"' "$WORK/found.json" | sort |
	comm -23 - <(sed -nE 's/^(critical|high|medium|low|info) +([^ ]+) .*(\[[a-z-]+\])$/\1 \2 \3/p' "$WORK/found.txt" | sort))
check 'text: has all of them' "$missing" test -z "$missing"
check 'text: who of each' "$(grep -c '^  *who: ' "$WORK/found.txt")" test "$(grep -c '^  *who: ' "$WORK/found.txt")" = "$n"
check 'text: a command of each' "$(grep -cE '^ +mend(, with care)?: ' "$WORK/found.txt")" \
	test "$(grep -cE '^ +mend(, with care)?: ' "$WORK/found.txt")" = "$n"
check 'text: no colours in a pipe' 'there are' test -z "$(grep $'\033' "$WORK/found.txt")"

# What the schema of SARIF 2.1.0 requires of what is used here, and its enumerations.
sarif_is_valid() {
	jq -e --argjson n "$1" '
		def text: type == "string" and length > 0;
		.version == "2.1.0" and (.["$schema"] | text) and (.runs | length == 1) and (.runs[0] |
		(.tool.driver | .name == "unitward" and (.version | text)) and (.columnKind | IN("utf16CodeUnits", "unicodeCodePoints")) and
		(.tool.driver.rules | (map(.id) | length == (unique | length)) and all(.[]; (.id | text) and (.shortDescription.text | text) and
			(.defaultConfiguration.level | IN("none", "note", "warning", "error")) and
			(.properties["security-severity"] | tonumber | . >= 0 and . <= 10))) and
		(.results | length == $n) and (.tool.driver.rules as $rules | all(.results[];
			$rules[.ruleIndex].id == .ruleId and (.level | IN("none", "note", "warning", "error")) and (.message.text | text) and
			(.locations | length == 1) and all(.locations[];
				(.physicalLocation.artifactLocation.uri | test("^file:///([A-Za-z0-9/._~-]|%[0-9A-F]{2})*$")) and
				all(.logicalLocations[]; .fullyQualifiedName | text)) and
			(.partialFingerprints | all(.[]; text)) and
			all(.suppressions // [] | .[]; (.kind | IN("inSource", "external")) and
				(.status | IN("accepted", "underReview", "rejected")) and (.justification | text)))))' "$WORK/found.sarif" >/dev/null
}
look --sarif >"$WORK/found.sarif"
check 'SARIF: what its schema requires' "$(head -c 300 "$WORK/found.sarif")" sarif_is_valid "$n"
said=$(diff <(jq -r '.runs[0].results[] | "\(.ruleId) \(.locations[0].physicalLocation.artifactLocation.uri | ltrimstr("file://"))"' "$WORK/found.sarif" | sort) "$WORK/expected")
check 'SARIF: the same findings' "$said" test -z "$said"

# Somebody else than root sees less, and is told so.
install -m 0755 "$BUILD/unitward" "$WORK/unitward"
mkdir -m 0700 "$root$units/private.service.d"
check_status 'an ordinary user: findings as well' 1 setpriv --reuid 1001 --regid 1001 --clear-groups "$WORK/unitward" posture --root "$root"
check_said 'an ordinary user: what he could not see' "not seen: [^ ]*$units/private.service.d[^ ]*: Permission denied"
check_said 'an ordinary user: what to do' 'run it with sudo'
check_status 'an ordinary user: nothing is fixed' 1 setpriv --reuid 1001 --regid 1001 --clear-groups "$WORK/unitward" posture --root "$root" --fix --yes
check_said 'an ordinary user: fix: who can' 'run it with sudo'
rmdir "$root$units/private.service.d"

# ---- what is accepted ----

accept() { accepted+="${accepted:+, }{ check = \"$1\"; path = \"$2\"; reason = \"it is so\"; until = \"$3\"; }" && policy; } # CHECK PATH UNTIL
accept program-writable '/opt/Exec*/weak' 2099-12-31
accept sudo /etc/sudoers.d/everything 2020-01-31
look --json >"$WORK/found.json"
check 'accepted: does not count' 'it does' is_found /opt/ExecStart/weak '(.counts | not) and .accepted.reason == "it is so"'
check 'accepted: not what is found otherwise' 'it is' is_found /opt/ExecReload/weak '.counts and .accepted == null'
check 'accepted until a day that has passed: counts' 'it does not' is_found /etc/sudoers.d/everything '.counts and .accepted.expired'
check_status 'accepted: there are others' 1 look
check_said 'accepted: says until when, and why' 'accepted until 2099-12-31 [^ ]*posture.conf:[0-9]+[^ ]*: it is so'
check_said 'accepted until a day that has passed: says so' 'it was accepted until 2020-01-31'
look --sarif >"$WORK/found.sarif"
check 'accepted: SARIF is valid' "$(head -c 300 "$WORK/found.sarif")" sarif_is_valid "$n"
statuses=$(jq -r '[.runs[0].results[].suppressions // [] | .[].status] | group_by(.) | map("\(.[0]) \(length)") | join(", ")' "$WORK/found.sarif")
check 'accepted: SARIF says so' "$statuses" test "$statuses" = 'accepted 4, rejected 1'
accept program-missing '/opt/**' 2099-12-31 && accept '*' / 2099-12-31
check_status 'accepted: an unknown name of a check: refused' 1 look
check_said 'accepted: an unknown name of a check: what to do' 'is not used.*unitward check'
accepted=''
while read -r name path; do accept "$name" "$path" 2099-12-31; done <"$WORK/expected"
check_status 'all of them accepted: exit status 0' 0 look
accepted='' && policy

# ---- fix and undo ----

chattr -i "$immutable" 2>/dev/null
# Owner, mode, lists and links of all there is.
all_there_is() { (cd "$root" && find . -printf '%p %y %m %U:%G %l\n' | sort && getfacl -Rpn . 2>/dev/null); }
all_there_is >"$WORK/before"
findings >"$WORK/expected"
check_status 'fix: all that is safe' 0 posture --root "$root" --policy "$WORK/posture.conf" --state "$STATE" --fix --yes
said=$(look --json | jq -c '[.findings[] | select(.mend.safe) | .path]')
check 'fix: nothing safe is left' "$said" test "$said" = '[]'
check 'fix: changed something' 'nothing' test -n "$(comm -3 <(all_there_is | sort) <(sort "$WORK/before"))"
check_status 'undo' 0 posture --state "$STATE" --undo --yes
said=$(diff "$WORK/before" <(all_there_is))
check 'undo: owners, modes, lists and links are what they were' "$said" test -z "$said"
findings >"$WORK/again"
check 'undo: all is found again' "$(diff "$WORK/expected" "$WORK/again")" cmp -s "$WORK/expected" "$WORK/again"
finish
