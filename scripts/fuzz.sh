#!/bin/sh
# Feeds broken bytes to each reader under the address sanitizer, and checks that the fuzzer finds a planted fault.
#
# Usage:  sh scripts/fuzz.sh [SECONDS] [TARGET…]      SECONDS per target, default 60; TARGETs of Fuzz/, default all
#
# Needs Linux and a Swift toolchain with libFuzzer. Exit codes: 0 found only the planted faults, 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(ls Fuzz/*.swift | sed 's|Fuzz/||; s|\.swift||' | grep -v '^Support$')

build=.build/fuzz
swift=${SWIFT:-swift}
swiftc=${SWIFTC:-${swift}c}
# libFuzzer reports crashes; leaks of the runtime's lazy globals are not faults.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0

echo "Building the readers with coverage"
for target in StrataTraining StrataImages; do
  "$swift" build -c release --scratch-path "$build" --target "$target" --sanitize address -Xswiftc -sanitize=fuzzer -q
done
products=$("$swift" build -c release --scratch-path "$build" --show-bin-path)
maps=$(for map in Sources/*/module.modulemap Sources/*/include/module.modulemap; do echo "-Xcc -fmodule-map-file=$map"; done)

# compile TARGET OUTPUT OPTION…
compile() {
  target=$1
  output=$2
  shift 2
  # shellcheck disable=SC2046,SC2086
  "$swiftc" -O -swift-version 6 -parse-as-library -sanitize=fuzzer,address -module-name Fuzz "$@" $maps \
    -I "$products/Modules" Fuzz/Support.swift "Fuzz/$target.swift" \
    $(find "$products"/*.build -name '*.o') $(pkg-config --cflags --libs openblas zlib spng libturbojpeg) -lm -o "$output" \
    2>"$output.log" || { cat "$output.log"; exit 1; }  # the linker warns about each symbol of the sanitizer
}

status=0
for target in "$@"; do
  run="$build/run/$target"
  rm -rf "$run"
  mkdir -p "$run/new" "$run/planted"
  compile "$target" "$run/fuzz"
  echo "$target: $seconds s"
  # New inputs go to the first folder; the committed corpus does not change.
  if "$run/fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$run/" "$run/new" "Fuzz/Corpus/$target" >"$run/log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$run/log")
    echo "$target: nothing found in $runs inputs, $(ls "$run/new" | wc -l | tr -d ' ') of them new"
  else
    echo "$target: FOUND, see $run/log"
    tail -n 25 "$run/log"
    status=1
  fi

  compile "$target" "$run/planted-fuzz" -D PLANT_FAULT
  if "$run/planted-fuzz" -max_total_time=120 -max_len=4096 -artifact_prefix="$run/planted/" "$run/planted" \
    "Fuzz/Corpus/$target" >"$run/planted-log" 2>&1; then
    echo "$target: the planted fault was NOT found"
    status=1
  elif grep -q 'heap-buffer-overflow' "$run/planted-log"; then
    echo "$target: the planted fault was found"
  else
    echo "$target: the planted fault ended differently, see $run/planted-log"
    status=1
  fi
done
rm -rf /dev/shm/strata-fuzz-*
exit "$status"
