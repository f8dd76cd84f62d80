# shellcheck shell=bash
# Sourced by what runs tests: how long something took, and how much of the processors.

# timed FILE COMMAND...: runs it; the last line of FILE is "SECONDS USER SYSTEM" then, with all that it has waited for.
timed() {
	(
		TIMEFORMAT='%R %U %S'
		{ time "${@:2}" 2>&3; } 3>&2 2>"$1"
	)
}

# spent FILE: both sums of it, "SECONDS CPU-SECONDS".
spent() { tail -n 1 "$1" | awk '{ printf "%.0f %.1f\n", $1, $2 + $3 }'; }
