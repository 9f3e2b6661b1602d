#!/usr/bin/env bash
# Packs the configuration of the monitoring instance: Prometheus' configuration and rules,
# Grafana's provisioning and dashboards, and the settings of the drift job. The archive of a
# commit is reproducible.
#
#   scripts/pack_monitoring.sh monitoring.tar.gz
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
[[ ${1:-} == *.tar.gz ]] || {
  printf 'use: pack_monitoring.sh FILE.tar.gz\n' >&2
  exit 1
}
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cp -RL "$root/dashboards/generated/rules" "$root/dashboards/generated/grafana" "$work"
cp "$root/infra/monitoring/prometheus_ec2.yml" "$work/prometheus.yml"
cp "$root/configs/drift.yaml" "$work"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
  --mtime=@0 --directory "$work" . | gzip --no-name >"$1"
