#!/bin/sh
# Attacks what Strata reads, writes and is set to, and checks that the attack finds what is planted.
#
# Usage:  sh scripts/attack.sh [SECONDS]        SECONDS for paths and for each kind of kills, default 60
#
# Damages files bit by bit, saves to random paths, kills processes that save or train, lets each of their system calls fail
# (Linux, with a C compiler), and sets the number of workers to nonsense. Exit codes: 0 everything held, 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
swift=${SWIFT:-swift}

# shellcheck disable=SC2086
"$swift" build -c release --product Attack ${SWIFTFLAGS:-}
# shellcheck disable=SC2086
products=$("$swift" build -c release ${SWIFTFLAGS:-} --show-bin-path)

library=$products/attack-faults.so
compiler=$(command -v cc || command -v clang || command -v gcc || true)
if [ "$(uname)" = Linux ] && [ -n "$compiler" ]; then
  "$compiler" -shared -fPIC -O1 -Wall -Wextra -Werror Tests/Attack/faults.c -o "$library" -ldl
  export ATTACK_FAULTS="$library"
else
  echo "attack: no Linux or no C compiler, so system calls do not fail"
fi

"$products/Attack" "$seconds" || { echo "attack: see above what did not hold" >&2; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if "$products/Attack" 5 --plant >"$log"; then
  cat "$log"
  echo "attack: what is planted was not found" >&2
  exit 1
fi
for what in "damaged files" kills runs; do
  grep -q "^$what: .* did not hold" "$log" || { cat "$log"; echo "attack: nothing found in $what" >&2; exit 1; }
done
echo "what was planted was found"
