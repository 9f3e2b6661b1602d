#!/usr/bin/env bash
# Shows the section of CHANGELOG.md that the fragments in changelog.d make, or writes it and removes
# them. CONTRIBUTING.md describes the fragments.
#
#   scripts/changelog.sh            show the section of the version in the code
#   scripts/changelog.sh --write    write it, before a release
#   scripts/changelog.sh --check    fail if the changes since main have no fragment
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

towncrier="$(scripts/tool.sh towncrier)/towncrier"
version="$(sed -nE 's/^VERSION.* = "(.*)"$/\1/p' packages/core/src/vocalbaby/utils/version.py)"
case "${1:-}" in
  --write) "$towncrier" build --version "$version" --yes ;;
  --check) "$towncrier" check --compare-with "${VOCALBABY_MAIN:-origin/main}" ;;
  "") "$towncrier" build --version "$version" --draft ;;
  *)
    sed -n '2,$ { /^#/!q; s/^# \{0,1\}//p }' "$0" >&2
    exit 2
    ;;
esac
