#!/usr/bin/env bash
# Checks that ChildProject's own package validates, reads, imports and evaluates the sets of annotations
# that `vocalbaby corpus publish` writes, and that VocalBaby reads those that ChildProject has imported
# as it does. ChildProject has an environment of its own (3rdparty/python/tools/annotations.txt, 609 MB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
programs="$(scripts/tool.sh annotations)"
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m scripts.system_tests.childproject_archive make "$work"
"$programs/python" -m scripts.system_tests.childproject_reading import "$work"
.venv/bin/python -m scripts.system_tests.childproject_archive publish "$work"
"$programs/child-project" validate "$work/project" --threads 1 \
  --annotations vocalbaby classified_vtc vtc its eaf
"$programs/child-project" metrics "$work/project" "$work/metrics.csv" aclew --vtc vocalbaby \
  --vcm vocalbaby
"$programs/python" -m scripts.system_tests.childproject_reading compare "$work"
.venv/bin/python -m scripts.system_tests.childproject_archive publish-again "$work"
