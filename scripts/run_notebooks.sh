#!/usr/bin/env bash
# Executes the notebooks of docs/notebooks with Jupyter and stores their outputs in them. Needs the
# environment of scripts/env.sh. tests/guides compares the outputs with those of the code of today.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHONPATH="$(.venv/bin/python -c 'import os, sys; print(os.pathsep.join(sys.path[1:]))')" \
  scripts/uv.sh --quiet run --no-project --python 3.11 \
  --with-requirements 3rdparty/python/tools/notebooks.txt python scripts/run_notebooks.py "$@"
