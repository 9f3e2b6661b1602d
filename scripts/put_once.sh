#!/usr/bin/env bash
# Uploads a file to S3 without ever replacing an object: if the object exists with the same
# content, that is a success; with other content it is an error.
#
#   scripts/put_once.sh FILE s3://bucket/key
set -euo pipefail

die() {
  printf 'put_once: %s\n' "$*" >&2
  exit 1
}

[[ -f ${1:-} && ${2:-} =~ ^s3://([^/]+)/(.+)$ ]] || die "use: put_once.sh FILE s3://bucket/key"
bucket="${BASH_REMATCH[1]}" key="${BASH_REMATCH[2]}"
aws="$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" aws)/aws"
if ! error="$("$aws" s3api put-object --bucket "$bucket" --key "$key" --body "$1" \
  --if-none-match '*' 2>&1 >/dev/null)"; then
  grep -q 'PreconditionFailed' <<<"$error" || die "$2: $error"
  held="$("$aws" s3 cp --only-show-errors "$2" - | sha256sum)"
  [[ "$held" == "$(sha256sum <"$1")" ]] ||
    die "$2 exists with other content; a version is written once"
fi
