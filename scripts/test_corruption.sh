#!/usr/bin/env bash
# Changes every byte of a model, of a channel and of a file of keys, and cuts them at every length,
# and verifies that what results is refused or has no effect. Takes about half an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 VOCALBABY_EVERY_BYTE=1
ulimit -v $((8 * 1024 * 1024)) # a damaged size must not become memory
exec .venv/bin/python -m pytest -q --durations=0 tests/corruption
