#!/usr/bin/env bash
# Kills workers, processes of jobs and the parent of the service at 200 random moments under load,
# and verifies that it answers again and has lost nothing. Takes about 15 minutes. KILLS sets the
# number of kills, and SEED the moments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python -m scripts.system_tests.kills --kills "${KILLS:-200}" --seed "${SEED:-0}"
