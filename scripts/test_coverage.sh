#!/usr/bin/env bash
# Checks by simulation that the intervals of `vocalbaby summarize` contain the truth as often as they
# say, and that figures that are not corrected do not. Takes a minute or two. Exits with 1 if not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec .venv/bin/python -m benchmarks.summary.coverage --check
