#!/bin/sh
# Counts the lines of each module and holds them against their budgets.
#
# Usage:  sh scripts/size.sh        Exit codes: 0 within budget, 1 over, or a file of the heart is gone.
#
# Counted are .swift, .c, .h and .modulemap files: all lines, and those of code, which are neither blank nor
# comment. The heart and StrataAutograd are held to their budgets with their documentation, the whole by its code.

set -eu
cd "$(dirname "$0")/.."

heart_budget=700
total_budget=14000
autograd_budget=900

# What a reader must know to understand all the rest: the protocol, what it is made of, and the first layers.
heart="Layer Parameter Gradients Sequential Linear ReLU Sigmoid Tanh SoftmaxCrossEntropy"

sources() {
  find "$1" -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' -o -name '*.modulemap' \)
}

# lines FILE…: their lines in all.
lines() { cat "$@" | wc -l | tr -d ' '; }

# code FILE…: those that are neither blank nor comment.
code() { cat "$@" | grep -cvE '^[[:space:]]*(//|$)'; }

printf '%-16s %6s %7s %7s   %s\n' module files lines code 'longest file'
total=0
total_code=0
for module in Sources/*/; do
  module=${module%/}
  files=$(sources "$module")
  [ -n "$files" ] || continue
  # File names here have no spaces.
  # shellcheck disable=SC2086
  count=$(lines $files)
  # shellcheck disable=SC2086
  count_code=$(code $files)
  longest=$(for file in $files; do echo "$(lines "$file") ${file##*/}"; done | sort -rn | head -n 1)
  total=$((total + count))
  total_code=$((total_code + count_code))
  printf '%-16s %6d %7d %7d   %s (%d)\n' \
    "${module##*/}" "$(echo "$files" | wc -l)" "$count" "$count_code" "${longest#* }" "${longest%% *}"
done
printf '%-16s %6s %7d %7d\n' 'all of Sources' '' "$total" "$total_code"

set --
for name in $heart; do
  file=$(find Sources/StrataLayers -name "$name.swift")
  [ -f "$file" ] || { echo "size: $name.swift is of the heart and is not there; correct the list in scripts/size.sh" >&2; exit 1; }
  set -- "$@" "$file"
done

echo
status=0
# budget WHAT LINES LIMIT
budget() {
  verdict="within its budget"
  if [ "$2" -gt "$3" ]; then verdict="OVER its budget by $(($2 - $3))"; status=1; fi
  printf '%-44s %6d   of %d, %s\n' "$1" "$2" "$3" "$verdict"
}
budget "the heart, with its documentation" "$(lines "$@")" "$heart_budget"
# shellcheck disable=SC2046
budget "StrataAutograd, with its documentation" "$(lines $(sources Sources/StrataAutograd))" "$autograd_budget"
budget "the code of all of Sources" "$total_code" "$total_budget"
exit "$status"
