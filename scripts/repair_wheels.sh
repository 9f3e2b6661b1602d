#!/usr/bin/env bash
# Replaces each wheel in dist/ that was compiled for this Linux by one for every Linux with the C
# library that it needs (manylinux), because package indexes accept no other. The result has the same
# bytes each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

shopt -s nullglob
for wheel in dist/*-linux_*.whl; do
  tools="$(scripts/tool.sh wheels)"
  PATH="$tools:$PATH" SOURCE_DATE_EPOCH=1700000000 \
    auditwheel repair --wheel-dir dist "$wheel" >&2
  rm "$wheel"
done
