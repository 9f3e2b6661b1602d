#!/usr/bin/env bash
# Synthesizes a day of 16 hours, segments it, and compares memory and segments with limits and the
# truth. Takes about 10 minutes and 2 GB of disk. DAY_HOURS sets the length.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python -m benchmarks.recordings_long.day --hours "${DAY_HOURS:-16}"
