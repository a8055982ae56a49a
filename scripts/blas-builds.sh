#!/bin/sh
# Runs the tests that depend on OpenBLAS with each of its builds: for POSIX threads, for OpenMP, and without threads.
#
# Usage:  sh scripts/blas-builds.sh [debug|release]        default: debug
#
# The system's choice of a build does not change. Builds that are missing are installed with apt; where there is no apt,
# nothing is run. After each build the suite of whole training runs leaves a hash of each run, and these must agree: the
# bits depend neither on the number of workers nor on how OpenBLAS was built.
#
# Exit codes: 0 all passed, or there is nothing to choose from; 1 a test failed or two builds differ.

set -eu
cd "$(dirname "$0")/.."
configuration=${1:-debug}
swift="${SWIFT:-swift}"

fail() {
  echo "blas-builds: $*" >&2
  exit 1
}

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Skipped: the three builds of OpenBLAS are those of Debian and Ubuntu."
  exit 0
fi

folder() { find /usr/lib -maxdepth 2 -type d -name "openblas-$1" | head -n 1; }

lacking=""
for build in pthread openmp serial; do
  [ -e "$(folder $build)/libopenblas.so.0" ] || lacking="$lacking libopenblas0-$build"
done
if [ -n "$lacking" ]; then
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -q
  # Split into words, one per package.
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $lacking
fi

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
for build in pthread openmp serial; do
  echo "OpenBLAS for $build"
  # More threads than cores, so that OpenMP would share a product out on any machine.
  # shellcheck disable=SC2086
  LD_LIBRARY_PATH="$(folder $build)" OMP_NUM_THREADS=4 OPENBLAS_NUM_THREADS=4 STRATA_RUNS="$runs/$build" \
    "$swift" test -c "$configuration" ${SWIFTFLAGS:-} \
    --filter '\.(MatmulTests|BLASProductTests|SpectrumTests|InvarianceTests|BatchInvarianceTests)/' ||
    fail "a test failed with OpenBLAS for $build"
  [ -s "$runs/$build" ] || fail "no runs were noted with OpenBLAS for $build"
  cmp "$runs/pthread" "$runs/$build" || fail "whole runs differ between OpenBLAS for pthread and for $build"
done
echo "$(wc -l <"$runs/pthread") whole runs have the same bits with each build of OpenBLAS."
