#!/bin/sh
# Fetches the full MNIST (60,000 + 10,000 images, 11.6 MB gzipped) and checks size and SHA-256.
#
# Usage:  sh data/fetch_mnist.sh [DIRECTORY]        (default: the folder mnist beside this script)
#
# Files that are already there and right are left alone, so the script can be run again at any
# time. MNIST_MIRROR=URL asks another address first. Exit codes: 0 all four files are right,
# 1 a file could not be fetched or written, 2 wrong usage.

set -eu

mirrors="${MNIST_MIRROR:-}
https://ossci-datasets.s3.amazonaws.com/mnist
https://storage.googleapis.com/cvdf-datasets/mnist"

fail() {
  echo "fetch_mnist: $*" >&2
  exit 1
}

usage() {
  echo "usage: sh fetch_mnist.sh [DIRECTORY]   (default: the folder mnist beside the script)"
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }

directory="${1:-$(dirname "$0")/mnist}"
case "$directory" in
  /*) ;;
  *) directory="./$directory" ;;
esac

if command -v sha256sum >/dev/null 2>&1; then
  sha256() { sha256sum <"$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null 2>&1; then
  sha256() { shasum -a 256 <"$1" | cut -d ' ' -f 1; }
elif command -v openssl >/dev/null 2>&1; then
  sha256() { openssl dgst -sha256 <"$1" | sed 's/.*= *//'; }
else
  fail "none of sha256sum, shasum and openssl is here to check the files with; install one of them"
fi

# download URL FILE: true if the whole answer arrived, otherwise `reason` has the tool's message.
# On a terminal curl draws its progress bar and prints its message itself.
download() {
  reason=""
  if command -v curl >/dev/null 2>&1; then
    set -- --fail --location --connect-timeout 15 --speed-limit 1000 --speed-time 30 --output "$2" "$1"
    if [ -t 2 ]; then
      curl --progress-bar "$@"
    else
      reason=$(curl --silent --show-error "$@" 2>&1)
    fi
  elif command -v wget >/dev/null 2>&1; then
    reason=$(wget -q -T 30 -O "$2" "$1" 2>&1)
  else
    fail "neither curl nor wget is here to fetch with; install one, or put the four .gz files into $directory"
  fi
}

# check FILE BYTES SHA256: true if the file is right; otherwise `reason` says what is wrong.
check() {
  bytes=$(($(wc -c <"$1")))
  if [ "$bytes" -ne "$2" ]; then
    reason="it has $bytes bytes instead of $2"
    return 1
  fi
  digest=$(sha256 "$1")
  if [ "$digest" != "$3" ]; then
    reason="its SHA-256 is $digest instead of $3"
    return 1
  fi
}

# fetch NAME BYTES SHA256: leaves the right file in the directory, or fails.
fetch() {
  target="$directory/$1"
  if [ -f "$target" ]; then
    if check "$target" "$2" "$3"; then
      echo "$1: already here and right"
      return
    fi
    echo "$1: fetched again, since the existing file is damaged ($reason)"
  fi

  temporary="$target.part.$$"
  damaged=""
  for mirror in $mirrors; do
    if download "${mirror%/}/$1" "$temporary"; then
      if check "$temporary" "$2" "$3"; then
        mv -f "$temporary" "$target"
        temporary=""
        echo "$1: fetched, $2 bytes, SHA-256 right"
        return
      fi
      damaged="$mirror sent a wrong $1 ($reason)"
    fi
    rm -f "$temporary"
  done
  [ -z "$damaged" ] || fail "$damaged; try again later, or name another mirror: MNIST_MIRROR=URL"
  fail "could not fetch $1 from any mirror${reason:+ ($reason)}; is this machine offline? Try again with a network, or name a mirror it can reach: MNIST_MIRROR=URL"
}

temporary=""
trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$directory" 2>/dev/null && [ -w "$directory" ] || fail "cannot write to $directory; name another: sh fetch_mnist.sh DIRECTORY"

fetch train-images-idx3-ubyte.gz 9912422 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609
fetch train-labels-idx1-ubyte.gz 28881 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
fetch t10k-images-idx3-ubyte.gz 1648877 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
fetch t10k-labels-idx1-ubyte.gz 4542 f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
echo "MNIST is complete: swift run -c release mnist --data '$directory'"
