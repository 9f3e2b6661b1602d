#!/usr/bin/env bash
# Checks that other programs read the annotations that VocalBaby writes, and that it reads theirs as
# they do: pympi-ling, praatio, pyannote.database, and the importers and validators of ChildProject.
# Installs them into an environment of their own (3rdparty/python/tools/annotations.txt, 609 MB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs="$(scripts/tool.sh annotations)"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH="$PWD/packages/core/src:$PWD"
exec "$programs/python" -m scripts.system_tests.annotation_readers "$@"
