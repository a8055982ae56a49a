#!/bin/sh
# Trains an example with a log and reads it with TensorBoard's own reader, which must find what the other logs have.
#
# Usage:  sh scripts/logs.sh [PYTHON]      PYTHON: an interpreter with tensorboard; default: one made in .build/readers
#
# Exit codes: 0 all values agree, or TensorBoard cannot be installed here, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${1:-.build/readers/bin/python}

if [ $# -eq 0 ] && ! "$python" -c 'import tensorboard' 2>/dev/null; then
  rm -rf .build/readers
  if ! { python3 -m venv .build/readers && "$python" -m pip install --quiet tensorboard; } >/dev/null 2>&1; then
    echo "logs: skipped, for TensorBoard cannot be installed here (python3 with venv, and PyPI, are needed)"
    exit 0
  fi
fi

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
# shellcheck disable=SC2086
"$swift" run -c release ${SWIFTFLAGS:-} mnist --epochs 3 --quiet --log "$run/log" --checkpoint "$run/checkpoints"
"$python" scripts/check_logs.py "$run/log"
