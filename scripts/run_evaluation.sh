#!/usr/bin/env bash
# Measures the model on the test split, into artifacts/evaluation.
# Arguments go to 'vocalbaby evaluate'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh evaluate "$@"
