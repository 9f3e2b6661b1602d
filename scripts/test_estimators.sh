#!/usr/bin/env bash
# Runs all checks of sklearn.utils.estimator_checks on VocalizationClassifier, for every family, and
# prints those that fail. Arguments are names of families.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python -m scripts.system_tests.estimator_checks "$@"
