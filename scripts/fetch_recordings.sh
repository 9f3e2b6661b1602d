#!/usr/bin/env bash
# Rebuilds the recordings of the default model from their public sources. It needs git, apt-get for
# one source, and the environment of scripts/env.sh, which it creates if there is none.
# scripts/fetch_recordings/run.py describes it.
#
#   scripts/fetch_recordings.sh [OUT] [--list] [--only KEYS] [--sources FOLDER]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
[[ -x "$root/.venv/bin/python" ]] || "$root/scripts/env.sh"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec "$root/.venv/bin/python" -m scripts.fetch_recordings.run "$@"
