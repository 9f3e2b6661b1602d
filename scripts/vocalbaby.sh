#!/usr/bin/env bash
# Runs the vocalbaby command, or the command that VOCALBABY_COMMAND names: from PATH, or else
# from the PEX that Pants packaged.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
command="${VOCALBABY_COMMAND:-vocalbaby}"
if command -v "$command" >/dev/null; then
  exec "$command" "$@"
fi
pex="${command#vocalbaby-}.pex" # vocalbaby.pex, drift.pex
for path in "$root"/dist/*/"$pex"; do
  [[ -x "$path" ]] && exec "$path" "$@"
done
echo "There is no $command command on PATH, and no $pex in dist/." >&2
echo "Run 'source scripts/env.sh', or './pants package packages/core:vocalbaby apps/drift'." >&2
exit 127
