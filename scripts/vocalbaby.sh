#!/usr/bin/env bash
# Runs the vocalbaby command: the one on PATH, else the PEX that Pants packaged.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
if command -v vocalbaby >/dev/null; then
  exec vocalbaby "$@"
fi
for pex in "$root"/dist/*/vocalbaby.pex; do
  [[ -x "$pex" ]] && exec "$pex" "$@"
done
echo "There is no vocalbaby command on PATH, and no vocalbaby.pex in dist/." >&2
echo "Run 'source scripts/env.sh', or './pants package packages/core:vocalbaby'." >&2
exit 127
