#!/bin/sh
# Trains tokenizers and encodes texts, and compares both with the Python package tokenizers, which also reads the files.
#
# Usage:  sh scripts/tokenizer.sh [PYTHON]      PYTHON: an interpreter with tokenizers; default: one made in .build/tokenizers
#
# Exit codes: 0 all is equal, or the package cannot be installed here, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${1:-.build/tokenizers/bin/python}

if [ $# -eq 0 ] && ! "$python" -c 'import tokenizers' 2>/dev/null; then
  rm -rf .build/tokenizers
  if ! { python3 -m venv .build/tokenizers && "$python" -m pip install --quiet tokenizers; } >/dev/null 2>&1; then
    echo "tokenizer: skipped, for tokenizers cannot be installed here (python3 with venv, and PyPI, are needed)"
    exit 0
  fi
fi

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
# shellcheck disable=SC2086
"$swift" build -c release ${SWIFTFLAGS:-} --product Tokenize
# shellcheck disable=SC2086
"$python" scripts/check_tokenizer.py "$("$swift" build -c release ${SWIFTFLAGS:-} --show-bin-path)/Tokenize" "$run"
