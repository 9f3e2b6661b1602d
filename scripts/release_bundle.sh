#!/usr/bin/env bash
# Publishes a model bundle to a store and prints its version. It moves no channel.
#
#   scripts/release_bundle.sh STORE [BUNDLE]
#
# STORE is s3://bucket/prefix or a folder. The default of BUNDLE is the one that the pipeline
# trained, artifacts/training/bundle.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
(($# >= 1 && $# <= 2)) || {
  printf 'use: release_bundle.sh STORE [BUNDLE]\n' >&2
  exit 2
}
bundle="${2:-$root/artifacts/training/bundle}"
output="$("$root/scripts/vocalbaby.sh" model publish "$bundle" --store "$1")"
printf '%s\n' "$output" >&2
sed -nE '1s/^published ([^ ]+) to .*/\1/p' <<<"$output" | grep .
