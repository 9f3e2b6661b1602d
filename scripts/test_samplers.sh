#!/usr/bin/env bash
# Checks that the samplers periodic and high-volubility of `vocalbaby sample` choose what those of
# ChildProject choose, and by simulation that the recommended sampler needs at most half the minutes of
# random, with intervals that contain the truth as often as they say. Takes about two minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
programs="$(scripts/tool.sh annotations)"
.venv/bin/python -m scripts.system_tests.sampler_project "$work/project"
PYTHONPATH="$PWD" "$programs/python" -m scripts.system_tests.sampler_windows "$work/project"
.venv/bin/python -m benchmarks.archive_sampling.simulate --check
