#!/usr/bin/env bash
# Verifies that the release workflow of a repository built an artifact on its main branch: its
# checksum and its signed provenance (a GitHub attestation) must be valid.
#
#   scripts/release_verify.sh OWNER/NAME s3://…/server.pex SHA256
#   scripts/release_verify.sh OWNER/NAME repository@sha256:…
set -euo pipefail

die() {
  printf 'release_verify: %s\n' "$*" >&2
  exit 1
}

repository="${1:-}" uri="${2:-}" sha256="${3:-}"
[[ $repository =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || die "use: release_verify.sh OWNER/NAME ARTIFACT…"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
if [[ $uri == s3://* && $# == 3 ]]; then
  subject="$work/${uri##*/}"
  "$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" aws)/aws" s3 cp --only-show-errors "$uri" "$subject"
  [[ "$(sha256sum <"$subject")" == "$sha256 "* ]] || die "$uri does not have the sha256 $sha256"
elif [[ $uri =~ @sha256:[0-9a-f]{64}$ && $# == 2 ]]; then
  subject="oci://$uri"
else
  die "neither a PEX with its sha256 nor an image with its digest: $uri $sha256"
fi
gh attestation verify "$subject" --repo "$repository" \
  --signer-workflow "$repository/.github/workflows/release.yml" --source-ref refs/heads/main ||
  die "$uri has no provenance of $repository's release workflow"
