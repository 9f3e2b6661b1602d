#!/usr/bin/env bash
# Searches the best settings of each family of models on each feature set.
# Arguments are passed to 'vocalbaby tune'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh tune "$@"
