#!/usr/bin/env bash
# Computes the tables of the comparison, chooses the best model, and writes artifacts/results.
# Arguments are passed to 'vocalbaby aggregate'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh aggregate "$@"
