#!/usr/bin/env bash
# Computes the feature tables in artifacts/features.
# Arguments are passed to 'vocalbaby features'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh features "$@"
