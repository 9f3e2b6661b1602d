#!/usr/bin/env bash
# Compares production with the model's reference sample, by configs/drift.yaml.
# Arguments go to 'vocalbaby-drift run'; VOCALBABY_DRIFT__LOG, _STORE, _OUT and the like do as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VOCALBABY_COMMAND=vocalbaby-drift exec scripts/vocalbaby.sh run --config configs/drift.yaml "$@"
