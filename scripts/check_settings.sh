#!/usr/bin/env bash
# Exits with 2 and names every variable that is unset or empty, so that a workflow stops before
# it does half of its work.
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
