#!/usr/bin/env bash
# Runs the pipeline in the environment of the lock files: `dvc repro`, with its arguments. With
# VOCALBABY_ARTIFACTS (s3://bucket) it first fetches from there what others have computed, and
# uploads the results afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ -x .venv/bin/dvc ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH"
if [[ -z "${VOCALBABY_ARTIFACTS:-}" ]]; then
  exec dvc repro "$@"
fi
dvc remote modify --local storage url "${VOCALBABY_ARTIFACTS%/}/dvc"
dvc pull --run-cache --force || echo "run_pipeline: the remote does not have everything; the rest is computed" >&2
dvc repro "$@"
dvc push --run-cache
