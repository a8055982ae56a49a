#!/bin/sh
# Checks that Swift is new enough and that OpenBLAS and zlib are installed, and those of StrataImages, libspng and
# TurboJPEG; installs the libraries that are missing, through apt, dnf or brew.
#
# Usage:  sh scripts/ensure-libraries.sh [--check]
#
# --check installs nothing and reports what is missing. SWIFT=PATH names another Swift.
# Exit codes: 0 everything is installed, 1 something is missing and could not be installed, 2 wrong usage.

set -eu

required_swift=6.2
swift="${SWIFT:-swift}"

fail() {
  echo "strata: $*" >&2
  exit 1
}

check_only=no
case "${1:-}" in
  "") ;;
  --check) check_only=yes ;;
  *) echo "usage: sh scripts/ensure-libraries.sh [--check]" >&2; exit 2 ;;
esac

# --- Swift ---

command -v "$swift" >/dev/null 2>&1 ||
  fail "Swift is not on the PATH; get $required_swift or later from https://www.swift.org/install"
found_swift=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
[ -n "$found_swift" ] || fail "\"$swift --version\" does not print its version; reinstall Swift from https://www.swift.org/install"
version_number() { echo "$1" | awk -F. '{ print $1 * 1000 + $2 }'; }
[ "$(version_number "$found_swift")" -ge "$(version_number "$required_swift")" ] ||
  fail "Swift $found_swift is too old; get $required_swift or later from https://www.swift.org/install"

# --- The package manager and its package names ---

case "$(uname -s)" in
  Darwin)
    command -v brew >/dev/null 2>&1 ||
      fail "OpenBLAS comes through Homebrew here; get Homebrew from https://brew.sh, then run this again"
    manager=brew
    prefix=$(brew --prefix)
    # Homebrew keeps these outside of the system's folders; Swift's package manager reads this variable too.
    PKG_CONFIG_PATH="$prefix/opt/openblas/lib/pkgconfig:$prefix/opt/zlib/lib/pkgconfig:$prefix/opt/jpeg-turbo/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
    export PKG_CONFIG_PATH
    packages="pkgconf openblas zlib libspng jpeg-turbo"
    ;;
  *)
    if command -v apt-get >/dev/null 2>&1; then
      manager=apt-get
      packages="pkg-config libopenblas-dev zlib1g-dev libspng-dev libturbojpeg0-dev"
    elif command -v dnf >/dev/null 2>&1; then
      manager=dnf
      packages="pkgconf-pkg-config openblas-devel zlib-devel libspng-devel turbojpeg-devel"
    else
      manager=none
      packages="pkg-config openblas zlib libspng turbojpeg"
    fi
    ;;
esac

# --- Missing packages ---

modules="openblas zlib spng libturbojpeg"

# missing PKGCONFIG PACKAGE…: those of the packages that are not installed, in one line; the others in the order of modules.
missing() {
  if ! command -v pkg-config >/dev/null 2>&1; then
    # Without it nothing can be checked; installed packages are not changed.
    echo "$*"
    return
  fi
  shift
  names=""
  for module in $modules; do
    pkg-config --exists "$module" || names="$names $1"
    shift
  done
  echo "$names" | sed 's/^ //'
}

# versions: what is installed, in one line.
versions() {
  for module in $modules; do printf '%s %s, ' "$module" "$(pkg-config --modversion "$module")"; done | sed 's/, $//'
}

# Split into words, one per package.
# shellcheck disable=SC2086
lacking=$(missing $packages)
if [ -z "$lacking" ]; then
  echo "strata: Swift $found_swift, $(versions)"
  exit 0
fi

[ "$manager" != none ] ||
  fail "missing: $lacking (with headers); install them with your system's package manager, then run this again"

case "$manager" in
  apt-get) install="apt-get install -y --no-install-recommends $lacking" ;;
  dnf) install="dnf install -y $lacking" ;;
  brew) install="brew install $lacking" ;;
esac

# Homebrew refuses to run as root; the others need it.
as_root=""
if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
  elif [ "$check_only" = no ]; then
    fail "missing: $lacking; without sudo, run as root: $install"
  fi
fi

if [ "$check_only" = yes ]; then
  fail "missing: $lacking; to install: ${as_root:+$as_root }$install"
fi

# --- Installing ---

echo "strata: missing: $lacking"
echo "strata: running: ${as_root:+$as_root }$install"
if [ "$manager" = apt-get ]; then
  # The lists of a new machine are empty or old. A failed update is not fatal.
  $as_root apt-get update -q || echo "strata: the package lists could not be updated; trying with the existing ones" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive $install || fail "the installation failed; see the lines above"
else
  $as_root $install || fail "the installation failed; see the lines above"
fi

lacking=$(missing $packages)
[ -z "$lacking" ] || fail "still missing after the installation: $lacking"
echo "strata: installed; $(versions)"
