#!/usr/bin/env bash
# Mirrors the upstream releases of the monitoring instance's programs to
# BUCKET_URL/releases/programs/, so that instances download from nowhere else. Each archive must
# have the checksum that its project publishes. Prints `name uri sha256` for each.
#
#   scripts/release_programs.sh s3://bucket[/prefix] [LIST]
#
# The default of LIST is infra/monitoring/programs.txt; its addresses are https or file URLs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_programs: %s\n' "$*" >&2
  exit 1
}

[[ ${1:-} =~ ^s3://[^/]+ ]] || die "use: release_programs.sh s3://bucket[/prefix] [LIST]"
folder="${1%/}/releases/programs"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fetch() { # URL FILE
  curl --fail --silent --show-error --location --proto '=https,file' --retry 3 --output "$2" "$1" ||
    die "cannot fetch $1"
}

while read -r name archive checksums; do
  [[ -n $name && $name != \#* ]] || continue
  fetch "$archive" "$work/archive"
  fetch "$checksums" "$work/checksums"
  sha256="$(sha256sum "$work/archive" | cut -d' ' -f1)"
  # The file lists many archives, or holds the checksum of this one alone.
  published="$(awk -v file="${archive##*/}" 'NF == 1 || $2 == file { print $1 }' "$work/checksums")"
  [[ "$sha256" == "$published" ]] ||
    die "$archive has the sha256 $sha256, but its project published '$published'"
  scripts/put_once.sh "$work/archive" "$folder/${archive##*/}"
  printf '%s %s/%s %s\n' "$name" "$folder" "${archive##*/}" "$sha256"
done <"${2:-infra/monitoring/programs.txt}"
