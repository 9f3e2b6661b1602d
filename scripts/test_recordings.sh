#!/usr/bin/env bash
# Segments recordings of 1, 4 and 16 hours in several formats, and verifies that the memory does not
# grow with their length; kills runs at 20 random times, and verifies that they go on and give the
# bytes of an undisturbed run. Takes about a quarter of an hour and 4 GB of disk. RECORDINGS_KILLS
# sets the number of kills, RECORDINGS_HOURS the longest recording.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python -m scripts.system_tests.long_recordings \
  --kills "${RECORDINGS_KILLS:-20}" --hours "${RECORDINGS_HOURS:-16}"
