#!/usr/bin/env bash
# Packs what the monitoring instance is configured with and puts it where the instance
# fetches it: BUCKET_URL/releases/<version>/monitoring.tar.gz and .sha256. The same commit
# gives the same archive. Prints `uri sha256`.
#
#   scripts/release_monitoring.sh s3://bucket[/prefix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -eq 1 && $1 =~ ^s3://[^/]+ ]] || {
  printf 'use: release_monitoring.sh s3://bucket[/prefix]\n' >&2
  exit 1
}
folder="${1%/}/releases/$(scripts/release_version.sh)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

install -d "$work/tree"
cp -R dashboards/generated/rules dashboards/generated/grafana "$work/tree"
cp infra/monitoring/prometheus_ec2.yml "$work/tree/prometheus.yml"
cp configs/drift.yaml "$work/tree"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
  --mtime=@0 --directory "$work/tree" . | gzip --no-name >"$work/monitoring.tar.gz"
sha256="$(sha256sum "$work/monitoring.tar.gz" | cut -d' ' -f1)"
printf '%s  monitoring.tar.gz\n' "$sha256" >"$work/monitoring.tar.gz.sha256"
scripts/put_once.sh "$work/monitoring.tar.gz.sha256" "$folder/monitoring.tar.gz.sha256"
scripts/put_once.sh "$work/monitoring.tar.gz" "$folder/monitoring.tar.gz"
printf '%s/monitoring.tar.gz %s\n' "$folder" "$sha256"
