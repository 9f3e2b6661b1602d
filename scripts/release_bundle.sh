#!/usr/bin/env bash
# Puts a model bundle into a store and prints its version; no channel changes by that.
#
#   scripts/release_bundle.sh STORE [BUNDLE]
#
# STORE is s3://bucket/prefix or a folder. Without BUNDLE it is the one that the pipeline
# trained, artifacts/training/bundle.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
(($# >= 1 && $# <= 2)) || {
  printf 'use: release_bundle.sh STORE [BUNDLE]\n' >&2
  exit 2
}
bundle="${2:-$root/artifacts/training/bundle}"
said="$("$root/scripts/vocalbaby.sh" model publish "$bundle" --store "$1")"
printf '%s\n' "$said" >&2
sed -nE '1s/^published ([^ ]+) to .*/\1/p' <<<"$said" | grep .
