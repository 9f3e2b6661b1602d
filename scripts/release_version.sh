#!/usr/bin/env bash
# Prints the version of a release of this commit: 0.1.0 if it is tagged v0.1.0, otherwise
# 0.1.0-<commit>. A version is written once, so uncommitted changes are an error;
# VOCALBABY_RELEASE sets a version for trials.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_version: %s\n' "$*" >&2
  exit 1
}

if [[ -n "${VOCALBABY_RELEASE:-}" ]]; then
  [[ $VOCALBABY_RELEASE =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ ]] ||
    die "VOCALBABY_RELEASE must consist of letters, digits and ._-, not '$VOCALBABY_RELEASE'"
  printf '%s\n' "$VOCALBABY_RELEASE"
  exit
fi
version="$(sed -nE 's/^VERSION = "(.+)"$/\1/p' build-support/macros.py)"
changes="$(git status --porcelain)"
[[ -z "$changes" ]] ||
  die "there are uncommitted changes: commit them, or set VOCALBABY_RELEASE"$'\n'"$changes"
tag="$(git tag --points-at HEAD --list 'v*')"
if [[ -z "$tag" ]]; then
  printf '%s-%s\n' "$version" "$(git rev-parse --short=12 HEAD)"
elif [[ "$tag" == "v$version" ]]; then
  printf '%s\n' "$version"
else
  die "the commit is tagged ${tag//$'\n'/, }, but VERSION in build-support/macros.py is $version"
fi
