#!/usr/bin/env bash
# Checks that the detection error rate of benchmarks.recordings_long is that of pyannote.metrics, on
# random timelines and those of the files that are named (of `run --timelines FILE`). Installs
# pyannote.metrics into an environment of its own (3rdparty/python/tools/scores.txt, 260 MB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs="$(scripts/tool.sh scores)"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH="$PWD/packages/core/src:$PWD"
exec "$programs/python" -m scripts.system_tests.detection_error "$@"
