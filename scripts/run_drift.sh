#!/usr/bin/env bash
# Compares production data with the reference sample of the model, with configs/drift.yaml.
# Arguments are passed to 'vocalbaby-drift run'; VOCALBABY_DRIFT__LOG, _STORE, _OUT and the like do as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VOCALBABY_COMMAND=vocalbaby-drift exec scripts/vocalbaby.sh run --config configs/drift.yaml "$@"
