#!/bin/sh
# Checks that README.md lists all that Sources offer, and that each entry leads to its documentation.
#
# Usage:  sh scripts/readme-catalogue.sh
#
# Every public layer, container, cell, loss, optimizer and schedule must begin a row of a table:
#   | [NAME](FILE) | what it does |
# where FILE declares NAME. A layer, cell or loss must derive its backward in the comment above it. Public
# initializers must be named in README.md.

set -eu
cd "$(dirname "$0")/.."

faults=0
fault() {
  echo "readme-catalogue: $*" >&2
  faults=$((faults + 1))
}

listed=0
# row NAME FILE: the table must have this row, once.
row() {
  count=$(grep -cF "| [$1]($2) | " README.md) || true
  [ "$count" -eq 1 ] || fault "README.md has $count rows instead of 1 that begin: | [$1]($2) | "
  listed=$((listed + 1))
}

# types PROTOCOL…: each public struct that conforms to one of them, as NAME FILE.
types() {
  protocols=$(echo "$*" | tr ' ' '|')
  find Sources -name '*.swift' | LC_ALL=C sort | while read -r file; do
    # What stands in <…> constrains generic parameters and is no conformance.
    sed -E 's/<[^>]*>//' "$file" |
      sed -nE '/^public struct [^{]*[:,] *('"$protocols"')( |,|\{)/s/^public struct ([A-Za-z0-9_]+).*/\1/p' |
      while read -r name; do echo "$name $file"; done
  done
}

# documentation NAME FILE: the comment above the type.
documentation() {
  awk -v name="$1" '
    /^\/\/\// { comment = comment $0 "\n"; next }
    $0 ~ "^public struct " name "[^A-Za-z0-9_]" { printf "%s", comment; exit }
    { comment = "" }' "$2"
}

differentiable=$(types Layer Container Activation RecurrentCell GatedCell Loss LogitLoss)
optimizers=$(types Optimizer)
[ -n "$differentiable" ] && [ -n "$optimizers" ] || fault "no layer or no optimizer was found in Sources"

while read -r name file; do
  row "$name" "$file"
  documentation "$name" "$file" | grep -q '^/// # Backward' || fault "$file: $name has no section # Backward"
done <<LIST
$differentiable
LIST

while read -r name file; do row "$name" "$file"; done <<LIST
$optimizers
LIST

# What makes a schedule: static functions of Schedule, and functions that give another one.
schedule=Sources/StrataTraining/Schedules/Schedule.swift
for name in $(sed -nE 's/^  public (static )?func ([A-Za-z0-9_]+)\(.*-> Schedule .*/\2/p' "$schedule"); do
  row "Schedule.$name" "$schedule"
done
row ReduceOnPlateau Sources/StrataTraining/Schedules/ReduceOnPlateau.swift

initializer=Sources/StrataLayers/Core/Initializer.swift
for name in $(sed -nE 's/^  public static (let|func) ([A-Za-z0-9_]+).*/\2/p' "$initializer"); do
  grep -qE "\`\.$name[\`(]" README.md || fault "README.md does not name the initializer .$name"
done

# Each link to a file of the repository leads to one.
for path in $(grep -oE '\]\([A-Za-z0-9_./-]+\)' README.md | sed 's/^](//; s/)$//' | LC_ALL=C sort -u); do
  [ -e "$path" ] || fault "README.md links to $path, which is not there"
done

# Each example has its command.
for name in $(sed -nE 's/.*\.executable\(name: "([^"]+)", targets: .*/\1/p' Package.swift | grep -v '^strata-'); do
  grep -qF "swift run -c release $name" README.md || fault "README.md does not say: swift run -c release $name"
done

[ "$faults" -eq 0 ] || exit 1
echo "readme-catalogue: README.md lists all $listed layers, cells, losses, optimizers and schedules"
