#!/usr/bin/env bash
# Checks the feature set `egemaps` with the real openSMILE, whose licence permits research and
# education only: names and values, full-scale and short clips, batches, threads, a joined set.
# Installs openSMILE into an environment of its own (3rdparty/python/tools/opensmile.txt).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs="$(scripts/tool.sh opensmile)"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export PYTHONPATH="$PWD/packages/core/src:$PWD/packages/kernel/src:$PWD"
export VOCALBABY_EGEMAPS__ACCEPT_RESEARCH_LICENCE=true
exec "$programs/python" -m scripts.system_tests.egemaps_values "$@"
