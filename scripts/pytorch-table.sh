#!/bin/sh
# Makes the page of PyTorch's names and their counterparts from scripts/pytorch, or checks that it is up to date.
#
# Usage:  sh scripts/pytorch-table.sh             writes the page
#         sh scripts/pytorch-table.sh --check     exit code 1 where the page is not what would be written
#
# Each name in names.txt must have a counterpart, or the reason why there is none; what is named must be declared in
# Sources; and no line of counterparts.txt may be for nothing.

set -eu
cd "$(dirname "$0")/.."

page=Sources/Strata/Strata.docc/PyTorchNames.md
made=$(mktemp)
words=$(mktemp)
trap 'rm -f "$made" "$words"' EXIT

find Sources -name '*.swift' | LC_ALL=C sort | xargs cat |
  grep -oE '(struct|class|enum|protocol|func|var|let|case|subscript) ?`?[A-Za-z0-9_.=<>!]*' |
  sed -E 's/^[a-z]+ ?`?//; s/^([A-Za-z_][A-Za-z0-9_]*).*/\1/; s/^$/subscript/' | LC_ALL=C sort -u >"$words"

awk -F ' *[|] *' -v words="$words" '
  function fault(text) { print "pytorch-table: " text > "/dev/stderr"; faults++ }
  # Whether the first word of a name in Strata, or the last of Type.member, is declared.
  function isDeclared(name) {
    sub(/[(].*/, "", name)
    if (name ~ /^[A-Za-z]+[.][A-Za-z]/) sub(/^.*[.]/, "", name)
    return name in declared
  }
  function title(section) {
    if (section == "nn") return "Modules: `torch.nn`"
    if (section == "loss") return "Losses: `torch.nn.functional`"
    if (section == "init") return "Initial weights: `torch.nn.init`"
    if (section == "optim") return "Optimizers: `torch.optim`"
    if (section == "scheduler") return "Schedules: `torch.optim.lr_scheduler`"
    return "Operations on tensors: `torch`, `torch.Tensor` and `torch.linalg`"
  }
  BEGIN { while ((getline word < words) > 0) declared[word] = 1 }
  FILENAME ~ /counterparts/ {
    if ($0 ~ /^#/ || $0 ~ /^ *$/) next
    if (NF < 3) { fault("counterparts.txt:" FNR ": four parts are separated by |"); next }
    n = split($2, patterns, " ")
    for (i = 1; i <= n; i++) {
      count++
      section[count] = $1
      pattern[count] = patterns[i]
      gsub(/[.]/, "[.]", pattern[count])
      gsub(/[*]/, ".*", pattern[count])
      strata[count] = $3
      note[count] = $4
      line[count] = FNR ": " patterns[i]
      # A name without a pattern is looked up before those with one.
      if (patterns[i] !~ /[*]/) exact[$1 " " patterns[i]] = count
    }
    next
  }
  {
    split($0, parts, " ")
    kind = parts[1]; name = parts[2]
    found = exact[kind " " name]
    for (i = 1; !found && i <= count; i++)
      if (section[i] == kind && name ~ "^" pattern[i] "$") found = i
    if (!found) { fault(kind " " name " has no counterpart, and no reason why"); next }
    used[found] = 1
    if (kind != last) {
      printf "\n## %s\n\n| PyTorch | Strata | note |\n|---|---|---|\n", title(kind)
      last = kind
    }
    own = strata[found]; text = note[found]
    if (own != "-" && !isDeclared(own)) {
      if (text ~ /^[?]/) own = "-"
      else fault("counterparts.txt:" line[found] ": Sources declare no " own)
    } else if (text ~ /^[?]/) text = ""
    sub(/^[?] */, "", text)
    if (own == "-" && text == "") fault(kind " " name " has neither a counterpart nor a reason")
    printf "| `%s` | %s | %s |\n", name, own == "-" ? "–" : "`" own "`", text
  }
  END {
    for (i = 1; i <= count; i++) if (!(i in used)) fault("counterparts.txt:" line[i] ": PyTorch has no such name")
    exit faults > 0
  }' scripts/pytorch/counterparts.txt FS=' ' scripts/pytorch/names.txt >"$made.rows" || { rm -f "$made.rows"; exit 1; }

{
  cat <<'HEAD'
# Names in PyTorch and in Strata

What Strata has in the place of each module, loss, optimizer and schedule of PyTorch and of the tensor operations that scripts
use, and where it has nothing, why.

## Overview

`scripts/pytorch-table.sh` makes this page, from the list of PyTorch's names that `scripts/pytorch/names.py` takes from
PyTorch itself. A dash stands for what is left out on purpose. Where numbers differ, see <doc:DifferencesFromPyTorch>; for
weights, see <doc:ComingFromPyTorch>.
HEAD
  cat "$made.rows"
  printf '\n## See Also\n\n- <doc:Catalogue>\n- <doc:ComingFromPyTorch>\n- <doc:DifferencesFromPyTorch>\n'
} >"$made"
rm -f "$made.rows"

if [ "${1:-}" = --check ]; then
  cmp -s "$made" "$page" || {
    echo "pytorch-table: $page is not up to date; run sh scripts/pytorch-table.sh" >&2
    exit 1
  }
else
  cp "$made" "$page"
fi
echo "pytorch-table: $(grep -c '^| `' "$page") names of PyTorch, $(grep -c '^| `.*| – |' "$page") of them left out on purpose"
