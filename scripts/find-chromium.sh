#!/bin/sh
# Prints the path of Chromium, which is installed if it is missing and this is root on Debian.
#
# Usage:  sh scripts/find-chromium.sh        CHROMIUM=PATH names another one. Exit code 1: there is none, or no Python to drive it.

set -eu
command -v python3 >/dev/null || exit 1
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
[ -z "${CHROMIUM:-}" ] || { echo "$CHROMIUM"; exit 0; }
find_chromium && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
    >/dev/null 2>&1 || true
fi
find_chromium
