#!/bin/sh
# Builds two packages that depend on this one, in a scratch folder.
#
# Usage:  sh scripts/client-package.sh [FOLDER]
#
# Tests/ClientPackage, which the README shows, is built by `swift build` alone and run: what Strata needs must all
# follow from its own manifest. Tests/OutsidePackage implements each public protocol, and its tests check
# that these do what Strata's own do. FOLDER (default: a temporary one) keeps the builds.

set -eu
cd "$(dirname "$0")/.."
swift="${SWIFT:-swift}"

# A package with unsafe flags cannot be depended on by its URL.
if grep -n unsafeFlags Package.swift; then
  echo "client-package: Package.swift has unsafe flags, with which no other package can depend on it" >&2
  exit 1
fi

folder="${1:-}"
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
for package in Client Outside; do
  mkdir -p "$folder/$package"
  cp -R "Tests/${package}Package/." "$folder/$package"
done
ln -sfn "$(pwd -P)" "$folder/Strata"

"$swift" build --package-path "$folder/Client"
client=$("$swift" build --package-path "$folder/Client" --show-bin-path)/Client
"$client"
# Strata alone must do without the libraries of the optional products.
if command -v ldd >/dev/null && ldd "$client" | grep -E 'spng|turbojpeg'; then
  echo "client-package: a package that depends on Strata alone is linked with the above" >&2
  exit 1
fi
"$swift" test --package-path "$folder/Outside"
