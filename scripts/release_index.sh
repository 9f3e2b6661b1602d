#!/usr/bin/env bash
# Publishes the given wheels and sdists on the package index as its trusted publisher, which only a
# job of the release workflow is. Does nothing where the commit is not tagged with a version.
#
#   scripts/release_index.sh FILE...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($#)) || {
  printf 'use: release_index.sh FILE...\n' >&2
  exit 2
}
version="$(scripts/release_version.sh)"
if [[ $version == *-* ]]; then
  printf 'release_index: %s is not a tagged version, so it is not published\n' "$version" >&2
  exit
fi
# A file that the index has with the same content is skipped, so a run may be repeated.
scripts/uv.sh publish --trusted-publishing always "$@"
