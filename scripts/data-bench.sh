#!/bin/sh
# Measures how fast data comes in: tables read by Strata and by pandas in turn, arrays, a sparse file of tokens, prefetching,
# images that are decoded and augmented.
#
# Usage:  sh scripts/data-bench.sh [MEGABYTES]      MEGABYTES: the size of the table; default: 1000
#
# Needs python3 with venv, and PyPI, for pandas.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=.build/data-bench/bin/python

"$python" -c 'import pandas' 2>/dev/null || { python3 -m venv .build/data-bench && "$python" -m pip install --quiet pandas; }
# shellcheck disable=SC2086
"$swift" build -c release ${SWIFTFLAGS:-} --product data-bench
# shellcheck disable=SC2086
bench=$("$swift" build -c release ${SWIFTFLAGS:-} --show-bin-path)/data-bench

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
"$bench" generate "$run/table.csv" "${1:-1000}"
cat "$run/table.csv" >/dev/null
for round in 1 2 3; do
  echo "table, round $round: $("$bench" csv "$run/table.csv")"
  echo "  in blocks: $("$bench" csv-blocks "$run/table.csv")"
  echo "  pandas: $("$python" -c '
import json, os, resource, sys, time
import pandas
start, cores = time.perf_counter(), time.process_time()
table = pandas.read_csv(sys.argv[1])
seconds, cores = time.perf_counter() - start, time.process_time() - cores
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rate = os.path.getsize(sys.argv[1]) / 1e6 / seconds
print(json.dumps({"rows": len(table), "seconds": round(seconds, 4), "core_seconds": round(cores, 4),
  "megabytes_per_second": round(rate, 4), "peak_mebibytes": round(peak, 4)}))' "$run/table.csv")"
done
rm "$run/table.csv"
echo "arrays: $("$bench" arrays "$run")"
echo "tokens: $("$bench" tokens "$run/tokens" 100)"
echo "prefetch: $("$bench" prefetch "$run")"
for side in 28 224; do echo "images of $side pixels: $("$bench" images "$side" "$run")"; done
