#!/usr/bin/env bash
# Plants imports that break the layers, one at a time, in a copy of the working tree, and
# fails unless Pants refuses each of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

copy="$(mktemp -d)"
# shellcheck disable=SC2329 # called by the trap
cleanup() { # the copy has a Pants daemon of its own
  cat "$copy"/.pids/*/pantsd/pid 2>/dev/null | xargs -r kill 2>/dev/null || true
  rm -rf "$copy"
}
trap cleanup EXIT
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [[ -e "$file" ]] && printf '%s\0' "$file"; done |
  tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$copy"

refuses() { # FILE IMPORT
  local file="$copy/packages/$1" before output verdict=0
  before="$(<"$file")"
  printf '%s\n%s\n' "$before" "$2" >"$file"
  if output="$(cd "$copy" && ./pants --pantsd dependencies "$file" 2>&1)"; then
    verdict=1
    printf 'allowed, and must not be: %s in %s\n' "$2" "$1"
  elif [[ "$output" != *DependencyRuleActionDeniedError* ]]; then
    verdict=1
    printf 'failed for another reason: %s in %s\n%s\n' "$2" "$1" "$output"
  else
    printf 'refused: %s in %s\n' "$2" "$1"
  fi
  printf '%s\n' "$before" >"$file"
  return "$verdict"
}

core=core/src/vocalbaby
mkdir -p "$copy/packages/$core/unlisted"
printf '"""A room that no rule knows."""\n' >"$copy/packages/$core/unlisted/__init__.py"

status=0
refuses "$core/entity/labels.py" "from vocalbaby.api import app" || status=1
refuses "$core/features/registry.py" "from vocalbaby.monitoring import metrics" || status=1
refuses "$core/audio/wav.py" "from vocalbaby import kernel" || status=1
refuses "$core/audio/decoding.py" "from vocalbaby.features import registry" || status=1
refuses "$core/models/forest.py" "import pandas" || status=1
refuses monitoring/src/vocalbaby/monitoring/metrics.py "from vocalbaby.entity import labels" ||
  status=1
drift=drift/src/vocalbaby/monitoring/drift
refuses monitoring/src/vocalbaby/monitoring/drift_status.py "import evidently" || status=1
refuses monitoring/src/vocalbaby/monitoring/drift_status.py \
  "from vocalbaby.monitoring.drift import result" || status=1
refuses "$drift/analysis.py" "from vocalbaby.components import boosting" || status=1
refuses "$drift/analysis.py" "from vocalbaby.api import app" || status=1
refuses "$core/unlisted/__init__.py" "from vocalbaby.entity import labels" || status=1
exit "$status"
