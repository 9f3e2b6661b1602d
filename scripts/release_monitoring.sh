#!/usr/bin/env bash
# Packs the configuration of the monitoring instance (scripts/pack_monitoring.sh) and uploads it
# to where the instance fetches it: BUCKET_URL/releases/<version>/monitoring.tar.gz and
# .sha256. Keeps a copy in dist/release/. Prints `uri sha256`.
#
#   scripts/release_monitoring.sh s3://bucket[/prefix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -eq 1 && $1 =~ ^s3://[^/]+ ]] || {
  printf 'use: release_monitoring.sh s3://bucket[/prefix]\n' >&2
  exit 1
}
folder="${1%/}/releases/$(scripts/release_version.sh)"
work=dist/release
mkdir -p "$work"

scripts/pack_monitoring.sh "$work/monitoring.tar.gz"
sha256="$(sha256sum "$work/monitoring.tar.gz" | cut -d' ' -f1)"
printf '%s  monitoring.tar.gz\n' "$sha256" >"$work/monitoring.tar.gz.sha256"
scripts/put_once.sh "$work/monitoring.tar.gz.sha256" "$folder/monitoring.tar.gz.sha256"
scripts/put_once.sh "$work/monitoring.tar.gz" "$folder/monitoring.tar.gz"
printf '%s/monitoring.tar.gz %s\n' "$folder" "$sha256"
