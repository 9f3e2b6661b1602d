#!/usr/bin/env bash
# Prints what a PEX consists of, as CycloneDX in JSON: every distribution in it with version
# and licence. The same PEX gives the same list.
#
#   scripts/release_sbom.sh dist/apps.server/server.pex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ -f ${1:-} ]] || {
  printf 'use: release_sbom.sh FILE.pex\n' >&2
  exit 1
}
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
PEX_TOOLS=1 PEX_ROOT="$work/pex" python3.11 "$1" venv "$work/venv" >&2
"$(scripts/tool.sh sbom)/cyclonedx-py" environment --output-reproducible \
  --output-format JSON --spec-version 1.6 "$work/venv/bin/python"
