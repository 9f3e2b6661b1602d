#!/usr/bin/env bash
# Uses the service for two hours with everything on, among friendly and hostile clients, and verifies
# that no answer is lost or wrong, and that memory, open files and threads do not grow; then once
# more for a tenth of that time while its workers are killed. SOAK_SECONDS sets the duration (7200),
# SOAK_RATE the requests per second (15), SOAK_OUT the folder of the results (dist/soak).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
seconds="${SOAK_SECONDS:-7200}" rate="${SOAK_RATE:-15}" out="${SOAK_OUT:-dist/soak}"
python -m benchmarks.soak.run --seconds "$seconds" --rate "$rate" --out "$out"
python -m benchmarks.soak.run --seconds "$((seconds / 10))" --rate "$rate" --kill-minutes 1 --out "$out/kills"
