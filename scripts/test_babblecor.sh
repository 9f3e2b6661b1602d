#!/usr/bin/env bash
# Runs the comparison of docs/babblecor.md on a synthetic corpus with the layout of BabbleCor and a
# share of its size (default 0.03), with few trials, and checks that all results are there.
#
#   scripts/test_babblecor.sh [SHARE]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
[[ -n "${VOCALBABY_COMMAND:-}" || -x "$root/.venv/bin/vocalbaby" ]] || "$root/scripts/env.sh"
export PATH="$root/.venv/bin:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

"$root/scripts/vocalbaby.sh" synthesize babblecor --layout babblecor --scale "${1:-0.03}"
export VOCALBABY_TUNING__TRIALS=2 VOCALBABY_TUNING__JOBS=1 VOCALBABY_COMPARISON__RESAMPLES=100 \
  VOCALBABY_TRAINING__ROUNDS=30
"$root/scripts/run_babblecor.sh" results

for file in results.csv classes.csv confusions.json reliability.csv differences.csv \
  learning_curves.csv summary.json report.html table.tex; do
  [[ -s "results/results/$file" ]] || {
    echo "test_babblecor: results/$file is missing" >&2
    exit 1
  }
done
rows="$(grep -c ',test,' results/results/results.csv)"
[[ "$rows" == 20 ]] || {
  echo "test_babblecor: $rows experiments have results on test, not 20" >&2
  exit 1
}
"$root/scripts/vocalbaby.sh" model verify results/results/bundle
clip="$(find babblecor/clips_corpus -name 'test_*.wav' | sort | head -n 1)"
"$root/scripts/vocalbaby.sh" predict "$clip" --model results/results/bundle >/dev/null
echo "test_babblecor: $rows experiments, and the best is a valid bundle"
