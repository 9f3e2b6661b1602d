#!/usr/bin/env bash
# Makes GitHub's page of this version, with the files given and the changes that CHANGELOG.md
# tells, where the commit is tagged with it; otherwise says that it is not.
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
  printf 'release_github: %s is not a tagged version, so there is no page for it\n' "$version" >&2
  exit
fi
notes="$(awk -v head="## [$version]" 'index($0, "## ") == 1 { on = index($0, head) == 1; next } on' \
  CHANGELOG.md)"
[[ -n "${notes//[[:space:]]/}" ]] || {
  printf 'release_github: CHANGELOG.md says nothing of %s\n' "$version" >&2
  exit 1
}
if gh release view "v$version" >/dev/null 2>&1; then # a run before this one made it
  gh release upload "v$version" --clobber "$@"
else
  gh release create "v$version" --verify-tag --title "VocalBaby $version" --notes "$notes" "$@"
fi
