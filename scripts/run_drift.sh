#!/usr/bin/env bash
# Compares production with the model's reference sample, as configs/drift.yaml says. Arguments
# are passed to 'vocalbaby-drift run'; VOCALBABY_DRIFT__LOG, __STORE, __OUT and others set them too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VOCALBABY_COMMAND=vocalbaby-drift exec scripts/vocalbaby.sh run --config configs/drift.yaml "$@"
