#!/bin/bash
# What a decision costs with ten and a hundred thousand names in the inventory: beside a daemon with a hundred, open by open.
# limit: 175
. "${0%/*}/lib.sh"
: "${ROUNDS:=2000}" "${MANY:=10000 100000}"
what=inventory least=100 many=$MANY
. "${0%/*}/grown.sh"

for n in $least $many; do
	progress "a first start with $n entries"
	units_in "$(vendor "$n")" "$n"
	patience=100 start_another "with-$n" "$SCRATCH/with-$n"
done
for n in $least $many; do within 60 is_at_rest "$(guard_of "${another[with-$n]}")"; done
compare_grown
