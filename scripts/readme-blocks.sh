#!/bin/sh
# Compiles and runs every Swift block of README.md, against this package.
#
# Usage:  sh scripts/readme-blocks.sh [FOLDER]       Flags for Swift: SWIFTFLAGS="…"
#
# The blocks form a scratch package in FOLDER (default: a temporary one):
#   - a block with `import Testing` is a test file,
#   - a block that begins with an import is a program,
#   - a block without an import continues the program before it.
# The programs run in a folder where `data` is this repository's. The block that begins with
# `// swift-tools-version` must be the manifest of Tests/ClientPackage, which CI builds separately.

set -eu
cd "$(dirname "$0")/.."
repository=$(pwd -P)
swift="${SWIFT:-swift}"

fail() {
  echo "readme-blocks: $*" >&2
  exit 1
}

folder="${1:-}"
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
package="$folder/ReadmeBlocks"
rm -rf "$package/Sources" "$package/Tests" "$package/run"
mkdir -p "$package/Sources" "$package/Tests/Tests" "$package/run"
ln -s "$repository/data" "$package/run/data"
ln -sfn "$repository" "$folder/Strata"

# --- The blocks as files; with #sourceLocation, messages refer to lines of README.md ---

awk -v package="$package" '
  function fail(message) { print "README.md:" NR ": " message > "/dev/stderr"; failed = 1; exit 1 }
  /^```/ && !inside { inside = 1; swift = ($0 == "```swift"); first = 1; next }
  /^```$/ && inside {
    inside = 0
    if (swift && !first) print "#sourceLocation()" >> file
    next
  }
  !inside || !swift { next }
  first && /^$/ { fail("a block begins with a blank line") }
  first {
    first = 0
    if ($0 ~ /^import /) {
      programs += 1
      name = "Program" programs
      pending = ""
      file = package "/Sources/" name "/main.swift"
      system("mkdir -p " package "/Sources/" name)
    } else if (!programs) {
      fail("the first block must begin with an import")
    }
    print "#sourceLocation(file: \"README.md\", line: " NR ")" >> file
  }
  { print >> file }
  END {
    if (failed) exit 1
    if (inside) { print "README.md: a block does not end" > "/dev/stderr"; exit 1 }
    if (!programs) { print "README.md has no Swift block" > "/dev/stderr"; exit 1 }
  }
' README.md

targets=""
for program in "$package"/Sources/*/; do
  name=$(basename "$program")
  if grep -q '^import Testing' "$program/main.swift"; then
    mv "$program/main.swift" "$package/Tests/Tests/$name.swift"
    rmdir "$program"
  else
    targets="$targets
    .executableTarget(name: \"$name\", dependencies: [.product(name: \"Strata\", package: \"Strata\")]),"
  fi
done

cat >"$package/Package.swift" <<MANIFEST
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "ReadmeBlocks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../Strata")],
  targets: [$targets
    .testTarget(
      name: "Tests",
      dependencies: [
        .product(name: "Strata", package: "Strata"), .product(name: "StrataTesting", package: "Strata"),
      ]),
  ]
)
MANIFEST

# --- The manifest of the section about other packages ---

awk '/^```/ { inside = !inside; shown = 0; next }
  inside && /^\/\/ swift-tools-version/ { shown = 1 }
  inside && shown { print }' README.md >"$package/run/manifest"
[ -s "$package/run/manifest" ] || fail "README.md shows no Package.swift"
diff "$package/run/manifest" Tests/ClientPackage/Package.swift ||
  fail "the Package.swift in README.md differs from that of Tests/ClientPackage"

# --- Build, test, run ---

# SWIFTFLAGS is split into words.
# shellcheck disable=SC2086
"$swift" test --package-path "$package" ${SWIFTFLAGS:-} || fail "a test of README.md does not build or fails"
# shellcheck disable=SC2086
products=$("$swift" build --package-path "$package" --show-bin-path ${SWIFTFLAGS:-})
for program in "$package"/Sources/*/; do
  name=$(basename "$program")
  echo "readme-blocks: running $name, which begins: $(sed -n '/^[^#i]/{p;q;}' "$program/main.swift")"
  (cd "$package/run" && "$products/$name") || fail "$name of README.md stopped"
done
echo "readme-blocks: every block of README.md compiles and runs"
