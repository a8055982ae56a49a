#!/bin/sh
# Builds and runs Tests/ClientPackage in a scratch folder, as a package that depends on this one.
#
# Usage:  sh scripts/client-package.sh
#
# It is built by a plain `swift build`: everything that Strata needs must follow from its manifest.

set -eu
cd "$(dirname "$0")/.."
swift="${SWIFT:-swift}"

# A package with unsafe flags cannot be a dependency by URL.
if grep -n unsafeFlags Package.swift; then
  echo "client-package: Package.swift has unsafe flags, so no other package can depend on it" >&2
  exit 1
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R Tests/ClientPackage "$folder/Client"
ln -s "$(pwd -P)" "$folder/Strata"
cd "$folder/Client"
"$swift" build
"$("$swift" build --show-bin-path)/Client"
