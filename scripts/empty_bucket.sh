#!/usr/bin/env bash
# Deletes every version of every object in a bucket, a thousand at a time.
#
#   VOCALBABY_ALLOW_DELETE=1 scripts/empty_bucket.sh BUCKET
set -euo pipefail

die() {
  printf 'empty_bucket: %s\n' "$*" >&2
  exit 2
}

(($# == 1)) || die "use: VOCALBABY_ALLOW_DELETE=1 empty_bucket.sh BUCKET"
[[ "${VOCALBABY_ALLOW_DELETE:-}" == 1 ]] || die "everything in $1 would be deleted: VOCALBABY_ALLOW_DELETE=1 says so"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
aws="$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" aws)/aws"
while true; do
  # One page: versions and delete markers together are as many as one request may delete.
  # shellcheck disable=SC2016 # the backticks are of the query's language
  "$aws" s3api list-object-versions --bucket "$1" --max-keys 1000 --no-paginate --output json \
    --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}}' \
    >"$work/objects"
  grep --quiet '"Key"' "$work/objects" || break
  "$aws" s3api delete-objects --bucket "$1" --delete "file://$work/objects" \
    --query Errors --output text >"$work/errors"
  [[ "$(<"$work/errors")" == None ]] || die "$1: $(head -n 3 "$work/errors")"
done
