#!/bin/sh
# Lets numpy and safetensors write arrays of every type, Strata read them and write them again, and numpy and safetensors
# read those: every number must be there.
#
# Usage:  sh scripts/formats.sh [PYTHON]      PYTHON: an interpreter with numpy and safetensors; default: one made in
#                                             .build/formats-readers
#
# Exit codes: 0 all arrays agree, or the packages cannot be installed here, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${1:-.build/formats-readers/bin/python}

if [ $# -eq 0 ] && ! "$python" -c 'import numpy, safetensors' 2>/dev/null; then
  rm -rf .build/formats-readers
  if ! { python3 -m venv .build/formats-readers && "$python" -m pip install --quiet numpy safetensors; } \
    >/dev/null 2>&1; then
    echo "formats: skipped, for numpy and safetensors cannot be installed here (python3 with venv, and PyPI, are needed)"
    exit 0
  fi
fi

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
mkdir "$run/in" "$run/out"
"$python" scripts/check_formats.py write "$run/in"
# shellcheck disable=SC2086
"$swift" run -c release ${SWIFTFLAGS:-} Formats "$run/in" "$run/out"
"$python" scripts/check_formats.py compare "$run/in" "$run/out"
