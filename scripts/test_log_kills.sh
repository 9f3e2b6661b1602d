#!/usr/bin/env bash
# Kills 200 processes that write, finish, recover and ship files of the prediction log, and
# compares every row with what they had acknowledged.
#
#   scripts/test_log_kills.sh [KILLS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$PWD/.venv/bin:$PATH"
export VOCALBABY_TEST_KILLS="${1:-200}"
exec python -m pytest -q tests/prediction_log
