#!/usr/bin/env bash
# Finds the best settings of each family for each feature set, and writes artifacts/tuning.
# Arguments are passed to 'vocalbaby tune'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh tune "$@"
