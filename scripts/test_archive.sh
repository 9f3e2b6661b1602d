#!/usr/bin/env bash
# The whole way of a synthetic archive with known truth: segments, agreement, a sample, an annotator with
# errors, corrections, adaptation, and figures whose intervals have to cover. RECORDINGS, HOURS and
# SEED set its size (default 20 recordings of 1 hour); REPORT names a folder for the report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 \
  OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python -m scripts.system_tests.archive_way --recordings "${RECORDINGS:-20}" \
  --hours "${HOURS:-1}" --seed "${SEED:-0}" "$work"
if [[ -n ${REPORT:-} ]]; then
  mkdir -p "$REPORT"
  cp "$work"/{report.md,agreement.html,estimates.html,estimates.csv} "$REPORT"
fi
