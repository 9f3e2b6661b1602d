#!/usr/bin/env bash
# Adds imports that violate the layers, one at a time, to a copy of the working tree, and fails
# unless Pants rejects each of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

copy="$(mktemp -d)"
# shellcheck disable=SC2329 # called by the trap
cleanup() { # the copy has its own Pants daemon
  cat "$copy"/.pids/*/pantsd/pid 2>/dev/null | xargs -r kill 2>/dev/null || true
  rm -rf "$copy"
}
trap cleanup EXIT
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [[ -e "$file" ]] && printf '%s\0' "$file"; done |
  tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$copy"

rejects() { # FILE IMPORT
  local file="$copy/packages/$1" before output verdict=0
  [[ -f "$file" ]] || {
    printf 'there is no %s\n' "$1"
    return 1
  }
  before="$(<"$file")"
  printf '%s\n%s\n' "$before" "$2" >"$file"
  if output="$(cd "$copy" && ./pants --pantsd dependencies "$file" 2>&1)"; then
    verdict=1
    printf 'allowed, but must not be: %s in %s\n' "$2" "$1"
  elif [[ "$output" != *DependencyRuleActionDeniedError* ]]; then
    verdict=1
    printf 'failed for another reason: %s in %s\n%s\n' "$2" "$1" "$output"
  else
    printf 'rejected: %s in %s\n' "$2" "$1"
  fi
  printf '%s\n' "$before" >"$file"
  return "$verdict"
}

core=core/src/vocalbaby
mkdir -p "$copy/packages/$core/unlisted"
printf '"""A package that no rule lists."""\n' >"$copy/packages/$core/unlisted/__init__.py"

status=0
rejects "$core/entity/labels.py" "from vocalbaby.api import app" || status=1
rejects "$core/features/registry.py" "from vocalbaby.monitoring import metrics" || status=1
rejects "$core/annotations/rttm.py" "from vocalbaby import kernel" || status=1
rejects "$core/audio/decoding.py" "from vocalbaby.features import registry" || status=1
rejects "$core/models/forest.py" "import pandas" || status=1
rejects "$core/models/forest.py" "from vocalbaby.bundle import files" || status=1
rejects monitoring/src/vocalbaby/monitoring/metrics.py "from vocalbaby.entity import labels" ||
  status=1
drift=drift/src/vocalbaby/monitoring/drift
rejects monitoring/src/vocalbaby/monitoring/drift_status.py "import evidently" || status=1
rejects monitoring/src/vocalbaby/monitoring/drift_status.py \
  "from vocalbaby.monitoring.drift import analysis" || status=1
rejects "$drift/analysis.py" "from vocalbaby.components import boosting" || status=1
rejects "$drift/analysis.py" "from vocalbaby.api import app" || status=1
corpus=corpus/src/vocalbaby/corpus
rejects "$core/commands/main.py" "from vocalbaby.corpus import engine" || status=1
rejects "$corpus/archive/__init__.py" "from vocalbaby.corpus import engine" || status=1
rejects "$corpus/agreement/__init__.py" "import dask" || status=1
api=api/src/vocalbaby/api
rejects "$api/version.py" "from vocalbaby.api import settings" || status=1
rejects "$api/settings.py" "from vocalbaby.api.http import schemas" || status=1
rejects "$api/limits/rates.py" "from vocalbaby.api.models import registry" || status=1
rejects "$api/http/forms.py" "from vocalbaby.api.inference import engine" || status=1
rejects "$api/http/uploads.py" "import pandas" || status=1
rejects "$api/models/registry.py" "from vocalbaby.api import app" || status=1
rejects "$api/open_inference/routes.py" "from vocalbaby.api.server import draining" || status=1
rejects "$core/unlisted/__init__.py" "from vocalbaby.entity import labels" || status=1
exit "$status"
