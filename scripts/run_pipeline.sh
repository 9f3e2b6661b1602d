#!/usr/bin/env bash
# Runs the pipeline in the environment that the locks describe: `dvc repro` and its arguments.
# With VOCALBABY_ARTIFACTS (s3://bucket) what others have computed is fetched from there first,
# and the results are put there afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ -x .venv/bin/dvc ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH"
if [[ -z "${VOCALBABY_ARTIFACTS:-}" ]]; then
  exec dvc repro "$@"
fi
dvc remote modify --local storage url "${VOCALBABY_ARTIFACTS%/}/dvc"
dvc pull --run-cache --force || echo "run_pipeline: not all of it was there; it is computed" >&2
dvc repro "$@"
dvc push --run-cache
