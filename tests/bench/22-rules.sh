#!/bin/bash
# What a decision costs with a thousand and with ten thousand rules, none of which is about what is done: beside a daemon with
# ten, open by open.
# limit: 170
. "${0%/*}/lib.sh"
: "${ROUNDS:=2000}" "${MANY:=1000 10000}"
what=rules least=10 many=$MANY
. "${0%/*}/grown.sh"

# rules N: for many a unit of many a service, in all zones, by two actors, about everything that can be done; of each four
# one says which paths, one a pattern of names, and two a name. One in a hundred has a path that may begin with anything.
rules() {
	awk -v n="$1" 'BEGIN {
		split("system-units user-units generators", zones)
		split("\"create\", \"modify\", \"rename\"|\"modify\"|\"remove\"|\"enable\", \"link\"|\"mask\"|\"modify\", \"read\"", on, "|")
		for (i = 0; i < n; i++) {
			what = i % 4 == 0 ? "path = \"" (i % 100 ? "/etc/systemd/system" : "/**") "/service-" i ".service.d/*.conf\"" : "unit = \"service-" i (i % 4 == 1 ? "@*" : "") ".service\""
			printf "{ id = \"r%d\"; actor = \"%s\"; zone = \"%s\"; %s; on = [ %s ]; then = \"allow\"; },\n", \
				i, i % 2 ? "packages" : "operators", zones[i % 3 + 1], what, on[i % 6 + 1]
		}
	}'
}

# policy_of NAME TREE RULES
policy_of() {
	rules "$3" >"$WORK/$1.rules"
	SCRATCH=$2 POLICY=$WORK/$1.conf write_policy
	sed -i "/^rules = (/r $WORK/$1.rules" "$WORK/$1.conf"
}

for n in $least $many; do
	units_in "$(vendor "$n")" 100
	policy_of "with-$n" "$SCRATCH/with-$n" "$n"
	before=${EPOCHREALTIME/./}
	patience=60 start_another "with-$n" "$SCRATCH/with-$n"
	about "rules.$n" "a start with $n rules took $(((${EPOCHREALTIME/./} - before) / 1000)) ms"
done
compare_grown
