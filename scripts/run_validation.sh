#!/usr/bin/env bash
# Checks artifacts/ingestion and writes artifacts/validation/report.json.
# Arguments are passed to 'vocalbaby validate'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh validate "$@"
