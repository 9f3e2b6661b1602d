#!/usr/bin/env bash
# Decodes damaged recordings of every format, and verifies that none crashes or blocks the decoder,
# that less is read than FFmpeg reads only with a warning, and that the memory of the library and of
# the service does not grow. Takes about an hour. DECODING_FILES sets the number of files of the
# fuzz (200000), DECODING_SOAK that of each format of the soak (10000). Needs ffmpeg for the
# comparison (scripts/ci_setup.sh).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v ffmpeg >/dev/null; then
  echo "test_decoding: there is no ffmpeg; see scripts/ci_setup.sh" >&2
  exit 2
fi
[[ -x .venv/bin/python ]] || scripts/env.sh
# More threads would decode no faster, and each would have a memory pool of its own.
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python -m benchmarks.damage.fuzz --files "${DECODING_FILES:-200000}"
soak="${DECODING_SOAK:-10000}"
python -m benchmarks.damage.soak --files "$soak"
python -m benchmarks.damage.soak --files "$((soak / 5))" --limit 500 --through form,zip,v2_json,v2_binary
