#!/bin/sh
# Writes the pages of runs and opens them in Chromium, at two widths, in light and dark, and on paper.
#
# Usage:  sh scripts/report.sh        CHROMIUM=PATH names another Chromium.
#
# The screenshots are in .build/report. Where Chromium is missing it is installed, if this is root on Debian.
# Exit codes: 0 all pages are right, or there is no Chromium or Python, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
chromium=$(sh scripts/find-chromium.sh) || { echo "report: skipped, for there is no Chromium or no Python to drive it"; exit 0; }

# shellcheck disable=SC2086
"$swift" build -c release ${SWIFTFLAGS:-}
# shellcheck disable=SC2086
products=$("$swift" build -c release ${SWIFTFLAGS:-} --show-bin-path)
pages=.build/report
rm -rf "$pages"
mkdir -p "$pages"

"$products/mnist" --epochs 12 --quiet --json --report "$pages/digits.html" | tail -n 1 >"$pages/digits.json"
"$products/forecast" --epochs 3 --quiet --json --report "$pages/sea.html" >/dev/null
"$products/tabular" --epochs 30 --quiet --json --report "$pages/wine.html" >/dev/null
# A run that goes on while its page is open; it is ended below.
"$products/conv-digits" --epochs 100000 --quiet --report "$pages/running.html" &
running=$!
trap 'kill "$running" 2>/dev/null || true' EXIT
# Numbers that leave every range: the run fails, and its page says so.
"$products/mnist" --epochs 3 --lr 1e30 --quiet --report "$pages/failed.html" 2>/dev/null || true

python3 scripts/check_report.py "$chromium" "$pages"
