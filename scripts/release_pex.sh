#!/usr/bin/env bash
# Builds the PEXes and uploads each, with its checksum and its bill of materials (CycloneDX), to
# where instances fetch it: BUCKET_URL/releases/<version>/server.pex, .pex.sha256, .cdx.json. A
# version is written once. Prints `uri sha256` for each.
#
#   scripts/release_pex.sh s3://bucket[/prefix] [server] [drift]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_pex: %s\n' "$*" >&2
  exit 1
}

[[ ${1:-} =~ ^s3://[^/]+ ]] || die "use: release_pex.sh s3://bucket[/prefix] [NAME...]"
folder="${1%/}/releases"
shift
(($#)) || set -- server drift
for name in "$@"; do
  [[ -d "apps/$name" ]] || die "there is no application apps/$name"
done
folder+="/$(scripts/release_version.sh)"
work=dist/release
mkdir -p "$work"

PANTS_CONFIG_FILES=pants.ci.toml ./pants package "${@/*/apps/&:&}" >&2
for name in "$@"; do
  pex="dist/apps.$name/$name.pex"
  sha256="$(sha256sum "$pex" | cut -d' ' -f1)"
  printf '%s  %s.pex\n' "$sha256" "$name" >"$work/$name.pex.sha256"
  scripts/release_sbom.sh "$pex" >"$work/$name.cdx.json"
  scripts/put_once.sh "$work/$name.cdx.json" "$folder/$name.cdx.json"
  scripts/put_once.sh "$work/$name.pex.sha256" "$folder/$name.pex.sha256"
  scripts/put_once.sh "$pex" "$folder/$name.pex"
  printf '%s/%s.pex %s\n' "$folder" "$name" "$sha256"
done
