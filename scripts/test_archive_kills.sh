#!/usr/bin/env bash
# Kills runs of an archive at random moments, on processes and on Dask, and verifies that they go on
# without loss to the results of an undisturbed run, and that nothing is done twice. KILLS sets the number of
# kills on each executor (default 30), and SEED the moments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 \
  OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python -m scripts.system_tests.archive_kills --kills "${KILLS:-30}" --seed "${SEED:-0}" "$work"
