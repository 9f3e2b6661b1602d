#!/usr/bin/env bash
# Ends with 2 and names every variable that is not set or empty: what comes after it would do
# half of its work and say nothing.
#
#   scripts/check_settings.sh NAME...
set -euo pipefail

(($#)) || {
  printf 'use: check_settings.sh NAME...\n' >&2
  exit 2
}
missing=()
for name in "$@"; do
  [[ -n "${!name:-}" ]] || missing+=("$name")
done
if ((${#missing[@]})); then
  printf 'not set: %s\n' "${missing[@]}" >&2
  exit 2
fi
