#!/bin/sh
# Writes the book as pages for a browser, and checks them in Chromium against what Strata computes.
#
# Usage:  sh scripts/book.sh [--check]        CHROMIUM=PATH names another Chromium.
#
# The pages are in .build/book; with --check screenshots are there too. Where Chromium is missing it is installed, if this is
# root on Debian. Exit codes: 0 all pages are right, or there is no Chromium or Python, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
pages=.build/book

rm -rf "$pages"
if [ "${1:-}" != --check ]; then
  # shellcheck disable=SC2086
  exec "$swift" run ${SWIFTFLAGS:-} book --output "$pages"
fi
chromium=$(sh scripts/find-chromium.sh) || { echo "book: skipped, for there is no Chromium or no Python to drive it"; exit 0; }
mkdir -p "$pages"
# shellcheck disable=SC2086
"$swift" run ${SWIFTFLAGS:-} book --output "$pages" --expected "$pages/expected.json"
python3 scripts/check_book.py "$chromium" "$pages"
