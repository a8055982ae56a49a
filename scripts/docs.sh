#!/bin/sh
# Builds the documentation of every module, with warnings as errors, into .build/docs.
#
# Usage:  sh scripts/docs.sh

set -eu
cd "$(dirname "$0")/.."
swift="${SWIFT:-swift}"
site=.build/docs
# A separate build, since other flags in the common one would make the next `swift build` start again.
build=.build/docs-build
modules="StrataTensor StrataLayers StrataData StrataTraining StrataAutograd StrataDiagnosis StrataReport StrataTesting StrataImages Strata"

fail() {
  echo "docs: $*" >&2
  exit 1
}

# docc is part of the Swift toolchain.
found=$(command -v "$swift") || fail "Swift is not on the PATH; get it from https://www.swift.org/install"
for docc in "$(dirname "$found")/docc" "$(dirname "$(readlink -f "$found")")/docc" "$(xcrun --find docc 2>/dev/null || true)"; do
  [ -x "$docc" ] && break
done
[ -x "$docc" ] || fail "docc is missing beside $found; install a complete toolchain from https://www.swift.org/install"

graphs="$PWD/$build/graphs"
mkdir -p "$graphs"
"$swift" build --scratch-path "$build" -Xswiftc -emit-symbol-graph \
  -Xswiftc -emit-symbol-graph-dir -Xswiftc "$graphs" || fail "the package does not build"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
set --
for module in $modules; do
  # Extensions of Swift's own types (NAME@Swift.symbols.json) are omitted.
  mkdir "$work/$module"
  cp "$graphs/$module.symbols.json" "$graphs/$module@Strata"*.symbols.json "$work/$module/" 2>/dev/null || true
  # A link to a source file works on a code host; on the site it becomes the file's path.
  cp -R "Sources/$module/$module.docc" "$work/"
  for page in "$work/$module.docc"/*.md; do
    sed -E 's#\[[^]]+\]\(\.\./\.\./([^)]+\.swift)\)#`\1`#g' "Sources/$module/$module.docc/${page##*/}" >"$page"
  done
  echo "docs: $module"
  "$docc" convert "$work/$module.docc" --additional-symbol-graph-dir "$work/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "$module" --warnings-as-errors \
    --output-path "$work/$module.doccarchive" || fail "the documentation of $module has the errors above"
  set -- "$@" "$work/$module.doccarchive"
done

rm -rf "$site"
"$docc" merge "$@" --output-path "$site" --synthesized-landing-page-name "Strata" ||
  fail "the modules' pages could not be merged"
echo "docs: written to $site; to read them: python3 -m http.server --directory $site"
echo "docs: then open http://localhost:8000/documentation"
