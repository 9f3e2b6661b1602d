#!/usr/bin/env bash
# Deploys a released version by its name: finds it, verifies its provenance, and applies it.
#
#   scripts/deploy_release.sh ENVIRONMENT VERSION
#
#   VOCALBABY_ARTIFACTS   s3://bucket that scripts/release_pex.sh was given
#   VOCALBABY_PROVENANCE  owner/name of the GitHub repository that must have built it;
#                         without it, only the instances verify the checksum
#
# The other settings and the exit codes are those of scripts/deploy_apply.sh.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
(($# == 2)) && [[ -n "${VOCALBABY_ARTIFACTS:-}" ]] || {
  printf 'use: VOCALBABY_ARTIFACTS=s3://bucket deploy_release.sh ENVIRONMENT VERSION\n' >&2
  exit 2
}
found="$("$here/release_find.sh" "$VOCALBABY_ARTIFACTS" "$2")"
read -r uri sha256 <<<"$found"
if [[ -n "${VOCALBABY_PROVENANCE:-}" ]]; then
  "$here/release_verify.sh" "$VOCALBABY_PROVENANCE" "$uri" "$sha256"
else
  printf 'deploy_release: VOCALBABY_PROVENANCE is not set: the provenance is not verified\n' >&2
fi
exec "$here/deploy_apply.sh" "$1" "$uri" "$sha256"
