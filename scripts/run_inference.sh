#!/usr/bin/env bash
# Labels recordings with the model of artifacts/training, or else the built-in model.
# Arguments are passed to 'vocalbaby predict'; paths are relative to the working directory.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
bundle="$root/artifacts/training/bundle"
if [[ -d "$bundle" ]]; then
  set -- --model "$bundle" "$@"
fi
exec "$root/scripts/vocalbaby.sh" predict "$@"
