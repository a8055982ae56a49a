#!/bin/sh
# Checks that the catalogue lists everything that Sources offer, and the links and commands of README.md.
#
# Usage:  sh scripts/catalogue.sh
#
# Each public type that conforms to a protocol in the table below must begin one row of the catalogue, in the section of
# its kind:
#   | ``NAME`` | what it does | [FILE](../../PATH) |
# where PATH, relative to Sources, declares NAME; a type of a product apart has one backtick on each side. The
# documentation of a differentiable type must derive its backward.

set -eu
cd "$(dirname "$0")/.."

page=Sources/Strata/Strata.docc/Catalogue.md

# A line per kind: its sections (- for any), whether its types have a backward, and its protocols. Protocols that refine
# these are found; a protocol that does not exist yet has no types.
kinds="
-                    differentiable  Module RecurrentCell
Losses               differentiable  Objective
Optimizers           -               Optimizer
Callbacks|Schedules  -               Callback
Metrics              -               Metric
Training-and-data    -               BatchSource
"

faults=0
fault() {
  echo "catalogue: $*" >&2
  faults=$((faults + 1))
}

listed=0
# row NAME FILE SECTIONS: the page must have this row once, in one of these sections, separated by |.
row() {
  path=${2#Sources/}
  sections=$(awk -v start="| $1 | " -v end=" | [${2##*/}](../../$path) |" '
    /^## / { section = substr($0, 4); gsub(" ", "-", section) }
    index($0, start) == 1 && substr($0, length($0) - length(end) + 1) == end { print section }' "$page")
  case "$sections" in
    "") fault "$page lacks the row: | $1 | … | [${2##*/}](../../$path) |" ;;
    *"
"*) fault "$page has several rows of $1" ;;
    *) [ "$3" = - ] || echo "$sections" | grep -qxE "$3" || fault "$page has $1 under $sections instead of $3" ;;
  esac
  listed=$((listed + 1))
}

# Every declaration of a type or protocol, as FILE:DECLARATION. A name in <…> constrains a generic parameter and is not a
# conformance.
declarations=$(find Sources -name '*.swift' | LC_ALL=C sort |
  xargs grep -E '^((public|package) )?(final )?(struct|class|actor|enum|protocol) ' /dev/null |
  sed -E -e ':a' -e 's/<[^<>]*>//' -e 'ta')

# conforming PROTOCOLS: the declarations that name one of these protocols, which are separated by |, as a conformance.
conforming() { echo "$declarations" | grep -E "[:,] *($1)([ ,{]|$)" || true; }

# refined PROTOCOL…: these protocols and those that refine them, separated by |.
refined() {
  known=$(echo "$*" | tr ' ' '|')
  while :; do
    more=$(conforming "$known" | sed -nE 's/.*[: ]protocol ([A-Za-z0-9_]+).*/\1/p')
    all=$(printf '%s\n%s\n' "$(echo "$known" | tr '|' '\n')" "$more" | grep . | LC_ALL=C sort -u | tr '\n' '|')
    all=${all%|}
    [ "$all" != "$known" ] || break
    known=$all
  done
  echo "$known"
}

# types PROTOCOL…: each public type that conforms to one of them, as NAME FILE.
types() {
  conforming "$(refined "$@")" |
    sed -nE 's/^([^:]+):public (final )?(struct|class|actor|enum) ([A-Za-z0-9_]+).*/\4 \1/p'
}

# documentation NAME FILE: the comment above the type.
documentation() {
  awk -v name="$1" '
    /^\/\/\// { comment = comment $0 "\n"; next }
    $0 ~ "^public (final )?(struct|class|actor|enum) " name "[^A-Za-z0-9_]" { printf "%s", comment; exit }
    { comment = "" }' "$2"
}

while read -r section backward protocols; do
  [ -n "$section" ] || continue
  # The protocols are separate words.
  # shellcheck disable=SC2086
  found=$(types $protocols)
  while read -r name file; do
    [ -n "$name" ] || continue
    # The page cannot link to what its module does not export.
    mark='``'
    case "$file" in Sources/StrataImages/*) mark='`' ;; esac
    row "$mark$name$mark" "$file" "$section"
    [ "$backward" = - ] || documentation "$name" "$file" | grep -q '^/// # Backward' ||
      fault "$file: $name has no section # Backward"
  done <<LIST
$found
LIST
done <<KINDS
$kinds
KINDS
[ "$listed" -gt 0 ] || fault "Sources has no type of any kind"

# Schedules are static functions of Schedule, and functions that return a schedule.
schedule=Sources/StrataTraining/Schedules/Schedule.swift
for name in $(sed -nE 's/^  public (static )?func ([A-Za-z0-9_]+)\(.*-> Schedule .*/\2/p' "$schedule"); do
  row "\`Schedule.$name\`" "$schedule" Schedules
done

initializer=Sources/StrataLayers/Core/Initializer.swift
for name in $(sed -nE 's/^  public static (let|func) ([A-Za-z0-9_]+)(\([A-Za-z_]+)?.*/.\2\3/p' "$initializer"); do
  case "$name" in *"("*) name="$name:)" ;; esac
  row "\`$name\`" "$initializer" Initializers
done

# links PAGE FOLDER: each relative link of the page, which lies in the folder, leads to a file.
links() {
  for path in $(grep -oE '\]\([A-Za-z0-9_+./-]+\)' "$1" | sed 's/^](//; s/)$//' | LC_ALL=C sort -u); do
    [ -e "$2/$path" ] || fault "$1 links to $path, which does not exist"
  done
}
links "$page" "${page%/*}"
links README.md .

# README.md names the command of each example.
for name in $(sed -nE 's/.*\.executable\(name: "([^"]+)", targets: .*/\1/p' Package.swift | grep -v '^strata-'); do
  grep -qF "swift run -c release $name" README.md || fault "README.md does not say: swift run -c release $name"
done

[ "$faults" -eq 0 ] || exit 1
echo "catalogue: all $listed layers, losses, optimizers, schedules, callbacks and initializers are listed"
