#!/bin/sh
# Writes models and optimizers for PyTorch, loads them there, and compares the outputs and the further training; runs the
# Python of the book.
#
# Usage:  sh scripts/pytorch.sh [PYTHON]      PYTHON: an interpreter with torch, numpy and safetensors; default: one made
#                                             in .build/pytorch
#
# Exit codes: 0 all numbers agree, or PyTorch cannot be installed here, which is said; 1 otherwise.

set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${1:-.build/pytorch/bin/python}

if [ $# -eq 0 ] && ! "$python" -c 'import torch, numpy, safetensors' 2>/dev/null; then
  rm -rf .build/pytorch
  # This index has PyTorch without the libraries for graphics cards, which are gigabytes; what it needs else is on PyPI.
  if ! { python3 -m venv .build/pytorch && "$python" -m pip install --quiet --no-deps --timeout 15 --retries 1 torch \
    --index-url https://download.pytorch.org/whl/cpu && "$python" -m pip install --quiet numpy safetensors \
    filelock fsspec jinja2 networkx setuptools sympy typing-extensions; } >/dev/null 2>&1; then
    echo "pytorch: skipped, for PyTorch cannot be installed here (python3 with venv, PyPI and its own index are needed)"
    exit 0
  fi
fi

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
# shellcheck disable=SC2086
"$swift" run -c release ${SWIFTFLAGS:-} PyTorchFiles "$files"
# shellcheck disable=SC2086
accuracy=$("$swift" run -c release ${SWIFTFLAGS:-} pytorch-transfer --quiet --json --save "$files/digits.safetensors" |
  sed -n 's/.*"test_accuracy":\([0-9.]*\).*/\1/p')
"$python" scripts/check_pytorch.py "$files" "$files/digits.safetensors" "$accuracy"
"$python" scripts/python_blocks.py Sources/Strata/Strata.docc/Book/TwoLayers.md
