#!/usr/bin/env bash
# Creates the GitHub release of this version, with the given files and the section of
# CHANGELOG.md as its notes. Does nothing where the commit is not tagged with a version.
#
#   scripts/release_github.sh FILE...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($#)) || {
  printf 'use: release_github.sh FILE...\n' >&2
  exit 2
}
version="$(scripts/release_version.sh)"
if [[ $version == *-* ]]; then
  printf 'release_github: %s is not a tagged version, so it gets no GitHub release\n' "$version" >&2
  exit
fi
notes="$(awk -v head="## [$version]" 'index($0, "## ") == 1 { on = index($0, head) == 1; next } on' \
  CHANGELOG.md)"
[[ -n "${notes//[[:space:]]/}" ]] || {
  printf 'release_github: CHANGELOG.md has no entry for %s\n' "$version" >&2
  exit 1
}
if gh release view "v$version" >/dev/null 2>&1; then # an earlier run created it
  gh release upload "v$version" --clobber "$@"
else
  gh release create "v$version" --verify-tag --title "VocalBaby $version" --notes "$notes" "$@"
fi
