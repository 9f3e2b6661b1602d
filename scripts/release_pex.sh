#!/usr/bin/env bash
# Builds the PEXes and puts each with its checksum and its list of packages (CycloneDX) where
# instances fetch it: BUCKET_URL/releases/<version>/server.pex, .pex.sha256, .cdx.json. What
# is there stays: a version is written once. Prints `uri sha256` for each.
#
#   scripts/release_pex.sh s3://bucket[/prefix] [server] [drift]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_pex: %s\n' "$*" >&2
  exit 1
}

[[ ${1:-} =~ ^s3://([^/]+)/?(.*)$ ]] || die "use: release_pex.sh s3://bucket[/prefix] [NAME...]"
bucket="${BASH_REMATCH[1]}" prefix="${BASH_REMATCH[2]%/}"
shift
(($#)) || set -- server drift
for name in "$@"; do
  [[ -d "apps/$name" ]] || die "there is no apps/$name"
done
version="$(scripts/release_version.sh)"
folder="${prefix:+$prefix/}releases/$version"
aws="$(scripts/tool.sh aws)/aws"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

put_once() { # FILE KEY: the same content again is no fault
  local held
  if ! "$aws" s3api put-object --bucket "$bucket" --key "$2" --body "$1" --if-none-match '*' \
    >/dev/null 2>"$work/error"; then
    grep -q 'PreconditionFailed' "$work/error" || die "s3://$bucket/$2: $(<"$work/error")"
    held="$("$aws" s3 cp --only-show-errors "s3://$bucket/$2" - | sha256sum)"
    [[ "$held" == "$(sha256sum <"$1")" ]] ||
      die "s3://$bucket/$2 was released with other content; a version is written once"
  fi
}

PANTS_CONFIG_FILES=pants.ci.toml ./pants package "${@/#/apps/}" >&2
for name in "$@"; do
  pex="dist/apps.$name/$name.pex"
  sha256="$(sha256sum "$pex" | cut -d' ' -f1)"
  printf '%s  %s.pex\n' "$sha256" "$name" >"$work/$name.pex.sha256"
  scripts/release_sbom.sh "$pex" >"$work/$name.cdx.json"
  put_once "$work/$name.cdx.json" "$folder/$name.cdx.json"
  put_once "$work/$name.pex.sha256" "$folder/$name.pex.sha256"
  put_once "$pex" "$folder/$name.pex"
  printf 's3://%s/%s/%s.pex %s\n' "$bucket" "$folder" "$name" "$sha256"
done
