#!/usr/bin/env bash
# Trains and predicts the experiments of comparison.yaml, and writes artifacts/comparison.
# Arguments are passed to 'vocalbaby experiment'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh experiment "$@"
