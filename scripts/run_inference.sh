#!/usr/bin/env bash
# Classifies recordings with the model in artifacts/training, or with the built-in model if there
# is none. Arguments are passed to 'vocalbaby predict'; paths are relative to the current folder.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
bundle="$root/artifacts/training/bundle"
if [[ -d "$bundle" ]]; then
  set -- --model "$bundle" "$@"
fi
exec "$root/scripts/vocalbaby.sh" predict "$@"
