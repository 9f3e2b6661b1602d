#!/usr/bin/env bash
# Runs `dvc repro` with the given arguments in the locked environment. With VOCALBABY_ARTIFACTS
# (s3://bucket), it fetches the results of others from there first, and stores its own
# results there afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ -x .venv/bin/dvc ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH"
if [[ -z "${VOCALBABY_ARTIFACTS:-}" ]]; then
  exec dvc repro "$@"
fi
dvc remote modify --local storage url "${VOCALBABY_ARTIFACTS%/}/dvc"
dvc pull --run-cache --force || echo "run_pipeline: some results were not found; they are computed" >&2
dvc repro "$@"
dvc push --run-cache
