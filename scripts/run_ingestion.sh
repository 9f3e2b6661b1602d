#!/usr/bin/env bash
# Reads the corpora of configs/data.yaml into artifacts/ingestion.
# Arguments are passed to 'vocalbaby ingest'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec scripts/vocalbaby.sh ingest "$@"
