#!/usr/bin/env bash
# Runs the locked version of uv with the given arguments. The first call installs it from the
# package index with any Python 3.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
lock="$root/3rdparty/python/tools/uv.txt"
home="${XDG_CACHE_HOME:-$HOME/.cache}/vocalbaby/uv-$(cksum <"$lock" | cut -d' ' -f1)"
if [[ ! -x "$home/bin/uv" ]]; then
  mkdir -p "$(dirname "$home")"
  work="$(mktemp -d "$home.XXXXXX")"
  "$(command -v python3.11 || command -v python3)" -m venv "$work"
  "$work/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$lock" >&2
  # A concurrent call may have been faster; both results are the same.
  mv "$work" "$home" 2>/dev/null || true
fi
exec "$home/bin/uv" "$@"
