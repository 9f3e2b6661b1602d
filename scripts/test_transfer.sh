#!/usr/bin/env bash
# Checks how the recipe of the default model works on recordings from elsewhere: trains it without
# each corpus of ../shared/data, where configs/default_model has its recordings, and compares the
# recall of cries through AMR-NB and a narrow band with benchmarks/transfer/floors.py. Exits with
# 1 below a floor, and with 2 if recordings or a codec of scripts/ci_setup.sh are missing. Passes
# its arguments to the benchmark.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

data=../shared/data
if [[ ! -d $data ]]; then
  echo "test_transfer: there are no recordings in $data; see docs/pipeline.md" >&2
  exit 2
fi
[[ -x .venv/bin/python ]] || scripts/env.sh
speech=artifacts/default_model/speech # which the recipe trains on
[[ -f $speech/metadata.csv ]] || scripts/make_speech_corpus.sh "$speech"
# More threads would train no faster, and might change the last bits of a model.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
.venv/bin/python -m benchmarks.transfer.run --data "$data" --codecs --check "$@"
# Silence, hum, clipping and cancelling channels must not change labels.
exec .venv/bin/python -m benchmarks.robustness.run --data "$data" --check
