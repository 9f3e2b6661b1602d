#!/usr/bin/env bash
# Checks that the error rates of `vocalbaby agree` are those of pyannote.metrics, and that its gamma is
# that of pygamma-agreement, on random annotations. Installs each program into an environment of its
# own (3rdparty/python/tools/scores.txt, 270 MB, and gamma.txt, 700 MB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export PYTHONPATH="$PWD/packages/core/src:$PWD/packages/corpus/src:$PWD"
scores="$(scripts/tool.sh scores)"
"$scores/python" -m scripts.system_tests.agreement_scores
gamma="$(scripts/tool.sh gamma)"
"$gamma/python" -m scripts.system_tests.agreement_gamma
