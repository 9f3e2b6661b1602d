#!/usr/bin/env bash
# Trains the model in artifacts/training/bundle.
# Arguments are passed to 'vocalbaby train'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh train "$@"
