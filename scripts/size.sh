#!/bin/sh
# Counts the lines of each module and compares them with their budgets.
#
# Usage:  sh scripts/size.sh        Exit codes: 0 within all budgets; 1 over a budget, or the lists here are out of date.
#
# Counts .swift, .c, .h and .modulemap files: all lines, and lines of code, which are neither blank nor comment. Modules
# and the total are limited by lines of code, the heart and StrataAutograd also by all lines.

set -eu
cd "$(dirname "$0")/.."

# Lines of code.
budgets="
COpenBLAS        35
CStrataKernels  3435
CSpng            10
CTurboJPEG       10
CZlib            10
StrataTensor    4005
StrataLayers   10410
StrataData      5700
StrataTraining  5145
StrataAutograd  2300
StrataDiagnosis 2950
StrataReport    1460
StrataTesting   2140
StrataImages    720
Strata           10
"
total_budget=38290

# All lines, with documentation.
heart_budget=700
autograd_budget=3210

# The types that a reader must know to understand the rest.
heart="Module Layer Parameter Gradients Sequential Linear ReLU Sigmoid Tanh SoftmaxCrossEntropy"

sources() {
  find "$1" -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' -o -name '*.modulemap' \)
}

# lines FILE…: all lines.
lines() { cat "$@" | wc -l | tr -d ' '; }

# code FILE…: lines that are neither blank nor comment.
code() { cat "$@" | grep -cvE '^[[:space:]]*(//|$)'; }

status=0
fail() {
  echo "size: $*" >&2
  status=1
}

# over COUNT LIMIT: by how much the count exceeds the limit, if it does.
over() {
  [ "$1" -le "$2" ] || { status=1; over=" OVER by $(($1 - $2))"; return; }
  over=""
}

printf '%-16s %6s %7s %7s %7s   %s\n' module files lines code budget 'longest file'
total=0
total_code=0
for folder in Sources/*/; do
  module=$(basename "$folder")
  files=$(sources "$folder")
  [ -n "$files" ] || continue
  # File names here have no spaces.
  # shellcheck disable=SC2086
  count=$(lines $files)
  # shellcheck disable=SC2086
  count_code=$(code $files)
  longest=$(for file in $files; do echo "$(lines "$file") ${file##*/}"; done | sort -rn | head -n 1)
  total=$((total + count))
  total_code=$((total_code + count_code))
  budget=$(echo "$budgets" | awk -v module="$module" '$1 == module { print $2 }')
  [ -n "$budget" ] || { fail "$module has no budget in scripts/size.sh"; budget=0; }
  over "$count_code" "$budget"
  printf '%-16s %6d %7d %7d %7d   %s (%d)%s\n' \
    "$module" "$(echo "$files" | wc -l)" "$count" "$count_code" "$budget" "${longest#* }" "${longest%% *}" "$over"
done
over "$total_code" "$total_budget"
printf '%-16s %6s %7d %7d %7d  %s\n' 'all of Sources' '' "$total" "$total_code" "$total_budget" "$over"

set --
for name in $heart; do
  file=$(find Sources/StrataLayers -name "$name.swift")
  [ -f "$file" ] || { fail "$name.swift does not exist; correct the list of the heart in scripts/size.sh"; continue; }
  set -- "$@" "$file"
done

echo
# documented WHAT LINES LIMIT
documented() {
  over "$2" "$3"
  printf '%-40s %5d of %d lines%s\n' "$1, with its documentation:" "$2" "$3" "$over"
}
documented "the heart" "$(lines "$@")" "$heart_budget"
# shellcheck disable=SC2046
documented "StrataAutograd" "$(lines $(sources Sources/StrataAutograd))" "$autograd_budget"
exit "$status"
