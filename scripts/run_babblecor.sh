#!/usr/bin/env bash
# Runs the comparison of docs/babblecor.md: reads babblecor/private_metadata.csv and
# babblecor/clips_corpus/ in the current folder, and writes artifacts/babblecor/results. Work that
# was interrupted goes on where it ended.
#
#   scripts/run_babblecor.sh [OUT]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
out="${1:-artifacts/babblecor}"
if [[ ! -f babblecor/private_metadata.csv ]]; then
  echo "run_babblecor: there is no babblecor/private_metadata.csv in $PWD." >&2
  echo "Put the corpus there, or link it: ln -s /path/of/BabbleCor babblecor" >&2
  exit 5
fi
for stage in ingest validate features tune experiment aggregate; do
  "$root/scripts/vocalbaby.sh" "$stage" --config-dir "$root/configs/babblecor" --out "$out"
done
