#!/usr/bin/env bash
# Evaluates the model on the test split and writes artifacts/evaluation.
# Arguments are passed to 'vocalbaby evaluate'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh evaluate "$@"
