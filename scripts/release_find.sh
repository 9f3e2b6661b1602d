#!/usr/bin/env bash
# Prints the URI and the checksum of a released PEX, the arguments of scripts/deploy_apply.sh.
#
#   scripts/release_find.sh s3://bucket[/prefix] VERSION [NAME]
set -euo pipefail

[[ ${1:-} == s3://* && ${2:-} =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ && ${3:-server} =~ ^[a-z]+$ ]] || {
  printf 'use: release_find.sh s3://bucket[/prefix] VERSION [NAME]\n' >&2
  exit 2
}
uri="${1%/}/releases/$2/${3:-server}.pex"
aws="$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" aws)/aws"
if ! sum="$("$aws" s3 cp --only-show-errors "$uri.sha256" - 2>&1)"; then
  if [[ $sum == *'(404)'* || $sum == *NoSuchKey* ]]; then
    printf 'release_find: there is no release %s in %s\n' "$2" "$1" >&2
  else
    printf 'release_find: cannot read %s.sha256: %s\n' "$uri" "$sum" >&2
  fi
  exit 1
fi
printf '%s %s\n' "$uri" "${sum%% *}"
