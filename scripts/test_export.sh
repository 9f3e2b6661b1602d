#!/usr/bin/env bash
# Checks that the programs of the field read what `vocalbaby export` writes: the importers of ChildProject,
# pympi-ling and praatio, in an environment of their own (3rdparty/python/tools/annotations.txt, 609 MB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
programs="$(scripts/tool.sh annotations)"
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m scripts.system_tests.exported_files make "$work"
"$programs/python" -m scripts.system_tests.exported_files read "$work"
