#!/usr/bin/env bash
# Kills tuning and comparison at random moments, and verifies that they go on without loss to the
# results of an undisturbed run. KILLS sets the number of kills of each command (default 12), and
# SEED the moments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 \
  OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python -m scripts.system_tests.comparison_kills --kills "${KILLS:-12}" --seed "${SEED:-0}" "$work"
