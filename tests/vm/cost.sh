#!/bin/bash
# What unitward costs at boot and at a daemon-reload: ROUNDS pairs (5), one with and one without it right after the other, and
# the medians. By hand, on a machine that does nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

system=$release-vm
declare -A boots=() reloads=()

timed() { # WITH [WORD...]
	start "${@:2}" || return
	boots[$1]+=" $(in_container userspace_time)"
	reloads[$1]+=" $(in_container reload_time)"
	halt
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

expect_ratio() { # WHAT PERCENT WITH WITHOUT
	local with without
	# shellcheck disable=SC2086 # lists of numbers
	with=$(median $3) without=$(median $4)
	expect "$1: $((with / 1000)) ms with unitward, $((without / 1000)) ms without: $((with * 100 / without)) %" \
		test $((with * 100)) -lt $((without * $2))
}

boot enforce && halt || exit # the baseline is taken
for ((round = 0; round < ${ROUNDS:-5}; round++)); do
	timed with && unguarded=1 timed without unitward.mode=off || exit
	echo "# boot: ${boots[with]##* } us, without ${boots[without]##* } us; reload: ${reloads[with]##* } us, ${reloads[without]##* } us"
done
expect_ratio boot 110 "${boots[with]}" "${boots[without]}"
expect_ratio daemon-reload 115 "${reloads[with]}" "${reloads[without]}"
