#!/usr/bin/env bash
# Simulates samples of archives with known truth, and requires that intervals of corrected figures cover
# it as often as they say. DRAWS sets the number of draws of each design and size (default 400).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 \
  OPENBLAS_NUM_THREADS=1
python -m benchmarks.archive_estimation.coverage --draws "${DRAWS:-400}" --check
