#!/bin/sh
# Runs Strata under the thread sanitizer and the address sanitizer, which must report nothing, without suppressions.
#
# Usage:  sh scripts/sanitize.sh [thread|address]        default: both. Exit codes: 0 no report, 1 a report.
#
# Threads runs eight tasks on one model and on the workers; a race that it plants must be reported. The address
# sanitizer watches every test. Each has a separate build, so that the common one stays valid.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
which=${1:-both}

if [ "$which" != address ]; then
  echo "==== Thread sanitizer"
  # shellcheck disable=SC2086
  "$swift" build --sanitize thread --scratch-path .build/thread --product Threads ${SWIFTFLAGS:-}
  # shellcheck disable=SC2086
  program=$("$swift" build --sanitize thread --scratch-path .build/thread ${SWIFTFLAGS:-} --show-bin-path)/Threads
  TSAN_OPTIONS=halt_on_error=0 "$program" || { echo "sanitize: the thread sanitizer reports the above" >&2; exit 1; }
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  if "$program" --plant-race >"$log" 2>&1 || ! grep -q 'WARNING: ThreadSanitizer: data race' "$log"; then
    cat "$log"
    echo "sanitize: the planted race was not reported" >&2
    exit 1
  fi
  echo "no race, and the planted one was reported"
fi

if [ "$which" != thread ]; then
  echo "==== Address sanitizer"
  # The test program links twice what the runtime loads once, which would be reported as a leak.
  # shellcheck disable=SC2086
  ASAN_OPTIONS=detect_leaks=0 "$swift" test --sanitize address --scratch-path .build/address ${SWIFTFLAGS:-}
fi
