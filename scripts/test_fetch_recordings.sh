#!/usr/bin/env bash
# Rebuilds the recordings of the default model with scripts/fetch_recordings.sh from stand-ins of
# their sources, which it makes of the recordings in ../shared/data, and compares every clip and the
# manifest of the ingestion. The Debian package is downloaded. Exits with 2 if the recordings or a
# program of scripts/ci_setup.sh are missing. Takes one to three minutes and 400 MB of disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

data=../shared/data
if [[ ! -d $data ]]; then
  echo "test_fetch_recordings: there are no recordings in $data; see docs/default-model.md" >&2
  exit 2
fi
for program in ffmpeg git apt-get dpkg-deb; do
  if ! command -v "$program" >/dev/null; then
    echo "test_fetch_recordings: there is no $program; see scripts/ci_setup.sh" >&2
    exit 2
  fi
done
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec python -m scripts.system_tests.fetched_recordings --data "$data" "$@"
