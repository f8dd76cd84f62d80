# Sourced by the sections that need a real systemd, after what has a prepare of its own: a container of the system tests.
# shellcheck shell=bash disable=SC2154,SC2034
: "${MODES:=enforce}" "${LIMIT:=60}"
# shellcheck source-path=SCRIPTDIR source=../system/lib.sh
. "${BASH_SOURCE%/*}/../system/lib.sh"
# The first one needs minutes for its root: `run` has that made before it measures.
if [ -n "${PREPARE-}" ]; then
	base=$(base_root) && guarded_root "$base" >/dev/null
	exit
fi

progress() { echo "    $*" >&2; }

# pairs_of FIGURE N: the median of each N of $figures/with beside that of $figures/without.
medians_of() { awk -v n="$2" '{ print int((NR - 1) / n), $1 }' "$1" | sort -k 1,1n -k 2,2n | awk -v n="$2" '(NR - 1) % n == int((n - 1) / 2) { print $2 }'; }
pairs_of() {
	paste -d ' ' <(medians_of "$figures/with" "$2") <(medians_of "$figures/without" "$2") | while read -r with without; do
		echo "pair $1 $with $without us"
	done
}
