#!/usr/bin/env bash
# Prints the bill of materials of a PEX as CycloneDX JSON: every distribution in it, with version
# and licence. The output depends on the PEX alone.
#
#   scripts/release_sbom.sh dist/apps.server/server.pex
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
[[ -f ${1:-} ]] || {
  printf 'use: release_sbom.sh FILE.pex\n' >&2
  exit 1
}
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# The folder into which the PEX unpacks itself.
unpacked="$(PEX_ROOT="$work" PEX_INTERPRETER=1 python3.11 "$1" -c 'import sys; print(sys.prefix)')"
"$("$root/scripts/tool.sh" sbom)/cyclonedx-py" environment --output-reproducible \
  --output-format JSON --spec-version 1.6 "$unpacked/bin/python"
